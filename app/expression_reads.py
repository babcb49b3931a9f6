"""What an expression of a figure reads: workspace names, and sheet regions in ``sheets['Data']['B:B']``."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from engines.sheet.references import Rect, parse_reference
from engines.workspace.graph import Node, Readable, Region, name_node

SHEET_NAMES = frozenset({"sheets", "sheet"})
STREAMS = "streams"
"""The name that has all streams; whoever reads it follows each of them."""


def region(sheet: str, rect: Rect) -> Region:
    return Region(sheet, *rect)


def expression_reads(expression: str) -> frozenset[Readable]:
    """Names and regions; an expression that does not parse reads nothing."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return frozenset()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found: set[Readable] = {name_node(name) for name in names if not hasattr(builtins, name)}
    regions = {each for node in ast.walk(tree) if (each := _sheet_region(node)) is not None}
    return frozenset(found | regions)


def reads_only(reads: Iterable[Readable], names: Iterable[str]) -> bool:
    """Whether everything read is a sheet region or one of these names."""
    allowed = {name_node(name) for name in names}
    return all(each in allowed for each in reads if isinstance(each, Node))


def _sheet_region(node: ast.AST) -> Region | None:
    """``sheets['Data']['B2:B9']``; ``sheets['Data']`` alone is the whole sheet."""
    if not isinstance(node, ast.Subscript):
        return None
    if _is_name(node.value, "sheets"):
        sheet = _text(node.slice)
        return Region(sheet, 1, 1, None, None) if sheet else None
    if isinstance(node.value, ast.Subscript) and _is_name(node.value.value, "sheets"):
        sheet, place = _text(node.value.slice), _text(node.slice)
        reference = parse_reference(place) if place else None
        return region(sheet, reference.rect) if sheet and reference else None
    return None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
