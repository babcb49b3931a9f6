"""What the session tells about its board: one sentence, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engines.board.port_errors import PortError


class State(Enum):
    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    REFUSED = "refused"
    """The port cannot be opened."""
    LISTENING = "listening"
    """Open; nothing is known yet."""
    SILENT = "silent"
    PROMPT = "prompt"
    ENTRY = "entry"
    """A statement is being typed that is not finished."""
    RUNNING = "running"
    BUSY = "busy"
    """An operation of ours is at work."""
    STUCK = "stuck"
    """It does not react to Ctrl-C."""
    LOST = "lost"
    """The port went away and may come back."""
    ENDED = "ended"
    """The process behind it ended."""

    @property
    def connected(self) -> bool:
        return self not in _APART


_APART = (State.DISCONNECTED, State.CONNECTING, State.REFUSED, State.LOST, State.ENDED)


class Remedy(Enum):
    """What a button beside the sentence does; its value is the button's text."""

    CONNECT = "Connect"
    RETRY = "Try again"
    RESTART = "Restart"
    INTERRUPT = "Interrupt"
    RESET = "Reset"
    CANCEL = "Cancel"


@dataclass(frozen=True)
class Status:
    state: State
    text: str
    remedies: tuple[Remedy, ...] = ()


DISCONNECTED = Status(State.DISCONNECTED, "No board is connected.", (Remedy.CONNECT,))


def connecting(name: str) -> Status:
    return Status(State.CONNECTING, f"Connecting to {name} …")


def refused(error: PortError) -> Status:
    return Status(State.REFUSED, f"{error}", (Remedy.RETRY,))


def lost(error: PortError, returns: bool) -> Status:
    if returns:
        text = f"{error.port}: {error.problem}. It is connected again as soon as it comes back."
        return Status(State.LOST, text, (Remedy.RETRY,))
    return Status(State.ENDED, f"{error.port} {error.problem}.", (Remedy.RESTART,))


def listening(name: str) -> Status:
    return Status(State.LISTENING, f"Connected to {name}; listening.")


def starting(name: str) -> Status:
    return Status(State.LISTENING, f"{name} is starting …")


def silent(name: str) -> Status:
    text = f"{name} does not answer. A program may be running; nothing was interrupted."
    return Status(State.SILENT, text, (Remedy.INTERRUPT, Remedy.RESET))


def at_prompt(name: str) -> Status:
    return Status(State.PROMPT, f"{name} is ready.")


def entry() -> Status:
    return Status(State.ENTRY, "A statement is being typed: finish it, or cancel it.", (Remedy.INTERRUPT,))


def running() -> Status:
    return Status(State.RUNNING, "A program is running on the board.", (Remedy.INTERRUPT,))


def busy(what: str) -> Status:
    return Status(State.BUSY, f"{what} …", (Remedy.CANCEL,))


def stuck() -> Status:
    text = "The program does not react to Ctrl-C. Reset the board, or unplug it and plug it in again."
    return Status(State.STUCK, text, (Remedy.INTERRUPT, Remedy.RESET))
