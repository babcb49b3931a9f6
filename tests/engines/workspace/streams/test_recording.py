"""Streams on disk: whole after a stop, after a kill and on a full disk; read again as a stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.workspace.streams import recorder as recorder_module
from engines.workspace.streams.layout import Kind, Segment, StreamError
from engines.workspace.streams.live import StreamRegistry, frozen
from engines.workspace.streams.recorder import Recorder, RecordingWriter
from engines.workspace.streams.recording import HEADER_SIZE, JOURNAL, Recording
from engines.workspace.streams.ring import Block
from engines.workspace.streams.store import StreamStore


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=8192)
    yield store
    store.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "accel.stream"


def fill(store, count, name="accel"):
    writer = store.open(name, ["x", "y"], ["g", ""])
    number = np.arange(writer.total, writer.total + count, dtype=float)
    store.append(name, number / 100, [number, -number])


def rows(start, stop):
    number = np.arange(start, stop, dtype=float)
    return Block(start, number / 100, (number, -number))


def recorded(path, *counts, marks=()):
    """A recording of blocks of rows, each synced, as a writer that was not ended leaves it."""
    writer = RecordingWriter(path, "accel", ["x", "y"], ["g", ""], 1000.0)
    at = 0
    for mark in marks:
        writer.mark(mark)
    for count in counts:
        writer.append(rows(at, at + count))
        writer.sync()
        at += count
    return writer


def stop(recorder):
    recorder.stop()
    recorder.join(30)
    return recorder.state


def test_a_stream_is_recorded_from_now_on_until_it_is_stopped(store, path):
    fill(store, 100)
    recorder = Recorder(store, "accel", path)
    fill(store, 50)
    store.gap("accel", 0.5, 3)
    fill(store, 20)
    state = stop(recorder)
    assert (state.running, state.rows, state.missed, state.problem) == (False, 70, 0, "")
    recording = Recording(path)
    assert (recording.name, recording.columns, recording.units) == ("accel", ("x", "y"), ("g", ""))
    assert recording.read_column(1, 0, 70).tolist() == list(range(100, 170))
    assert recording.read(10, 12).t.tolist() == [1.1, 1.11]
    assert recording.segments == (Segment(0, Kind.START), Segment(50, Kind.GAP, 3, 0.5))
    assert recording.lost == 3
    assert recording.damaged() == []
    assert recording.origin == store.reader("accel").origin
    assert not path.with_name(path.name + JOURNAL).exists()


def test_a_recording_without_a_sample_is_a_stream_like_others(store, path):
    fill(store, 100)
    recorder = Recorder(store, "accel", path)
    assert stop(recorder).rows == 0
    name = store.attach(Recording(path))
    assert store.count(name) == (0, 0)
    reader = store.reader(name)
    assert (reader.total, reader.columns) == (0, ("x", "y"))
    store.remove([name])
    assert name not in store.names()


def test_what_the_ring_still_holds_can_be_recorded_too(store, path):
    fill(store, 100)
    store.reset("accel", 2.0)
    fill(store, 10)
    assert stop(Recorder(store, "accel", path, past=True)).rows == 110
    assert [each.kind for each in Recording(path).segments] == [Kind.START, Kind.RESET]


def test_the_format_can_be_read_by_anything(path):
    recorded(path, 1000, 500).close()
    with path.open("rb") as file:
        header = json.loads(file.readline())
        assert file.tell() == HEADER_SIZE
        values = np.fromfile(file, "<f8", header["rows"] * 3).reshape(-1, 3)
        journal = [json.loads(line) for line in file]
    assert header["format"] == "dirigent-stream"
    assert values[:, 2].tolist() == [-n for n in range(1500)]
    assert [line["rows"] for line in journal] == [1000, 1500]


def test_a_recording_is_longer_than_its_ring(store, path):
    """Nothing is lost although the ring is overwritten again and again."""
    fill(store, 1)
    heard = threading.Semaphore(0)
    recorder = Recorder(store, "accel", path, past=True)
    original = recorder._take

    def take():
        original()
        heard.release()

    recorder._take = take
    for _ in range(20):
        fill(store, 5000)
        for _ in range(2):
            assert heard.acquire(timeout=30)
    state = stop(recorder)
    assert (state.rows, state.missed) == (100_001, 0)
    assert (np.diff(Recording(path).read_column(1, 0, 100_001)) == 1).all()


def test_what_was_overwritten_before_it_was_written_is_told(store, path, monkeypatch):
    monkeypatch.setattr(recorder_module, "_POLL", 3600)
    fill(store, 10)
    recorder = Recorder(store, "accel", path, past=True)
    fill(store, 20_000)
    store.gap("accel", 1.0, 7)
    fill(store, 5)
    state = stop(recorder)
    ring = store.reader("accel")
    assert state.missed == 20_015 - 8192
    assert state.rows == 8192
    recording = Recording(path)
    assert [(each.start, each.lost) for each in recording.segments[1:]] == [(0, state.missed), (8187, 7)]
    assert recording.read_column(1, 0, 8192).tolist() == ring.since(0).values[0].tolist()


def test_a_stream_that_is_removed_ends_its_recording(store, path):
    fill(store, 30)
    recorder = Recorder(store, "accel", path, past=True)
    store.remove(["accel"])
    recorder.join(30)
    assert not recorder.state.running
    assert "ended" in recorder.state.problem
    assert Recording(path).total == 30


def test_a_file_that_is_there_is_not_overwritten(store, path):
    fill(store, 1)
    path.write_text("precious")
    with pytest.raises(StreamError, match="there already"):
        Recorder(store, "accel", path)
    assert path.read_text() == "precious"


def test_only_a_running_stream_can_be_recorded(store, path):
    with pytest.raises(StreamError, match="no stream 'accel' is running"):
        Recorder(store, "accel", path)


class FullDisk:
    """A file that has room for so many bytes more."""

    def __init__(self, file, room):
        self._file, self._room = file, room

    def write(self, data):
        if self._room <= 0:
            raise OSError(28, "No space left on device")
        count = self._file.write(data[: self._room])
        self._room -= count
        return count

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_a_full_disk_ends_the_recording_and_not_the_stream(store, path):
    fill(store, 10)
    recorder = Recorder(store, "accel", path)
    fill(store, 100)
    recorder._writer._file = FullDisk(recorder._writer._file, 24 * 150 + 7)
    fill(store, 1000)
    recorder.join(30)
    state = recorder.state
    assert not state.running
    assert "the disk is full" in state.problem
    fill(store, 10)
    assert store.count("accel") == (1120, 0)
    recording = Recording(path)
    assert recording.total == state.rows <= 150
    assert recording.read_column(1, 0, recording.total).tolist() == list(range(10, 10 + recording.total))


def test_a_recording_can_be_read_while_it_is_made(path):
    writer = recorded(path, 100, 20)
    writer.append(rows(120, 130))
    live = Recording(path)
    assert (live.total, live.unchecked()) == (130, [(120, 130)])
    writer.close()
    ended = Recording(path)
    assert (ended.total, ended.unchecked(), ended.damaged()) == (130, [], [])


def torn(path, *counts, marks=()):
    """A recording whose writer was killed; where its blocks end."""
    writer = recorded(path, *counts, marks=marks)
    writer._journal.close()
    writer._file.close()
    return [sum(counts[: number + 1]) for number in range(len(counts))]


def files(path):
    return {each.name: each.read_bytes() for each in sorted(path.parent.iterdir()) if each.is_file()}


@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    cut=st.integers(0, 6000),
    cut_journal=st.integers(0, 400),
    junk=st.binary(max_size=60),
)
def test_whatever_is_cut_off_all_whole_rows_stay(tmp_path_factory, counts, cut, cut_journal, junk):
    """A power cut may leave any part of the file's tail and of the journal's; opening changes neither."""
    path = tmp_path_factory.mktemp("r") / "accel.stream"
    torn(path, *counts, marks=[Segment(counts[0], Kind.GAP, 2, 0.5)])
    journal = path.with_name(path.name + JOURNAL)
    size = max(HEADER_SIZE, path.stat().st_size - cut)
    os.truncate(path, size)
    os.truncate(journal, max(0, journal.stat().st_size - cut_journal))
    with path.open("ab") as file:
        file.write(junk)
    before = files(path)
    recording = Recording(path)
    whole = (size - HEADER_SIZE) // 24
    assert recording.total >= whole
    assert recording.read_column(1, 0, whole).tolist() == list(range(whole))
    assert recording.damaged() == [] or recording.total > whole
    if not cut and not cut_journal:
        assert recording.unchecked() in ([], [(whole, recording.total)])
    assert files(path) == before


def test_a_recording_without_its_journal_keeps_all_its_rows(path):
    torn(path, *[100] * 10)
    path.with_name(path.name + JOURNAL).unlink()
    before = files(path)
    for _ in range(2):
        recording = Recording(path)
        assert (recording.total, recording.unchecked()) == (1000, [(0, 1000)])
        assert recording.read_column(1, 0, 1000).tolist() == list(range(1000))
    assert files(path) == before


@pytest.mark.parametrize(
    "damaged", [b"\0" * 34, b'{"rows": 9, "crc32": 1}', b'{"rows": 1e999, "crc32": 1}', b"[" * 5000]
)
@pytest.mark.parametrize("ended", [False, True])
def test_one_damaged_line_of_the_journal_costs_one_check_only(path, damaged, ended):
    if ended:
        recorded(path, *[100] * 10).close()
    else:
        torn(path, *[100] * 10)
    where = path if ended else path.with_name(path.name + JOURNAL)
    lines = where.read_bytes().split(b"\n")
    number = next(n for n, line in enumerate(lines) if line.endswith(b"}") and b'"rows": 300,' in line)
    lines[number] = damaged
    where.write_bytes(b"\n".join(lines))
    recording = Recording(path)
    assert (recording.total, recording.unreadable) == (1000, 1)
    assert recording.unchecked() == [(200, 400)]
    assert recording.damaged() == []


def test_a_damaged_mark_is_told_and_the_others_stay(path):
    torn(path, 100, marks=[Segment(20, Kind.GAP, 2, 0.5), Segment(50, Kind.RESET, 0, 1.0)])
    journal = path.with_name(path.name + JOURNAL)
    journal.write_bytes(journal.read_bytes().replace(b'"gap"', b'"g\0p"'))
    recording = Recording(path)
    assert recording.unreadable == 1
    assert [each.start for each in recording.segments] == [0, 50]


def test_room_that_was_never_written_is_no_row(path):
    torn(path, 100)
    with path.open("ab") as file:
        file.write(bytes(24 * 500 + 7))
    assert (Recording(path).total, Recording(path).unchecked()) == (100, [])


def test_an_end_that_was_cut_off_can_be_read_in_every_state(path):
    """The header is written, the journal only in part, and it is still beside the file."""
    torn(path, 100, 100)
    journal = path.with_name(path.name + JOURNAL)
    kept = journal.read_bytes()
    journal.unlink()
    path.unlink()
    recorded(path, 100, 100).close()
    journal.write_bytes(kept)
    os.truncate(path, path.stat().st_size - 20)
    recording = Recording(path)
    assert (recording.total, recording.unchecked(), recording.damaged()) == (200, [], [])


def test_damage_within_is_found(path):
    recorded(path, 100, 100, 100).close()
    with path.open("r+b") as file:
        file.seek(HEADER_SIZE + 24 * 150)
        file.write(b"\xff")
    assert Recording(path).damaged() == [(100, 200)]


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b"x" * 5000, b'{"format": "dirigent-stream", "version": 1}\n']
)
def test_what_is_no_recording_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(StreamError, match="no recording"):
        Recording(path)


def test_a_recording_that_lost_its_end_by_copying_is_refused(path):
    recorded(path, 100).close()
    os.truncate(path, HEADER_SIZE + 24 * 50)
    with pytest.raises(StreamError, match="missing at its end"):
        Recording(path)


RECORD = """
import sys, time
from pathlib import Path
import numpy as np
from engines.workspace.streams import recorder
from engines.workspace.streams.store import StreamStore
recorder.SYNC_SECONDS = 0.05
recorder._POLL = 0.005
store = StreamStore(Path(sys.argv[1]) / "streams", capacity=1 << 16)
store.open("accel", ["x", "y"], ["g", ""])
def told(state):
    print(state.rows, flush=True)
recorder.Recorder(store, "accel", Path(sys.argv[1]) / "accel.stream", told)
at = 0
while True:
    number = np.arange(at, at + 100, dtype=float)
    store.append("accel", number / 100, [number, -number])
    at += 100
    time.sleep(0.001)
"""


def test_a_killed_recorder_leaves_all_it_had_synced(tmp_path, path):
    process = subprocess.Popen([sys.executable, "-c", RECORD, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                               cwd=Path(__file__).parents[4])  # fmt: skip
    told = [int(process.stdout.readline()) for _ in range(8)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    told += [int(line) for line in process.stdout.read().splitlines()]
    process.stdout.close()
    recording = Recording(path)
    assert recording.total >= told[-1] > 0
    assert (recording.read_column(1, 0, recording.total) == np.arange(recording.total)).all()
    assert recording.damaged() == []


# As a stream of the workspace


@pytest.fixture
def names():
    return {}


@pytest.fixture
def streams(store, names):
    return StreamRegistry(store.directory, names)


def test_a_recording_is_a_stream_of_its_name(store, streams, names, path):
    recorded(path, 300, marks=[Segment(100, Kind.GAP, 5, 1.0)]).close()
    assert store.attach(Recording(path)) == "accel"
    streams.refresh()
    accel = names["accel"]
    assert len(accel) == 300
    assert accel.lost == 5
    assert accel.x[:3].tolist() == [0, 1, 2]
    assert accel.last(1).x.tolist() == list(range(200, 300))
    assert accel[10:12].y.tolist() == [-10, -11]
    assert accel.rate == pytest.approx(100)
    assert accel.units == {"x": "g", "y": ""}
    assert [each.kind for each in accel.segments] == [Kind.START, Kind.GAP]
    with frozen(1, least=10):
        assert len(accel.x) == 100
    with frozen():
        assert len(accel) == len(accel.t) == 300
    assert "300 samples" in repr(accel)
    assert store.count("accel") == (300, 5)
    assert store.reader("accel").total == 300


def test_columns_are_views_of_the_file(store, streams, path):
    """A recording larger than the memory can be looked at."""
    recorded(path, 3000).close()
    store.attach(Recording(path))
    x = streams["accel"].x
    assert not x.flags.owndata
    assert not x.flags.writeable


def test_a_recording_beside_a_running_stream_gets_a_number(store, streams, names, path):
    recorded(path, 10).close()
    fill(store, 5)
    assert store.attach(Recording(path)) == "accel_2"
    assert store.attach(Recording(path)) == "accel_3"
    streams.refresh()
    assert [len(names[name]) for name in ("accel", "accel_2", "accel_3")] == [5, 10, 10]


def test_a_running_stream_takes_its_name_back(store, streams, names, path):
    recorded(path, 10).close()
    store.attach(Recording(path))
    streams.refresh()
    fill(store, 5)
    streams.refresh()
    assert [len(streams[name]) for name in ("accel", "accel_2")] == [5, 10]
    assert store.running == ("accel",)


def test_closing_a_recording_leaves_its_file(store, streams, names, path):
    recorded(path, 10).close()
    store.attach(Recording(path))
    store.remove(["accel"])
    streams.refresh()
    assert "accel" not in names
    assert path.exists()


def test_an_empty_recording_is_harmless(store, streams, path):
    recorded(path).close()
    store.attach(Recording(path))
    accel = streams["accel"]
    assert len(accel) == 0
    assert len(accel.last(1)) == 0
    assert accel.x.tolist() == []
