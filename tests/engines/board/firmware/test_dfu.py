"""Writing through DfuSe: against a bootloader that insists on its protocol and can fail at every step."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import usb.core
from dfuse_device import ERROR, OPTION_BYTES, OTP, PYBOARD, UPLOAD_IDLE, FakeDfu, gone, stall
from firmware_files import FLASH, noise
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.board.firmware.dfu_device import find_dfu, opened
from engines.board.firmware.dfu_programmer import DfuProgrammer
from engines.board.firmware.errors import DRIVER, LOST, PERMISSION, FirmwareError
from engines.board.firmware.image import Firmware, Kind, Segment
from engines.board.firmware.memory_layout import MemoryLayout
from engines.board.firmware.programmer import Stage

VECTORS, TEXT = noise(9000), noise(70_001, 2)
PARTS = (Segment(FLASH, VECTORS), Segment(FLASH + 0x20000, TEXT))
FILES = noise(2000, 9)
"""The board's own files, in sectors that the firmware leaves out."""


def firmware(*segments: Segment, **more) -> Firmware:
    more = {"device": (0x0483, 0xDF11), "alternate": 0, **more}
    return Firmware(Path("pyboard.dfu"), Kind.DFU, segments or PARTS, (), **more)


def programmer(dfu: FakeDfu) -> DfuProgrammer:
    (device,) = find_dfu(dfu)
    return DfuProgrammer(device, dfu.sleep)


class Reports(list):
    def __call__(self, stage: Stage, done: int, total: int) -> None:
        self.append((stage, done, total))

    @property
    def stages(self) -> list[Stage]:
        return list(dict.fromkeys(stage for stage, _, _ in self))


def write(dfu: FakeDfu, image: Firmware | None = None, **options) -> str:
    return programmer(dfu).write(image or firmware(), Reports(), **options)


def holds(dfu: FakeDfu, *segments: Segment) -> bool:
    return all(dfu.read(each.address, len(each.data)) == each.data for each in segments or PARTS)


@pytest.fixture
def used(dfu) -> FakeDfu:
    """A board with older firmware and files."""
    dfu.fill(FLASH, noise(16_000, 7))
    dfu.fill(FLASH + 0x4000, FILES)
    dfu.fill(FLASH + 0x20000, noise(100_000, 8))
    return dfu


class TestWriting:
    @pytest.mark.feature("DFU")
    def test_what_was_written_is_there_and_runs(self, used):
        reports = Reports()
        end = programmer(used).write(firmware(), reports)
        assert holds(used)
        assert used.started_at == FLASH
        assert "read back" in end
        assert reports.stages == [Stage.CHECK, Stage.ERASE, Stage.WRITE, Stage.VERIFY, Stage.RESTART]
        assert used.open == 0

    def test_only_the_sectors_needed_are_erased(self, used):
        write(used)
        assert used.erased == [FLASH, FLASH + 0x20000]
        assert used.read(FLASH + 0x4000, len(FILES)) == FILES

    def test_all_is_erased_on_request(self, used):
        write(used, erase_all=True)
        assert "mass erase" in used.log and "erase" not in used.log
        assert holds(used)
        assert used.read(FLASH + 0x4000, len(FILES)) == b"\xff" * len(FILES)

    def test_progress_reaches_its_total(self, used):
        reports = Reports()
        programmer(used).write(firmware(), reports)
        for stage in (Stage.ERASE, Stage.WRITE, Stage.VERIFY):
            steps = [(done, total) for each, done, total in reports if each is stage]
            assert steps[0][0] == 0 and steps[-1][0] == steps[-1][1] > 0
            assert [done for done, _ in steps] == sorted(done for done, _ in steps)

    @pytest.mark.parametrize("poll", [0, 5, 1000, 15_000])
    def test_the_time_a_bootloader_asks_for_is_given(self, poll):
        """The device fails when it is asked too early (and mboot never asks for any)."""
        dfu = FakeDfu(poll=poll)
        write(dfu)
        assert holds(dfu)
        assert "status" in dfu.log

    def test_a_bootloader_that_never_gets_ready_is_given_up(self, dfu):
        dfu.stuck = True
        with pytest.raises(FirmwareError, match="still busy after 60 s"):
            write(dfu)
        assert dfu.now < 600

    @pytest.mark.parametrize("size", [64, 256, 1024, 2048])
    def test_blocks_are_as_large_as_the_device_says(self, size):
        dfu = FakeDfu(size=size)
        write(dfu)
        assert holds(dfu)
        blocks = sum(-(-len(each.data) // 32) * 32 / size for each in PARTS)
        assert dfu.log.count("write") == pytest.approx(blocks, abs=2)

    @pytest.mark.parametrize(("state", "code"), [(ERROR, 0x0E), (UPLOAD_IDLE, 0), (5, 0)])
    def test_whatever_state_it_was_left_in(self, dfu, state, code):
        dfu.state, dfu.code = state, code
        write(dfu)
        assert holds(dfu)

    def test_mboot_under_its_own_id_takes_the_same_files(self):
        dfu = FakeDfu(["@Internal Flash  /0x08000000/04*032Ka,01*128Kg,03*256Kg"], ids=(0xF055, 0x9801))
        image = firmware(Segment(FLASH + 0x20000, noise(5000)))
        assert "mboot" in programmer(dfu).check(image).checks[0]

    def test_reading_back_is_not_claimed_where_it_is_not_possible(self):
        dfu = FakeDfu(["@Internal Flash  /0x08000000/04*016Kf,01*064Kf,07*128Kf"])
        assert "nobody read it back" in write(dfu)
        assert holds(dfu)


class TestRefusals:
    """Before anything is erased."""

    def refusal(self, dfu: FakeDfu, image: Firmware) -> FirmwareError:
        with pytest.raises(FirmwareError) as error:
            write(dfu, image)
        assert not {"erase", "mass erase", "write"} & set(dfu.log)
        assert not error.value.half_written and error.value.remedy
        assert dfu.open == 0
        with pytest.raises(FirmwareError):
            programmer(dfu).check(image)
        return error.value

    def test_too_large(self, used):
        error = self.refusal(used, firmware(Segment(FLASH, bytes(1025 << 10))))
        assert "too large" in error.problem and "1,024 kB" in error.problem

    def test_outside_of_the_flash(self, used):
        assert "outside" in self.refusal(used, firmware(Segment(0x20000000, b"1234"))).problem

    def test_a_protected_sector(self):
        dfu = FakeDfu(["@Internal Flash  /0x08000000/04*032Ka,01*128Kg,03*256Kg"])
        assert "does not allow" in self.refusal(dfu, firmware(Segment(FLASH, b"1234"))).problem

    @pytest.mark.parametrize(("address", "alternate"), [(0x1FFFC000, 1), (0x1FFF7800, 2)])
    def test_what_can_be_written_only_once(self, used, address, alternate):
        image = firmware(Segment(address, b"1234"), alternate=alternate)
        assert "does not allow" in self.refusal(used, image).problem

    def test_a_file_for_another_device(self, used):
        assert "1209:0001" in self.refusal(used, firmware(device=(0x1209, 0x0001))).problem


class TestTrouble:
    def test_a_block_that_fails_is_repeated(self, used):
        failures = iter([0x06, 0x0E])
        used.before = lambda step, address: next(failures, None) if step == "write" else None
        write(used)
        assert holds(used)

    def test_a_request_that_is_refused_is_repeated(self, used):
        self.raise_once(used, "write", stall())
        write(used)
        assert holds(used)

    def test_a_request_that_is_not_answered_is_repeated(self, used):
        self.raise_once(used, "read", usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT))
        write(used)
        assert holds(used)

    @pytest.mark.parametrize("step", ["erase", "set address", "write", "read"])
    def test_what_fails_always_is_told_with_the_status(self, used, step):
        def fail(name, address):
            if name == step and step == "read":
                raise stall()
            return 0x04 if name == step else None

        used.before = fail
        with pytest.raises(FirmwareError) as error:
            write(used)
        assert error.value.half_written
        assert "0x080" in error.value.problem
        assert "cannot be lost" in error.value.remedy
        assert used.open == 0

    def test_read_protection_is_named(self, used):
        used.before = lambda step, address: 0x0B if step == "erase" else None
        with pytest.raises(FirmwareError, match=r"read-protected.*STM32CubeProgrammer"):
            write(used)

    def test_a_byte_that_did_not_take_is_found_and_mended(self, used):
        spoilt = iter([True])

        def spoil(step, address):
            if step == "write" and address == FLASH + 0x20800 and next(spoilt, False):
                used.memory[address + 3] = 0x00

        used.before = spoil
        write(used)
        assert holds(used)
        assert used.erased.count(FLASH + 0x20000) == 2 and used.erased.count(FLASH) == 1

    def test_flash_that_is_worn_out_is_told(self, used):
        def spoil(step, address):
            if step == "write" and address == FLASH + 0x20800:
                used.memory[address + 3] = 0x00

        used.before = spoil
        with pytest.raises(FirmwareError, match="does not read back") as error:
            write(used)
        assert error.value.half_written and "08020000" in error.value.problem
        assert used.started_at is None

    @staticmethod
    def raise_once(dfu: FakeDfu, step: str, error: Exception) -> None:
        errors = iter([error])

        def fail(name, address):
            if name == step and (each := next(errors, None)):
                raise each

        dfu.before = fail


FAULTS = st.dictionaries(
    st.integers(0, 400),
    st.sampled_from(["stall", "no answer", "fails", "unplugged", "spoilt"]),
    max_size=6,
)


@settings(deadline=None, max_examples=80)
@given(faults=FAULTS)
def test_whatever_happens_it_is_written_right_or_said_that_it_is_not(faults):
    """Faults at random steps: success is only told when the flash holds the firmware; nothing stays open."""
    dfu = FakeDfu(poll=3, size=512)
    image = firmware(Segment(FLASH, noise(3000)), Segment(FLASH + 0x20000, noise(2000, 2)))
    dfu.fill(FLASH, noise(3000, 7))
    steps = iter(range(1_000_000))

    def before(step, address):
        fault = faults.get(next(steps))
        if fault == "stall":
            raise stall()
        if fault == "no answer":
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        if fault == "unplugged":
            dfu.unplug()
        if fault == "spoilt" and step == "write":
            dfu.memory[address + 1] = 0
        return 0x06 if fault == "fails" and step in ("erase", "write", "set address") else None

    dfu.before = before
    try:
        write(dfu, image)
    except FirmwareError as error:
        touched = {"erase", "write"} & set(dfu.log)
        assert error.half_written or not touched
        assert error.remedy
    else:
        assert holds(dfu, *image.segments)
    assert dfu.open == 0


class TestUnplugged:
    def pull(self, dfu: FakeDfu, step: str, after: int) -> None:
        """Pull the plug at the so-manieth occurrence of a step."""
        left = iter(range(after))

        def before(name, address):
            if name == step and next(left, None) is None:
                dfu.unplug()

        dfu.before = before

    @pytest.mark.parametrize("after", [0, 1, 7])
    @pytest.mark.parametrize("step", ["erase", "set address", "write", "read", "status"])
    def test_at_any_step_there_is_a_way_out(self, used, step, after):
        after = min(after, 1) if step == "erase" else after
        self.pull(used, step, after)
        with pytest.raises(FirmwareError) as error:
            write(used)
        assert error.value.cause == LOST
        assert "went away" in error.value.problem
        half_written = error.value.half_written  # also when the erasing was only asked for
        assert half_written or "erase" not in used.log
        assert ("cannot be lost" in error.value.remedy) == half_written
        assert used.open == 0
        used.before = lambda name, address: None  # plugged in again and tried again
        used.plug()
        write(used)
        assert holds(used) and used.started_at == FLASH

    def test_during_a_mass_erase(self, used):
        self.pull(used, "mass erase", 0)
        with pytest.raises(FirmwareError, match="erasing the flash") as error:
            write(used, erase_all=True)
        assert error.value.half_written

    def test_when_it_is_started_that_is_what_was_wanted(self, used):
        self.pull(used, "leave", 0)
        assert "read back" in write(used)

    def test_before_it_is_opened(self, used):
        device = programmer(used)
        used.unplug()
        with pytest.raises(FirmwareError, match="went away") as error:
            device.check(firmware())
        assert not error.value.half_written


class TestFinding:
    def test_only_bootloaders_are_found(self, dfu):
        assert [each.ids for each in find_dfu(dfu)] == ["0483:df11"]
        dfu.unplug()
        assert find_dfu(dfu) == []

    def test_another_device_of_the_class(self):
        assert find_dfu(FakeDfu([PYBOARD], ids=(0x2341, 0x035B)))[0].name == "DFU bootloader"

    def test_without_permission_the_udev_rules_are_named(self, dfu, monkeypatch):
        monkeypatch.setattr("sys.platform", "linux")
        dfu.refuse_open = usb.core.USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        with pytest.raises(FirmwareError, match=r"sudo cp .*udevadm") as error:
            programmer(dfu).check(firmware())
        assert error.value.cause == PERMISSION

    def test_without_a_driver_on_windows_winusb_is_named(self, dfu, monkeypatch):
        monkeypatch.setattr("sys.platform", "win32")
        for refusal in (
            NotImplementedError("Operation not supported or unimplemented on this platform"),
            usb.core.USBError("Access denied", -3, errno.EACCES),
        ):
            dfu.refuse_open = refusal
            with pytest.raises(FirmwareError, match=r"WinUSB.*0483:df11") as error:
                programmer(dfu).check(firmware())
            assert error.value.cause == DRIVER

    def test_in_use(self, dfu):
        dfu.refuse_open = usb.core.USBError("Resource busy", -6, errno.EBUSY)
        with pytest.raises(FirmwareError, match="another program"):
            programmer(dfu).check(firmware())

    def test_gone_while_it_is_opened(self, dfu):
        dfu.refuse_open = gone()
        with pytest.raises(FirmwareError, match="went away"):
            programmer(dfu).check(firmware())

    def test_without_libusb(self):
        with pytest.raises(FirmwareError, match="libusb"):
            find_dfu(None)

    def test_no_dfuse(self):
        with pytest.raises(FirmwareError, match="no DfuSe"):
            programmer(FakeDfu(["Bootloader"])).check(firmware())

    def test_its_memories_are_told(self, dfu):
        (device,) = find_dfu(dfu)
        with opened(device) as found:
            assert [each.layout.name for each in found.memories] == [
                "Internal Flash",
                "Option Bytes",
                "OTP Memory",
            ]
            assert found.transfer_size == 2048
        assert dfu.open == 0


class TestLayout:
    def test_a_pyboard(self):
        layout = MemoryLayout.parse(PYBOARD)
        assert layout.name == "Internal Flash"
        assert layout.size == 1 << 20
        assert [sector.size >> 10 for sector in layout.sectors] == [16] * 4 + [64] + [128] * 7
        assert all(sector.flash and sector.readable for sector in layout.sectors)

    def test_a_board_with_flash_chips_of_its_own(self):
        layout = MemoryLayout.parse("@Internal Flash  /0x08000000/04*032Ka,01*128Kg/0x80000000/64*32Kg")
        assert layout.end == 0x80200000
        assert not layout.sectors[0].flash
        assert layout.sector_at(0x80000001).address == 0x80000000
        assert layout.sector_at(0x09000000) is None

    @pytest.mark.parametrize("text", [OPTION_BYTES, OTP, "@Device Feature/0xFFFF0000/01*004 e"])
    def test_bytes_without_unit(self, text):
        assert not any(sector.flash for sector in MemoryLayout.parse(text).sectors)

    @pytest.mark.parametrize(
        "text",
        ["", "Flash", "@Flash", "@Flash/0x08000000", "@Flash/0x0800/x*16Kg", "@F/zz/1*16Kg", "@F/0x0/1*0Kg"],
    )
    def test_anything_else_is_an_error(self, text):
        with pytest.raises(ValueError, match=r"describes|invalid literal"):
            MemoryLayout.parse(text)

    @given(
        st.lists(
            st.tuples(st.integers(0x07FFFF00, 0x08110000), st.integers(1, 300_000)), min_size=1, max_size=4
        )
    )
    def test_sectors_cover_what_is_written_and_nothing_else(self, places):
        layout = MemoryLayout.parse(PYBOARD)
        segments = [Segment(address, bytes(size)) for address, size in places]
        sectors, missing = layout.sectors_for(segments)
        inside = all(each.address >= FLASH and each.end <= layout.end for each in segments)
        assert (missing is None) == inside
        if inside:
            touched = {
                sector.address for sector in layout.sectors for each in segments
                if sector.address < each.end and each.address < sector.end
            }  # fmt: skip
            assert [sector.address for sector in sectors] == sorted(touched)
