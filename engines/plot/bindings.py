"""Bindings: an array attribute of a trace that reads an expression, ``{"expr": "accel.t"}``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any


def is_binding(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("expr"), str)


def expressions(figure: dict[str, Any]) -> dict[tuple[int, str], str]:
    """Every binding of the figure: ``(trace index, dotted attribute path) -> expression``."""
    traces = figure.get("data") or []
    return {
        (index, where): text
        for index, trace in enumerate(traces)
        if isinstance(trace, dict)
        for where, text in _find(trace, "")
    }


def _find(node: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        if not isinstance(value, dict):
            continue
        if is_binding(value):
            yield prefix + key, value["expr"]
        else:
            yield from _find(value, f"{prefix}{key}.")


def stream_column(expression: str) -> tuple[str, str | None] | None:
    """``("accel", "t")`` for ``accel.t`` or ``accel["t"]``, ``("accel", None)`` for ``accel``, else None.

    Such an expression can be read from the stream's ring directly, without asking the kernel.
    """
    try:
        node = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if isinstance(node, ast.Name):
        return node.id, None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.attr
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return None
    key = node.slice
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return node.value.id, key.value
    return None
