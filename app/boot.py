"""What starts before the window is painted: the stream store and the kernel's process. Imports little."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from app.loop import Loop
from engines.workspace.kernel_client import KernelClient
from engines.workspace.kernel_side import STREAMS_VARIABLE
from engines.workspace.streams.store import StreamStore

MAIN = Path(__file__).resolve().parent.parent / "main.py"


@dataclass(frozen=True)
class Backstage:
    """The kernel and the streams of one open project."""

    kernel: KernelClient
    streams: StreamStore

    def close(self) -> None:
        self.kernel.close()
        self.streams.close()


def open_backstage(folder: Path, loop: Loop) -> Backstage:
    """The kernel is ready to be booted; it works in the project's folder."""
    streams = StreamStore()
    kernel = KernelClient(
        [*program(), "--kernel"],
        loop.deliver,
        loop.later,
        environment={STREAMS_VARIABLE: str(streams.directory)},
        working_folder=folder if folder.is_dir() else None,
    )
    return Backstage(kernel, streams)


def program() -> list[str]:
    """How to start this program again: a frozen one is its own interpreter."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(MAIN)]
