"""Writing firmware to an ESP board on a serial port, through esptool."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from engines.board.connection.port_errors import explain
from engines.board.firmware.errors import LOST, PERMISSION, FirmwareError
from engines.board.firmware.esp_image import ESP8266, chip_named
from engines.board.firmware.esptool_process import Answer, esptool_command, run, stage_of
from engines.board.firmware.image import Firmware, Kind, size_text
from engines.board.firmware.programmer import Fit, Report, Stage

_BAUD = 460_800
_SILENCE = 60.0
# esptool itself waits two minutes for a chip to be erased, and then says so.
_ERASE_SILENCE = 180.0
_HOLD_BOOT = (
    "Hold the board's BOOT button (on some IO0 or FLASH), press and release EN (RST), let BOOT go, "
    "and try again."
)
_WAY_OUT = (
    "The firmware on the board is incomplete now, but its bootloader is in ROM and cannot be lost: plug the "
    f"board in again and try again. If it is not found: {_HOLD_BOOT[0].lower()}{_HOLD_BOOT[1:]}"
)


class EspProgrammer:
    """An ESP board behind a serial port. Looking at it resets it.

    Args:
        esptool: how to start esptool.
        options: more of esptool's own options, before its command.
        silence, erase_silence: seconds after which an esptool that says nothing is killed; while it erases it
            says nothing for long.
    """

    def __init__(
        self,
        port: str,
        esptool: Sequence[str] = (),
        options: Sequence[str] = (),
        baud: int = _BAUD,
        silence: float = _SILENCE,
        erase_silence: float = _ERASE_SILENCE,
    ) -> None:
        self._port = port
        self._baud = baud
        self._options = tuple(options)
        self._silence = silence
        self._erase_silence = erase_silence
        self._esptool = tuple(esptool) or esptool_command()

    def check(self, firmware: Firmware) -> Fit:
        return self._check(firmware, lambda stage, done, total: None)

    def _check(self, firmware: Firmware, report: Report) -> Fit:
        if firmware.kind is not Kind.ESP:
            raise FirmwareError(firmware.name, "this is no firmware for an ESP board", "Choose another file.")
        answer = self._run(["--after", "no-reset", "flash-id"], _Watch(report, 0))
        if answer.code or not answer.chip:
            raise self._no_contact(answer)
        chip = chip_named(answer.chip)
        name = chip.name if chip else answer.chip
        if answer.chip != firmware.chip:
            wanted = chip_named(firmware.chip)
            raise FirmwareError(
                firmware.name,
                f"it is for {wanted.name if wanted else firmware.chip}, and this board has an {name}",
                "Take the firmware file for this board.",
            )
        if answer.flash_size:
            _check_size(firmware, answer.flash_size)
        size = size_text(answer.flash_size) if answer.flash_size else "unknown size"
        return Fit((f"{name} on {self._port}, flash of {size}", f"Fits: made for {name}"))

    def write(self, firmware: Firmware, report: Report, *, erase_all: bool = False) -> str:
        self._check(firmware, report)
        segment = firmware.segments[0]
        with tempfile.TemporaryDirectory(prefix="dirigent-firmware-") as folder:
            file = Path(folder) / "firmware.bin"
            file.write_bytes(segment.data)  # what was checked, not what the file may be by now
            arguments = ["--after", "hard-reset", "write-flash"]
            if erase_all:
                arguments.append("--erase-all")
            if firmware.chip == ESP8266.argument:
                arguments += ["--flash-size", "detect"]  # its program must know; the others look themselves
            watch = _Watch(report, len(segment.data))
            answer = self._run([*arguments, f"0x{segment.address:x}", str(file)], watch, firmware.chip)
        if not answer.verified:
            raise self._failure(answer, watch.touched)
        return "Written and verified; the board starts its new firmware."

    def _run(self, arguments: list[str], watch: _Watch, chip: str = "auto") -> Answer:
        def patience() -> float:
            return self._erase_silence if watch.stage is Stage.ERASE else self._silence

        command = [*self._esptool, "--chip", chip, "--port", self._port, "--baud", str(self._baud)]
        try:
            return run([*command, *self._options, *arguments], watch.line, watch.life, patience)
        except OSError as error:
            raise FirmwareError(
                "esptool", f"it cannot be started ({error.strerror})", "Reinstall Dirigent."
            ) from error

    def _no_contact(self, answer: Answer) -> FirmwareError:
        """Why the chip could not be talked to; nothing was changed."""
        text = answer.text
        if "Permission denied" in text:
            port = explain(self._port, PermissionError(13, "Permission denied"))
            return FirmwareError(self._port, port.problem, port.remedy, cause=PERMISSION)
        if "Could not open" in text or "port is busy" in text:
            missing = "No such file" in text or "FileNotFoundError" in text
            port = explain(self._port, OSError(2 if missing else 16, ""))
            return FirmwareError(self._port, port.problem, port.remedy)
        if "Failed to connect" in text or "No serial data" in text or "Wrong boot mode" in text:
            return FirmwareError(self._port, "no ESP chip answers in its bootloader", _HOLD_BOOT)
        return FirmwareError(self._port, _complaint(answer), _HOLD_BOOT)

    def _failure(self, answer: Answer, touched: bool) -> FirmwareError:
        if not touched:
            return self._no_contact(answer)
        text = answer.text
        if "MD5 of file does not match" in text or "Write failed" in text:
            problem, cause = "what was written does not read back the same", ""
        elif "Lost connection" in text or "serial exception" in text.lower() or "No more data" in text:
            problem, cause = "it went away while it was written", LOST
        else:
            problem, cause = _complaint(answer), ""
        return FirmwareError(self._port, problem, _WAY_OUT, cause=cause, half_written=True)


def _complaint(answer: Answer) -> str:
    if answer.silent:
        return f"esptool said nothing for {answer.silent:g} s, so it was ended"
    return f"esptool says: {answer.complaint}"


def _check_size(firmware: Firmware, flash: int) -> None:
    """Whether it fits into so many bytes. Firmware for a larger flash may be written, but does not start."""
    end = firmware.segments[-1].end
    if end > flash:
        problem = f"it is too large: it goes to 0x{end:x}, and the board's flash has {size_text(flash)}"
    elif firmware.flash_needed > flash:
        problem = (
            f"it is made for a flash of {size_text(firmware.flash_needed)}, and the board's has "
            f"{size_text(flash)}"
        )
    else:
        return
    raise FirmwareError(firmware.name, problem, "Take the firmware file for this board.")


class _Watch:
    """esptool's lines as reports."""

    def __init__(self, report: Report, size: int) -> None:
        self._report = report
        self._size = size
        self.stage = Stage.CHECK

    @property
    def touched(self) -> bool:
        """Something on the board may be changed."""
        return self.stage is not Stage.CHECK

    def life(self) -> None:
        """Something came; until the erasing begins the work can be called off."""
        if not self.touched:
            self._report(Stage.CHECK, 0, 0)

    def line(self, text: str) -> None:
        found = stage_of(text)
        if found is None:
            return
        self.stage, part = found
        done, total = (round(part * self._size), self._size) if self.stage is Stage.WRITE else (0, 0)
        self._report(self.stage, done, total)
