"""What the guest's ``machine`` and ``pyb`` reach through ``host.call(name, text)``: a function per name."""

from __future__ import annotations

from collections.abc import Callable

from engines.board.virtual.device_state import DeviceState
from engines.board.virtual.files import Files
from engines.board.virtual.guest import GuestStopped, Import, Memory
from engines.board.virtual.interrupts import Interrupts

RESULT_SIZE = 256
"""Bytes of an answer; the guest keeps a buffer of this size."""


class Chip:
    """The peripherals. ``others`` adds the calls that concern the REPL."""

    def __init__(
        self,
        state: DeviceState,
        interrupts: Interrupts,
        files: Files,
        others: dict[str, Callable[[str], str]],
    ) -> None:
        self._state = state
        self._interrupts = interrupts
        self._files = files
        self._calls: dict[str, Callable[[str], str]] = {
            "attach": self._attach,
            "detach": self._detach,
            "led": self._led,
            "switch": lambda _text: str(int(self._state.switch_pressed)),
            "pin": self._pin,
            "pin_use": self._use_pin,
            "signal": self._signal,
            "volts": lambda name: str(self._state.voltage(name)),
            "rtc": self._rtc,
            "reset": self._reset,
            "reset_cause": lambda _text: str(self._state.reset_cause.value),
            "irq": self._enable_interrupts,
            "home": lambda _text: self._files.home,
            "space": lambda path: " ".join(str(number) for number in self._files.space(path)),
            **others,
        }

    def imports(self) -> dict[str, Import]:
        return {"host_call": self._host_call, "host_result_cap": lambda _memory: RESULT_SIZE}

    def _host_call(
        self,
        memory: Memory,
        name: int,
        name_size: int,
        text: int,
        text_size: int,
        result: int,
        _capacity: int,
    ) -> int:
        call = self._calls.get(memory.read(name, name_size).decode("utf-8", "replace"))
        if call is None:
            return -1
        try:
            answer = call(memory.read(text, text_size).decode("utf-8", "replace")).encode()[:RESULT_SIZE]
        except (ValueError, OSError, IndexError):
            return -1  # RuntimeError in the guest
        memory.write(result, answer)
        return len(answer)

    def accelerometer(self, _count: int) -> bytes:
        """The four registers x, y, z (signed) and tilt."""
        x, y, z = self._state.counts()
        return bytes((x & 0xFF, y & 0xFF, z & 0xFF, _tilt(x, y, z)))

    def _attach(self, text: str) -> str:
        """``name function argument [period in us]``; see ``Interrupts.attach``."""
        name, function, argument, *period = text.split()
        seconds = max(int(period[0]), 100) / 1e6 if period else None
        self._interrupts.attach(name, int(function), int(argument), seconds)
        return ""

    def _detach(self, name: str) -> str:
        self._interrupts.detach(name)
        return ""

    def _enable_interrupts(self, text: str) -> str:
        """``0`` or ``1``"""
        self._interrupts.hold(text == "0")
        return ""

    def _led(self, text: str) -> str:
        """``number [brightness]`` sets it; the answer is what it is."""
        number, *value = (int(part) for part in text.split())
        if not 1 <= number <= len(self._state.leds):
            raise ValueError(text)
        if value:
            self._state.light(number, value[0])
        return str(self._state.leds[number - 1])

    def _pin(self, text: str) -> str:
        """``name level`` drives it; ``name`` reads what is applied: ``0``, ``1``, or empty for nothing."""
        name, *level = text.split()
        if level:
            self._state.drive(name, int(level[0]))
            return level[0]
        applied = self._state.input_level(name)
        return "" if applied is None else str(applied)

    def _use_pin(self, text: str) -> str:
        """``name mode [pull]``"""
        name, mode, pull = (text + " ").split(" ")[:3]
        self._state.use_pin(name, mode, pull)
        return ""

    def _signal(self, text: str) -> str:
        """``name [=volts] what``, in words; nothing more: the signal has ended."""
        name, _, what = text.partition(" ")
        volts = None
        if what.startswith("="):
            number, _, what = what[1:].partition(" ")
            volts = float(number)
        self._state.signal(name, what, volts)
        return ""

    def _rtc(self, milliseconds: str) -> str:
        """Set the clock forward by so much."""
        self._state.clock_offset_ns += int(milliseconds) * 1_000_000
        return ""

    def _reset(self, kind: str) -> str:
        raise GuestStopped(kind)


def _tilt(x: int, y: int, z: int) -> int:
    """The MMA7660's TILT register: which way is down (bits 2-4) and front or back (bits 0-1)."""
    orientation = 0
    if abs(x) > max(abs(y), abs(z)):
        orientation = 0b001 if x > 0 else 0b010
    elif abs(y) > abs(z):
        orientation = 0b110 if y > 0 else 0b101
    return orientation << 2 | (0b01 if z > 0 else 0b10 if z < 0 else 0)
