"""Did a value change inside? A cheap fingerprint before and after a run, without calling the user's code.

Of containers, arrays, frames and plain objects the contents are compared, as far as the budget reaches; of
other objects nothing can be known in this way.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import types
import zlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.workspace.streams.live import StreamRegistry, StreamView

MOST_PARTS = 20_000  # of all values together: some milliseconds
MOST_BYTES = 8_000_000  # of all arrays together
DEEPEST = 8
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class statement made it, in contrast to C's own classes

_ATOMS = (
    *(bool, int, float, complex, str, bytes, type(None), type(...), range),
    *(
        datetime.date,
        datetime.datetime,
        datetime.time,
        datetime.timedelta,
        decimal.Decimal,
        fractions.Fraction,
    ),
)
_FIXED = (
    *(types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type),
    *(StreamView, StreamRegistry),  # they tell of their changes themselves
)
_SEQUENCES = (list, tuple, deque)
_MAPPINGS = (dict, OrderedDict, defaultdict, Counter, types.MappingProxyType)


@dataclass(frozen=True)
class Fingerprint:
    """``print`` differs where the value does; where it is the same, the value is, too, if ``certain``."""

    print: object
    certain: bool


UNKNOWN = Fingerprint(None, certain=False)


def fingerprints(namespace: Mapping[str, Any], first: Iterable[str] = ()) -> dict[str, Fingerprint]:
    """Of every value that can change inside, those of the names ``first`` with the full budget."""
    budget = _Budget()
    order = dict.fromkeys([*(name for name in first if name in namespace), *namespace])
    return {name: budget.fingerprint(namespace[name]) for name in order if is_changeable(namespace[name])}


def is_changeable(value: Any) -> bool:
    """Whether there is an inside that can change while the object stays the same."""
    return type(value) not in _ATOMS and not isinstance(value, _FIXED)


class _ExhaustedError(Exception):
    pass


class _Budget:
    def __init__(self) -> None:
        self._parts = MOST_PARTS
        self._bytes = MOST_BYTES
        self._certain = True

    def fingerprint(self, value: Any) -> Fingerprint:
        self._certain = True
        try:
            return Fingerprint(self._print(value, DEEPEST), self._certain)
        except (_ExhaustedError, RuntimeError):  # a thread changes it meanwhile
            return UNKNOWN

    def _print(self, value: Any, depth: int) -> object:
        kind = type(value)
        if kind in _ATOMS:
            return (kind, value)
        if isinstance(value, _FIXED):
            return id(value)
        self._spend(1)
        if kind in _SEQUENCES:
            self._spend(len(value))
            return (id(value), *(self._inner(each, depth) for each in value))
        if kind in _MAPPINGS:
            self._spend(2 * len(value))
            return (id(value), *(self._inner(each, depth) for pair in value.items() for each in pair))
        if kind in (set, frozenset):
            self._spend(len(value))
            return (id(value), frozenset(self._inner(each, depth) for each in value))
        return self._object(value, depth)

    def _inner(self, value: Any, depth: int) -> object:
        if depth == 0:
            self._certain = self._certain and not is_changeable(value)
            return id(value)
        return self._print(value, depth - 1)

    def _object(self, value: Any, depth: int) -> object:
        kind = type(value)
        if kind is bytearray:
            return self._sum(value, len(value))
        if (kind.__module__, kind.__name__) == ("numpy", "ndarray"):
            return self._array(value)
        if kind.__module__.startswith("pandas.") and kind.__name__ in ("DataFrame", "Series"):
            columns = value.items() if kind.__name__ == "DataFrame" else [(value.name, value)]
            return tuple((str(name), self._array(column.to_numpy())) for name, column in columns)
        attributes = _attributes(value)
        if attributes is None:
            self._certain = False
            return id(value)
        return (id(value), self._inner(attributes, depth))

    def _array(self, array: Any) -> object:
        """Only contiguous memory is summed; a copy of all else would cost more than it tells."""
        if array.dtype.hasobject or not (array.flags.c_contiguous or array.flags.f_contiguous):
            self._certain = False
            return (array.shape, str(array.dtype))
        return (array.shape, str(array.dtype), self._sum(array.ravel(order="K").view("u1"), array.nbytes))

    def _sum(self, data: Any, size: int) -> int:
        self._bytes -= size
        if self._bytes < 0:
            self._bytes += size
            raise _ExhaustedError
        return zlib.crc32(data)

    def _spend(self, parts: int) -> None:
        if parts > self._parts:
            raise _ExhaustedError
        self._parts -= parts


def _attributes(value: Any) -> dict[str, Any] | None:
    """Those of a plain object of a class written in Python, and nothing that hides state elsewhere."""
    bases = type(value).__mro__[:-1]
    if type(value).__dictoffset__ == 0 or any("__slots__" in vars(base) for base in bases):
        return None
    if not all(base.__flags__ & _HEAP_TYPE for base in bases):
        return None
    attributes = object.__getattribute__(value, "__dict__")
    return attributes if type(attributes) is dict else None
