"""How a ring lies in its file; shared by writer and reader.

The file is a header of 8192 bytes, then one contiguous block of ``capacity`` float64 per column; column 0 is
the time in seconds. All numbers are in the machine's own byte order: a ring never leaves the machine.

======  =====================================================================================
offset  meaning
======  =====================================================================================
0       sixteen-odd 64-bit words, see ``Word``
256     u32 length and UTF-8 JSON: ``{"name", "columns", "units"}`` (value columns, without time)
2048    marks: 192 x (u64 first row, u64 kind, u64 lost rows, f64 seconds), a ring of their own
======  =====================================================================================

Row ``i`` (counted from the stream's first sample) lies at ``i % capacity``. Before the writer touches rows it
moves ``CLAIMED`` behind them, and afterwards ``TOTAL``: a reader copies rows below ``TOTAL`` and then drops
those below ``CLAIMED - capacity``, which may have been overwritten meanwhile.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import IntEnum

MAGIC = int.from_bytes(b"DIRGRNG1", "little")
HEADER_SIZE = 8192
META_AT = 256
META_LIMIT = 2048 - META_AT - 4
MARKS_AT = 2048
MARK_WORDS = 4
MARK_SLOTS = (HEADER_SIZE - MARKS_AT) // (MARK_WORDS * 8)


class Word(IntEnum):
    """The header's words; ``ORIGIN`` is a float64, the others are u64."""

    MAGIC = 0
    CAPACITY = 1
    COLUMNS = 2  # with the time column
    CLOSED = 3
    CLAIMED = 4
    TOTAL = 5
    LOST = 6
    MARKS = 7  # how many marks were ever made
    MARKS_GUARD = 8  # odd while a mark is being written
    ORIGIN = 9  # host time (Unix seconds) at which the stream's time was 0


class Kind(IntEnum):
    """Why a new segment begins."""

    START = 0
    GAP = 1
    """Samples are missing before this row."""
    RESET = 2
    """The producer's clock started anew; time goes on by the host's clock."""


@dataclass(frozen=True)
class Segment:
    """An unbroken run of samples that begins at row ``start``."""

    start: int
    kind: Kind
    lost: int = 0
    """Samples known to be missing before ``start``."""
    seconds: float = float("nan")
    """How long the interruption was, where that is known."""


class StreamError(Exception):
    """A stream that cannot be made, mapped or read; the message says what to do."""


_first, _second = threading.Lock(), threading.Lock()


def fence() -> None:
    """Keep what was stored before visible before what is stored after.

    ARM processors reorder plain stores; releasing one lock and then taking another forbids it.
    """
    with _first:
        pass
    with _second:
        pass
