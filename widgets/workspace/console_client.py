"""qtconsole's connection to the kernel, which ends at once.

jupyter_client's own looks once a second whether it should.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.threaded import IOLoopThread, ThreadedKernelClient
from qtconsole.client import QtKernelClient


class _Loop(IOLoopThread):
    """Sends and receives until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self._stopped = asyncio.Event()

    async def _async_run(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        if self.ioloop is not None:
            self.ioloop.add_callback(self._stopped.set)
        super().stop()


class _ThreadedClient(ThreadedKernelClient):
    def start_channels(self, *arguments: Any, **options: Any) -> None:
        self.ioloop_thread = _Loop()
        self.ioloop_thread.start()
        self.shell_channel._inspect = self._check_kernel_info_reply  # as in what this stands for
        KernelClient.start_channels(self, *arguments, **options)


class ConsoleClient(QtKernelClient, _ThreadedClient):
    """``start_channels`` and ``stop_channels`` as qtconsole's."""
