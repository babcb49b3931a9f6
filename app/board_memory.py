"""What each board of a project was connected to last on this computer, and network addresses used lately.

Kept in the project's private folder: ports and serial numbers are this computer's matter, not the project's.
Passwords are not kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engines.board.connection.targets import is_network
from engines.board.connection.transport import Target
from engines.workspace.files import write_atomically

FILE = "boards.json"
MOST_RECENT = 8


@dataclass(frozen=True)
class Pick:
    """A port, and by what its device is known when the port is renumbered."""

    address: str
    description: str = ""
    serial_number: str = ""
    interface: str = ""
    instead_of: str | None = None
    """What the project said when it was picked; it counts while the project still says so."""


@dataclass
class _Memory:
    picks: dict[str, Pick] = field(default_factory=dict)
    recent: list[str] = field(default_factory=list)


class BoardMemory:
    """Written at every change; a file that is damaged counts as absent."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._memory = _read(self._path)

    def pick(self, board: str) -> Pick | None:
        """What the board was connected to last."""
        return self._memory.picks.get(board)

    @property
    def recent(self) -> tuple[str, ...]:
        """Network addresses, newest first."""
        return tuple(self._memory.recent)

    def remember(self, board: str, target: Target, instead_of: str | None) -> None:
        """A board is connected to this, where the project names ``instead_of``."""
        if not target.address:
            return
        pick = Pick(target.address, target.description, target.serial_number, target.interface, instead_of)
        if is_network(pick.address):
            others = [each for each in self._memory.recent if each != pick.address]
            self._memory.recent = [pick.address, *others][:MOST_RECENT]
        elif self._memory.picks.get(board) == pick:
            return
        self._memory.picks[board] = pick
        self._write()

    def rename(self, board: str, new: str) -> None:
        if (pick := self._memory.picks.pop(board, None)) is not None:
            self._memory.picks[new] = pick
            self._write()

    def forget(self, board: str) -> None:
        if self._memory.picks.pop(board, None) is not None:
            self._write()

    def _write(self) -> None:
        data = {
            "boards": {name: asdict(pick) for name, pick in self._memory.picks.items()},
            "recent": self._memory.recent,
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
        except OSError:
            return  # a read-only project is used all the same


def _read(path: Path) -> _Memory:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        picks = {str(name): Pick(**pick) for name, pick in data["boards"].items()}
        return _Memory(picks, [str(each) for each in data["recent"]])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Memory()
