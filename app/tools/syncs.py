"""Syncing folders with boards: the watches that are on, and where the last time is remembered."""

from __future__ import annotations

from pathlib import Path

from app.stage import Stage
from app.tools.boards import Boards
from engines.board.files.kept_copies import KeptCopies
from engines.board.packages.packages import Removal
from engines.board.session import BoardSession
from engines.board.sync.watch import Watches, WatchNotice


class Syncs:
    """Belongs to one project; ``private`` is its folder for what Dirigent remembers."""

    def __init__(self, boards: Boards, stage: Stage, private: Path) -> None:
        self._stage = stage
        self._memory = private / "sync"
        self.watches = Watches()
        self.kept = KeptCopies()
        """Copies of the packages that were removed."""
        self.removed: list[tuple[BoardSession, Removal]] = []
        self.watches.said.connect(lambda notice: stage.loop.deliver(lambda: self._tell(notice)))
        for session in boards:
            self._take_in(session)
        boards.added.connect(self._take_in)
        boards.removed.connect(self.watches.stop_all)

    def close(self) -> None:
        self.watches.close()
        self.kept.close()

    def _take_in(self, session: BoardSession) -> None:
        session.sync_memory = self._memory

    def _tell(self, notice: WatchNotice) -> None:
        tell = self._stage.notices.warn if notice.problem else self._stage.notices.info
        tell(notice.text)
