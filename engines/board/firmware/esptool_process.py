"""esptool as a process of its own (it is under the GPL), and what its output says."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from engines.board.firmware.programmer import Stage

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_CHIP = re.compile(r"(?:Detecting chip type\.\.\.|Connected to)\s+(ESP(?:32(?:-[CHPS]\d+)?|8266))\b")
_LOOK_EVERY = 0.25
_DIES_WITHIN = 5.0
_FLASH_SIZE = re.compile(r"Detected flash size:\s*(\d+)\s*(KB|MB)")


def esptool_command() -> tuple[str, ...]:
    """How to start esptool; a frozen program is its own interpreter and knows ``--esptool``."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--esptool")
    return (sys.executable, "-m", "esptool")


def run_esptool(arguments: list[str]) -> int:
    """What ``main.py --esptool`` does: esptool itself, in this process. The exit code."""
    import esptool

    try:
        esptool.main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        print(f"A fatal error occurred: {error}", file=sys.stderr)  # noqa: T201 - it is a program here
        return 2
    return 0


@dataclass(frozen=True)
class Answer:
    """How a run of esptool ended."""

    code: int
    lines: tuple[str, ...]
    silent: float = 0.0
    """It was killed, for it had said nothing for so many seconds; 0: it ended by itself."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def chip(self) -> str:
        """The chip as esptool's argument: ``esp32s3``; '' when it was not told."""
        match = _CHIP.search(self.text)
        return match[1].lower().replace("-", "") if match else ""

    @property
    def flash_size(self) -> int:
        """Bytes; 0 when it was not told."""
        match = _FLASH_SIZE.search(self.text)
        return int(match[1]) << (20 if match[2] == "MB" else 10) if match else 0

    @property
    def verified(self) -> bool:
        return self.code == 0 and "Hash of data verified" in self.text

    @property
    def complaint(self) -> str:
        """The line that says what went wrong."""
        for line in reversed(self.lines):
            if re.search(r"fatal error|failed|could not|error|exception|wrong", line, re.IGNORECASE):
                return re.sub(r"^A (?:serial exception|fatal) error occurred:\s*", "", line).strip()
        return self.lines[-1] if self.lines else f"esptool ended with the code {self.code}"


def run(
    command: Sequence[str],
    on_line: Callable[[str], object] = lambda line: None,
    on_life: Callable[[], object] = lambda: None,
    patience: Callable[[], float] = lambda: 60.0,
) -> Answer:
    """Run esptool to its end. An exception of a callback kills it, and so does silence.

    Args:
        on_line: called with each line it prints.
        on_life: called whenever anything comes, a dot of "Connecting...." too, and now and then while nothing
            does.
        patience: how many seconds it may be silent just now.

    Raises:
        OSError: it cannot be started.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    options: dict[str, Any] = {"start_new_session": True}  # a group, to be killed as a whole
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NO_WINDOW}
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        env=environment,
        **options,
    )
    assert process.stdout is not None
    lines: deque[str] = deque(maxlen=400)
    try:
        for line in _lines(_chunks(process.stdout, patience), on_life):
            lines.append(line)
            on_line(line)
        return Answer(process.wait(), tuple(lines))
    except _SilenceError as silence:
        return Answer(-1, tuple(lines), silence.seconds)
    finally:
        _kill(process)


class _SilenceError(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is not None:
        return  # its number may be another's by now
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):  # a serial driver may hold it for long
        process.wait(_DIES_WITHIN)


def _chunks(output: IO[bytes], patience: Callable[[], float]) -> Iterator[bytes]:
    """What comes, in pieces; an empty one now and then while nothing does. Raises _SilenceError."""
    arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        with output:
            while chunk := os.read(output.fileno(), 4096):
                arrived.put(chunk)
        arrived.put(b"")

    threading.Thread(target=read, name="board-esptool", daemon=True).start()
    heard = time.monotonic()
    while True:
        limit = patience()
        try:
            chunk = arrived.get(timeout=min(limit, _LOOK_EVERY))
        except queue.Empty:
            if time.monotonic() - heard >= limit:
                raise _SilenceError(limit) from None
            yield b""
            continue
        if not chunk:
            return
        heard = time.monotonic()
        yield chunk


def _lines(chunks: Iterator[bytes], on_life: Callable[[], object]) -> Iterator[str]:
    """Lines as they come, ended by LF or CR, without colours."""
    rest = b""
    for chunk in chunks:
        *whole, rest = re.split(rb"[\r\n]", rest + chunk)
        for line in whole:
            if text := _plain(line):
                yield text
        on_life()
    if text := _plain(rest):
        yield text


def _plain(line: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.decode(errors="replace")).strip()


def stage_of(line: str) -> tuple[Stage, float] | None:
    """What a line of ``write-flash`` says about the progress: the stage, and how much of it (0 to 1)."""
    lowered = line.lower()
    if lowered.startswith("writing at"):
        match = _PERCENT.search(line)
        return Stage.WRITE, float(match[1]) / 100 if match else 0.0
    if "erasing" in lowered or "will be erased" in lowered:
        return Stage.ERASE, 0.0
    if "verifying" in lowered:
        return Stage.VERIFY, 0.0
    if "resetting" in lowered:
        return Stage.RESTART, 0.0
    return None
