"""UF2 drives: found, held against the firmware, written; with a folder that plays the drive."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from firmware_files import RP2040, RP2350, noise, rp2350_file, uf2_file

from engines.board.firmware import uf2_drive, uf2_programmer
from engines.board.firmware.errors import LOST, FirmwareError
from engines.board.firmware.programmer import Stage
from engines.board.firmware.reader import read_firmware
from engines.board.firmware.uf2_drive import CURRENT, INFO, find_drives
from engines.board.firmware.uf2_families import families_of
from engines.board.firmware.uf2_programmer import Uf2Programmer

PICO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
PICO2 = "UF2 Bootloader v1.0\r\nModel: Raspberry Pi RP2350\r\nBoard-ID: RP2350\r\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "RPI-RP2"
    folder.mkdir()
    (folder / INFO).write_text(PICO)
    return folder


@pytest.fixture
def firmware(tmp_path):
    def firmware(data: bytes = b"", name="pico.uf2"):
        (tmp_path / name).write_bytes(data or uf2_file(noise(100_000)))
        return read_firmware(tmp_path / name)

    return firmware


class Reports(list):
    def __call__(self, stage, done, total):
        self.append((stage, done, total))


def programmer(folder: Path, sleep=lambda seconds: None) -> Uf2Programmer:
    (drive,) = find_drives([folder])
    return Uf2Programmer(drive, sleep)


def eject(folder: Path) -> None:
    """As a board does that restarts: the drive is gone."""
    (folder / INFO).unlink()


class TestFinding:
    def test_a_drive_is_known_by_its_info_file(self, folder, tmp_path):
        (tmp_path / "usb stick").mkdir()
        (drive,) = find_drives([tmp_path / "usb stick", folder, tmp_path / "nowhere"])
        assert (drive.folder, drive.model, drive.board_id) == (folder, "Raspberry Pi RP2", "RPI-RP2")
        assert drive.families == {RP2040}

    def test_mounts_with_small_letters(self, folder):
        (folder / INFO).rename(folder / INFO.lower())
        assert len(find_drives([folder])) == 1

    @pytest.mark.parametrize(
        ("board", "model", "family"),
        [
            ("RPI-RP2", "Raspberry Pi RP2", RP2040),
            ("RP2350", "Raspberry Pi RP2350", RP2350),
            ("SAMD21G18A-Feather-v0", "Feather M0", 0x68ED2B88),
            ("SAMD51J19A-Feather-v0", "Feather M4", 0x55114460),
            ("nRF52840-Feather-revD", "Adafruit Feather nRF52840 Express", 0xADA52840),
            ("ESP32S2-FeatherS2-rev1", "UM FeatherS2", 0xBFDD4EEE),
            ("ESP32-S3-Box", "Box", 0xC47E5767),
            ("STM32F405-Feather", "Feather", 0x57755A57),
            ("Seeed_XIAO_nRF52840_Sense", "Seeed XIAO nRF52840", 0xADA52840),
            ("Arduino-Nano-33-BLE", "Arduino Nano 33 BLE", 0xADA52840),
            ("XIAO-ESP32S3", "XIAO ESP32S3", 0xC47E5767),
            ("microbit-v2", "BBC micro:bit", 0x621E937A),
            ("Teensy-4.1", "PJRC Teensy 4.1", 0x4FB2D5BD),
            ("XIAO", "Seeed XIAO RP2040", RP2040),
            ("Pimoroni-Plus-2", "Pimoroni RP2350", RP2350),
        ],
    )
    def test_the_board_tells_its_families(self, board, model, family):
        found = families_of(board, model)
        assert family in found
        assert len(found) == 1 or found == families_of("RP2350", "")

    def test_an_unknown_board_has_none(self):
        assert families_of("", "") == families_of("Teapot-1", "Teapot") == frozenset()

    def test_what_its_name_does_not_tell_the_firmware_on_it_does(self, folder, firmware):
        (folder / INFO).write_text("UF2 Bootloader\nModel: Teapot\n")
        (folder / CURRENT).write_bytes(uf2_file(noise(512), family=0xADA52840))
        assert find_drives([folder])[0].families == {0xADA52840}
        with pytest.raises(FirmwareError, match=r"RP2040.*and this board is Teapot"):
            programmer(folder).check(firmware())

    @pytest.mark.parametrize(
        "current",
        [b"", b"\xff" * 512, uf2_file(noise(256), family=None), uf2_file(noise(256), family=0x239A0029)],
    )
    def test_firmware_on_it_that_tells_nothing(self, folder, current):
        (folder / INFO).write_text("UF2 Bootloader\nModel: Teapot\n")
        (folder / CURRENT.lower()).write_bytes(current)
        assert find_drives([folder])[0].families == frozenset()

    def test_the_drives_of_linux_are_in_proc_mounts(self, tmp_path):
        mounts = tmp_path / "mounts"
        mounts.write_text(
            "sysfs /sys sysfs rw 0 0\n/dev/sda1 / ext4 rw 0 0\n"
            "/dev/sdb1 /media/me/RPI-RP2 vfat rw 0 0\n/dev/sdc1 /run/media/me/MY\\040BOARD vfat rw 0 0\n"
        )
        assert uf2_drive._linux_volumes(mounts) == [Path("/media/me/RPI-RP2"), Path("/run/media/me/MY BOARD")]
        assert uf2_drive._linux_volumes(tmp_path / "none") == []


class TestRefusals:
    def refusal(self, folder: Path, firmware) -> FirmwareError:
        with pytest.raises(FirmwareError) as error:
            programmer(folder).write(firmware, Reports())
        assert sorted(path.name for path in folder.iterdir()) == [INFO]
        assert not error.value.half_written and error.value.remedy
        return error.value

    def test_the_wrong_family(self, folder, firmware):
        error = self.refusal(folder, firmware(rp2350_file(noise(5000))))
        assert "RP2350" in error.problem and "Raspberry Pi RP2" in error.problem
        (folder / INFO).write_text(PICO2)
        error = self.refusal(folder, firmware())
        assert "RP2040" in error.problem

    def test_the_right_family(self, folder, firmware):
        fit = programmer(folder).check(firmware())
        assert "Fits" in fit.checks[1] and not fit.doubt
        (folder / INFO).write_text(PICO2)
        assert "Fits" in programmer(folder).check(firmware(rp2350_file(noise(5000)))).checks[1]

    def test_what_cannot_be_checked_is_said(self, folder, firmware):
        assert (
            "cannot be checked" in programmer(folder).check(firmware(uf2_file(noise(512), family=None))).doubt
        )
        (folder / INFO).write_text("UF2 Bootloader\nModel: Teapot\n")
        assert "cannot be checked" in programmer(folder).check(firmware()).doubt

    def test_too_large(self, folder, firmware, monkeypatch):
        usage = type("Usage", (), {"free": 1000})
        monkeypatch.setattr(uf2_programmer.shutil, "disk_usage", lambda path: usage)
        assert "too large" in self.refusal(folder, firmware()).problem

    def test_another_kind_of_file(self, folder, tmp_path):
        (tmp_path / "a.bin").write_bytes(bytes.fromhex("0000022001020008") + noise(1000))
        assert ".uf2 files only" in self.refusal(folder, read_firmware(tmp_path / "a.bin")).problem

    def test_a_drive_that_is_gone_already(self, folder, firmware):
        there = programmer(folder)
        eject(folder)
        with pytest.raises(FirmwareError, match="went away") as error:
            there.write(firmware(), Reports())
        assert error.value.cause == LOST and not error.value.half_written


class TestWriting:
    @pytest.mark.feature("UF2")
    def test_the_board_restarts_when_it_took_the_firmware(self, folder, firmware):
        image, reports = firmware(), Reports()
        end = programmer(folder, lambda seconds: eject(folder)).write(image, reports)
        assert "took the firmware" in end
        assert (folder / "firmware.uf2").read_bytes() == image.content
        steps = [(done, total) for stage, done, total in reports if stage is Stage.WRITE]
        assert steps[0][0] == 0 and steps[-1] == (len(image.content), len(image.content)) and len(steps) > 4
        assert [stage for stage, _, _ in reports][-1] is Stage.VERIFY

    def test_a_drive_that_stays_is_read_back(self, folder, firmware):
        waited = []
        end = programmer(folder, waited.append).write(firmware(), Reports())
        assert "read back" in end and "reset button" in end
        assert sum(waited) >= 15

    def test_a_drive_that_swallows_the_file_is_found_out(self, folder, firmware):
        there = programmer(folder, lambda seconds: (folder / "firmware.uf2").write_bytes(b"other"))
        with pytest.raises(FirmwareError, match="did not take the firmware") as error:
            there.write(firmware(), Reports())
        assert error.value.half_written

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (errno.EIO, "went away after 98,304 bytes|went away after 96 kB"),
            (errno.ENODEV, "went away"),
            (errno.ENOSPC, "full"),
        ],
    )
    def test_a_drive_that_is_lost_in_the_middle(self, folder, firmware, monkeypatch, number, words):
        syncs = []

        def fsync(file):
            syncs.append(file)
            if len(syncs) == 3:
                raise OSError(number, os.strerror(number))

        monkeypatch.setattr(uf2_programmer.os, "fsync", fsync)
        with pytest.raises(FirmwareError, match=words) as error:
            programmer(folder).write(firmware(), Reports())
        assert error.value.half_written and "bootloader is still there" in error.value.remedy
        monkeypatch.undo()
        assert programmer(folder, lambda seconds: eject(folder)).write(firmware(), Reports())

    def test_a_drive_that_goes_with_the_last_block_took_it(self, folder, firmware, monkeypatch):
        image = firmware(uf2_file(noise(256)))

        def fsync(file):
            eject(folder)
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(uf2_programmer.os, "fsync", fsync)
        assert "took the firmware" in programmer(folder).write(image, Reports())

    def test_a_drive_that_may_not_be_written(self, folder, firmware, monkeypatch):
        def refuse(*arguments, **options):
            raise PermissionError(errno.EACCES, "Permission denied")

        there, image = programmer(folder), firmware()
        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(FirmwareError, match="may not write") as error:
            there.write(image, Reports())
        assert not error.value.half_written
