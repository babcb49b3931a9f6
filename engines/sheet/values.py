"""Cell values: what typed text means, the empty cell, errors, and how values are shown."""

from __future__ import annotations

import datetime
import decimal
import numbers
import re
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

SHOWN_LENGTH = 200
_SIGNIFICANT = 10
_LONGEST_VALUE = 4000  # Python converts integers of up to 4300 digits


class Undefined:
    """The value of an empty cell: 0 in arithmetic, '' in text, false, shown as nothing.

    There is one, ``undefined``. It equals 0 and '' (whose hashes are equal, too).
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy then leaves arithmetic to the methods below

    def __repr__(self) -> str:
        return "<undefined>"

    def __str__(self) -> str:
        return ""

    def __format__(self, spec: str) -> str:
        return format(0 if re.search(r"[bcdeEfFgGnoxX%]$", spec) else "", spec)

    def __reduce__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False

    def __int__(self) -> int:
        return 0

    __index__ = __trunc__ = __floor__ = __ceil__ = __len__ = __int__

    def __float__(self) -> float:
        return 0.0

    def __complex__(self) -> complex:
        return 0j

    def __round__(self, digits: int | None = None) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        return iter(())

    def __contains__(self, item: object) -> bool:
        return item == ""

    def __getitem__(self, index: Any) -> str:
        return ""[index]

    def __eq__(self, other: object) -> Any:
        return True if isinstance(other, Undefined) else _neutral(other) == other

    def __ne__(self, other: object) -> Any:
        return False if isinstance(other, Undefined) else _neutral(other) != other

    def __lt__(self, other: Any) -> Any:
        return _neutral(other) < _plain(other)

    def __le__(self, other: Any) -> Any:
        return _neutral(other) <= _plain(other)

    def __gt__(self, other: Any) -> Any:
        return _neutral(other) > _plain(other)

    def __ge__(self, other: Any) -> Any:
        return _neutral(other) >= _plain(other)

    def __neg__(self) -> int:
        return 0

    __pos__ = __abs__ = __neg__

    def __invert__(self) -> int:
        return ~0

    def __add__(self, other: Any) -> Any:
        return _neutral(other) + _plain(other)

    def __radd__(self, other: Any) -> Any:
        return _plain(other) + _neutral(other)

    def __sub__(self, other: Any) -> Any:
        return 0 - _plain(other)

    def __rsub__(self, other: Any) -> Any:
        return other - 0

    def __mul__(self, other: Any) -> Any:
        return 0 * _plain(other)

    def __rmul__(self, other: Any) -> Any:
        return other * 0

    def __truediv__(self, other: Any) -> Any:
        return 0 / _plain(other)

    def __rtruediv__(self, other: Any) -> Any:
        return other / 0

    def __floordiv__(self, other: Any) -> Any:
        return 0 // _plain(other)

    def __rfloordiv__(self, other: Any) -> Any:
        return other // 0

    def __mod__(self, other: Any) -> Any:
        return 0 % _plain(other)

    def __rmod__(self, other: Any) -> Any:
        return other % ("" if isinstance(other, str) else 0)

    def __divmod__(self, other: Any) -> Any:
        return divmod(0, _plain(other))

    def __rdivmod__(self, other: Any) -> Any:
        return divmod(other, 0)

    def __pow__(self, other: Any) -> Any:
        return 0 ** _plain(other)

    def __rpow__(self, other: Any) -> Any:
        return other**0

    def __getattr__(self, name: str) -> Any:
        """The methods of text, so that ``A1.upper()`` works for an empty A1."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr("", name)


undefined = Undefined()


def _neutral(other: object) -> Any:
    return "" if isinstance(other, str) else 0


def _plain(other: Any) -> Any:
    return 0 if isinstance(other, Undefined) else other


class CellError(Exception):
    """What reading a cell with an error raises.

    ``origin`` (``Data!A1``) is where the error began and ``root`` is that first error.
    """

    def __init__(self, message: str, origin: str = "", root: ErrorValue | None = None) -> None:
        super().__init__(message)
        self.origin = origin
        self.root = root


class CycleError(Exception):
    """Cells that need each other: ``B1 -> B2 -> B1``."""


class SpillError(Exception):
    """A list that finds no free cells below or beside its own."""


@dataclass(frozen=True)
class ErrorValue:
    """The error that a cell holds in place of a value."""

    name: str
    message: str
    traceback: str = ""
    origin: str = ""
    """``Data!A1`` where the error began, if that is another cell."""
    root: ErrorValue | None = None
    """The error there."""

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.message else self.name


class Shown(NamedTuple):
    """A cell as the grid shows it. ``kind``: number, text, bool, date, error, object, stale or empty."""

    text: str
    kind: str


EMPTY = Shown("", "empty")

_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|NaN|inf|Inf)")
_DATE = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?"
)
_NAMED_DATE = re.compile(r"(\d{1,2})\.? ([A-Za-z]{3,9}),? (\d{4})|([A-Za-z]{3,9}) (\d{1,2}), (\d{4})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def typed(text: str) -> Any:
    """The value of typed text: int, float, bool, date where it reads as one, else the text.

    Dates are ISO (``2026-11-22``, ``2026/11/22``, with a time after a space or T) or name their month
    (``22 Nov 2026``, ``November 22, 2026``). A leading ``'`` forces text and is not part of it.
    """
    if text.startswith("'"):
        return text[1:]
    plain = text.strip()
    if not plain:
        return text if text else undefined
    if plain[0].isalpha() and plain[0] not in "ntfiNTFI" and not plain[-1].isdigit():
        return text
    if len(plain) > _LONGEST_VALUE:
        return text
    if _INTEGER.fullmatch(plain):
        return int(plain)
    if _FLOAT.fullmatch(plain):
        return float(plain)
    if plain.lower() in ("true", "false"):
        return plain.lower() == "true"
    date = _typed_date(plain)
    return text if date is None else date


def _typed_date(text: str) -> datetime.date | None:
    try:
        if match := _DATE.fullmatch(text):
            year, _, month, day, hour, minute, second, fraction = match.groups()
            if hour is None:
                return datetime.date(int(year), int(month), int(day))
            micro = int((fraction or "").ljust(6, "0"))
            time = int(hour), int(minute), int(second or 0), micro
            return datetime.datetime(int(year), int(month), int(day), *time)
        if match := _NAMED_DATE.fullmatch(text):
            day, month, year = match[1] or match[5], match[2] or match[4], match[3] or match[6]
            return datetime.date(int(year), _month(month), int(day))
    except (ValueError, StopIteration):
        return None
    return None


def _month(name: str) -> int:
    """1 to 12; StopIteration for a word that is no English month."""
    name = name.lower()
    return next(index for index, month in enumerate(_MONTHS, 1) if name in (month, month[:3]))


def typed_text(value: Any) -> str:
    """Text that, typed into a cell, gives the value: the inverse of ``typed`` for plain values."""
    if value is None or isinstance(value, Undefined):
        return ""
    if isinstance(value, str):
        return value if value.startswith("=") or typed(value) == value else "'" + value
    if isinstance(value, bool):
        return str(value)
    if _is_number(value):
        return repr(value.item() if hasattr(value, "item") else value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return typed_text(value.item())
    return typed_text(str(value))


def show(value: Any, describe: Callable[[Any], str] | None = None) -> Shown:
    """A value as its cell shows it, bounded in length. ``describe`` is for objects of other kinds."""
    if isinstance(value, str):
        return Shown(_cut(value), "text")
    if isinstance(value, bool):
        return Shown(str(value), "bool")
    if isinstance(value, Undefined) or value is None:
        return EMPTY
    if _is_number(value):
        return Shown(_number_text(value), "number")
    if isinstance(value, ErrorValue):
        return Shown(_cut(str(value)), "error")
    if isinstance(value, datetime.datetime):
        return Shown(value.isoformat(" "), "date")
    if isinstance(value, datetime.date | datetime.time):
        return Shown(value.isoformat(), "date")
    return Shown((describe or safe_repr)(value), "object")


def is_number(value: Any) -> bool:
    """Whether a spreadsheet counts it: any real number but not a bool."""
    return isinstance(value, numbers.Real | decimal.Decimal) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Number | decimal.Decimal) and not isinstance(value, bool)


def _float_text(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.{_SIGNIFICANT}g}"


def _number_text(value: Any) -> str:
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, numbers.Integral):
        number = int(value)
        return str(number) if number.bit_length() < 2000 else f"an integer of {number.bit_length()} bits"
    if isinstance(value, numbers.Rational | decimal.Decimal):
        return _cut(str(value))
    if isinstance(value, numbers.Real):
        return _float_text(float(value))
    both = complex(value)
    return f"{both.real:.{_SIGNIFICANT}g}{both.imag:+.{_SIGNIFICANT}g}j"


class _Brief(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 8
        self.maxstring = self.maxother = self.maxlong = SHOWN_LENGTH
        self.maxlevel = 3

    def repr_instance(self, x: Any, level: int) -> str:
        shape = getattr(x, "shape", None)
        if isinstance(shape, tuple) and len(shape):
            kind = getattr(x, "dtype", "")
            return f"{type(x).__name__} {' × '.join(map(str, shape))} {kind}".rstrip()
        return super().repr_instance(x, level)

    def repr_ndarray(self, x: Any, level: int) -> str:
        return self.repr_instance(x, level)

    repr_DataFrame = repr_Series = repr_ndarray  # reprlib finds them by the type's name


def safe_repr(value: Any) -> str:
    """A short repr: containers cut, arrays by their shape, and a repr that raises is no error."""
    try:
        return _cut(_Brief().repr(value).replace("\n", " "))
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
