"""What a user of the workspace sees of a stream."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.live import Pump, StreamRegistry, frozen
from engines.workspace.streams.store import StreamStore


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=4096)
    yield store
    store.close()


@pytest.fixture
def names():
    return {}


@pytest.fixture
def streams(store, names):
    return StreamRegistry(store.directory, names)


def fill(store: StreamStore, count: int, first: int = 0) -> None:
    store.open("accel", ["x", "len"], ["g", ""])
    number = np.arange(first, first + count, dtype=float)
    store.append("accel", number / 100, [number, -number])


def test_columns_are_numpy_arrays(store, streams):
    fill(store, 300)
    accel = streams["accel"]
    assert len(accel) == 300
    assert accel.t[-1] == pytest.approx(2.99)
    assert accel.x[:3].tolist() == [0, 1, 2]
    assert accel["len"][1] == -1
    assert accel.columns == ("x", "len")
    assert accel.units == {"x": "g", "len": ""}
    assert accel.rate == pytest.approx(100)
    assert accel.lost == 0


def test_last_is_a_snapshot_in_seconds(store, streams):
    fill(store, 300)
    second = streams["accel"].last(1)
    fill(store, 10, first=300)
    assert len(second) == 100
    assert second.x[-1] == 299
    assert len(second.last(0.1)) == 10
    assert second.rate == pytest.approx(100)
    assert len(streams["accel"].last(1e9)) == 310


def test_slices_are_snapshots_by_position(store, streams):
    fill(store, 30)
    assert streams["accel"][-3:].x.tolist() == [27, 28, 29]
    assert len(streams["accel"][5:2]) == 0


def test_an_empty_stream_is_harmless(store, streams):
    store.open("accel", ["x"])
    accel = streams["accel"]
    assert not accel
    assert len(accel.last(1)) == 0
    assert np.isnan(accel.rate)
    assert "0 samples" in repr(accel)


def test_everything_read_while_frozen_belongs_together(store, streams):
    fill(store, 100)
    accel = streams["accel"]
    with frozen():
        t = accel.t
        fill(store, 50, first=100)
        assert len(accel.x) == len(t) == len(accel) == 100
        assert accel.last(0.1).x[-1] == 99
        assert accel.t is t
    assert len(accel) == 150


def test_frozen_rows_stay_together_in_a_full_ring(store, streams):
    fill(store, 6000)
    accel = streams["accel"]
    with frozen():
        t = accel.t
        fill(store, 200, first=6000)
        x = accel.x
        assert len(x) == len(t)
        assert (x == np.round(t * 100)).all()


def test_frozen_streams_reach_back_some_seconds_only(store, streams):
    fill(store, 3000)
    accel = streams["accel"]
    with frozen(2):
        assert len(accel) == len(accel.t) == len(accel.x) == 200
        assert accel.x[-20:].tolist() == list(range(2980, 3000))
        assert accel[-3:].x.tolist() == [2997, 2998, 2999]
        assert len(accel.last(1)) == 100
        assert len(accel.last(100)) == 200
        fill(store, 100, first=3000)
        assert accel.x[-1] == 2999
    assert len(accel) == 3100


def test_a_slow_stream_keeps_the_rows_that_expressions_count_on(store, streams):
    fill(store, 300)
    with frozen(0.1, least=50):
        assert len(streams["accel"].x) == 50
    with frozen(2, least=50):
        assert len(streams["accel"].x) == 200
    with frozen(2, least=5000):
        assert len(streams["accel"].x) == 300


def test_an_empty_stream_can_be_limited(store, streams):
    store.open("accel", ["x"])
    with frozen(1, least=10):
        assert len(streams["accel"]) == 0
        assert streams["accel"].x.tolist() == []


def test_a_block_inside_another_sees_its_moment_but_all_of_it(store, streams):
    """A formula that is computed for a picture must not see the picture's part of a stream only."""
    fill(store, 300)
    accel = streams["accel"]
    with frozen(1):
        assert len(accel) == 100
        fill(store, 50, first=300)
        with frozen():
            assert len(accel) == 300
            assert accel.x[-1] == 299
        assert len(accel) == 100


def test_streams_appear_as_names_but_never_take_a_users_name(store, streams, names):
    names["printed"] = "mine"
    store.open("accel", ["x"])
    store.open("printed", ["x"])
    assert streams.refresh() == {"accel", "printed"}
    assert names["accel"] is streams["accel"]
    assert names["printed"] == "mine"
    store.remove(["accel"])
    streams.refresh()
    assert "accel" not in names


def test_a_view_follows_its_stream_through_a_change_of_columns(store, streams):
    fill(store, 5)
    accel = streams["accel"]
    store.open("accel", ["a"])
    store.append("accel", [0.0], [[7.0]])
    streams.refresh()
    assert accel.a.tolist() == [7.0]
    assert streams["accel"] is accel


def test_errors_say_what_there_is(store, streams):
    with pytest.raises(KeyError, match="nothing yet"):
        streams["accel"]
    fill(store, 1)
    accel = streams["accel"]
    with pytest.raises(AttributeError, match="no column 'z'; it has t, x, len"):
        _ = accel.z
    with pytest.raises(KeyError, match="no column 'z'"):
        accel["z"]
    store.remove(["accel"])
    streams.refresh()
    with pytest.raises(StreamError, match="'accel' is gone"):
        _ = accel.x


def test_it_shows_itself(store, streams):
    fill(store, 300)
    assert repr(streams["accel"]) == "<stream accel: 300 samples of t, x (g), len at 100/s>"
    html = streams["accel"]._repr_html_()
    assert html.count("<tr>") == 6
    assert "x (g)" in html
    assert repr(streams) == "<streams: accel>"


def test_to_frame_names_the_package_it_needs(store, streams):
    fill(store, 3)
    try:
        import pandas  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match="pip install pandas"):
            streams["accel"].to_frame()
    else:
        assert streams["accel"].to_frame()["x"].tolist() == [0, 1, 2]


def test_the_pump_tells_new_streams_and_new_samples_once(store, streams):
    pump = Pump(streams, lambda names: None)
    assert pump.poll() == frozenset()
    fill(store, 3)
    assert pump.poll() == {"accel"}
    assert pump.poll() == frozenset()
    fill(store, 1, first=3)
    assert pump.poll() == {"accel"}


def test_the_pump_runs_beside_and_survives_its_listener(store, streams):
    heard = []
    twice = threading.Event()

    def listen(names):
        heard.append(names)
        if len(heard) > 1:
            twice.set()
        else:
            raise RuntimeError("a listener in trouble")

    pump = Pump(streams, listen, interval=0.001)
    pump.start()
    fill(store, 3)
    while len(heard) < 1:
        twice.wait(0.001)
    fill(store, 3, first=3)
    assert twice.wait(5)
    pump.stop()
    assert heard[0] == {"accel"}
