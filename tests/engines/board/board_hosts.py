"""Real MicroPython (the unix port) behind a pseudo-terminal that can be unplugged and plugged in."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent))

# Makes the terminal the child's own, so that ^C interrupts it as on a board.
_LAUNCH = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class UnixBoard:
    """MicroPython's unix port; ``path`` is a serial port to it that can be unplugged and plugged in.

    At a soft reset (^D) the unix port ends; it is started again, as a board would.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = arguments
        self._master, slave = os.openpty()
        self._terminal = os.ttyname(slave)
        self.resets = 0
        self.process = self._start()
        os.close(slave)
        self.link = folder / "port"
        self._line, self._slave = -1, -1
        self._let_go = threading.Event()
        self.signals = 0
        """So many ^C are given as a signal."""
        self.disturb: Callable[[bytes], bytes] = lambda data: data
        """What the line makes of each piece, both ways."""
        self.plug()
        self._ending = False
        self._thread = threading.Thread(target=self._pump)
        self._thread.start()

    def _start(self) -> subprocess.Popen[bytes]:
        import termios
        import tty

        slave = os.open(self._terminal, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(slave)
        attributes = termios.tcgetattr(slave)
        attributes[3] |= termios.ISIG
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, MICROPYTHON, "-X", "heapsize=4M", *self._arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=self._folder,
            env={"HOME": str(self._folder), "MICROPYPATH": ":".join([str(self._folder), ".frozen"])},
        )  # fmt: skip
        os.close(slave)
        return process

    @property
    def path(self) -> str:
        return str(self.link)

    def plug(self) -> None:
        import tty

        self._line, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        line, slave, self._line, self._slave = self._line, self._slave, -1, -1
        self.link.unlink()
        # The numbers of closed files are given anew: the pump must have let go of them.
        self._let_go.clear()
        self._let_go.wait(5)
        os.close(slave)
        os.close(line)

    def _pump(self) -> None:
        while not self._ending:
            line = self._line
            if line < 0:
                self._let_go.set()
            ends = {self._master: line, line: self._master}
            try:
                ready, _, _ = select.select([end for end in ends if end >= 0], [], [], 0.05)
                for end in ready:
                    data = os.read(end, 4096)
                    if self.signals and end == line and b"\x03" in data:
                        # The unix port knows no ^C within its raw REPL; boards do.
                        self.signals -= 1
                        data = data.replace(b"\x03", b"", 1)
                        os.kill(self.process.pid, signal.SIGINT)
                    data = self.disturb(data)
                    while data and ends[end] >= 0:
                        data = data[os.write(ends[end], data) :]
            except (OSError, ValueError):
                if self.process.poll() is not None and not self._ending:
                    self.resets += 1
                    self.process = self._start()

    def close(self) -> None:
        self._ending = True
        self._thread.join()
        self.process.kill()
        self.process.wait()
        for end in (self._master, self._line, self._slave):
            if end >= 0:
                os.close(end)
