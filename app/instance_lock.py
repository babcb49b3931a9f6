"""One window for each instance name: who holds the lock shows it, others hand their files over."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import BinaryIO

from app.local_socket import NotRunningError, door_folder, send
from engines.workspace.streams.locking import try_lock

PATIENCE = 30.0
"""Seconds for the other process to open its door, or to end."""
POLL = 0.05


class BusyWindowError(Exception):
    """The window that is open does not answer."""


def claim_or_hand_over(
    instance: str, commands: Sequence[tuple[str, list[str]]], *, patience: float = PATIENCE
) -> BinaryIO | list[str]:
    """The lock that makes this process the instance, to be held until it ends; or, once the window that is
    open has done the commands, what it refused, a sentence each.

    Raises:
        BusyWindowError: neither within ``patience`` seconds.
        OSError: there is no folder for the lock.
    """
    deadline = time.monotonic() + patience
    path = door_folder() / f"{instance}.lock"
    while True:
        lock = path.open("ab")
        if try_lock(lock):
            return lock
        lock.close()
        try:
            return _hand_over(instance, commands, deadline)
        except NotRunningError:  # it is starting, or ending
            if time.monotonic() > deadline:
                raise BusyWindowError(_busy(instance, patience)) from None
        except TimeoutError:
            raise BusyWindowError(_busy(instance, patience)) from None
        time.sleep(POLL)


def _hand_over(instance: str, commands: Sequence[tuple[str, list[str]]], deadline: float) -> list[str]:
    refused = []
    for command, arguments in commands:
        left = max(deadline - time.monotonic(), POLL)
        reply = send(command, arguments, instance=instance, timeout=left)
        if not reply["ok"]:
            refused.append(str(reply["error"]))
    return refused


def _busy(instance: str, seconds: float) -> str:
    return (
        f"Dirigent is open already (instance {instance!r}) and has not answered for {seconds:g} s. Try again "
        "when it does, end it, or open a window of another name with --instance"
    )
