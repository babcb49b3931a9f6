"""Streams and recordings as CSV and Parquet, and many recordings at once."""

from __future__ import annotations

import csv
import importlib
import threading

import numpy as np
import pytest

from engines.workspace.size_text import size_text
from engines.workspace.streams import export as export_module
from engines.workspace.streams.export import export
from engines.workspace.streams.layout import StreamError
from engines.workspace.streams.recorders import Recorders
from engines.workspace.streams.recording import Recording
from engines.workspace.streams.store import StreamStore


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=1 << 18)
    yield store
    store.close()


def fill(store, count, name="accel"):
    writer = store.open(name, ["x", "y"], ["g", ""])
    number = np.arange(writer.total, writer.total + count, dtype=float)
    store.append(name, number / 3, [number / 7, -number])


def test_a_stream_as_csv_gives_the_same_numbers_back(store, tmp_path):
    fill(store, 100_000)
    assert export(store.reader("accel"), tmp_path / "out" / "a.csv") == 100_000
    with (tmp_path / "out" / "a.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["t (s)", "x (g)", "y"]
    back = np.array(rows, float)
    ring = store.reader("accel").since(0)
    assert (back[:, 0] == ring.t).all()
    assert (back[:, 1] == ring.values[0]).all()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.csv"]


def test_parquet_names_the_package_it_needs(store, tmp_path, monkeypatch):
    fill(store, 3)
    found = importlib.import_module

    def without(name, *rest):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(export_module.importlib, "import_module", without)
    with pytest.raises(StreamError, match="pip install pyarrow"):
        export(store.reader("accel"), tmp_path / "a.parquet")
    assert not (tmp_path / "a.parquet").exists()


def test_parquet_holds_the_columns(store, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    fill(store, 70_000)
    export(store.reader("accel"), tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table["x (g)"].to_pylist() == store.reader("accel").since(0).values[0].tolist()


def test_other_endings_are_refused(store, tmp_path):
    fill(store, 1)
    with pytest.raises(StreamError, match=r"\.csv or \.parquet"):
        export(store.reader("accel"), tmp_path / "a.txt")


def test_what_cannot_be_written_leaves_the_old_file(store, tmp_path, monkeypatch):
    fill(store, 10)
    target = tmp_path / "a.csv"
    target.write_text("old")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(export_module._WRITERS, ".csv", full)
    with pytest.raises(StreamError, match="No space left"):
        export(store.reader("accel"), target)
    assert target.read_text() == "old"


def test_recordings_get_names_of_their_own(store, tmp_path):
    fill(store, 10)
    recorders = Recorders(store, tmp_path / "project")
    heard = []
    recorders.changed.connect(heard.append)
    paths = []
    for _ in range(2):
        paths.append(recorders.start("accel"))
        fill(store, 5)
        with pytest.raises(StreamError, match="being recorded already"):
            recorders.start("accel")
        assert [state.name for state in recorders.running] == ["accel"]
        state = recorders.stop("accel")
        assert (state.rows, state.size, state.running) == (5, 120, False)
    assert len(set(paths)) == 2
    assert all(path.name.startswith("accel 20") and path.suffix == ".stream" for path in paths)
    assert heard[-1] == recorders.state("accel")
    with pytest.raises(StreamError, match="not being recorded"):
        recorders.stop("accel")


def test_closing_completes_every_recording(store, tmp_path):
    recorders = Recorders(store, tmp_path)
    ended = threading.Event()
    recorders.changed.connect(lambda state: ended.set() if not state.running else None)
    for name in ("a", "b"):
        fill(store, 1, name)
        recorders.start(name, tmp_path / name, past=True)
        fill(store, 99, name)
    recorders.stop_soon("a")
    assert ended.wait(30)
    recorders.close()
    assert [Recording(tmp_path / f"{name}.stream").total for name in "ab"] == [100, 100]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (12_345, "12.3 kB"),
        (123_456, "123 kB"),
        (12_300_000, "12.3 MB"),
        (5e15, "5000 TB"),
    ],
)
def test_sizes_are_readable(size, text):
    assert size_text(int(size)) == text
