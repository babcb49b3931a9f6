"""Mounting a folder of this computer on a board, at ``/remote``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engines.board.board_program import call_resource
from engines.board.errors import BoardError
from engines.board.operations import Operation
from engines.board.storage.remote_folder import RemoteFolder
from engines.board.streams.frames import MOUNT

if TYPE_CHECKING:
    from engines.board.bench import RawBench
    from engines.board.session import BoardSession

PLACE = "/remote"


class BoardMount:
    """The folder that one board has at ``/remote``. A reset takes it off the board; mount it again then."""

    def __init__(self, session: BoardSession) -> None:
        self._session = session
        self.folder: RemoteFolder | None = None

    def mount(self, folder: Path, *, writable: bool = False, interrupt: bool = False) -> Operation[None]:
        """Let the board read (and write) a folder; ``import`` on the board finds modules there first.

        Raises:
            NotADirectoryError: there is no such folder.
            BoardError: by the operation, where the board cannot mount (no user file systems in its firmware).
        """
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a folder; choose one that exists.")

        def work(bench: RawBench) -> None:
            self._let_go()
            self.folder = RemoteFolder(folder, writable=writable)
            self._session.services[MOUNT] = self.folder.answer
            try:
                bench.ask(call_resource("remote_fs.py", "attach", PLACE))
            except BoardError:
                self._let_go()
                raise

        return self._session.submit(f"Mounting {folder.name}", work, interrupt=interrupt)

    def unmount(self, *, interrupt: bool = False) -> Operation[None]:
        def work(bench: RawBench) -> None:
            bench.ask(call_resource("remote_fs.py", "detach", PLACE))
            self._let_go()

        return self._session.submit("Unmounting the folder", work, interrupt=interrupt)

    def _let_go(self) -> None:
        self._session.services.pop(MOUNT, None)
        self.folder = None
