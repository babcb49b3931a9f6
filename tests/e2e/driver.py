"""Drives the real program as its user would: a process under Xvfb, commands through `main.py send`'s door."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "main.py"
EXAMPLES = ROOT / "resources" / "examples"
EXAMPLE = EXAMPLES / "accelerometer"


def start_xvfb(size: str = "1280x800") -> tuple[subprocess.Popen[bytes], str]:
    """A virtual display of our own; (process, DISPLAY)."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        return server, f":{numbers.readline().strip()}"


def slowness(seconds: float = 0.3) -> float:
    """Seconds of the clock that a second of computing takes now: 1 when a core is free, more the busier the
    machine is. Limits in seconds are multiplied by it, so that they can be as strict as they are meant."""
    began, worked = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        pass
    return max(1.0, seconds / max(time.process_time() - worked, 0.01))


def assert_quick(times: list[float], busy: float, *, median: float = 0.05, p95: float = 0.25) -> None:
    """Answers come within these seconds, on a machine that is ``busy`` times as slow as a quiet one. The 95 %
    are those of the best third: a slow window is slow all the time, a burst of others' work is not."""
    assert statistics.median(times) < median * busy, (busy, sorted(times))
    third = len(times) // 3
    thirds = [times[start : start + third] for start in range(0, 3 * third, third)]
    best = min(statistics.quantiles(each, n=20, method="inclusive")[-1] for each in thirds)
    assert best < p95 * busy, (busy, times)


class CommandFailedError(AssertionError):
    """The window refused a command."""


class Program:
    """One run of `main.py` with its own home, so that nothing of the user's is read or written.

    ``cache``: a cache folder that is shared with other runs.
    """

    def __init__(
        self,
        home: Path,
        display: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        cache: Path | None = None,
    ) -> None:
        self.home = home
        self.instance = f"e2e-{os.getpid()}-{time.monotonic_ns()}"
        self._runtime = tempfile.TemporaryDirectory(prefix="d-")  # a socket's path must be short
        runtime = self._runtime.name
        self.door = f"{runtime}/dirigent/{self.instance}.socket"
        names = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
        self.environment = {
            **os.environ,
            **dict.fromkeys(names, str(home)),
            "XDG_CACHE_HOME": str(cache or home),
            "XDG_RUNTIME_DIR": runtime,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb" if display else "offscreen",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self.log = home / "program.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(MAIN), "--instance", self.instance, *arguments],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def send(self, command: str, *arguments: object, timeout: float = 30) -> Any:
        """One command through the door; its value."""
        reply = self.reply(command, *arguments, timeout=timeout)
        if not reply["ok"]:
            raise CommandFailedError(f"{command}: {reply['error']}")
        return reply["value"]

    def reply(self, command: str, *arguments: object, timeout: float = 30) -> dict[str, Any]:
        from app.local_socket import send

        return send(
            command, [str(each) for each in arguments], instance=self.instance, timeout=timeout, at=self.door
        )

    @property
    def state(self) -> dict[str, Any]:
        return self.send("app.state")

    def wait(self, condition: Callable[[dict[str, Any]], Any], seconds: float = 30) -> dict[str, Any]:
        """Until the program's state satisfies the condition; that state."""
        deadline = time.monotonic() + seconds
        state: dict[str, Any] = {}
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the program ended: {self.output()[-3000:]}"
            try:
                state = self.state
                if condition(state):
                    return state
            except (OSError, RuntimeError, KeyError, IndexError) as error:
                state = {"error": repr(error)}
            except Exception as error:  # the window is not there yet
                if type(error).__name__ != "NotRunningError":
                    raise
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s; state: {state}; log: {self.output()[-2000:]}")

    def until_begun(self, seconds: float = 30) -> None:
        """It holds the lock of its instance name; the window comes later."""
        lock = Path(self._runtime.name) / "dirigent" / f"{self.instance}.lock"
        deadline = time.monotonic() + seconds
        while not lock.exists():
            assert time.monotonic() < deadline, self.output()[-2000:]
            time.sleep(0.01)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def answer_times(self, seconds: float, least: int = 60) -> list[float]:
        """How long the window takes to answer, asked for some seconds and ``least`` times; seconds each."""
        times: list[float] = []
        deadline = time.monotonic() + seconds
        while len(times) < least or time.monotonic() < deadline:
            asked = time.monotonic()
            self.state  # noqa: B018 - the question is when it answers
            times.append(time.monotonic() - asked)
            time.sleep(0.02)
        return times

    def kill(self) -> None:
        """kill -9: the program alone, as a crash or an out-of-memory killer would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            try:
                self.send("app.quit", "discard=yes", timeout=5)
                self.process.wait(10)
            except Exception:
                self.process.kill()
        self.process.wait()
        self._runtime.cleanup()


def copy_example(folder: Path, name: str = EXAMPLE.name) -> Path:
    """A project to work in: an example, away from the source tree."""
    target = folder / name
    shutil.copytree(EXAMPLES / name, target)
    return target
