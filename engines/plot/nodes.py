"""Attribute access to a figure's JSON, as plotly.py's users know it: ``figure.layout.xaxis.title.text =
"time (s)"``.

Kernel-side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engines.plot.paths import Key, Operation, Path, Remove, Set, dotted, lookup
from engines.plot.typed_arrays import decode, is_typed_array

# Attribute names that hold an underscore themselves; elsewhere it separates levels (plotly.py's "magic
# underscores").
WHOLE = (
    "paper_bgcolor",
    "plot_bgcolor",
    "error_x",
    "error_y",
    "error_z",
    "copy_xstyle",
    "copy_ystyle",
    "copy_zstyle",
)


def split_name(name: str) -> tuple[str, ...]:
    """``xaxis_title_text`` -> ``("xaxis", "title", "text")``."""
    parts: list[str] = []
    rest = name
    while rest:
        whole = next((one for one in WHOLE if rest == one or rest.startswith(f"{one}_")), None)
        part = whole or rest.partition("_")[0]
        parts.append(part)
        rest = rest[len(part) + 1 :]
    return tuple(parts)


def settings(prefix: Path, given: dict[str, Any]) -> list[Operation]:
    """The operations of ``update(line_color="red", title={"text": "A"})``: objects are merged, other values
    replaced; None removes."""
    made: list[Operation] = []
    for name, one in given.items():
        path = (*prefix, *split_name(name))
        value = one.to_plotly_json() if hasattr(one, "to_plotly_json") else one
        if value is None:
            made.append(Remove(path))
        elif isinstance(value, dict) and value and "expr" not in value and "bdata" not in value:
            made += settings(path, value)
        else:
            made.append(Set(path, value))
    return made


class Node:
    """One place in a figure. Reading an object gives a node again, reading an array its values."""

    __slots__ = ("_edit", "_path", "_read")

    def __init__(
        self, read: Callable[[], dict[str, Any]], edit: Callable[[list[Operation]], None], path: Path
    ) -> None:
        object.__setattr__(self, "_read", read)
        object.__setattr__(self, "_edit", edit)
        object.__setattr__(self, "_path", path)

    def to_plotly_json(self) -> Any:
        """The place as plain data."""
        return lookup(self._read(), self._path, {})

    def _at(self, path: Path) -> Any:
        value = lookup(self._read(), path)
        if is_typed_array(value):
            return decode(value)
        if isinstance(value, str) and path[-1] == "title":
            value = {"text": value}
        if isinstance(value, dict) and "expr" not in value:
            return Node(self._read, self._edit, path)
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._at((*self._path, *split_name(name)))
        # What is not there yet can be filled in: figure.layout.xaxis.range = [0, 1] on an empty layout.
        return Node(self._read, self._edit, (*self._path, *split_name(name))) if found is None else found

    def __setattr__(self, name: str, value: Any) -> None:
        self._edit(_replacing((*self._path, *split_name(name)), value))

    def __getitem__(self, key: Key) -> Any:
        if isinstance(key, str):
            return getattr(self, key)
        return self._at((*self._path, key))

    def __setitem__(self, key: Key, value: Any) -> None:
        path = split_name(key) if isinstance(key, str) else (key,)
        self._edit(_replacing((*self._path, *path), value))

    def __delattr__(self, name: str) -> None:
        self._edit([Remove((*self._path, *split_name(name)))])

    def __contains__(self, key: object) -> bool:
        return key in self.to_plotly_json()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_plotly_json())

    def __bool__(self) -> bool:
        return bool(self.to_plotly_json())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Node):
            other = other.to_plotly_json()
        return bool(self.to_plotly_json() == other)

    __hash__ = None  # type: ignore[assignment]

    def __dir__(self) -> list[str]:
        found = self.to_plotly_json()
        return ["update", "to_plotly_json", *(key for key in found if isinstance(key, str))]

    def update(self, given: dict[str, Any] | None = None, **more: Any) -> Node:
        """Merge attributes into this place; ``line_color=...`` reaches down into ``line.color``."""
        self._edit(settings(self._path, {**(given or {}), **more}))
        return self

    def __repr__(self) -> str:
        return f"{dotted(self._path)} = {self.to_plotly_json()!r:.400}"


def _replacing(path: Path, value: Any) -> list[Operation]:
    if isinstance(value, Node):
        value = value.to_plotly_json()
    return [Remove(path)] if value is None else [Set(path, value)]
