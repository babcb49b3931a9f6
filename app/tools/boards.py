"""The boards: their sessions by name, and what they can be connected to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from app.boot import program
from app.project import BOARD_NAME
from app.stage import Stage
from app.tools.embedded import EmbeddedMicroPython
from engines.board.connection.ports import list_ports
from engines.board.connection.targets import port_target
from engines.board.connection.transport import ProcessTransport, Target
from engines.board.magics import EMBEDDED
from engines.board.session import BoardSession
from engines.board.streams.names import BoardStreams, Renamed, StreamNames
from engines.board.virtual import World
from engines.board.virtual import command as virtual_command
from engines.workspace.events import Event
from engines.workspace.graph import Kind, Node, name_node
from engines.workspace.streams.store import StreamStore

FIRST = "board"
VIRTUAL = "virtual"
VIRTUAL_NAME = "Virtual pyboard"


class Boards:
    """Board sessions; the first one is ``board`` in the workspace. There is always one.

    ``added``, ``removed`` and ``renamed`` (session and old name) are emitted on the caller's thread.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._open: dict[str, BoardSession] = {}
        self._streams: dict[str, BoardStreams] = {}
        self._stream_names = StreamNames(stage.streams)
        self._stream_names.renamed.connect(lambda news: stage.loop.deliver(lambda: self._tell(news)))
        self.added: Event[BoardSession] = Event()
        self.removed: Event[BoardSession] = Event()
        self.renamed: Event[tuple[BoardSession, str]] = Event()
        self.process_id: int | None = None
        """The virtual pyboard's process, the last one that was started."""
        self._own_flash: list[tempfile.TemporaryDirectory[str]] = []
        self.embedded = EmbeddedMicroPython(lambda: self.virtual(None, None), self._streams_of(EMBEDDED))
        self.add(FIRST)

    def __iter__(self) -> Iterator[BoardSession]:
        return iter(self._open.values())

    def __getitem__(self, name: str) -> BoardSession:
        """A board by its name; ``board`` is the first one, whatever its name. Raises LookupError."""
        if name in self._open:
            return self._open[name]
        if name == FIRST:
            return self.first
        if name == EMBEDDED:
            return self.embedded.session
        raise LookupError(f"there is no board {name!r}; there is {', '.join(self._open)}")

    @property
    def names(self) -> list[str]:
        return list(self._open)

    @property
    def first(self) -> BoardSession:
        return next(iter(self._open.values()))

    def add(self, name: str) -> BoardSession:
        """One more board, not connected. Raises ValueError for a name that is taken or none."""
        self._check_name(name)
        session = self._open[name] = BoardSession(name, self._streams_of(name))
        self.added.emit(session)
        return session

    def _streams_of(self, name: str) -> StreamStore:
        """The store as this board sees it: no two boards write into one stream."""
        streams = self._streams[name] = self._stream_names.of(name)
        return cast(StreamStore, streams)

    def remove(self, name: str) -> None:
        """Let a board go. Its streams can still be read. Raises LookupError or ValueError."""
        session = self[name]
        if len(self._open) == 1:
            raise ValueError(f"{session.name} is the only board; disconnect it instead")
        del self._open[session.name], self._streams[session.name]
        self._stream_names.release(session.name)
        self.removed.emit(session)
        session.close(0)  # its thread ends by itself

    def rename(self, name: str, new: str) -> None:
        """Give a board another name; its streams keep theirs. Raises LookupError or ValueError."""
        session = self[name]
        old = session.name
        self._check_name(new)
        self._open = {new if each == old else each: found for each, found in self._open.items()}
        streams = self._streams[new] = self._streams.pop(old)
        self._stream_names.rename(old, new)
        session.name = streams.board = new
        self.renamed.emit((session, old))

    def arrange(self, names: list[str]) -> None:
        """Have the boards that a project names, in its order."""
        for name in names:
            if name not in self._open:
                self.add(name)
        for name in self.names:
            if name not in names:
                self.remove(name)
        self._open = {name: self._open[name] for name in names}

    def free_name(self) -> str:
        number = len(self._open) + 1
        while f"{FIRST}{number}" in self._open:
            number += 1
        return f"{FIRST}{number}"

    def _check_name(self, name: str) -> None:
        if name in self._open or name == EMBEDDED:
            raise ValueError(f"there is a board {name!r} already; take another name")
        if not BOARD_NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be a board's name; use letters, digits, _ and -")

    def _tell(self, news: Renamed) -> None:
        self._stage.notices.info(
            f"{news.board} sends a stream {news.stream!r}, as {news.owner} does: here it is {news.name!r}."
        )

    def virtual(self, flash: Path | None, recording: Path | None, sd: Path | None = None) -> Target:
        """The virtual pyboard; without ``flash`` its files live as long as this program."""

        def start() -> ProcessTransport:
            folder = flash or self._temporary_flash()
            folder.mkdir(parents=True, exist_ok=True)
            card = sd if sd and sd.is_dir() else None
            world = World()
            arguments = virtual_command(folder, sd=card, recording=recording, control=world.address)
            command = [*program(), "--virtual", *arguments]
            transport = ProcessTransport(VIRTUAL_NAME, command, world.environment, world)
            self.process_id = transport.pid
            return transport

        return Target(VIRTUAL_NAME, "MicroPython inside Dirigent", start, returns=False, address=VIRTUAL)

    def _temporary_flash(self) -> Path:
        self._own_flash.append(tempfile.TemporaryDirectory(prefix="dirigent-flash-"))
        return Path(self._own_flash[-1].name)

    def close(self) -> None:
        for session in self._open.values():
            session.close(0)
        for session in self._open.values():
            session.close()
        self.embedded.close()
        for folder in self._own_flash:
            folder.cleanup()

    def enter_sources(self) -> None:
        """A board is where its streams come from: the beginning of every lineage. Asked for before one."""
        for session in self._open.values():
            target = session.target
            title = target.name if target else session.name
            self._stage.graph.set_node(
                Node(Kind.SOURCE, f"{session.name} ({title})"),
                defines=[name_node(each) for each in session.streams],
            )


def serial_targets() -> list[Target]:
    """Every serial port, the likeliest boards first."""
    return [port_target(port) for port in list_ports()]
