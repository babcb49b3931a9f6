"""The variables of the workspace as short summaries, whatever their ``__repr__`` does."""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Mapping
from typing import Any

from engines.workspace.kernel_side.lanes import user_code
from engines.workspace.kernel_side.namespace import is_user_name

SUMMARY_SECONDS = 0.2
SUMMARY_LENGTH = 120
LARGEST_REPR = 10_000  # items; a repr of more is not worth its time
RETRY_SECONDS = 30.0
TOO_SLOW = "(its repr takes too long)"


class Variables:
    """Makes the summaries, and remembers whose repr had to be stopped: that is not asked for all the time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slow: dict[str, tuple[int, float | None]] = {}
        """By name: the object's identity, and when its repr was stopped; None while it runs."""

    def summarise(
        self, namespace: Mapping[str, Any], seconds: float = SUMMARY_SECONDS
    ) -> list[dict[str, str]]:
        """Name, type, size and short value of every variable, sorted by name, within a time budget."""
        deadline = self._clock() + seconds
        rows = []
        for name in sorted(namespace, key=str.lower):
            value = namespace.get(name)
            if not is_user_name(name) or isinstance(value, types.ModuleType):
                continue
            text = self._short(name, value) if self._clock() < deadline else "…"
            rows.append({"name": name, "type": type(value).__name__, "size": _size(value), "value": text})
        return rows

    def _short(self, name: str, value: Any) -> str:
        """A bounded repr: nothing large is ever printed just to be cut."""
        if isinstance(value, (list, tuple, dict, set, frozenset, str, bytes)) and len(value) > LARGEST_REPR:
            return f"{type(value).__name__} of {len(value)}"
        if _array_size(value) > LARGEST_REPR:
            return f"{getattr(value, 'dtype', '')} array of {value.size}"
        if self._is_slow(name, value):
            return TOO_SLOW
        self._slow[name] = (id(value), None)
        try:
            with user_code():
                text = " ".join(repr(value).split())
        except KeyboardInterrupt:
            self._slow[name] = (id(value), self._clock())
            return TOO_SLOW
        except Exception as error:
            text = f"(its repr raised {type(error).__name__})"
        self._slow.pop(name, None)
        return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1] + "…"

    def _is_slow(self, name: str, value: Any) -> bool:
        identity, stopped = self._slow.get(name, (0, None))
        if identity != id(value):
            return False
        return stopped is None or self._clock() - stopped < RETRY_SECONDS


def _size(value: Any) -> str:
    try:
        with user_code():
            shape = getattr(value, "shape", None)
    except (Exception, KeyboardInterrupt):  # a property of the user's
        return ""
    if isinstance(shape, tuple):
        return " × ".join(str(each) for each in shape)
    if isinstance(value, (str, bytes, list, tuple, dict, set, frozenset)):
        return str(len(value))
    return ""


def _array_size(value: Any) -> int:
    try:
        with user_code():
            size = getattr(value, "size", 0)
    except (Exception, KeyboardInterrupt):
        return 0
    return size if isinstance(size, int) else 0
