"""Firmware as it is read from a file: pieces of memory, and for which boards they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """How firmware gets onto a board; the value is what users call it."""

    DFU = "DFU"
    UF2 = "UF2"
    ESP = "esptool"


@dataclass(frozen=True)
class Segment:
    """Bytes for consecutive addresses."""

    address: int
    data: bytes = field(repr=False)

    @property
    def end(self) -> int:
        """The address behind the last byte."""
        return self.address + len(self.data)


@dataclass(frozen=True)
class Firmware:
    """A firmware file that was read whole and found in order."""

    path: Path
    kind: Kind
    segments: tuple[Segment, ...]
    """In the order of their addresses, not touching each other."""
    checks: tuple[str, ...]
    """What was looked at in the file and found right, a sentence each."""
    content: bytes = field(repr=False, default=b"")
    """The file as it was read: what is written is what was checked."""
    device: tuple[int, int] | None = None
    """USB vendor and product the file was made for; None: any."""
    alternate: int | None = None
    """The alternate setting (memory) a .dfu file names; None: whichever has the addresses."""
    families: frozenset[int] = frozenset()
    """UF2 families."""
    chip: str = ""
    """For ESP images: the chip, as esptool writes it: ``esp32s3``."""
    flash_needed: int = 0
    """For ESP images: bytes of flash that it counts on, in its partition table or its header; 0: not told."""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        """Bytes to be written."""
        return sum(len(segment.data) for segment in self.segments)


def merge(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Join segments that touch.

    Raises:
        ValueError: two of them overlap.
    """
    runs: list[list[Segment]] = []
    for segment in sorted((each for each in segments if each.data), key=lambda each: each.address):
        end = runs[-1][-1].end if runs else -1
        if segment.address < end:
            raise ValueError(f"the bytes at 0x{segment.address:08x} are there twice")
        if segment.address == end:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return tuple(Segment(run[0].address, b"".join(each.data for each in run)) for run in runs)


def ranges_text(segments: Sequence[Segment]) -> str:
    """``0x08000000–0x08003fff and 0x08020000–0x0806ffff``; many pieces are counted."""
    if len(segments) > 3:
        return f"{len(segments)} pieces from 0x{segments[0].address:08x} to 0x{segments[-1].end - 1:08x}"
    return " and ".join(f"0x{each.address:08x}–0x{each.end - 1:08x}" for each in segments)


def size_text(size: int) -> str:
    return f"{size:,} bytes" if size < 10_240 else f"{round(size / 1024):,} kB"
