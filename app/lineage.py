"""Where does a value come from? The graph's chain upstream, in words."""

from __future__ import annotations

from engines.sheet.references import Rect, cell_name, parse_reference
from engines.workspace.graph import Graph, Kind, Node, Readable, Region, name_node

WORDS = {
    Kind.NAME: "name {}",
    Kind.FORMULA: "formula in {}",
    Kind.TRACE: "trace {}",
    Kind.CELL: "notebook cell {}",
    Kind.SOURCE: "{}",
}


def lineage(graph: Graph, of: str) -> str:
    """The lineage of a workspace name or of a sheet cell (``Motion!B2``), a line for each step.

    Raises:
        LookupError: nothing of that name is known.
    """
    start = _readable(of)
    lines = graph.lineage(start)
    if len(lines) == 1 and not graph.readers(start):
        raise LookupError(f"{of}: nothing is known of where this comes from; has the cell that makes it run?")
    return "\n".join("  " * depth + describe(each) for depth, each in lines)


def describe(readable: Readable) -> str:
    if isinstance(readable, Node):
        return WORDS[readable.kind].format(readable.key)
    return f"cells {readable.sheet}!{_place(readable)}"


def _readable(of: str) -> Readable:
    reference = parse_reference(of) if "!" in of else None
    if reference is None or reference.sheet is None:
        return name_node(of)
    return Region(reference.sheet, *reference.rect)


def _place(region: Region) -> str:
    rect = Rect(region.left, region.top, region.right or region.left, region.bottom or region.top)
    first, last = cell_name(rect[0], rect[1]), cell_name(rect[2], rect[3])
    if region.right is None or region.bottom is None:
        return f"{first} and on"
    return first if first == last else f"{first}:{last}"
