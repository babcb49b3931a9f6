"""Dates as tick labels write them: plotly.js's automatic forms, and d3-time-format's directives.

Directives: https://d3js.org/d3-time-format ; ``%f`` and ``%3f`` are Plotly's fractions of a second.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SECOND = 1000.0
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_UNIX_EPOCH = datetime(1970, 1, 1)
_DIRECTIVE = re.compile(r"%(?P<pad>[-_0])?(?P<width>\d)?(?P<kind>[a-zA-Z%])")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def moment(milliseconds: float) -> datetime:
    """The calendar date of an axis coordinate, held within the years 1 to 9999 that a calendar has."""
    try:
        return _UNIX_EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return datetime.min if milliseconds < 0 else datetime.max


def milliseconds(when: datetime) -> float:
    return (when - _UNIX_EPOCH) / timedelta(milliseconds=1)


def strftime(at: float, pattern: str) -> str:
    """A date by d3 directives. Months and days are English whatever the system's language, as in Plotly."""
    when = moment(at)
    return _DIRECTIVE.sub(lambda match: _directive(when, at, match), pattern)


def _directive(when: datetime, at: float, match: re.Match[str]) -> str:
    kind, hour12 = match["kind"], (when.hour + 11) % 12 + 1
    padded = {
        "d": (when.day, 2),
        "e": (when.day, 2),
        "H": (when.hour, 2),
        "I": (hour12, 2),
        "j": (when.timetuple().tm_yday, 3),
        "m": (when.month, 2),
        "M": (when.minute, 2),
        "S": (when.second, 2),
        "L": (when.microsecond // 1000, 3),
        "y": (when.year % 100, 2),
        "Y": (when.year, 4),
    }
    if kind in padded:
        number, width = padded[kind]
        fill = match["pad"] or ("_" if kind == "e" else "0")
        return str(number) if fill == "-" else str(number).rjust(width, " " if fill == "_" else "0")
    if kind == "f":
        width = int(match["width"] or 6)
        return f"{when.microsecond:06d}".ljust(width, "0")[:width]
    texts = {
        "b": _MONTHS[when.month - 1][:3],
        "B": _MONTHS[when.month - 1],
        "a": _DAYS[when.weekday()][:3],
        "A": _DAYS[when.weekday()],
        "p": "AM" if when.hour < 12 else "PM",
        "q": str((when.month + 2) // 3),
        "w": str(when.isoweekday() % 7),
        "u": str(when.isoweekday()),
        "s": str(int(at // 1000)),
        "Q": str(int(at)),
        "x": f"{when.month}/{when.day}/{when.year}",
        "X": f"{when:%H:%M:%S}",
        "%": "%",
    }
    return texts.get(kind, match[0])


def label(at: float, precision: str) -> tuple[str, str]:
    """The automatic label: its first line, and a second one (day or year) that is shown where it changes.

    ``precision`` is what neighbouring ticks differ in: ``year``, ``month``, ``day``, ``minute``,
    ``second``, or a number of decimals of the second as a digit.
    """
    if precision == "year":
        return strftime(at, "%Y"), ""
    if precision == "month":
        return strftime(at, "%b %Y"), ""
    if precision == "day":
        return strftime(at, "%b %-d"), strftime(at, "%Y")
    clock = strftime(at, "%H:%M" if precision == "minute" else "%H:%M:%S")
    if precision.isdigit():
        clock += f".{strftime(at, f'%{precision}f')}".rstrip("0").rstrip(".")
    return clock, strftime(at, "%b %-d, %Y")
