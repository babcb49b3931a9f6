"""Text functions; values are taken as they are shown."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from engines.sheet.functions.arguments import flatten, number
from engines.sheet.values import show, typed


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else show(value).text


def _concatenate(*values: Any) -> str:
    return "".join(_text_of(item) for value in values for item in flatten(value))


def _left(text: Any, count: Any = 1) -> str:
    return _text_of(text)[: _length(count)]


def _right(text: Any, count: Any = 1) -> str:
    length = _length(count)
    return _text_of(text)[-length:] if length else ""


def _mid(text: Any, start: Any, count: Any) -> str:
    first = int(number(start))
    if first < 1:
        raise ValueError("MID counts characters from 1")
    return _text_of(text)[first - 1 : first - 1 + _length(count)]


def _length(count: Any) -> int:
    length = int(number(count))
    if length < 0:
        raise ValueError("a number of characters cannot be negative")
    return length


def _value(text: Any) -> Any:
    found = number(text.strip().removesuffix("%")) if isinstance(text, str) else number(text)
    return found / 100 if isinstance(text, str) and text.strip().endswith("%") else found


def _text(value: Any, pattern: str) -> str:
    """A number in a pattern such as ``#,##0.00``, ``0%`` or ``0.0E+00``, a date in ``yyyy-mm-dd hh:mm``."""
    if isinstance(value, str):
        found = typed(value)
        value = value if isinstance(found, bool) else found
    if isinstance(value, datetime.date | datetime.time):
        return _date_text(value, pattern)
    if isinstance(value, str) or pattern in ("@", "General", ""):
        return _text_of(value)
    match = re.search(r"[#0,]*[#0](?:\.([#0]*))?(E\+0+)?(%)?", pattern)
    if match is None:
        return pattern
    shown = _number_text(number(value), match)
    return pattern[: match.start()] + shown + pattern[match.end() :]


def _number_text(value: Any, match: re.Match[str]) -> str:
    digits, exponent, percent = match[1] or "", match[2], match[3]
    if exponent:
        mantissa, power = f"{value:.{len(digits)}E}".split("E")
        return f"{mantissa}E{power[0]}{power[1:].lstrip('0').rjust(len(exponent) - 2, '0')}"
    grouping = "," if "," in match[0] else ""
    shown = f"{value * 100 if percent else value:{grouping}.{len(digits)}f}"
    optional = len(digits) - len(digits.rstrip("#"))
    if optional:
        shown = shown[:-optional] + shown[-optional:].rstrip("0")
        shown = shown.removesuffix(".")
    whole = match[0].split(".")[0].replace(",", "").rstrip("%")
    sign, body = ("-", shown[1:]) if shown.startswith("-") else ("", shown)
    integer, point, rest = body.partition(".")
    return sign + integer.rjust(whole.count("0"), "0") + point + rest + (percent or "")


_DATE_PARTS = {
    "yyyy": "%Y",
    "yy": "%y",
    "mmmm": "%B",
    "mmm": "%b",
    "mm": "%m",
    "dd": "%d",
    "hh": "%H",
    "ss": "%S",
}


def _date_text(value: Any, pattern: str) -> str:
    """``mm`` after an hour is minutes, as spreadsheets read it."""
    after_hour = False

    def part(match: re.Match[str]) -> str:
        nonlocal after_hour
        word = match[0].lower()
        code = "%M" if word == "mm" and after_hour else _DATE_PARTS[word]
        after_hour = word in ("hh", "ss")
        return str(value.strftime(code))

    return re.sub(r"(?i)yyyy|yy|mmmm|mmm|mm|dd|hh|ss", part, pattern)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "CONCATENATE": _concatenate,
    "LEFT": _left,
    "RIGHT": _right,
    "MID": _mid,
    "LEN": lambda text: len(_text_of(text)),
    "UPPER": lambda text: _text_of(text).upper(),
    "LOWER": lambda text: _text_of(text).lower(),
    "TRIM": lambda text: " ".join(_text_of(text).split()),
    "VALUE": _value,
    "TEXT": _text,
}
