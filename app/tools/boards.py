"""The boards: their sessions by name, and what they can be connected to."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.boot import program
from app.stage import Stage
from engines.board.ports import list_ports
from engines.board.session import BoardSession
from engines.board.transport import ProcessTransport, Target, serial_target
from engines.board.virtual import command as virtual_command
from engines.workspace.graph import Kind, Node, name_node

VIRTUAL = "virtual"
VIRTUAL_NAME = "Virtual pyboard"


class Boards:
    """Board sessions; the first one is ``board`` in the workspace."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._open: dict[str, BoardSession] = {}
        self.process_id: int | None = None
        """The virtual pyboard's process, the last one that was started."""
        self._own_flash: list[tempfile.TemporaryDirectory[str]] = []
        self.add("board")

    def __iter__(self) -> Iterator[BoardSession]:
        return iter(self._open.values())

    def __getitem__(self, name: str) -> BoardSession:
        return self._open[name]

    @property
    def names(self) -> list[str]:
        return list(self._open)

    @property
    def first(self) -> BoardSession:
        return next(iter(self._open.values()))

    def add(self, name: str) -> BoardSession:
        self._open[name] = BoardSession(name, self._stage.streams)
        return self._open[name]

    def virtual(self, flash: Path | None, recording: Path | None) -> Target:
        """The virtual pyboard; without ``flash`` its files live as long as this program."""

        def start() -> ProcessTransport:
            folder = flash or self._temporary_flash()
            folder.mkdir(parents=True, exist_ok=True)
            command = [*program(), "--virtual", *virtual_command(folder, recording=recording)]
            transport = ProcessTransport(VIRTUAL_NAME, command)
            self.process_id = transport.pid
            return transport

        return Target(VIRTUAL_NAME, "MicroPython inside Dirigent", start, returns=False)

    def _temporary_flash(self) -> Path:
        self._own_flash.append(tempfile.TemporaryDirectory(prefix="dirigent-flash-"))
        return Path(self._own_flash[-1].name)

    def close(self) -> None:
        for session in self._open.values():
            session.close()
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
    return [serial_target(port.device, port.description, bridge=port.rank == 1) for port in list_ports()]
