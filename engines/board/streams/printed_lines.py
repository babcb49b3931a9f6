"""The numbers in a line that a program printed: tuples, CSV, ``name:value`` pairs, JSON objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from engines.board.streams.printed_objects import parse_object
from engines.workspace.streams.store import stream_name

LONGEST_LINE = 500
MOST_COLUMNS = 16
ECHO = (">>>", "...", "===")
"""A line that begins so is typed, not printed."""
_GARBAGE = re.compile(r"[\x00-\x08\x0e-\x1a\x7f\ufffd]")
_NUMBER = r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|(?:nan|inf)\b)"
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+(?:,\d+)?(?:[eE][-+]?\d+)?\s*")
_PLAIN = re.compile(r"(?:[-+.0-9eE,; \t()\[\]]|nan|inf)+")
_DATE = r"(?:\d{4}-\d\d-\d\d[T ])?"
_ZONE = r"(?:Z|[-+]\d\d:?\d\d)?"
_SECONDS = r"(?::\d\d(?:\.\d+|,\d{3}(?=[\] ]))?)?"
_CLOCK = re.compile(rf"\[?{_DATE}\d{{1,2}}:\d\d{_SECONDS}{_ZONE}(?:\]|(?=[,; \t]))[,; \t]*")
_WITH_UNIT = re.compile(rf"({_NUMBER}) ?([^\W\d_]{{1,4}}|%|°[A-Z]?)")
_UNIT = r"(?: ?([^\d\s,;:=(){}\[\]]{1,8})(?=[ ,;]|$)(?! ?[:=]))?"
_WORD = r"[^\W\d]\w*"
_LIST = r"[(\[]([-+.\deEnaif, ]+)[)\]]"
_VALUE = rf" ?[:=] ?(?:({_NUMBER}){_UNIT}|{_LIST})"
_PAIR = re.compile(rf"({_WORD})(){_VALUE}(?:[ ,;]+|$)")
_PAIR_OF_WORDS = re.compile(
    rf"({_WORD}(?:[ .-]\w+){{0,4}})(?: ?[(\[]([^()\[\]\d]{{1,8}})[)\]])?{_VALUE}(?:[ ,;]+|$)"
)
"""Where a line or a part of it begins, a name may have several words, and a unit."""
_NAMED_LIST = re.compile(rf"({_WORD}) ?[:=] ?({_NUMBER}(?:(?:, ?| ){_NUMBER})+)")
_WORD_NUMBER = re.compile(rf"({_WORD}) ({_NUMBER})")
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
    clock: bool = False
    """In front stood a time of day, which is no column."""


class Titles(NamedTuple):
    """What a CSV header says."""

    columns: tuple[str, ...]
    units: tuple[str, ...]


def is_readable(line: str) -> bool:
    """Nobody printed numbers in a line that holds control characters, is no UTF-8 or far too long."""
    return len(line) <= LONGEST_LINE and not _GARBAGE.search(line)


def parse_line(line: str) -> Row | None:
    """The numbers of one line with their column names, or None when it is ordinary text."""
    if not line or len(line) > LONGEST_LINE or line.startswith(ECHO):
        return None
    line = line.strip()
    clock = _CLOCK.match(line)
    row = _row(line[clock.end() :] if clock else line)
    return row._replace(clock=True) if row and clock else row


def _row(line: str) -> Row | None:
    if _PLAIN.fullmatch(line):
        return _plain(line)
    if line.startswith("{"):
        numbers = parse_object(line)
        return _named(numbers) if numbers else None
    if ":" in line or "=" in line:
        return _pairs(line)
    if with_unit := _WITH_UNIT.fullmatch(line):
        return Row(_numbered(1), (float(with_unit[1]),), (with_unit[2],), named=False)
    if pair := _WORD_NUMBER.fullmatch(line):
        return _named({pair[1]: float(pair[2])})
    return None


def _named(numbers: dict[str, float], units: Sequence[str] = ()) -> Row | None:
    if not 0 < len(numbers) <= MOST_COLUMNS:
        return None
    return Row(tuple(numbers), tuple(numbers.values()), tuple(units) if any(units) else ())


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
    values = _values(line.strip(" \t()[]"))
    return Row(_numbered(len(values)), values, named=False) if 0 < len(values) <= MOST_COLUMNS else None


def _values(text: str) -> tuple[float, ...]:
    """Numbers with one kind of separator; none when something else is among them. Between semicolons a
    comma is a decimal one."""
    parts = text.split(";")
    if len(parts) > 1 and all(map(_DECIMAL_COMMA.fullmatch, parts)):
        parts = [part.replace(",", ".") for part in parts]
    else:
        text = text.replace(";", ",")
        parts = text.split(",") if "," in text else text.split()
    if parts and not parts[-1].strip():
        parts.pop()  # a tuple of one: (7,)
    try:
        return tuple(map(float, parts))
    except ValueError:
        return ()


@cache
def _numbered(count: int) -> tuple[str, ...]:
    """Names for columns that have none."""
    return ("value",) if count == 1 else tuple(f"v{number}" for number in range(1, count + 1))


def _pairs(line: str) -> Row | None:
    line = " ".join(line.split())  # single spaces keep the pattern from trying again and again
    if named_tuple := _NAMED_TUPLE.fullmatch(line):
        line = named_tuple[1]
    if named_list := _NAMED_LIST.fullmatch(line):
        if _DECIMAL_COMMA.fullmatch(named_list[2]):
            return None  # x=1,5 and x=1,000: two numbers, or one?
        return _named(_listed(named_list[1], _values(named_list[2])))
    row = _pairs_from(line, 0)
    if row is None and (prefix := _PREFIX.match(line)):
        row = _pairs_from(line, prefix.end())
    return row


def _pairs_from(line: str, at: int) -> Row | None:
    numbers: dict[str, float] = {}
    units: list[str] = []
    begins = True
    while at < len(line):
        pair = (_PAIR_OF_WORDS if begins else _PAIR).match(line, at)
        if pair is None:
            return None
        name, unit = stream_name(pair[1]), pair[4] or pair[2] or ""
        new = {name: float(pair[3])} if pair[3] else _listed(name, _values(pair[5]))
        if not new or numbers.keys() & new.keys():
            return None
        numbers |= new
        units += [unit] * len(new)
        begins = pair[0].rstrip().endswith((",", ";"))
        at = pair.end()
    return _named(numbers, units)


def _listed(name: str, values: Sequence[float]) -> dict[str, float]:
    return {f"{name}_{number}": value for number, value in enumerate(values, 1)}
