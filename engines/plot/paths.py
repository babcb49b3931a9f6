"""Addresses inside a figure, and the plain operations that edit one.

A path is a tuple of keys and list positions: ``("layout", "xaxis", "range")``, ``("data", 0, "line",
"color")``. Every operation returns the operations that take it back. Runs in the app and in the kernel.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

Key = str | int
Path = tuple[Key, ...]


class PathError(KeyError):
    """A path that does not lead anywhere in this figure."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Set:
    """Give the place a value; missing objects on the way are made."""

    path: Path
    value: Any


@dataclass(frozen=True)
class Remove:
    """Take a key out of its object, or an element out of its list."""

    path: Path


@dataclass(frozen=True)
class Insert:
    """Put an element into a list, before the position that ends the path."""

    path: Path
    value: Any


@dataclass(frozen=True)
class Move:
    """Take the element that the path ends in out of its list and put it back at another position."""

    path: Path
    to: int


Operation = Set | Remove | Insert | Move


def dotted(path: Path) -> str:
    """``data[0].line.color``, as it is written in messages."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def lookup(root: Any, path: Path, default: Any = None) -> Any:
    """The value at a path, or the default where the path ends early."""
    node = root
    for key in path:
        if not _leads(node, key):
            return default
        node = node[key]
    return node


def _leads(node: Any, key: Key) -> bool:
    if isinstance(node, dict):
        return key in node
    return isinstance(node, list) and isinstance(key, int) and -len(node) <= key < len(node)


def apply(root: dict[str, Any], operation: Operation) -> list[Operation]:
    """Perform one operation in place and return the operations that undo it.

    Raises:
        PathError: the path leads through a value that is neither object nor list, or past a list's end.
    """
    if not operation.path:
        raise PathError("an empty path names the whole figure, which cannot be replaced")
    if isinstance(operation, Set):
        return _set(root, operation.path, operation.value)
    if isinstance(operation, Remove):
        return _remove(root, operation.path)
    if isinstance(operation, Insert):
        return _insert(root, operation)
    return _move(root, operation)


def _set(root: dict[str, Any], path: Path, value: Any) -> list[Operation]:
    node: Any = root
    for depth, key in enumerate(path):
        last = depth == len(path) - 1
        here = path[: depth + 1]
        if isinstance(node, list):
            if not isinstance(key, int) or not 0 <= key <= len(node):
                raise PathError(f"{dotted(here)}: the list has {len(node)} elements")
            if key == len(node):
                node.append(copy.deepcopy(value) if last else _containers(path[depth + 1 :], value))
                return [Remove(here)]
        elif isinstance(node, dict):
            if not isinstance(key, str):
                raise PathError(f"{dotted(here)}: an object has names, not positions")
            if key not in node:
                node[key] = copy.deepcopy(value) if last else _containers(path[depth + 1 :], value)
                return [Remove(here)]
        else:
            raise PathError(f"{dotted(here)}: {dotted(path[:depth])} is {node!r}, which has no parts")
        if last:
            before = node[key]
            node[key] = copy.deepcopy(value)
            return [Set(path, before)]
        child = node[key]
        if key == "title" and isinstance(child, str):
            return _lengthen_title(node, here, path[depth + 1 :], value)
        node = child
    raise AssertionError("unreachable: the loop returns at the last key")


def _lengthen_title(parent: Any, here: Path, rest: Path, value: Any) -> list[Operation]:
    """Plotly's short form of a title, a text, becomes its long form when a part of it is set."""
    short = parent[here[-1]]
    long = {"text": short}
    _set(long, rest, value)
    parent[here[-1]] = long
    return [Set(here, short)]


def _containers(rest: Path, value: Any) -> Any:
    made: Any = copy.deepcopy(value)
    for key in reversed(rest):
        if isinstance(key, int) and key != 0:
            raise PathError(f"{dotted(rest)}: a new list begins at position 0")
        made = {key: made} if isinstance(key, str) else [made]
    return made


def _parent(root: dict[str, Any], path: Path) -> Any:
    parent = lookup(root, path[:-1])
    if not isinstance(parent, dict | list):
        raise PathError(f"{dotted(path)}: there is no {dotted(path[:-1])}")
    return parent


def _remove(root: dict[str, Any], path: Path) -> list[Operation]:
    parent, key = _parent(root, path), path[-1]
    if isinstance(parent, list):
        position = _position(parent, path, len(parent) - 1)
        return [Insert(path, parent.pop(position))]
    if not isinstance(key, str) or key not in parent:
        return []
    return [Set(path, parent.pop(key))]


def _insert(root: dict[str, Any], operation: Insert) -> list[Operation]:
    path = operation.path
    if len(path) > 1 and lookup(root, path[:-1]) is None:
        return _set(root, path[:-1], [operation.value])
    parent = _parent(root, path)
    if not isinstance(parent, list):
        raise PathError(f"{dotted(path[:-1])} is not a list")
    parent.insert(_position(parent, path, len(parent)), copy.deepcopy(operation.value))
    return [Remove(path)]


def _move(root: dict[str, Any], operation: Move) -> list[Operation]:
    parent = _parent(root, operation.path)
    if not isinstance(parent, list):
        raise PathError(f"{dotted(operation.path[:-1])} is not a list")
    at = _position(parent, operation.path, len(parent) - 1)
    to = _position(parent, (*operation.path[:-1], operation.to), len(parent) - 1)
    parent.insert(to, parent.pop(at))
    return [Move((*operation.path[:-1], to), at)]


def _position(container: list[Any], path: Path, last: int) -> int:
    key = path[-1]
    if not isinstance(key, int) or not 0 <= key <= last:
        raise PathError(f"{dotted(path)}: the list has {len(container)} elements")
    return key
