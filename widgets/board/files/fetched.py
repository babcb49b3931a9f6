"""Copies of the board's files in a temporary folder, for other programs: made before they are offered."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from engines.board.files.walk import name_of
from engines.board.session import BoardSession
from engines.board.status import State
from engines.board.transfer.queue import Transfer, TransferQueue
from widgets.board.gui_calls import GuiCalls

_FREE = (State.PROMPT, State.BUSY)


class Fetched(QObject):
    """The paths that were fetched last. ``ready`` carries them once they are there, ``refused`` why not.

    They travel by the transfer queue, which shows how it goes and can call it off.
    """

    ready = Signal(list)
    refused = Signal(str)

    def __init__(self, session: BoardSession, transfers: TransferQueue, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._transfers = transfers
        self._paths: list[str] = []
        self._files: list[Path] = []
        self._arriving: Path | None = None
        """The folder that they are on their way to."""
        self._is_ready = False
        GuiCalls(parent).listen(transfers.changed, lambda nothing: self._look())

    def fetch(self, paths: list[str]) -> None:
        """Begin to copy files and folders to this computer, in place of those before."""
        if self._session.status.state not in _FREE:
            self.refused.emit(f"Nothing can be fetched now. {self._session.status.refusal}")
            return
        self._paths, self._is_ready = paths, False
        folder = self._arriving = Path(tempfile.mkdtemp(prefix="dirigent-fetched-"))
        weakref.finalize(self._transfers, shutil.rmtree, folder, ignore_errors=True)
        # Each in a folder of its own: two may have the same name.
        self._files = [folder / str(number) / name_of(path) for number, path in enumerate(paths)]
        for path, file in zip(paths, self._files, strict=True):
            file.parent.mkdir()
            self._transfers.get(path, file)

    def files(self, paths: list[str]) -> list[Path]:
        """Their copies; none when other paths were fetched, or they may have changed since."""
        return self._files if self._is_ready and paths == self._paths else []

    def forget(self) -> None:
        """The board's files may be others now. Programs that were given the copies keep them."""
        self._is_ready = False

    def _look(self) -> None:
        folder = self._arriving
        if folder is None:
            return
        items = [item for item in self._transfers.items if Path(item.target).is_relative_to(folder)]
        if broken := next((item for item in items if item.state in ("failed", "cancelled")), None):
            self._arriving = None
            self.refused.emit(_why(broken))
        elif all(item.state == "done" for item in items) and all(file.exists() for file in self._files):
            self._arriving, self._is_ready = None, True
            self.ready.emit(self._paths)


def _why(item: Transfer) -> str:
    return item.error if item.state == "failed" else f"{item.source}: cancelled, so it was not fetched."
