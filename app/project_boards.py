"""The boards of one project: what each is connected to, and what of that is kept for the next start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app import board_tables
from app.board_memory import BoardMemory
from app.loop import Loop
from app.project import DEFAULT_BOARD, SETTINGS_FILE, Project, ProjectSettings
from app.tools.boards import VIRTUAL, Boards, serial_targets
from engines.board.connection.port_errors import PortError
from engines.board.connection.targets import target_of
from engines.board.connection.transport import Target, Transport
from engines.board.session import BoardSession
from engines.board.status import Status


class ProjectBoards:
    """Connects boards as the project says and as the user picked last.

    Args:
        trusted: whether the project's code may run; until then its board program is not even offered.
    """

    def __init__(
        self, project: Project, boards: Boards, memory: BoardMemory, loop: Loop, trusted: Callable[[], bool]
    ) -> None:
        self._project = project
        self._boards = boards
        self._memory = memory
        self._loop = loop
        self._trusted = trusted
        self._follow: dict[str, Callable[[], None]] = {}
        boards.added.connect(self._added)
        for session in boards:
            self._added(session)

    def open(self) -> None:
        """Have the boards that the project names."""
        self._boards.arrange(self._project.settings.board_names)

    def start(self) -> None:
        """Connect what is not connected yet: to what the user picked, else to what the project says."""
        for session in self._boards:
            if session.target is None and (target := self._wanted(session.name)):
                session.connect(target)

    def connect(self, address: str, name: str) -> None:
        """Connect a board; the virtual one gets the project's flash folder and recording.

        Raises:
            LookupError: there is no such board.
            PortError: this is no address.
        """
        session = self._boards[name]
        session.connect(self._target(address, session.name))

    def targets(self, name: str) -> list[Target]:
        """What a board can be connected to: the virtual one, serial ports, network addresses used lately.
        Not for the GUI thread."""
        recent = [target_of(address) for address in self._memory.recent]
        return [self._virtual(name), *serial_targets(), *recent]

    def add(self, name: str, port: str | None) -> BoardSession:
        """One more board in the project. Raises ValueError, DocumentError or PortError."""
        target = self._target(port, name) if port else None
        session = self._boards.add(name)
        try:
            if not self._settings.boards and self._settings.board_port is None:
                # Named so far by nobody, it would not be there at the next start.
                board_tables.add_board(self._file, self._boards.first.name, None)
            board_tables.add_board(self._file, name, port)
        except BaseException:
            self._boards.remove(name)
            raise
        self._project.read_settings()
        if target is not None:
            session.connect(target)
        return session

    def remove(self, name: str) -> None:
        """Take a board out of the project. Raises LookupError, ValueError or DocumentError."""
        name = self._boards[name].name
        if len(self._boards.names) > 1:
            board_tables.remove_board(self._file, name)
            if name == DEFAULT_BOARD:
                board_tables.take_port_out(self._file)
        self._boards.remove(name)
        self._follow.pop(name)()
        self._memory.forget(name)
        self._project.read_settings()

    def rename(self, name: str, new: str) -> None:
        """Give a board another name, also in the project. Raises LookupError, ValueError or DocumentError."""
        old = self._boards[name].name
        said = self._settings.board(old)
        self._boards.rename(old, new)
        try:
            if old in self._settings.boards:
                board_tables.rename_board(self._file, old, new)
            else:
                board_tables.add_board(self._file, new, said.port)
                board_tables.take_port_out(self._file)
        except BaseException:
            self._boards.rename(new, old)
            raise
        self._follow[new] = self._follow.pop(old)
        self._memory.rename(old, new)
        self._project.read_settings()

    @property
    def _settings(self) -> ProjectSettings:
        return self._project.settings

    @property
    def _file(self) -> Path:
        return self._project.folder / SETTINGS_FILE

    def _wanted(self, name: str) -> Target | None:
        said = self._settings.board(name).port
        pick = self._memory.pick(name)
        if pick is None or pick.instead_of != said:
            return self._said(said, name) if said else None
        if pick.address == VIRTUAL:
            return self._virtual(name)
        return target_of(
            pick.address, pick.description, serial_number=pick.serial_number, interface=pick.interface
        )

    def _target(self, address: str, name: str) -> Target:
        return self._virtual(name) if address == VIRTUAL else target_of(address)

    def _virtual(self, name: str) -> Target:
        board = self._settings.board(name)
        folder = self._project.folder
        recording = folder / board.recording if board.recording else None
        flash = folder / board.flash
        return self._boards.virtual(
            flash if self._trusted() and flash.is_dir() else None,
            recording,
            folder / board.sd if self._trusted() and board.sd else None,
        )

    def _added(self, session: BoardSession) -> None:
        def changed(status: Status) -> None:
            target = session.target
            if status.state.connected and target is not None:
                self._loop.deliver(lambda: self._remember(session, target))

        self._follow[session.name] = session.status_changed.connect(changed)

    def _remember(self, session: BoardSession, target: Target) -> None:
        if session.name in self._boards.names and target is session.target:
            self._memory.remember(session.name, target, self._settings.board(session.name).port)

    def _said(self, address: str, name: str) -> Target:
        """What the project says; an address that is none is told as a port that fails."""
        try:
            return self._target(address, name)
        except PortError as error:
            problem = error  # `error` ends with its clause

            def refuse() -> Transport:
                raise problem

            return Target(address, "", refuse, returns=False)
