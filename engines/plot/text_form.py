"""A figure as text: stable, readable in a diff; and the line on which a part of it stands."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from engines.plot.paths import Path
from engines.workspace.files import escaped

WIDTH = 100
PER_LINE = 10  # numbers of a long array on a line: one changed value is one changed line
FIRST = (
    "data",
    "layout",
    "frames",
    "config",
    "type",
    "name",
    "mode",
    "x",
    "y",
    "z",
    "title",
    "expr",
    "dtype",
)

_SPACE = re.compile(r"\s*")


def write(figure: dict[str, Any]) -> str:
    """The text of the figure's file: keys in a fixed order, short parts on one line, a newline at the end.

    NaN and infinities, which JSON has not, become null, as Plotly reads them.
    """
    return escaped(_write(_without_nan(figure), "", depth=0)) + "\n"


def _write(node: Any, indent: str, depth: int) -> str:
    short = _one_line(node)
    fits = len(indent) + len(short) <= WIDTH
    if not isinstance(node, dict | list) or not node or (fits and depth >= 2 and _is_flat(node)):
        return short
    inner = indent + "  "
    if isinstance(node, dict):
        parts = [f"{inner}{json.dumps(k)}: {_write(node[k], inner, depth + 1)}" for k in _ordered(node)]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    if any(isinstance(part, dict | list) for part in node):
        parts = [inner + _write(part, inner, 1 if depth == 1 else depth + 1) for part in node]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]"
    rows = [node[at : at + PER_LINE] for at in range(0, len(node), PER_LINE)]
    lines = [inner + ", ".join(json.dumps(value, ensure_ascii=False) for value in row) for row in rows]
    return "[\n" + ",\n".join(lines) + f"\n{indent}]"


def _one_line(node: Any) -> str:
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_one_line(node[k])}" for k in _ordered(node)) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(_one_line, node)) + "]"
    return json.dumps(node, ensure_ascii=False)


def _is_flat(node: dict[str, Any] | list[Any]) -> bool:
    values = node.values() if isinstance(node, dict) else node
    return not any(isinstance(value, dict | list) and value for value in values)


def _ordered(node: dict[str, Any]) -> list[str]:
    return sorted(node, key=lambda key: (FIRST.index(key) if key in FIRST else len(FIRST), key))


def _without_nan(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _without_nan(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_without_nan(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def line_of(text: str, path: Path) -> int | None:
    """The line, counted from 1, on which the value at the path begins; None when the text has no such
    value.
    """
    at = _seek(text, _skip(text, 0), path)
    return None if at is None else text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _seek(text: str, at: int, path: Path) -> int | None:
    """Walk along the siblings, letting the json module jump over those that are not on the path."""
    decoder = json.JSONDecoder()
    for wanted in path:
        opener = text[at : at + 1]
        if opener not in ("{", "["):
            return None
        position = 0
        at = _skip(text, at + 1)
        while text[at : at + 1] not in ("}", "]", ""):
            key: Any = position
            if opener == "{":
                key, at = decoder.raw_decode(text, at)
                at = _skip(text, _skip(text, at) + 1)
            if key == wanted:
                break
            _, at = decoder.raw_decode(text, at)
            at = _skip(text, at)
            at = _skip(text, at + 1) if text[at] == "," else at
            position += 1
        else:
            return None
    return at
