"""What an expression of a figure reads: workspace names, and sheet regions in ``sheets['Data']['B:B']``."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from engines.sheet.references import Rect, parse_reference
from engines.workspace.graph import Node, Readable, Region, name_node

SHEET_NAMES = frozenset({"sheets", "sheet"})
SHEET_EDITS = frozenset({
    "insert_rows", "delete_rows", "insert_columns", "delete_columns", "copy", "cut", "fill", "sort",
    "undo", "redo", "recalculate", "new", "open", "remove", "names",
})  # fmt: skip
"""Methods of a sheet and of ``sheets`` that return nothing which is in cells."""
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


def sheet_reads(code: str, sheets: Iterable[str]) -> frozenset[Region]:
    """The cells of sheets that a notebook cell reads; it does not read what it only writes or edits.

    ``sheets`` names those that there are: all of them are read where the code does not say which.
    """
    everything = frozenset(Region(name, 1, 1, None, None) for name in sheets)
    try:
        pending: list[ast.AST] = [ast.parse(code)]
    except (SyntaxError, ValueError):  # a magic
        return everything
    found: set[Region] = set()
    while pending:
        node = pending.pop()
        if not _is_sheet_edit(node):
            if (named := _sheet_region(node)) is not None:
                found.add(named)
                continue
            if isinstance(node, ast.Name) and node.id in SHEET_NAMES:
                found |= everything
                continue
            pending.extend(ast.iter_child_nodes(node))
            continue
        pending.extend(child for child in ast.iter_child_nodes(node) if not _is_sheet_access(child))
    return frozenset(found)


def _is_sheet_edit(node: ast.AST) -> bool:
    """``sheets["Data"]["A1"] = 1``, ``sheet.A1 = 1``, ``sheets["Data"].sort(...)``, ``sheets.new("Out")``."""
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return _is_sheet_access(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr in SHEET_EDITS and _is_sheet_access(node.value)
    return False


def _is_sheet_access(node: ast.AST) -> bool:
    """``sheets``, ``sheets["Data"]``, ``sheet``."""
    if isinstance(node, ast.Subscript):
        return _is_name(node.value, "sheets")
    return isinstance(node, ast.Name) and node.id in SHEET_NAMES


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
