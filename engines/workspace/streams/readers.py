"""What a stream is read from: the ring of a running one, or a recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engines.workspace.streams.recording import SUFFIX, Recording
from engines.workspace.streams.ring import Block, RingReader

Reader = RingReader | Recording


def open_reader(path: Path) -> Reader:
    """Raises StreamError."""
    return Recording(path) if path.suffix == SUFFIX else RingReader(path)


def blocks(reader: Reader, rows: int = 1 << 16) -> Iterator[Block]:
    """All rows there are now, in blocks that fit in memory."""
    start, stop = reader.oldest, reader.total
    while start < stop:
        block = reader.read(start, min(start + rows, stop))
        yield block
        start = max(block.stop, start + 1)
