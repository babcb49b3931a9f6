"""The names every workspace has: ``workspace`` and ``streams`` (and each stream by its bare name)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.workspace.events import Event
from engines.workspace.kernel_side import STREAMS_VARIABLE
from engines.workspace.kernel_side.namespace import is_user_name
from engines.workspace.kernel_side.server import Server
from engines.workspace.streams.live import Pump, StreamRegistry


class Workspace:
    """The workspace itself: its names, where they come from, and the project around it."""

    def __init__(self, server: Server, user_ns: dict[str, Any], hidden: Mapping[str, Any]) -> None:
        self._server = server
        self._user_ns = user_ns
        self._hidden = hidden
        self.streams_changed: Event[frozenset[str]] = Event()
        """Names of streams that grew, 33 times a second at the most; emitted on the pump's thread."""

    def names(self) -> list[str]:
        """The names you and your streams have defined, sorted."""
        return sorted(name for name in self._user_ns if is_user_name(name) and name not in self._hidden)

    def lineage(self, name_or_cell: str) -> str:
        """Where a value comes from: the chain back to the board or the file, as text.

        ``name_or_cell`` is a workspace name (``gain``) or a sheet cell (``Motion!B2``).
        """
        text, _ = self._server.call("workspace.lineage", {"of": name_or_cell})
        return str(text)

    def save(self) -> None:
        """Save every document of the project."""
        self._server.call("workspace.save", {})

    @property
    def project(self) -> Path:
        """The project's folder."""
        folder, _ = self._server.call("workspace.project", {})
        return Path(folder)

    def __repr__(self) -> str:
        return f"<workspace with {', '.join(self.names()) or 'no names yet'}>"


def install(server: Server, user_ns: dict[str, Any]) -> None:
    """Put ``workspace`` and ``streams`` into the workspace and start the pump."""
    workspace = user_ns["workspace"] = Workspace(server, user_ns, user_ns["get_ipython"]().user_ns_hidden)
    folder = os.environ.get(STREAMS_VARIABLE)
    if not folder:
        return
    registry = StreamRegistry(Path(folder), user_ns, lambda verb, given: server.call(verb, given)[0])
    user_ns["streams"] = registry
    workspace.streams_changed.connect(lambda names: server.emit("streams.changed", {"names": sorted(names)}))
    Pump(registry, workspace.streams_changed.emit).start()
