"""MicroPython's ``micropython.mem_info(1)``: the heap's blocks, parsed from what it prints (py/gc.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass

FREE = "."
KINDS = {
    FREE: "free",
    "h": "object",
    "=": "rest of an object",
    "m": "marked",
    "T": "tuple",
    "L": "list",
    "D": "dict",
    "S": "str or bytes",
    "A": "array",
    "F": "float",
    "B": "function",
    "M": "module",
}
"""What the letters mean; boards with fewer of them say ``h`` for the rest."""

_TOTALS = re.compile(r"GC: total: (\d+), used: (\d+), free: (\d+)")
_SHAPE = re.compile(r"No\. of 1-blocks: (\d+), 2-blocks: (\d+), max blk sz: (\d+), max free sz: (\d+)")
_STACK = re.compile(r"stack: (\d+) out of (\d+)")
_LINE = re.compile(r"^[0-9a-f]{4,}: (\S+)$")
_SKIPPED = re.compile(r"^\s*\((\d+) lines all free\)$")
_PER_LINE = 64


@dataclass(frozen=True)
class MemInfo:
    """The heap at one moment. Sizes are in bytes, blocks are of ``block_size`` bytes."""

    total: int
    used: int
    free: int
    one_blocks: int = 0
    two_blocks: int = 0
    largest: int = 0
    """The largest object, in blocks."""
    largest_free: int = 0
    """The longest run of free blocks: what can be had in one piece."""
    stack_used: int | None = None
    stack_limit: int | None = None
    blocks: str = ""
    """A letter a block (see ``KINDS``), in the order of their addresses; '' without the map."""

    @property
    def block_size(self) -> int:
        """16 bytes on boards of 32 bits, 32 on those of 64; the blocks tell."""
        return 32 if self.blocks and self.total / len(self.blocks) > 24 else 16


def parse_mem_info(text: str) -> MemInfo:
    """What ``mem_info()`` or ``mem_info(1)`` printed.

    Raises:
        ValueError: it is nothing of the kind.
    """
    totals = _TOTALS.search(text)
    if totals is None:
        raise ValueError(f"this is not what micropython.mem_info prints: {text[:60]!r}")
    shape, stack = _SHAPE.search(text), _STACK.search(text)
    total, used, free = (int(number) for number in totals.groups())
    one, two, largest, largest_free = (int(number) for number in shape.groups()) if shape else (0, 0, 0, 0)
    return MemInfo(
        total, used, free, one, two, largest, largest_free,
        int(stack[1]) if stack else None, int(stack[2]) if stack else None,
        _blocks(text),
    )  # fmt: skip


def _blocks(text: str) -> str:
    parts: list[str] = []
    for line in text.splitlines():
        if match := _LINE.match(line):
            parts.append(match[1])
        elif match := _SKIPPED.match(line):
            parts.append(FREE * (int(match[1]) * _PER_LINE))
    return "".join(parts)
