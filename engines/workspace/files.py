"""Writing files so that a kill at any moment leaves the old file or the new one, never a third."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class DocumentError(Exception):
    """A file that cannot be read or written as a document; the message names file, place and remedy."""

    def __init__(self, path: Path | str, problem: str, line: int | None = None) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {problem}")
        self.path = Path(path)
        self.line = line
        self.problem = problem


def escaped(json_text: str) -> str:
    """JSON in which what UTF-8 has no bytes for (halves of surrogate pairs) stands as its escape."""
    try:
        json_text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", json_text)
    return json_text


def write_atomically(path: Path, data: bytes | str) -> None:
    """Write through a temporary file in the same folder, fsync, rename.

    Raises:
        OSError: the folder is not writable or the disk is full; the old file is untouched.
    """
    content = data.encode() if isinstance(data, str) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _keep_mode(path, Path(temporary))
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _keep_mode(old: Path, new: Path) -> None:
    """mkstemp makes private files; a document keeps the mode it had, or gets the user's default."""
    if old.exists():
        new.chmod(old.stat().st_mode & 0o777)
        return
    mask = os.umask(0)
    os.umask(mask)
    new.chmod(0o666 & ~mask)
