"""What the session tells about its board: one sentence, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engines.board.connection.port_errors import (
    BUSY,
    MISSING,
    PASSWORD,
    PERMISSION,
    WRONG_PASSWORD,
    PortError,
)


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
    STREAMING = "streaming"
    """It sends samples or numbers and answers nothing: a program runs."""
    FOREIGN = "not MicroPython"
    """It answers, but not as MicroPython does."""
    BOOTLOADER = "bootloader"
    """It waits for firmware and runs no Python."""
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


_SHOWN = 40

_APART = (
    State.DISCONNECTED,
    State.CONNECTING,
    State.REFUSED,
    State.LOST,
    State.ENDED,
    State.BOOTLOADER,
)


class Remedy(Enum):
    """What a button beside the sentence does; its value is the button's text."""

    CONNECT = "Connect"
    CHOOSE = "Choose another port"
    PASSWORD = "Enter the password"
    SPEED = "Other speed"
    COPY = "Copy the command"
    FLASH = "Flash firmware"
    RETRY = "Try again"
    RESTART = "Restart"
    INTERRUPT = "Interrupt"
    RESET = "Reset"
    RESCUE = "Rescue"
    DISABLE_MAIN = "Rename main.py"
    RESTORE_MAIN = "Put main.py back"
    CANCEL = "Cancel"


IN_VIEW = frozenset((Remedy.CONNECT, Remedy.CHOOSE, Remedy.PASSWORD, Remedy.SPEED, Remedy.COPY, Remedy.FLASH))
"""Remedies that ask or show the user something; the others are ``remedies.apply``'s."""


@dataclass(frozen=True)
class Status:
    state: State
    text: str
    remedies: tuple[Remedy, ...] = ()
    command: str = ""
    """A line for a shell that helps, for COPY."""

    @property
    def refusal(self) -> str:
        """The text for who asked something of the board and sees no buttons."""
        if self.state is State.DISCONNECTED:
            return f"{self.text} Connect one in the board panel, or by board.connect."
        return self.text


DISCONNECTED = Status(State.DISCONNECTED, "No board is connected.", (Remedy.CONNECT,))


def connecting(name: str) -> Status:
    return Status(State.CONNECTING, f"Connecting to {name} …")


def refused(error: PortError) -> Status:
    remedies = _REMEDIES.get(error.cause, (Remedy.RETRY,))
    if error.command:
        remedies = (Remedy.COPY, *remedies)
    return Status(State.REFUSED, f"{error}", remedies, error.command)


_REMEDIES = {
    PASSWORD: (Remedy.PASSWORD,),
    WRONG_PASSWORD: (Remedy.PASSWORD,),
    MISSING: (Remedy.CHOOSE, Remedy.RETRY),
    BUSY: (Remedy.RETRY, Remedy.CHOOSE),
    PERMISSION: (Remedy.RETRY,),
}


def lost(error: PortError, returns: bool) -> Status:
    if returns:
        text = f"{error.port}: {error.problem}. It is connected again as soon as it comes back."
        return Status(State.LOST, text, (Remedy.RETRY,))
    return Status(State.ENDED, f"{error.port} {error.problem}.", (Remedy.RESTART,))


def bootloader(name: str, what: str) -> Status:
    """``what``: which bootloader it is, "STM32 in its DFU bootloader"."""
    text = f"{name}: here is a {what}. It runs no Python; flash firmware, or reset it to leave."
    return Status(State.BOOTLOADER, text, (Remedy.FLASH, Remedy.RETRY))


def listening(name: str) -> Status:
    return Status(State.LISTENING, f"Connected to {name}; listening.")


def starting(name: str) -> Status:
    return Status(State.LISTENING, f"{name} is starting …")


def silent(name: str) -> Status:
    text = f"{name} does not answer. A program may be running; nothing was interrupted."
    return Status(State.SILENT, text, (Remedy.INTERRUPT, Remedy.RESET, Remedy.RESCUE))


def streaming(name: str) -> Status:
    text = f"{name} sends data and answers nothing: a program runs on it. Nothing was interrupted."
    return Status(State.STREAMING, text, (Remedy.INTERRUPT,))


def foreign(name: str, seen: bytes) -> Status:
    text = f"{name} does not speak as MicroPython does: it sent {seen[-_SHOWN:]!r}."
    return Status(State.FOREIGN, text, (Remedy.SPEED, Remedy.CHOOSE, Remedy.INTERRUPT))


def at_prompt(name: str) -> Status:
    return Status(State.PROMPT, f"{name} is ready.")


def offering(text: str, remedy: Remedy) -> Status:
    """At the prompt, with something to be done next."""
    return Status(State.PROMPT, text, (remedy,))


def raw() -> Status:
    return Status(State.ENTRY, "The board's raw REPL is open; Ctrl-B leaves it.")


def entry() -> Status:
    return Status(State.ENTRY, "A statement is being typed: finish it, or cancel it.", (Remedy.INTERRUPT,))


def running() -> Status:
    return Status(State.RUNNING, "A program is running on the board.", (Remedy.INTERRUPT,))


def busy(what: str) -> Status:
    return Status(State.BUSY, f"{what} …", (Remedy.CANCEL,))


def stuck(resettable: bool) -> Status:
    """``resettable``: from here, by a line of its own or by starting its process again."""
    if resettable:
        text = "The program does not react to Ctrl-C. Reset the board."
        return Status(State.STUCK, text, (Remedy.INTERRUPT, Remedy.RESET, Remedy.RESCUE))
    text = "The program does not react to Ctrl-C. Press the board's reset button, or unplug it for a moment."
    return Status(State.STUCK, text, (Remedy.INTERRUPT, Remedy.RESCUE))


def mute(name: str, resettable: bool) -> Status:
    text = (
        f"{name} says nothing, not even to Ctrl-C. It may be another port, another speed, or a locked board."
    )
    reset = (Remedy.RESET,) if resettable else ()
    return Status(State.STUCK, text, (Remedy.CHOOSE, Remedy.SPEED, *reset, Remedy.RESCUE))


def faulted(name: str) -> Status:
    """A fault of our own ended the connection."""
    text = f"Something went wrong inside Dirigent, so the connection to {name} was closed. Try again."
    return Status(State.ENDED, text, (Remedy.RETRY,))


def rescuing(text: str) -> Status:
    return Status(State.BUSY, text, (Remedy.CANCEL,))
