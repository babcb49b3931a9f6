"""What all four tools stand on: the loop, the kernel, the streams, the graph and the user's ear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.loop import Loop
from app.notices import Notices
from engines.workspace.events import Event
from engines.workspace.graph import Graph, Readable
from engines.workspace.kernel_client import KernelClient
from engines.workspace.streams.store import StreamStore


@dataclass(frozen=True)
class Stage:
    """Shared by the tools; none of them knows another."""

    loop: Loop
    kernel: KernelClient
    streams: StreamStore
    graph: Graph
    notices: Notices
    changed: Event[frozenset[Readable]] = field(default_factory=Event)
    """Names and sheet regions that have new values: whoever reads them follows or is marked stale."""

    def announce(self, changed: Iterable[Readable]) -> None:
        found = frozenset(changed)
        if found:
            self.changed.emit(found)
