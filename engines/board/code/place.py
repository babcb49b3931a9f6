"""Where a source file lives: on this computer, or on a board under that board's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ON_BOARD = re.compile(r"([^\W\d]\w+):(/.*)")
"""Two letters at least: one is a Windows drive."""


@dataclass(frozen=True)
class Place:
    """``board`` is the board's name, or '' for this computer."""

    path: str
    board: str = ""

    def __str__(self) -> str:
        """As ``parse`` reads it: ``board:/flash/main.py``, or a path of this computer."""
        return f"{self.board}:{self.path}" if self.board else self.path

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2] if self.board else Path(self.path).name


def parse(text: str, folder: Path) -> Place:
    """The place that a text names; a relative path counts from ``folder`` of this computer."""
    match = _ON_BOARD.fullmatch(text)
    if match:
        return Place(match[2], match[1])
    return Place(str((folder / Path(text).expanduser()).resolve()))
