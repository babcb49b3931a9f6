"""Sample frames as rows: sequence gaps, wrapping and resetting clocks, damaged headers."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.streams.samples import WRAP, SampleReader
from engines.workspace.streams.layout import Kind
from engines.workspace.streams.store import StreamStore

HEADER = b"accel:x,y,z:3h:g"


def payload(sequence: int, us: int, *samples: tuple[int, int, int], step: int = 0, header=HEADER) -> bytes:
    body = b"".join(struct.pack("<3h", *sample) for sample in samples)
    times = struct.pack("<HII", sequence & 0xFFFF, us & 0xFFFFFFFF, step)
    return bytes([len(header)]) + header + times + body


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=1 << 16)
    yield store
    store.close()


@pytest.fixture
def reader(store):
    return SampleReader(store)


def test_one_frame_is_one_row(store, reader):
    reader.take(payload(0, 5000, (1, 2, 3)), 100.0)
    reader.take(payload(1, 15000, (4, 5, 6)), 100.01)
    reader.flush()
    ring = store.reader("accel")
    block = ring.since(0)
    assert block.t.tolist() == pytest.approx([0.0, 0.01])
    assert [column.tolist() for column in block.values] == [[1, 4], [2, 5], [3, 6]]
    assert (ring.columns, ring.units) == (("x", "y", "z"), ("g", "g", "g"))
    assert reader.samples == 2


def test_a_scale_turns_counts_into_the_unit(store, reader):
    reader.take(payload(0, 0, (-32, 0, 31), (1, 2, 3), step=1000, header=b"accel:x,y,z:3h:g:0.046875"), 0.0)
    reader.flush()
    ring = store.reader("accel")
    assert ring.units == ("g", "g", "g")
    assert [column.tolist() for column in ring.since(0).values] == [
        [-1.5, 0.046875],
        [0.0, 0.09375],
        [1.453125, 0.140625],
    ]


@pytest.mark.parametrize("scale", [b"", b"0", b"nan", b"inf", b"g", b"1:2"])
def test_a_scale_that_is_none_is_refused(store, reader, scale):
    reader.take(payload(0, 0, (1, 2, 3), header=HEADER + b":" + scale), 0.0)
    reader.flush()
    assert (reader.malformed, reader.samples) == (1, 0)


def test_a_block_of_samples_has_its_steps(store, reader):
    reader.take(payload(0, 0, (1, 0, 0), (2, 0, 0), (3, 0, 0), step=1000), 0.0)
    reader.take(payload(1, 3000, (4, 0, 0), (5, 0, 0), (6, 0, 0), step=1000), 0.003)
    reader.flush()
    assert store.reader("accel").since(0).t.tolist() == pytest.approx([i / 1000 for i in range(6)])


def test_missing_frames_are_counted_and_leave_a_gap(store, reader):
    reader.take(payload(65534, 0, (1, 0, 0)), 0.0)
    reader.take(payload(3, 50_000, (2, 0, 0)), 0.05)
    reader.flush()
    ring = store.reader("accel")
    assert (ring.lost, reader.lost) == (4, 4)
    gap = ring.segments[1]
    assert (gap.start, gap.kind, gap.lost) == (1, Kind.GAP, 4)
    assert gap.seconds == pytest.approx(0.05)
    assert ring.since(0).t.tolist() == pytest.approx([0, 0.05])


@pytest.mark.parametrize("period", [WRAP, 1 << 32])
def test_a_wrapping_clock_runs_on(store, reader, period):
    start = period - 25_000
    for number in range(10):
        reader.take(payload(number, (start + number * 10_000) % period, (number, 0, 0)), number / 100)
    reader.flush()
    ring = store.reader("accel")
    assert ring.since(0).t.tolist() == pytest.approx([number / 100 for number in range(10)])
    assert len(ring.segments) == 1


def slept(store, reader, seconds, until):
    """A board whose clock stands still for so long after 100 s; when each sample was taken."""
    taken = [n / 10 + (seconds if n >= 1000 else 0) for n in range(until * 10)]
    for number, when in enumerate(taken):
        reader.take(payload(number, number * 100_000 % WRAP, (number, 0, 0)), when + 0.001)
        reader.flush()
    return np.array(taken)


@pytest.mark.parametrize("seconds", [2, 30, 500])
def test_a_clock_that_stood_still_is_a_gap_and_time_is_right_again(store, reader, seconds):
    taken = slept(store, reader, seconds, 300)
    ring = store.reader("accel")
    (gap,) = ring.segments[1:]
    assert (gap.kind, gap.lost, reader.lost) == (Kind.GAP, 0, 0)
    assert gap.seconds == pytest.approx(seconds, abs=0.01)
    assert 1000 < gap.start < 1100
    assert ring.since(gap.start).t == pytest.approx(taken[gap.start :], abs=0.01)


@pytest.mark.parametrize("seconds", [600, 1000, 5000])
def test_a_clock_that_stood_still_longer_than_half_its_wrap_goes_on_by_the_hosts(store, reader, seconds):
    taken = slept(store, reader, seconds, 200)
    ring = store.reader("accel")
    assert len(ring.segments) > 1
    assert ring.since(1100).t == pytest.approx(taken[1100:], abs=0.2)


@given(pause=st.floats(0.02, 5000), jitter=st.floats(0, 0.3))
def test_a_pause_of_any_length_is_no_reset(tmp_path_factory, pause, jitter):
    store = StreamStore(tmp_path_factory.mktemp("s") / "s", capacity=4096)
    reader = SampleReader(store)
    reader.take(payload(0, 777, (1, 0, 0)), 0.0)
    reader.take(payload(1, (777 + int(pause * 1e6)) % WRAP, (2, 0, 0)), pause + jitter)
    reader.flush()
    ring = store.reader("accel")
    assert ring.since(0).t[1] == pytest.approx(pause, abs=1e-5)
    assert len(ring.segments) == 1
    store.close()


@pytest.mark.parametrize("ran_for", [2.0, 50.0, 600.0, 900.0])
def test_a_rebooted_board_begins_a_segment_and_time_goes_on(store, reader, ran_for):
    reader.take(payload(200, int(ran_for * 1e6), (1, 0, 0)), 10.0)
    reader.take(payload(0, 100, (2, 0, 0)), 13.0)
    reader.take(payload(1, 10_100, (3, 0, 0)), 13.01)
    reader.flush()
    ring = store.reader("accel")
    assert [segment.kind for segment in ring.segments] == [Kind.START, Kind.RESET]
    assert ring.since(0).t.tolist() == pytest.approx([0, 3, 3.01])
    assert ring.lost == 0


def test_a_sampler_started_again_is_a_gap_of_unknown_loss(store, reader):
    reader.take(payload(40_000, 1_000_000, (1, 0, 0)), 1.0)
    reader.take(payload(0, 2_000_000, (2, 0, 0)), 2.0)
    reader.flush()
    ring = store.reader("accel")
    assert [segment.kind for segment in ring.segments] == [Kind.START, Kind.GAP]
    assert ring.lost == 0


def test_a_lost_connection_is_a_gap_with_its_losses(store, reader):
    reader.take(payload(0, 0, (1, 0, 0)), 0.0)
    reader.interrupted(0.1)
    reader.take(payload(101, 1_010_000, (2, 0, 0)), 1.01)
    reader.flush()
    ring = store.reader("accel")
    assert ring.lost == 100
    assert ring.since(0).t[1] == pytest.approx(1.01)


def test_samples_that_waited_on_their_way_are_no_reset(store, reader):
    """The host stalled for two seconds, then all frames come at once."""
    reader.take(payload(0, 0, (0, 0, 0)), 0.0)
    for number in range(1, 200):
        reader.take(payload(number, number * 10_000, (number, 0, 0)), 2.0)
    reader.flush()
    ring = store.reader("accel")
    assert len(ring.segments) == 1
    assert np.diff(ring.since(0).t) == pytest.approx(0.01)


def test_rounded_steps_keep_time_from_running_backwards(store, reader):
    for number in range(20):
        us = number * 2999
        reader.take(payload(number, us, *[(0, 0, 0)] * 3, step=1500), us / 1e6)
    reader.flush()
    ring = store.reader("accel")
    times = ring.since(0).t
    assert (np.diff(times) >= 0).all()
    assert times[-1] == pytest.approx(19 * 0.002999 + 0.003, abs=1e-4)
    assert len(ring.segments) == 1


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\x05acc",
        payload(0, 0, (1, 2, 3))[:-1],
        payload(0, 0),
        payload(0, 0, (1, 2, 3), header=b"accel"),
        payload(0, 0, (1, 2, 3), header=b"accel:x,y:3h"),
        payload(0, 0, (1, 2, 3), header=b"accel:x,y,z:3s"),
        payload(0, 0, (1, 2, 3), header=b"accel:x,x,z:3h"),
        payload(0, 0, (1, 2, 3), header=b"\xff\xfe:x,y,z:3h"),
        payload(0, 0, (1, 2, 3), header=b"a:x:999999999999h"),
    ],
)
def test_what_cannot_be_understood_is_counted(store, reader, bad):
    reader.take(bad, 0.0)
    reader.flush()
    assert reader.malformed == 1
    assert reader.problem
    assert store.names() == ()


def test_new_columns_begin_a_new_stream_under_the_name(store, reader):
    reader.take(payload(0, 0, (1, 2, 3)), 0.0)
    reader.take(payload(0, 0, (1, 2, 3), header=b"accel:a,b,c:3h"), 0.0)
    reader.flush()
    assert store.reader("accel").columns == ("a", "b", "c")
    assert store.reader("accel").total == 1


def test_a_stream_that_the_user_removed_begins_anew(store, reader):
    reader.take(payload(0, 0, (1, 2, 3)), 0.0)
    reader.flush()
    store.remove(["accel"])
    reader.take(payload(1, 10, (1, 2, 3)), 0.0)
    reader.flush()
    assert store.reader("accel").total == 1


def test_a_lost_frame_in_the_middle_of_a_read_is_counted_where_it_was(store, reader):
    for number in (0, 1, 2, 5, 6, 9):
        reader.take(payload(number, number * 10_000, (number, 0, 0)), 1.0)
    reader.flush()
    ring = store.reader("accel")
    assert ring.lost == reader.lost == 4
    assert [(segment.start, segment.lost) for segment in ring.segments[1:]] == [(3, 2), (5, 2)]
    assert ring.since(0).t.tolist() == pytest.approx([0, 0.01, 0.02, 0.05, 0.06, 0.09])


def test_frames_lost_while_the_host_was_away_are_no_reset(store, reader):
    """Old samples wait in the system's buffer, the board gave up the next ten seconds, then new ones come."""
    reader.take(payload(0, 0, (0, 0, 0)), 0.0)
    for number in [*range(1, 50), *range(1000, 1010)]:
        reader.take(payload(number, number * 10_000, (number, 0, 0)), 10.1)
    reader.flush()
    ring = store.reader("accel")
    assert [segment.kind for segment in ring.segments] == [Kind.START, Kind.GAP]
    assert ring.lost == 950
    assert ring.since(0).t[-1] == pytest.approx(10.09)


def test_two_streams_in_one_read_keep_apart(store, reader):
    for number in range(50):
        reader.take(payload(number, number * 10_000, (number, 1, 2)), 0.5)
        reader.take(payload(number, number * 10_000, (-number, 1, 2), header=b"gyro:a,b,c:3h"), 0.5)
    reader.flush()
    assert reader.names == ("accel", "gyro")
    assert store.reader("accel").since(0).values[0].tolist() == list(range(50))
    assert store.reader("gyro").since(0).values[0].tolist() == [-number for number in range(50)]
    assert reader.lost == 0


@given(
    frames=st.lists(
        st.tuples(
            st.sampled_from([1, 1, 1, 1, 2, 7, 40_000]),  # steps of the sequence
            st.sampled_from([10_000, 10_000, 10_000, 3_000_000, 700_000_000, -50_000_000]),
            st.integers(1, 4),  # samples in the frame
            st.sampled_from([0.0, 0.01, 0.01, 3.0, 100.0]),  # host seconds
            st.booleans(),  # flush behind it
        ),
        max_size=40,
    )
)
def test_what_comes_in_one_read_is_what_comes_one_by_one(tmp_path_factory, frames):
    """However reads cut the frames, rows, losses and gaps are the same."""
    results = []
    for one_by_one in (False, True):
        store = StreamStore(tmp_path_factory.mktemp("s") / "s", capacity=4096)
        reader = SampleReader(store)
        sequence, us, host = 65_530, 5, 1000.0
        for steps, passed, count, seconds, flush in frames:
            sequence, us, host = (sequence + steps) & 0xFFFF, (us + passed) % (1 << 32), host + seconds
            samples = [(sequence % 1000, count, 0)] * count
            reader.take(payload(sequence, us, *samples, step=100), host)
            if one_by_one or flush:
                reader.flush()
        reader.flush()
        if frames:
            ring = store.reader("accel")
            block = ring.since(0)
            assert (np.diff(block.t) >= 0).all()
            kinds = [(segment.start, segment.kind, segment.lost) for segment in ring.segments]
            results.append(
                (block.t.round(6).tolist(), [v.tolist() for v in block.values], kinds, reader.lost)
            )
            ring.close()
        store.close()
    assert not frames or results[0] == results[1]


def test_drift_of_the_devices_clock_is_corrected(store, reader):
    """100 ppm fast for an hour would be 0.36 s."""
    for number in range(3600):
        reader.take(payload(number, int(number * 1e6 * 1.0001), (number, 0, 0)), 50.0 + number)
        reader.flush()
    assert store.reader("accel").since(0).t[-1] == pytest.approx(3599, abs=0.01)


def test_another_board_is_not_mistaken_for_the_one_before(store, reader):
    reader.take(payload(10, 5_000_000, (1, 0, 0)), 1.0)
    reader.interrupted(1.0)
    reader.another_board()
    assert reader.names == ()
    reader.take(payload(700, 7_000_000, (2, 0, 0)), 3.0)
    reader.flush()
    ring = store.reader("accel")
    assert [segment.kind for segment in ring.segments] == [Kind.START, Kind.RESET]
    assert (ring.lost, reader.names) == (0, ("accel",))
    assert ring.since(0).t.tolist() == pytest.approx([0, 2])


def test_a_second_reader_goes_on_where_the_first_one_ended(store, reader):
    reader.take(payload(0, 0, (1, 0, 0)), 0.0)
    reader.take(payload(1, 2_000_000, (2, 0, 0)), 2.0)
    reader.flush()
    other = SampleReader(store)
    other.take(payload(0, 0, (3, 0, 0)), 0.0)
    other.flush()
    ring = store.reader("accel")
    assert [segment.kind for segment in ring.segments] == [Kind.START, Kind.RESET]
    assert (np.diff(ring.since(0).t) > 0).all()
