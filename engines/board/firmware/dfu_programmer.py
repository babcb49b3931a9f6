"""Writing firmware to an STM32 board through its DfuSe bootloader: erase, write, read back, start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from engines.board.firmware.dfu_device import ROM, DfuDevice, Memory, OpenDfu, opened
from engines.board.firmware.dfuse import READ_PROTECTED, DfuLost, Dfuse, DfuTrouble
from engines.board.firmware.errors import LOST, FirmwareError
from engines.board.firmware.image import Firmware, Segment, size_text
from engines.board.firmware.memory_layout import MemoryLayout, Sector
from engines.board.firmware.plain_file import FLASH
from engines.board.firmware.programmer import Fit, Report, Stage

T = TypeVar("T")
_TRIES = 3
_ROUNDS = 3
"""So often a sector is written that does not read back as it was sent."""
_LINE = 32
"""Flash is programmed in lines of at most so many bytes (STM32H7): the last one is filled up."""
_WAY_OUT = (
    "The firmware on the board is incomplete now, but its bootloader is in ROM and cannot be lost: bring the "
    "board into its bootloader again (DFU pin to 3V3, then plug it in) and try again."
)


@dataclass(frozen=True)
class _Plan:
    """What to do on which memory."""

    memory: Memory
    sectors: tuple[Sector, ...]
    segments: tuple[Segment, ...]


class DfuProgrammer:
    """One DfuSe bootloader.

    Args:
        sleep: waits some seconds; as long as the bootloader asks for.
    """

    def __init__(self, device: DfuDevice, sleep: Callable[[float], object] = time.sleep) -> None:
        self._device = device
        self._sleep = sleep

    def check(self, firmware: Firmware) -> Fit:
        with opened(self._device, self._sleep) as device:
            plan = self._plan(device, firmware)
        layout = plan.memory.layout
        total = sum(sector.size for sector in plan.sectors)
        board = f"{self._device.name} ({self._device.ids}): {layout.name}, {size_text(layout.size)}"
        return Fit((board, f"Fits: {_sectors_text(plan.sectors)} with {size_text(total)} will be erased"))

    def write(self, firmware: Firmware, report: Report, *, erase_all: bool = False) -> str:
        report(Stage.CHECK, 0, 0)
        with opened(self._device, self._sleep) as device:
            plan = self._plan(device, firmware)
            try:
                protocol = device.choose(plan.memory)
            except (DfuLost, DfuTrouble) as error:
                raise _failure(self._device.name, error, "before anything was changed", False) from error
            return _Writing(self._device.name, protocol, plan, report).run(erase_all)

    def _plan(self, device: OpenDfu, firmware: Firmware) -> _Plan:
        """Raises FirmwareError where the firmware does not fit. Nothing was changed yet."""
        self._check_device(firmware)
        memory = self._memory(device, firmware)
        layout = memory.layout
        sectors, missing = layout.sectors_for(firmware.segments)
        if missing is not None:
            raise self._does_not_fit(firmware, layout, missing)
        for sector in sectors:
            if not sector.flash:
                raise FirmwareError(
                    firmware.name,
                    f"it wants to write to 0x{sector.address:08x}, which the board's bootloader does not "
                    "allow to be erased and written",
                    "Take the firmware file made for this board.",
                )
        return _Plan(memory, tuple(sectors), _filled_up(firmware.segments))

    def _check_device(self, firmware: Firmware) -> None:
        ids = (self._device.vendor, self._device.product)
        # mboot takes the same files under an id of its own.
        if firmware.device is not None and firmware.device not in (ids, ROM):
            vendor, product = firmware.device
            raise FirmwareError(
                firmware.name,
                f"it is for {vendor:04x}:{product:04x} and this board is {self._device.ids}",
                "Take the firmware file for this board.",
            )

    def _memory(self, device: OpenDfu, firmware: Firmware) -> Memory:
        """The memory the file names, where that holds the addresses; else one that does."""
        address = firmware.segments[0].address
        holding = [each for each in device.memories if each.layout.sector_at(address)]
        for each in holding:
            if firmware.alternate in (None, each.alternate):
                return each
        if holding:
            return holding[0]
        raise self._does_not_fit(firmware, device.memories[0].layout, address)

    def _does_not_fit(self, firmware: Firmware, layout: MemoryLayout, missing: int) -> FirmwareError:
        if missing >= layout.end and firmware.segments[0].address < layout.end:
            problem = (
                f"it is too large: this board has {size_text(layout.size)} of flash, up to "
                f"0x{layout.end - 1:08x}, and the file goes to 0x{firmware.segments[-1].end - 1:08x}"
            )
        else:
            problem = f"0x{missing:08x} is outside of this board's flash ({layout.name})"
        return FirmwareError(firmware.name, problem, "Take the firmware file for this board.")


class _Writing:
    """One run on the chosen memory. From the first erasure on there is no way back but forward."""

    def __init__(self, name: str, protocol: Dfuse, plan: _Plan, report: Report) -> None:
        self._name = name
        self._protocol = protocol
        self._plan = plan
        self._report = report
        self._touched = False

    def run(self, erase_all: bool) -> str:
        self._erase(erase_all)
        self._write(self._plan.segments, Stage.WRITE)
        self._verify_and_mend()
        self._report(Stage.RESTART, 0, 0)
        try:
            self._protocol.leave(self._start())
        except (DfuLost, DfuTrouble):
            return f"{self._outcome}. Take the wire off the DFU pin and press reset (RST) to start it."
        return f"{self._outcome}; the board starts its new firmware."

    @property
    def _outcome(self) -> str:
        return (
            "Written and read back" if self._readable else "Written; this bootloader lets nobody read it back"
        )

    @property
    def _readable(self) -> bool:
        return all(sector.readable for sector in self._plan.sectors)

    def _start(self) -> int:
        """Where the program begins: the flash, or what is written when that is elsewhere."""
        flash = self._plan.memory.layout.sector_at(FLASH)
        return FLASH if flash else self._plan.segments[0].address

    def _erase(self, everything: bool) -> None:
        sectors = self._plan.sectors
        total = len(sectors)
        self._report(Stage.ERASE, 0, 0 if everything else total)
        self._touched = True
        if everything:
            self._again("erasing the flash", self._protocol.mass_erase)
            return
        for count, sector in enumerate(sectors, 1):
            self._erase_sector(sector)
            self._report(Stage.ERASE, count, total)

    def _erase_sector(self, sector: Sector) -> None:
        what = f"erasing 0x{sector.address:08x}"
        self._again(what, lambda: self._protocol.erase_sector(sector.address))

    def _write(self, segments: tuple[Segment, ...], stage: Stage) -> None:
        total = sum(len(each.data) for each in segments)
        done = 0
        self._report(stage, 0, total)
        for block in _blocks(segments, self._protocol.transfer_size):
            self._again(
                f"writing 0x{block.address:08x}",
                lambda block=block: self._protocol.write(block.address, block.data),  # type: ignore[misc]
            )
            done += len(block.data)
            self._report(stage, done, total)

    def _verify_and_mend(self) -> None:
        wrong = self._verify(self._plan.segments)
        for _ in range(_ROUNDS - 1):
            if not wrong:
                return
            for sector in wrong:
                self._erase_sector(sector)
            again = tuple(_parts_in(self._plan.segments, wrong))
            self._write(again, Stage.WRITE)
            wrong = self._verify(again)
        if wrong:
            raise FirmwareError(
                self._name,
                f"0x{wrong[0].address:08x} does not read back as it was written, {_ROUNDS} times",
                f"Check cable and power supply. {_WAY_OUT} If it happens again, the flash is worn out.",
                half_written=True,
            )

    def _verify(self, segments: tuple[Segment, ...]) -> list[Sector]:
        """The sectors that hold something else than was sent."""
        if not self._readable:
            return []
        total = sum(len(each.data) for each in segments)
        done = 0
        wrong: dict[int, Sector] = {}
        self._report(Stage.VERIFY, 0, total)
        for block in _blocks(segments, self._protocol.transfer_size):
            data = self._again(
                f"reading back 0x{block.address:08x}",
                lambda block=block: self._protocol.read(block.address, len(block.data)),  # type: ignore[misc]
            )
            if data != block.data:
                at = next(
                    i for i, (sent, got) in enumerate(zip(block.data, data, strict=True)) if sent != got
                )
                sector = self._plan.memory.layout.sector_at(block.address + at)
                assert sector is not None
                wrong[sector.address] = sector
            done += len(block.data)
            self._report(Stage.VERIFY, done, total)
        return list(wrong.values())

    def _again(self, what: str, action: Callable[[], T]) -> T:
        """Do something, and repeat it a few times where the device refuses or does not answer."""
        trouble: DfuTrouble | None = None
        for _ in range(_TRIES):
            try:
                if trouble is not None:
                    self._protocol.to_idle()
                return action()
            except DfuTrouble as error:
                trouble = trouble or error
            except DfuLost as error:
                raise _failure(self._name, error, f"while {what}", self._touched) from error
        assert trouble is not None
        raise _failure(self._name, trouble, f"while {what}", self._touched) from trouble


def _failure(name: str, error: Exception, when: str, half_written: bool) -> FirmwareError:
    lost = isinstance(error, DfuLost)
    problem = f"it went away {when}" if lost else f"{error} ({when})"
    if getattr(error, "code", 0) == READ_PROTECTED:
        remedy = (
            "Take the protection off with ST's STM32CubeProgrammer (that erases the board), then try again."
        )
    elif half_written:
        remedy = _WAY_OUT
    else:
        remedy = "Nothing on it was changed. Plug it in again, then try again."
    return FirmwareError(name, problem, remedy, cause=LOST if lost else "", half_written=half_written)


def _filled_up(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Every segment to a whole line, as far as the next one leaves room; 0xff is what erased flash holds."""
    filled = []
    for each, following in zip(segments, (*segments[1:], None), strict=True):
        end = -(-each.end // _LINE) * _LINE
        if following is not None:
            end = min(end, following.address)
        filled.append(Segment(each.address, each.data + b"\xff" * (end - each.end)))
    return tuple(filled)


def _blocks(segments: tuple[Segment, ...], size: int) -> Iterator[Segment]:
    for segment in segments:
        for at in range(0, len(segment.data), size):
            yield Segment(segment.address + at, segment.data[at : at + size])


def _parts_in(segments: tuple[Segment, ...], sectors: list[Sector]) -> Iterator[Segment]:
    """What of the segments lies in the sectors."""
    for segment in segments:
        for sector in sectors:
            start, end = max(segment.address, sector.address), min(segment.end, sector.end)
            if start < end:
                yield Segment(start, segment.data[start - segment.address : end - segment.address])


def _sectors_text(sectors: tuple[Sector, ...]) -> str:
    return "1 sector" if len(sectors) == 1 else f"{len(sectors)} sectors"
