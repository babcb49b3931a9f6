"""What a board is and how it fares: facts, memory, clock, pins. Small programs in its raw REPL.

All functions take the ``bench`` of an operation: ``session.submit("Reading the device", read_facts)``. They
need the prompt like every operation, so they never disturb a program that runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from engines.board.board_program import call_resource
from engines.board.device.memory_map import MemInfo, parse_mem_info
from engines.board.device.pinout import IO_NAMES, PinState
from engines.board.errors import BoardError, RemoteError

_PROGRAM = "device.py"
_ADC_TOP = 4095
_ADC_VOLTS = 3.3


class Bench(Protocol):
    """What of ``RawBench`` is needed here."""

    def exec(self, source: str) -> str: ...

    def ask(self, program: str) -> list[Any]: ...


@dataclass(frozen=True)
class Disk:
    """A file system of the board; sizes in bytes."""

    path: str
    free: int
    total: int

    @property
    def fixed(self) -> bool:
        """Nothing is written to it while the board runs (ROMFS)."""
        return self.path.startswith("/rom")


@dataclass(frozen=True)
class DeviceFacts:
    """What a board tells about itself. None: it does not tell that."""

    machine: str | None = None
    """``PYBv1.1 with STM32F405RG``"""
    platform: str | None = None
    """``pyboard``, ``rp2``, ``esp32``, ``linux`` ..."""
    version: str | None = None
    """MicroPython's: ``1.27.0``"""
    build: str | None = None
    """Its whole name, with date and commit."""
    frequency: int | None = None
    """Of the processor, in Hz."""
    unique_id: str | None = None
    """In hex."""
    uptime: float | None = None
    """Seconds since the reset; it begins anew after 12 days."""
    memory_free: int | None = None
    memory_used: int | None = None
    """With what the collector has not yet swept away."""
    stack: int | None = None
    """Bytes of the stack that were in use when it was asked."""
    clock: datetime | None = None
    """Its date and time."""
    disks: tuple[Disk, ...] = ()
    leds: tuple[int, ...] | None = None
    """Brightness of a pyboard's LEDs, 0 to 255."""
    switch: bool | None = None
    pins: dict[str, PinState] | None = None
    """A pyboard's pins by name."""

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        data = asdict(self)
        data["clock"] = self.clock.isoformat() if self.clock else None
        return data


def read_facts(bench: Bench) -> DeviceFacts:
    """All of them; what a board does not know is None. Raises BoardError when it answers nonsense."""
    facts: dict[str, Any] = {}
    disks, pins = [], {}
    for name, value in bench.ask(call_resource(_PROGRAM, "facts", IO_NAMES)):
        if name == "disk":
            disks.append(Disk(*value))
        elif name == "pin":
            pins[value[0]] = PinState.read(*value[1:])
        else:
            facts[name] = value
    if "memory_free" not in facts and "platform" not in facts:
        raise BoardError("The board told nothing about itself; try again.")
    return _facts(facts, tuple(disks), pins or None)


def _facts(facts: dict[str, Any], disks: tuple[Disk, ...], pins: dict[str, PinState] | None) -> DeviceFacts:
    _, version, build = facts.get("implementation", (None, None, None))
    uname = facts.get("uname", ())
    frequency = facts.get("frequency")
    identity = facts.get("unique_id")
    leds = facts.get("leds")
    return DeviceFacts(
        machine=uname[4] if len(uname) > 4 else facts.get("machine"),
        platform=facts.get("platform"),
        version=".".join(str(part) for part in version) if version else None,
        build=build.partition("; ")[2] or build if build else None,
        frequency=frequency[0] if isinstance(frequency, tuple) else frequency,
        unique_id=identity.hex() if isinstance(identity, bytes) else None,
        uptime=_as(lambda: facts["uptime"] / 1000),
        memory_free=facts.get("memory_free"),
        memory_used=facts.get("memory_used"),
        stack=facts.get("stack"),
        clock=_as(lambda: datetime(*facts["clock"])),
        disks=disks,
        leds=tuple(leds) if leds else None,
        switch=facts.get("switch"),
        pins=pins,
    )


def _as(make: Callable[[], Any]) -> Any:
    """A value made of what the board told, or None when it is not what it should be."""
    try:
        return make()
    except (KeyError, TypeError, ValueError):
        return None


def read_memory(bench: Bench) -> MemInfo:
    """The heap with its block map. Raises BoardError where the board has no ``mem_info``."""
    try:
        return parse_mem_info(bench.exec(call_resource(_PROGRAM, "memory_map")))
    except (RemoteError, ValueError) as error:
        raise BoardError("This board does not show its memory (micropython.mem_info).") from error


def collect_garbage(bench: Bench) -> None:
    """Let the board sweep its memory now; what a program holds stays."""
    bench.ask(call_resource(_PROGRAM, "collect"))


def set_rtc(bench: Bench, moment: datetime) -> None:
    """Set the board's clock. Raises BoardError where it has none."""
    fields = (moment.year, moment.month, moment.day, moment.isoweekday())
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond)
    try:
        bench.ask(call_resource(_PROGRAM, "set_clock", *fields, *clock))
    except RemoteError as error:
        raise BoardError(f"This board's clock cannot be set ({error.summary}).") from error


def set_rtc_now(bench: Bench) -> datetime:
    """Set the board's clock to this computer's; the time that was set."""
    moment = datetime.now()
    set_rtc(bench, moment)
    return moment


def read_volts(bench: Bench, pin: str) -> float:
    """Measure a pyboard's pin with its ADC, which makes the pin an analog input.

    Raises BoardError where that cannot be.
    """
    if pin not in IO_NAMES:
        raise BoardError(f"there is no pin {pin!r}; the pins are {', '.join(IO_NAMES)}")
    try:
        return bench.ask(call_resource(_PROGRAM, "volts", pin))[-1] * _ADC_VOLTS / _ADC_TOP
    except (RemoteError, IndexError) as error:
        raise BoardError(f"{pin} cannot be measured: it is no input of the ADC.") from error


def toggle_led(bench: Bench, led: int) -> None:
    """Switch one of a pyboard's LEDs (1 to 4) over. Raises BoardError where there is none."""
    try:
        bench.ask(call_resource(_PROGRAM, "toggle", led))
    except RemoteError as error:
        raise BoardError(f"LED {led} cannot be switched ({error.summary}).") from error
