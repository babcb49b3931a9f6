"""The numbers in a line that a program printed: tuples, CSV, ``name:value`` pairs, JSON objects."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple

from engines.workspace.streams.store import stream_name

LONGEST_LINE = 500
MOST_COLUMNS = 16
ECHO = (">>>", "...", "===")
"""A line that begins so is typed, not printed."""
_TEXT = (*ECHO, "Traceback", "  ")
_GARBAGE = re.compile(r"[\x00-\x08\x0e-\x1a\x7f\ufffd]")
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_PLAIN = re.compile(r"(?:[-+.0-9eE,; \t()\[\]]|nan|inf)+")
_WITH_UNIT = re.compile(rf"({_NUMBER}) ?([^\W\d_]{{1,4}}|%|°[A-Z]?)")
_UNIT = r"(?: ?([^\d\s,;:=(){}\[\]]{1,8})(?=[ ,;]|$)(?! ?[:=]))?"
_PAIR = re.compile(rf"([^\W\d]\w*) ?[:=] ?({_NUMBER}){_UNIT}[ ,;]*")
_PREFIX = re.compile(r".{1,40}?[:>\])|] +(?=[^\W\d])")
_NAMED_TUPLE = re.compile(r"[^\W\d]\w*\((.*=.*)\)")
_TITLES = re.compile(r"[\w \t.,;\"()\[\]°%/²³·-]{3,}")
_TITLE = re.compile(r"\s*\"?([^\W\d][\w .-]*?)\"?\s*(?:[(\[]([^()\[\]]*)[)\]])?\s*")


class Row(NamedTuple):
    columns: tuple[str, ...]
    values: tuple[float, ...]
    units: tuple[str, ...] = ()
    """One for each column, or none at all."""
    named: bool = True
    """The columns' names stood in the line."""


class Titles(NamedTuple):
    """What a CSV header says."""

    columns: tuple[str, ...]
    units: tuple[str, ...]


def is_readable(line: str) -> bool:
    """Nobody printed numbers in a line that holds control characters, is no UTF-8 or far too long."""
    return len(line) <= LONGEST_LINE and not _GARBAGE.search(line)


def parse_line(line: str) -> Row | None:
    """The numbers of one line with their column names, or None when it is ordinary text."""
    if not line or len(line) > LONGEST_LINE or line.startswith(_TEXT):
        return None
    if _PLAIN.fullmatch(line):
        return _plain(line)
    if line.startswith("{"):
        return _json_object(line)
    if ":" in line or "=" in line:
        return _pairs(line)
    with_unit = _WITH_UNIT.fullmatch(line.strip())
    return Row(_numbered(1), (float(with_unit[1]),), (with_unit[2],), named=False) if with_unit else None


def parse_titles(line: str) -> Titles | None:
    """The columns that a line such as ``time,temp (C),hum`` announces, or None when it is no such line."""
    separator = next((mark for mark in ",;\t" if mark in line), None)
    if separator is None or len(line) > LONGEST_LINE or not _TITLES.fullmatch(line):
        return None
    fields = [_TITLE.fullmatch(field) for field in line.split(separator)]
    if not 2 <= len(fields) <= MOST_COLUMNS:
        return None
    columns = tuple(stream_name(field[1]) for field in fields if field)
    if len(set(columns)) != len(fields):
        return None
    return Titles(columns, tuple(field[2] or "" for field in fields if field))


def _plain(line: str) -> Row | None:
    body = line.strip(" \t()[]").replace(";", ",")
    parts = body.split(",") if "," in body else body.split()
    if parts and not parts[-1].strip():
        parts.pop()  # a tuple of one: (7,)
    if not 0 < len(parts) <= MOST_COLUMNS:
        return None
    try:
        return Row(_numbered(len(parts)), tuple(map(float, parts)), named=False)
    except ValueError:
        return None


@cache
def _numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none."""
    return ("value",) if count == 1 else tuple(f"v{number}" for number in range(1, count + 1))


def _json_object(line: str) -> Row | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = _printed_dict(line)
    numbers: dict[str, float] = {}
    if not isinstance(found, dict) or not _flatten("", found, numbers):
        return None
    return Row(tuple(numbers), tuple(numbers.values())) if 0 < len(numbers) <= MOST_COLUMNS else None


def _printed_dict(line: str) -> Any:
    """A dict as ``print`` shows it, where that differs from JSON in its quotes only."""
    try:
        return json.loads(line.replace("'", '"').replace("None", "null"))
    except (ValueError, RecursionError):
        return None


def _flatten(path: str, value: Any, numbers: dict[str, float]) -> bool:
    """Collect the numbers within as ``outer_inner``; False when two would have one name."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value, 1)
        return all(_flatten(f"{path}_{key}" if path else str(key), each, numbers) for key, each in items)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 1e300:
        return True
    name = stream_name(path)
    if name in numbers:
        return False
    numbers[name] = float(value)
    return True


def _pairs(line: str) -> Row | None:
    line = " ".join(line.split())  # single spaces keep the pattern from trying again and again
    if named_tuple := _NAMED_TUPLE.fullmatch(line):
        line = named_tuple[1]
    row = _pairs_from(line, 0)
    if row is None and (prefix := _PREFIX.match(line)):
        row = _pairs_from(line, prefix.end())
    return row


def _pairs_from(line: str, at: int) -> Row | None:
    names: list[str] = []
    values: list[float] = []
    units: list[str] = []
    while at < len(line):
        pair = _PAIR.match(line, at)
        if pair is None or len(names) == MOST_COLUMNS:
            return None
        names.append(pair[1])
        values.append(float(pair[2]))
        units.append(pair[3] or "")
        at = pair.end()
    if not names or len(set(names)) != len(names):
        return None
    return Row(tuple(names), tuple(values), tuple(units) if any(units) else ())
