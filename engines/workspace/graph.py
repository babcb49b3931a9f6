"""The one reactive graph: names, sheet cells, figure traces and notebook cells, and who reads whom.

A pure data structure: nothing is executed here. An edge runs from what is read to its reader. Sheet cells are
read by rectangle (``Region``), so that a range of a million cells is one edge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    NAME = "name"  # a workspace name; a stream is a name too
    FORMULA = "formula"  # a sheet cell with a formula
    TRACE = "trace"  # a trace of a figure
    CELL = "cell"  # a notebook cell
    SOURCE = "source"  # where data enters: a board, a file


@dataclass(frozen=True)
class Node:
    """``key`` is the name itself, or ``Motion!B2``, ``Motion[0]``, ``Explore#a1b2``."""

    kind: Kind
    key: str


@dataclass(frozen=True)
class Region:
    """A rectangle of a sheet's cells, 1-based and inclusive; ``None`` right or bottom means unbounded."""

    sheet: str
    left: int
    top: int
    right: int | None
    bottom: int | None

    def meets(self, other: Region) -> bool:
        return (
            self.sheet.casefold() == other.sheet.casefold()
            and _at_most(self.left, other.right)
            and _at_most(other.left, self.right)
            and _at_most(self.top, other.bottom)
            and _at_most(other.top, self.bottom)
        )


Readable = Node | Region


def name_node(name: str) -> Node:
    return Node(Kind.NAME, name)


class Graph:
    """Who reads what, who defines what, and what a change reaches."""

    def __init__(self) -> None:
        self._reads: dict[Node, frozenset[Readable]] = {}
        self._readers: dict[Readable, set[Node]] = defaultdict(set)
        self._defines: dict[Node, frozenset[Readable]] = {}
        self._definers: dict[Readable, list[Node]] = defaultdict(list)

    def set_node(self, node: Node, reads: Iterable[Readable] = (), defines: Iterable[Readable] = ()) -> None:
        """Say anew what a node reads and defines. The last definer of a name wins; all are remembered."""
        self.remove(node)
        self._reads[node] = frozenset(reads)
        self._defines[node] = frozenset(defines)
        for source in self._reads[node]:
            self._readers[source].add(node)
        for defined in self._defines[node]:
            self._definers[defined].append(node)

    def remove(self, node: Node) -> None:
        for source in self._reads.pop(node, ()):
            self._readers[source].discard(node)
            if not self._readers[source]:
                del self._readers[source]
        for defined in self._defines.pop(node, ()):
            self._definers[defined].remove(node)
            if not self._definers[defined]:
                del self._definers[defined]

    def nodes(self, kind: Kind) -> Iterator[Node]:
        return (node for node in self._reads if node.kind is kind)

    def reads(self, node: Node) -> frozenset[Readable]:
        return self._reads.get(node, frozenset())

    def defines(self, node: Node) -> frozenset[Readable]:
        return self._defines.get(node, frozenset())

    def definers(self, readable: Readable) -> tuple[Node, ...]:
        """Every node that defines it, the last (the one that counts) at the end."""
        if isinstance(readable, Node):
            return tuple(self._definers.get(readable, ()))
        return tuple(
            node
            for defined, nodes in self._definers.items()
            if isinstance(defined, Region) and defined.meets(readable)
            for node in nodes
        )

    def readers(self, changed: Readable) -> set[Node]:
        """The nodes that read it directly."""
        if isinstance(changed, Node):
            return set(self._readers.get(changed, ()))
        return {
            reader
            for source, readers in self._readers.items()
            if isinstance(source, Region) and source.meets(changed)
            for reader in readers
        }

    def affected_by(self, changed: Iterable[Readable], *, besides: Iterable[Node] = ()) -> list[Node]:
        """All that a change reaches, through what its readers define, nearest first; never by recursion.

        ``besides`` are left out (a cell does not make itself stale).
        """
        seen = set(besides)
        order: list[Node] = []
        pending: list[Readable] = list(changed)
        visited: set[Readable] = set(pending)
        while pending:
            current = pending.pop(0)
            for reader in sorted(self.readers(current) - seen, key=lambda node: (node.kind.value, node.key)):
                seen.add(reader)
                order.append(reader)
                fresh = self.defines(reader) - visited
                visited |= fresh
                pending.extend(fresh)
        return order

    def lineage(self, node: Readable) -> list[tuple[int, Readable]]:
        """Where does it come from? The chain upstream as (depth, node) in reading order, each node once."""
        lines: list[tuple[int, Readable]] = []
        seen: set[Readable] = set()
        pending: list[tuple[int, Readable]] = [(0, node)]
        while pending:
            depth, current = pending.pop()
            if current in seen:
                continue
            seen.add(current)
            lines.append((depth, current))
            upstream = self._upstream(current)
            pending.extend((depth + 1, each) for each in sorted(upstream, key=repr, reverse=True))
        return lines

    def _upstream(self, current: Readable) -> set[Readable]:
        upstream: set[Readable] = set(self.definers(current)[-1:] if isinstance(current, Node) else ())
        if isinstance(current, Region):
            upstream.update(self.definers(current))
        if isinstance(current, Node):
            upstream.update(self.reads(current))
        return upstream - {current}


def _at_most(low: int, high: int | None) -> bool:
    return high is None or low <= high
