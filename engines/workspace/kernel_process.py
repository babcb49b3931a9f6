"""The kernel as an operating-system process: start, interrupt, kill, and notice its death at once.

Only the standard library is imported here, so that the kernel boots while the window is still importing Qt.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.workspace.private_folders import temporary_base
from engines.workspace.running_mark import RUNNING_VARIABLE, make_mark_file, read_mark

CHANNELS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
FAULT_LINES_SHOWN = 12
RUNTIME_PREFIX = "dirigent-"
SOCKET_ROOM = len(f"/{RUNTIME_PREFIX}12345678/kernel-1")


@dataclass(frozen=True)
class Death:
    """How a kernel process ended. ``report`` is the tail of what it wrote to stderr (faulthandler's text)."""

    exit_code: int
    report: str

    def __str__(self) -> str:
        if self.exit_code < 0:
            name = signal.Signals(-self.exit_code).name
            return f"it was ended by {name}"
        return f"it ended with exit code {self.exit_code}"


class KernelProcess:
    """Starts ``command + ["-f", CONNECTION_FILE]`` and watches it.

    ``on_death(Death)`` is called on the watching thread when the process ends without ``stop()``.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_death: Callable[[Death], object],
        *,
        environment: dict[str, str] | None = None,
        working_folder: Path | None = None,
    ) -> None:
        self._command = list(command)
        self._on_death = on_death
        self._environment = environment or {}
        self._working_folder = working_folder
        self._runtime = tempfile.TemporaryDirectory(
            prefix=RUNTIME_PREFIX, dir=temporary_base(SOCKET_ROOM), ignore_cleanup_errors=True
        )
        self.connection_file = Path(self._runtime.name) / "kernel.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._expected_end = threading.Event()
        _write_connection_file(self.connection_file)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process. Its stderr goes to a file whose tail is shown when it dies."""
        if self.alive:
            return
        self._expected_end = threading.Event()
        make_mark_file(self._mark_file)
        self._process = self._launch([*self._command, "-f", str(self.connection_file)])
        self._watcher = threading.Thread(
            target=self._watch, args=(self._process, self._expected_end), name="kernel-watch", daemon=True
        )
        self._watcher.start()

    def running(self) -> str:
        """The address of the formula that the kernel computes, or was computing when it died; '' for none."""
        return read_mark(self._mark_file)

    def interrupt(self) -> None:
        """SIGINT to the kernel and what it started (``!commands``); its interrupt event on Windows."""
        if not self.alive or self._process is None:
            return
        if sys.platform == "win32":
            from jupyter_client.win_interrupt import send_interrupt

            send_interrupt(self._process.win32_interrupt_event)  # type: ignore[attr-defined]
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGINT)

    def expect_end(self) -> None:
        """Its end is wanted: no death is announced."""
        self._expected_end.set()

    def finish(self, seconds: float = 0.0) -> None:
        """Wait until the process and what it has started are gone; after ``seconds`` they are killed."""
        self.expect_end()
        if self._process is None or self._watcher is None:
            return
        self._watcher.join(seconds)
        if self._watcher.is_alive():
            self._process.kill()
            self._watcher.join()

    def close(self) -> None:
        """Remove the runtime folder with the sockets, and a process that is still there."""
        self.finish()
        self._runtime.cleanup()

    def _launch(self, argv: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **self._environment, RUNNING_VARIABLE: str(self._mark_file)}
        if sys.platform == "win32":
            from jupyter_client.launcher import launch_kernel

            return launch_kernel(argv, env=environment, cwd=self._working_folder)
        environment["JPY_PARENT_PID"] = str(os.getpid())  # the kernel ends itself when the app is gone
        with self._report_file.open("wb") as report:
            return subprocess.Popen(
                argv,
                env=environment,
                cwd=self._working_folder,
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def _mark_file(self) -> Path:
        return Path(self._runtime.name) / "running"

    @property
    def _report_file(self) -> Path:
        return Path(self._runtime.name) / "kernel.log"

    def _watch(self, process: subprocess.Popen[bytes], expected: threading.Event) -> None:
        if sys.platform != "win32":
            _await_exit(process.pid)
            _kill_group(process.pid)
        exit_code = process.wait()
        if not expected.is_set():
            self._on_death(Death(exit_code, self._report()))

    def _report(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._report_file.read_text(errors="replace").splitlines()
            return "\n".join(lines[-FAULT_LINES_SHOWN:])
        return ""


def _await_exit(pid: int) -> None:
    """Without reaping it, so that its number, which is its group's too, is not yet given away."""
    with contextlib.suppress(ChildProcessError):  # ``poll`` has reaped it
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def _kill_group(group: int) -> None:
    """What the kernel has started and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: only zombies are left
        os.killpg(group, signal.SIGKILL)


def _write_connection_file(path: Path) -> None:
    """Jupyter's connection file: unix sockets beside the file (0700 folder); loopback TCP on Windows."""
    connection: dict[str, object] = {
        "key": secrets.token_hex(32),
        "signature_scheme": "hmac-sha256",
        "kernel_name": "dirigent",
    }
    if sys.platform == "win32":
        connection |= {
            "transport": "tcp",
            "ip": "127.0.0.1",
            **dict(zip(CHANNELS, _free_ports(), strict=True)),
        }
    else:
        connection |= {"transport": "ipc", "ip": str(path.with_name("kernel"))}
        connection |= {channel: number for number, channel in enumerate(CHANNELS, start=1)}
    path.write_text(json.dumps(connection))
    path.chmod(0o600)


def _free_ports() -> list[int]:
    sockets = [socket.socket() for _ in CHANNELS]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
