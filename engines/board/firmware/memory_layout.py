"""A DfuSe memory: its sectors, as the interface's name tells them.

Format: ST UM0424, section "DfuSe memory layout": ``@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from engines.board.firmware.image import Segment

_READABLE, _ERASABLE, _WRITABLE = 1, 2, 4
_RUN = re.compile(r"\s*(\d+)\s*\*\s*(\d+)\s*([ BKM]?)([a-g])\s*")
_UNITS = {"": 1, " ": 1, "B": 1, "K": 1 << 10, "M": 1 << 20}


@dataclass(frozen=True)
class Sector:
    """What is erased at once."""

    address: int
    size: int
    rights: int

    @property
    def end(self) -> int:
        return self.address + self.size

    @property
    def readable(self) -> bool:
        return bool(self.rights & _READABLE)

    @property
    def flash(self) -> bool:
        """It can be erased and written. (Memory that can be written but not erased is for once and all.)"""
        return bool(self.rights & _ERASABLE) and bool(self.rights & _WRITABLE)


@dataclass(frozen=True)
class MemoryLayout:
    name: str
    sectors: tuple[Sector, ...]

    @classmethod
    def parse(cls, text: str) -> MemoryLayout:
        """From the interface's name. Raises ValueError: it is not of this form."""
        if not text.startswith("@"):
            raise ValueError(f"{text!r} describes no memory")
        name, *parts = text[1:].split("/")
        if not parts or len(parts) % 2:
            raise ValueError(f"{text!r} describes no memory")
        sectors: list[Sector] = []
        for start, runs in zip(parts[::2], parts[1::2], strict=True):
            address = int(start, 16)
            for run in runs.split(","):
                match = _RUN.fullmatch(run)
                if match is None:
                    raise ValueError(f"{run!r} in {text!r} describes no sectors")
                size = int(match[2]) * _UNITS[match[3]]
                rights = ord(match[4]) & 7
                if not size:
                    raise ValueError(f"{run!r} in {text!r} describes no sectors")
                for _ in range(int(match[1])):
                    sectors.append(Sector(address, size, rights))
                    address += size
        return cls(name.strip(), tuple(sorted(sectors, key=lambda sector: sector.address)))

    @property
    def size(self) -> int:
        """Bytes that can be written."""
        return sum(sector.size for sector in self.sectors if sector.flash)

    @property
    def end(self) -> int:
        return max((sector.end for sector in self.sectors), default=0)

    @cached_property
    def _starts(self) -> list[int]:
        return [sector.address for sector in self.sectors]

    def sector_at(self, address: int) -> Sector | None:
        at = bisect_right(self._starts, address) - 1
        return self.sectors[at] if at >= 0 and address < self.sectors[at].end else None

    def sectors_for(self, segments: Iterable[Segment]) -> tuple[list[Sector], int | None]:
        """The sectors that hold the segments, and the first address that none has (None: all are held)."""
        found: dict[int, Sector] = {}
        for segment in segments:
            address = segment.address
            while address < segment.end:
                sector = self.sector_at(address)
                if sector is None:
                    return list(found.values()), address
                found[sector.address] = sector
                address = sector.end
        return [found[address] for address in sorted(found)], None
