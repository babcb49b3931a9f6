"""Writing firmware to a board through the drive of its UF2 bootloader."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from engines.board.firmware.errors import LOST, FirmwareError
from engines.board.firmware.image import Firmware, Kind, size_text
from engines.board.firmware.programmer import Fit, Report, Stage
from engines.board.firmware.uf2_drive import Uf2Drive
from engines.board.firmware.uf2_families import RP2_ABSOLUTE, RP2_DATA, family_name

_CHUNK = 32 << 10
_ACCEPTED_WITHIN = 15.0
_PERIOD = 0.25
_WAY_OUT = (
    "The firmware on the board is incomplete now, but its bootloader is still there: unplug it, hold its "
    "button (BOOTSEL; on others press RESET twice) while you plug it in, and try again."
)


class Uf2Programmer:
    """One UF2 drive.

    Args:
        sleep: waits some seconds.
    """

    def __init__(self, drive: Uf2Drive, sleep: Callable[[float], object] = time.sleep) -> None:
        self._drive = drive
        self._sleep = sleep

    def check(self, firmware: Firmware) -> Fit:
        drive = self._drive
        if firmware.kind is not Kind.UF2:
            raise FirmwareError(firmware.name, "a UF2 drive takes .uf2 files only", "Choose the .uf2 file.")
        if not drive.present:
            raise self._gone("before anything was written", half_written=False)
        fits, doubt = self._check_family(firmware)
        try:
            usage = shutil.disk_usage(drive.folder)
        except OSError as error:
            raise self._gone("before anything was written", half_written=False) from error
        if len(firmware.content) > usage.free:
            raise FirmwareError(
                firmware.name,
                f"it is too large for the drive: {size_text(len(firmware.content))}, and "
                f"{size_text(usage.free)} are free",
                "Take the firmware file made for this board.",
            )
        return Fit((f"{drive.name} at {drive.folder}", *fits), doubt)

    def _check_family(self, firmware: Firmware) -> tuple[tuple[str, ...], str]:
        """What is right, and what is doubtful. Raises FirmwareError: it is for another chip."""
        taken = self._drive.families
        # Data and absolute blocks say nothing about the chip the program is for.
        wanted = firmware.families - {RP2_ABSOLUTE, RP2_DATA} or firmware.families
        if not taken:
            return (), "The drive does not say which chip it has: whether the firmware fits cannot be checked"
        if not wanted:
            return (), "The file does not say for which chip it is: whether it fits cannot be checked"
        if not wanted & taken:
            raise FirmwareError(
                firmware.name,
                f"it is for {' and '.join(sorted(map(family_name, wanted)))}, and this board is "
                f"{self._drive.name}",
                "Take the firmware file for this board.",
            )
        return ("Fits: made for " + " and ".join(sorted(map(family_name, wanted & taken))),), ""

    def write(self, firmware: Firmware, report: Report, *, erase_all: bool = False) -> str:
        """``erase_all`` is nothing a UF2 bootloader can do, and is passed over."""
        report(Stage.CHECK, 0, 0)
        self.check(firmware)
        file = self._drive.folder / "firmware.uf2"
        self._copy(file, firmware.content, report)
        report(Stage.VERIFY, 0, 0)
        if self._leaves():
            return "The board took the firmware and restarted."
        self._compare(file, firmware.content)
        return (
            "Written and read back. The board did not restart by itself: unplug it and plug it in again, or "
            "press its reset button."
        )

    def _copy(self, file: Path, content: bytes, report: Report) -> None:
        total = len(content)
        done = 0
        report(Stage.WRITE, 0, total)
        try:
            with file.open("wb", buffering=0) as target:
                while done < total:
                    done += target.write(content[done : done + _CHUNK])
                    if done < total:
                        os.fsync(target.fileno())
                        report(Stage.WRITE, done, total)
                with contextlib.suppress(OSError):  # the board restarts with the last block
                    os.fsync(target.fileno())
        except OSError as error:
            # Closing fails too when the board is gone by then; all was sent.
            if done < total:
                raise self._refused(error, done) from error
        report(Stage.WRITE, total, total)

    def _refused(self, error: OSError, done: int) -> FirmwareError:
        if error.errno in (errno.ENOSPC, errno.EFBIG):
            return FirmwareError(
                self._drive.name,
                f"the drive is full after {size_text(done)}",
                f"Take the firmware file made for this board. {_WAY_OUT}",
                half_written=done > 0,
            )
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and self._drive.present:
            return FirmwareError(
                self._drive.name,
                f"you may not write to {self._drive.folder}",
                "Unplug the board, plug it in again and let your desktop mount it.",
            )
        return self._gone(f"after {size_text(done)}", half_written=done > 0)

    def _gone(self, when: str, *, half_written: bool) -> FirmwareError:
        remedy = (
            _WAY_OUT if half_written else "Nothing on it was changed. Plug it in again with its button held."
        )
        return FirmwareError(
            self._drive.name, f"its drive went away {when}", remedy, cause=LOST, half_written=half_written
        )

    def _leaves(self) -> bool:
        """A bootloader that took the firmware restarts the board, and the drive is gone."""
        waited = 0.0
        while waited < _ACCEPTED_WITHIN:
            if not self._drive.present:
                return True
            self._sleep(_PERIOD)
            waited += _PERIOD
        return False

    def _compare(self, file: Path, content: bytes) -> None:
        try:
            same = file.read_bytes() == content
        except OSError:
            same = False
        if not same:
            raise FirmwareError(
                self._drive.name,
                "the drive is still there, and what was copied does not read back the same",
                f"The board did not take the firmware. {_WAY_OUT}",
                half_written=True,
            )
