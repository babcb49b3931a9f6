"""ESP boards: esptool itself, as a process, against an ESP32's ROM loader on a pseudo-terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from esp_rom import EspRom
from firmware_files import esp_file, noise, stm32_program

from engines.board.firmware.errors import LOST, FirmwareError
from engines.board.firmware.esp_programmer import EspProgrammer
from engines.board.firmware.esptool_process import Answer, esptool_command, run, run_esptool, stage_of
from engines.board.firmware.programmer import Stage
from engines.board.firmware.reader import read_firmware

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")


# Says what esptool says up to a place and falls silent there, with a process of its own that holds its output.
SILENT = """
import subprocess, sys, threading
if "write-flash" not in sys.argv and {last!r}:
    print("Detecting chip type... ESP32", "Detected flash size: 4MB", sep="\\n")
    sys.exit()
subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"])
print({last!r}, flush=True)
threading.Event().wait()
"""


@pytest.fixture
def rom():
    rom = EspRom()
    yield rom
    rom.close()


@pytest.fixture
def firmware(tmp_path):
    def firmware(data: bytes = b""):
        (tmp_path / "esp.bin").write_bytes(data or esp_file())
        return read_firmware(tmp_path / "esp.bin")

    return firmware


class Reports(list):
    def __call__(self, stage, done, total):
        self.append((stage, done, total))


def programmer(rom: EspRom, *options: str) -> EspProgrammer:
    return EspProgrammer(rom.port, options=["--no-stub", *options], baud=115200)


def test_written_verified_and_restarted(rom, firmware):
    image, reports = firmware(), Reports()
    end = programmer(rom).write(image, reports)
    assert "verified" in end
    assert bytes(rom.flash[0x1000 : 0x1000 + image.size]) == image.content
    assert rom.flash[:0x1000] == b"\xff" * 0x1000
    stages = list(dict.fromkeys(stage for stage, _, _ in reports))
    assert stages == [Stage.CHECK, Stage.ERASE, Stage.WRITE, Stage.VERIFY, Stage.RESTART]
    steps = [(done, total) for stage, done, total in reports if stage is Stage.WRITE]
    assert steps[-1] == (image.size, image.size) and steps == sorted(steps) and len(steps) > 10


def test_the_board_is_told(rom, firmware):
    chip, fit = programmer(rom).check(firmware()).checks
    assert "ESP32" in chip and "4,096 kB" in chip and "ESP32" in fit
    assert rom.blocks == 0


@pytest.mark.parametrize("attempt", ["check", "write"])
def test_another_chip_is_refused(rom, firmware, attempt):
    there = programmer(rom)
    with pytest.raises(FirmwareError, match=r"for ESP32-S3, and this board has an ESP32\b") as error:
        there.check(firmware(esp_file(9, 0))) if attempt == "check" else there.write(
            firmware(esp_file(9, 0)), Reports()
        )
    assert rom.blocks == 0 and not error.value.half_written


def test_too_large_is_refused(firmware):
    rom = EspRom(size_code=0x12)  # 256 kB
    try:
        with pytest.raises(FirmwareError, match=r"too large.*256 kB"):
            programmer(rom).write(firmware(esp_file() + b"\xff" * (300 << 10)), Reports())
        assert rom.blocks == 0
    finally:
        rom.close()


@pytest.mark.parametrize(
    "made_for", [{"megabytes": 16}, {"disk": 0xE00000}], ids=["its header", "its partition table"]
)
def test_firmware_for_a_larger_flash_is_refused_before_anything_is_erased(rom, firmware, made_for):
    image = firmware(esp_file(**made_for))
    assert "Made for a flash of 16,384 kB" in image.checks
    rom.flash[0x1000:0x1004] = b"here"
    with pytest.raises(FirmwareError, match="made for a flash of 16,384 kB, and the board's has 4,096 kB"):
        programmer(rom).write(image, Reports())
    assert rom.blocks == 0 and rom.flash[0x1000:0x1004] == b"here"


def test_another_kind_of_file_is_refused(rom, tmp_path):
    (tmp_path / "stm.bin").write_bytes(stm32_program(1000))
    with pytest.raises(FirmwareError, match="no firmware for an ESP"):
        programmer(rom).write(read_firmware(tmp_path / "stm.bin"), Reports())


def test_a_board_that_runs_its_program_needs_its_button(rom, firmware):
    rom.silent = True
    with pytest.raises(FirmwareError, match="BOOT button") as error:
        programmer(rom, "--connect-attempts", "1").write(firmware(), Reports())
    assert not error.value.half_written


def test_looking_for_it_can_be_stopped(rom, firmware):
    rom.silent = True

    class StoppedError(Exception):
        pass

    def report(stage, done, total):
        reports.append(stage)
        if len(reports) > 3:
            raise StoppedError

    reports: list[Stage] = []
    with pytest.raises(StoppedError):
        programmer(rom, "--connect-attempts", "0").write(firmware(), report)
    assert rom.blocks == 0


def test_unplugged_in_the_middle(rom, firmware, tmp_path, monkeypatch):
    (tmp_path / "esptool.cfg").write_text("[esptool]\nconnect_attempts = 1\n")
    monkeypatch.setenv("ESPTOOL_CFGFILE", str(tmp_path / "esptool.cfg"))  # it waits 7 s else
    rom.vanish_after = 20
    with pytest.raises(FirmwareError) as error:
        programmer(rom).write(firmware(), Reports())
    assert error.value.half_written and error.value.cause == LOST
    assert "cannot be lost" in error.value.remedy


def test_what_does_not_read_back_is_told(rom, firmware):
    rom.spoil = True
    with pytest.raises(FirmwareError, match="does not read back") as error:
        programmer(rom).write(firmware(), Reports())
    assert error.value.half_written


class TestStub:
    """As the wizard has it done: with esptool's own stub, at its speed."""

    @pytest.mark.feature("esptool")
    @pytest.mark.parametrize("resets", [True, False], ids=["found in the ROM", "found in the stub"])
    def test_it_is_loaded_and_writes(self, firmware, resets):
        rom = EspRom(resets=resets)
        rom.flash[0x300000:0x300005] = b"files"
        rom.flash[0x1000:0x1100] = bytes(256)  # of an older firmware: the stub has to erase it
        image, reports = firmware(), Reports()
        try:
            assert "verified" in EspProgrammer(rom.port).write(image, reports)
        finally:
            rom.close()
        assert rom.stubs == (2 if resets else 1) and rom.erased == 0
        assert bytes(rom.flash[0x1000 : 0x1000 + image.size]) == image.content
        assert rom.flash[0x300000:0x300005] == b"files"
        stages = list(dict.fromkeys(stage for stage, _, _ in reports))
        assert stages == [Stage.CHECK, Stage.ERASE, Stage.WRITE, Stage.VERIFY, Stage.RESTART]

    @pytest.mark.feature("esptool")
    def test_everything_is_erased_on_request(self, rom, firmware):
        rom.flash[0x300000:0x300005] = b"files"
        image, reports = firmware(), Reports()
        EspProgrammer(rom.port).write(image, reports, erase_all=True)
        assert rom.erased == 1
        assert bytes(rom.flash[0x1000 : 0x1000 + image.size]) == image.content
        assert set(rom.flash[0x1000 + image.size :]) == {0xFF}
        stages = list(dict.fromkeys(stage for stage, _, _ in reports))
        assert stages == [Stage.CHECK, Stage.ERASE, Stage.WRITE, Stage.VERIFY, Stage.RESTART]

    def test_a_flash_that_cannot_be_erased(self, rom, firmware):
        rom.erases = False
        with pytest.raises(FirmwareError, match="Failed to erase flash") as error:
            EspProgrammer(rom.port).write(firmware(), Reports(), erase_all=True)
        assert rom.blocks == 0
        assert error.value.half_written  # who knows how far it got

    def test_what_does_not_read_back_is_told(self, rom, firmware):
        rom.spoil = True
        with pytest.raises(FirmwareError, match="does not read back") as error:
            EspProgrammer(rom.port).write(firmware(), Reports())
        assert error.value.half_written

    def test_a_stub_that_does_not_start_has_changed_nothing(self, rom, firmware):
        rom.greets = False  # esptool itself waits for that without end
        with pytest.raises(FirmwareError, match="said nothing for 3 s") as error:
            EspProgrammer(rom.port, silence=3).write(firmware(), Reports(), erase_all=True)
        assert (rom.blocks, rom.erased) == (0, 0) and not error.value.half_written


def silent_after(tmp_path, last: str, **limits: float) -> EspProgrammer:
    (tmp_path / "silent.py").write_text(SILENT.format(last=last))
    return EspProgrammer("port", esptool=[sys.executable, str(tmp_path / "silent.py")], **limits)


@pytest.mark.parametrize(
    ("last", "limits"),
    [
        ("Erasing flash memory (this may take a while)...", {"silence": 60, "erase_silence": 0.5}),
        ("Writing at 0x00001400 [==>  ]  1.6% 1024/64320 bytes", {"silence": 0.5, "erase_silence": 60}),
    ],
)
def test_an_esptool_that_falls_silent_is_ended_with_all_that_it_started(firmware, tmp_path, last, limits):
    with pytest.raises(FirmwareError, match=r"said nothing for 0\.5 s, so it was ended") as error:
        silent_after(tmp_path, last, **limits).write(firmware(), Reports())
    assert error.value.half_written and "cannot be lost" in error.value.remedy


def test_an_esptool_that_never_says_anything_has_changed_nothing(firmware, tmp_path):
    with pytest.raises(FirmwareError, match="said nothing") as error:
        silent_after(tmp_path, "", silence=0.5).write(firmware(), Reports())
    assert not error.value.half_written


def test_the_search_can_be_stopped_while_esptool_is_silent(firmware, tmp_path):
    class StoppedError(Exception):
        pass

    def report(stage, done, total):
        raise StoppedError

    with pytest.raises(StoppedError):
        silent_after(tmp_path, "", silence=60).write(firmware(), report)


def test_no_such_port(firmware, tmp_path):
    with pytest.raises(FirmwareError, match="no such port") as error:
        EspProgrammer(str(tmp_path / "ttyUSB0")).write(firmware(), Reports())
    assert not error.value.half_written


def test_esptool_that_cannot_be_started(firmware):
    with pytest.raises(FirmwareError, match="cannot be started"):
        EspProgrammer("/dev/null", esptool=["/no/such/program"]).check(firmware())


def test_esptool_is_started_as_a_process_of_its_own(monkeypatch, capfd):
    assert run([*esptool_command(), "version"]).code == 0
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert esptool_command() == (sys.executable, "--esptool")
    monkeypatch.undo()
    assert run_esptool(["version"]) == 0
    assert run_esptool(["no-such-command"]) != 0
    capfd.readouterr()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Writing at 0x00001400 [==>     ]   1.6% 1024/64320 bytes", (Stage.WRITE, 0.016)),
        ("Writing at 0x00010000... (100 %)", (Stage.WRITE, 1.0)),
        ("Flash will be erased from 0x00001000 to 0x00010fff...", (Stage.ERASE, 0.0)),
        ("Verifying written data...", (Stage.VERIFY, 0.0)),
        ("Hard resetting via RTS pin...", (Stage.RESTART, 0.0)),
        ("Connecting....", None),
    ],
)
def test_what_its_lines_say(line, expected):
    assert stage_of(line) == expected


@pytest.mark.parametrize(
    ("lines", "chip", "size"),
    [
        (("Detecting chip type... ESP32-S3", "Detected flash size: 8MB"), "esp32s3", 8 << 20),
        (("Connected to ESP32-C61 on COM3:", "Detected flash size: 512KB"), "esp32c61", 512 << 10),
        (("Detecting chip type... ESP8266",), "esp8266", 0),
        (("Detecting chip type... ESP32", "Chip type:          ESP32-D0WDQ6 (revision v0.0)"), "esp32", 0),
        (("Detecting chip type... Autodetection failed, trying again...",), "", 0),
    ],
)
def test_what_a_run_says_about_the_chip(lines, chip, size):
    answer = Answer(0, lines)
    assert (answer.chip, answer.flash_size) == (chip, size)


def test_the_file_is_written_as_it_was_checked(rom, firmware, tmp_path):
    image = firmware()
    Path(tmp_path / "esp.bin").write_bytes(noise(1000))
    programmer(rom).write(image, Reports())
    assert bytes(rom.flash[0x1000 : 0x1000 + image.size]) == image.content
