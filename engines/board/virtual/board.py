"""The virtual pyboard: one life on one serial line, through any number of resets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from engines.board.virtual.console import Console
from engines.board.virtual.device_state import SWITCH_PINS, DeviceState, ResetCause
from engines.board.virtual.files import Files
from engines.board.virtual.guest import GuestError, Machine
from engines.board.virtual.interrupts import Interrupts
from engines.board.virtual.offsets import Offsets
from engines.board.virtual.repl import Mode
from engines.board.virtual.session import Session

_CAUSES = {
    "soft": ResetCause.SOFT,
    "hard": ResetCause.HARD,
    "watchdog": ResetCause.WATCHDOG,
    "sleep": ResetCause.SLEEP,
}
"""The ends of a session after which the board starts as it should; every other one is a fault."""


class Board:
    """One board; ``run`` is its life and wants a thread with a big stack."""

    def __init__(
        self,
        machine: Machine,
        offsets: Offsets,
        files: Files,
        console: Console,
        state: DeviceState,
        heap: str,
    ) -> None:
        self.state = state
        self.in_bootloader = False
        """How ``run`` ended: the program asked for the bootloader."""
        self.interrupts = Interrupts(offsets, self._ring)
        self._machine = machine
        self._files = files
        self._console = console
        self._heap = heap
        console.on_interrupt = self.interrupts.keyboard

    def run(self) -> None:
        """Until ``stop("off")`` or the bootloader; every other end of a guest is followed by the next one.

        Raises:
            GuestError: MicroPython does not even start.
        """
        mode, safe, note = Mode.FRIENDLY, False, b""
        while True:
            self.interrupts.clear()
            self.state.reset()
            session = Session(self._console, self.interrupts, self._files, self.state, mode, safe, self._heap)
            self._console.write(note)
            reason = session.run(self._machine)
            self._console.drop_output(False)
            self._console.interrupt_char = -1
            if reason in ("off", "bootloader"):
                self.in_bootloader = reason == "bootloader"
                return
            if not session.started:
                raise GuestError(f"MicroPython does not start: {reason}")
            safe, note = False, b""
            self.state.reset_cause = _CAUSES.get(reason, ResetCause.HARD)
            if reason == "soft":
                mode, note = session.repl_mode, b"MPY: soft reboot\r\n"
                continue
            self.state.restart_clock()
            mode = Mode.FRIENDLY
            if reason not in _CAUSES:
                safe = True
                note = f"\r\nMPY: fault: {reason}; restarted without boot.py and main.py\r\n".encode()

    def stop(self, reason: str = "off") -> None:
        """From any thread: ``off`` ends ``run``, ``hard`` restarts the chip."""
        self._console.drop_output(True)
        self.interrupts.stop(reason)

    def press_switch(self, pressed: bool) -> None:
        with self._watching(*SWITCH_PINS):
            self.state.press(pressed)
        if pressed:
            self.interrupts.trigger("switch")

    def apply(self, pin: str, volts: float | None) -> None:
        """Connect a voltage to a pin, or None: take it off."""
        with self._watching(pin):
            self.state.apply(pin, volts)

    @contextlib.contextmanager
    def _watching(self, *pins: str) -> Iterator[None]:
        """An edge at one of these pins raises its interrupt."""
        before = [self.state.input_level(pin) for pin in pins]
        yield
        for pin, old in zip(pins, before, strict=True):
            new = self.state.input_level(pin)
            if new is not None and new != old:
                self.interrupts.trigger(f"{'rise' if new else 'fall'}-{pin}")

    def _ring(self) -> None:
        self._machine.interrupt()
        with self._console.bell:
            self._console.bell.notify_all()
