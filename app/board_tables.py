"""The boards that a project names in ``dirigent.toml``: ``[boards.NAME]`` tables, edited where they stand.

The file is the user's: comments and order stay, only the tables of boards are touched.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.workspace.files import DocumentError, write_atomically

_HEADER = re.compile(r"^\s*\[")
_PORT = re.compile(r"^\s*port\s*=")


def add_board(path: Path, name: str, port: str | None) -> None:
    """Write a board down, or another port for one that is there.

    Raises:
        DocumentError: the file cannot be read, understood or written.
    """
    lines = _read(path)
    at = _table(lines, name)
    entry = [f"port = {json.dumps(port, ensure_ascii=False)}"] if port else []
    if at is None:
        gap = [""] if lines and lines[-1].strip() else []
        lines += [*gap, _header(name), *entry]
    else:
        start, end = at
        body = [line for line in lines[start + 1 : end] if not (port and _PORT.match(line))]
        lines[start + 1 : end] = [*entry, *body]
    _write(path, lines, lambda boards: boards.get(name, {}).get("port") == port or not port)


def remove_board(path: Path, name: str) -> None:
    """Take a board out; nothing happens when it is not there. Raises DocumentError."""
    lines = _read(path)
    at = _table(lines, name)
    if lines:
        del lines[slice(*(at or (0, 0)))]
        _write(path, lines, lambda boards: name not in boards)


def rename_board(path: Path, name: str, new: str) -> None:
    """Give a board that is written down another name. Raises DocumentError."""
    lines = _read(path)
    at = _table(lines, name)
    if at is not None:
        lines[at[0]] = _header(new)
    _write(path, lines, lambda boards: new in boards and name not in boards)


def take_port_out(path: Path) -> None:
    """The board of the ``[board]`` table is no longer one of the project's. Raises DocumentError."""
    lines = _read(path)
    inside = False
    kept = []
    for line in lines:
        inside = line.strip().startswith("[board]") if _HEADER.match(line) else inside
        if not (inside and _PORT.match(line)):
            kept.append(line)
    if kept != lines:
        _write(path, kept, lambda boards: True)


def _header(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9_-]+", name)
    return f"[boards.{name if plain else json.dumps(name, ensure_ascii=False)}]"


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(path, f"cannot be read: {error}") from error


def _table(lines: list[str], name: str) -> tuple[int, int] | None:
    """Where a board's table begins and ends."""
    for start, line in enumerate(lines):
        if _HEADER.match(line) and _name_of(line) == name:
            after = (at for at in range(start + 1, len(lines)) if _HEADER.match(lines[at]))
            return start, next(after, len(lines))
    return None


def _name_of(header: str) -> str | None:
    try:
        boards = tomllib.loads(header).get("boards")
    except tomllib.TOMLDecodeError:
        return None
    return next(iter(boards), None) if isinstance(boards, dict) else None


def _write(path: Path, lines: list[str], right: Callable[[dict[str, Any]], bool]) -> None:
    text = "\n".join(lines) + "\n"
    try:
        boards = tomllib.loads(text).get("boards", {})
        understood = isinstance(boards, dict) and right(boards)
    except tomllib.TOMLDecodeError:
        understood = False
    if not understood:
        raise DocumentError(path, "names its boards in a way that cannot be edited here; edit it by hand")
    try:
        write_atomically(path, text)
    except OSError as error:
        raise DocumentError(path, f"cannot be written: {error.strerror}") from error
