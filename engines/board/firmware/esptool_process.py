"""esptool as a process of its own (it is under the GPL), and what its output says."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engines.board.firmware.programmer import Stage

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_CHIP = re.compile(r"(?:Detecting chip type\.\.\.|Connected to)\s+(ESP(?:32(?:-[CHPS]\d+)?|8266))\b")
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
) -> Answer:
    """Run esptool to its end. An exception of a callback kills it.

    Args:
        on_line: called with each line it prints.
        on_life: called whenever anything comes, a dot of "Connecting...." too.

    Raises:
        OSError: it cannot be started.
    """
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW
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
        for line in _lines(process.stdout.fileno(), on_life):
            lines.append(line)
            on_line(line)
        return Answer(process.wait(), tuple(lines))
    finally:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        process.stdout.close()


def _lines(output: int, on_life: Callable[[], object]) -> Iterator[str]:
    """Lines as they come, ended by LF or CR, without colours."""
    rest = b""
    while chunk := os.read(output, 4096):
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
