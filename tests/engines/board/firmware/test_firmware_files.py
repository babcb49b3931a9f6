"""Firmware files: what is in them is read, and what is damaged is refused before anything is erased."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from firmware_files import (
    FLASH,
    RP2040,
    RP2350,
    application,
    dfu_file,
    esp8266_file,
    esp_file,
    esp_image,
    noise,
    rp2350_file,
    stm32_program,
    uf2_block,
    uf2_file,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.image import Kind, Segment, merge
from engines.board.firmware.reader import read_firmware

DFU = dfu_file((FLASH, noise(700)), (FLASH + 0x20000, noise(3001, 2)))
UF2 = uf2_file(noise(6 * 256))
PICO2 = rp2350_file(noise(5 * 256))
ESP = esp_file()
ESP_S3 = esp_file(9, 0)
ESP8266 = esp8266_file()


@pytest.fixture
def read(tmp_path):
    def read(data: bytes, name: str, address: int | None = None):
        path = tmp_path / name
        path.write_bytes(data)
        return read_firmware(path, address)

    return read


def read_bytes(folder: Path, data: bytes, name: str):
    path = folder / name
    path.write_bytes(data)
    return read_firmware(path)


def refusal(read, data: bytes, name: str, address: int | None = None) -> str:
    with pytest.raises(FirmwareError) as error:
        read(data, name, address)
    assert name in str(error.value) and error.value.remedy
    return error.value.problem


class TestDfu:
    def test_pieces_and_device_are_read(self, read):
        firmware = read(DFU, "pyboard.dfu")
        assert firmware.kind is Kind.DFU
        assert firmware.segments == (Segment(FLASH, noise(700)), Segment(FLASH + 0x20000, noise(3001, 2)))
        assert firmware.device == (0x0483, 0xDF11)
        assert firmware.size == 3701
        assert any("CRC" in line for line in firmware.checks)

    def test_the_content_decides_not_the_name(self, read):
        assert read(DFU, "renamed.bin").kind is Kind.DFU

    def test_a_file_for_any_device(self, read):
        assert read(dfu_file((FLASH, b"1234"), ids=(0xFFFF, 0xFFFF)), "any.dfu").device is None

    def test_a_file_for_another_device_is_refused(self, read):
        assert "1d50:6022" in refusal(read, dfu_file((FLASH, b"1234"), ids=(0x1D50, 0x6022)), "other.dfu")

    def test_a_wrong_crc_is_refused(self, read):
        assert "CRC" in refusal(read, DFU[:-4] + b"\0\0\0\0", "bad.dfu")

    def test_a_truncated_file_is_refused(self, read):
        assert "cut off" in refusal(read, DFU[:1000], "short.dfu")
        assert "cut off" in refusal(read, b"", "empty.dfu")

    def test_a_size_that_lies_is_refused_though_the_crc_is_right(self, read):
        longer = bytearray(DFU[:-4])
        struct.pack_into("<I", longer, 6, 5)
        assert "speaks of 5 bytes" in refusal(read, _with_crc(longer), "lies.dfu")

    def test_overlapping_pieces_are_refused(self, read):
        assert "twice" in refusal(read, dfu_file((FLASH, b"12345678"), (FLASH + 4, b"abcd")), "twice.dfu")

    def test_nothing_to_write_is_refused(self, read):
        assert "nothing" in refusal(read, dfu_file(), "nothing.dfu")

    def test_a_plain_dfu_file_is_refused(self, read):
        plain = bytearray(b"no DfuSe" + bytes(300) + DFU[-16:-4])
        assert "DfuSe" in refusal(read, _with_crc(plain), "plain.dfu")

    @settings(deadline=None, max_examples=60)
    @given(cut=st.integers(0, len(DFU) - 1))
    def test_every_truncation_is_refused(self, tmp_path_factory, cut):
        with pytest.raises(FirmwareError):
            read_bytes(tmp_path_factory.getbasetemp(), DFU[:cut], "cut.dfu")

    @settings(deadline=None, max_examples=150)
    @given(bit=st.integers(0, len(DFU) * 8 - 1))
    def test_every_flipped_bit_is_refused(self, tmp_path_factory, bit):
        with pytest.raises(FirmwareError):
            read_bytes(tmp_path_factory.getbasetemp(), _flipped(DFU, bit), "flip.dfu")

    @settings(deadline=None, max_examples=100)
    @given(data=st.data())
    def test_a_damaged_structure_under_a_right_crc_never_crashes(self, tmp_path_factory, data):
        """Someone made the file wrongly: refused, or read as something that lies within it."""
        damaged = bytearray(DFU[:-4])
        for _ in range(data.draw(st.integers(1, 3))):
            damaged[data.draw(st.integers(0, 320))] = data.draw(st.integers(0, 255))
        try:
            firmware = read_bytes(tmp_path_factory.getbasetemp(), _with_crc(damaged), "made.dfu")
        except FirmwareError:
            return
        assert 0 < firmware.size <= len(DFU)


class TestUf2:
    def test_blocks_are_joined(self, read):
        firmware = read(UF2, "pico.uf2")
        assert firmware.kind is Kind.UF2
        assert firmware.segments == (Segment(0x10000000, noise(6 * 256)),)
        assert firmware.families == {RP2040}
        assert firmware.content == UF2
        assert any("RP2040" in line for line in firmware.checks)

    def test_the_pico_2_files_have_an_odd_block_in_front(self, read):
        firmware = read(PICO2, "pico2.uf2")
        assert firmware.segments == (Segment(0x10000000, noise(5 * 256)),)
        assert RP2350 in firmware.families

    def test_families_count_their_own_blocks(self, read):
        both = uf2_file(noise(512), family=RP2040) + uf2_file(noise(768), 0x20000000, RP2350)
        assert read(both, "both.uf2").families == {RP2040, RP2350}

    def test_without_a_family(self, read):
        firmware = read(uf2_file(noise(512), family=None), "plain.uf2")
        assert firmware.families == frozenset()

    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            (b"", "cut off"),
            (UF2[:1000], "cut off"),
            (UF2[:512], "incomplete"),
            (UF2[512:], "incomplete"),
            (UF2 + UF2[:512], "twice"),
            (UF2[:512] * 6, "twice"),
            (UF2[:1024] + b"\0" * 512 + UF2[1536:], "damaged"),
            (uf2_block(0x10000000, 0, 1, noise(256), flags=0x2001), "not meant for the flash"),
            (uf2_block(0x10000000, 0, 1, noise(256), flags=0x3000), "files, not firmware"),
            (uf2_block(0x10000000, 0, 1, noise(256), flags=0x2002), "unknown flags"),
            (uf2_block(0x40000000, 0, 1, noise(256)), "no memory of RP2040"),
            (uf2_block(0x10000001, 0, 1, noise(256)), "odd address"),
            (uf2_file(noise(256)) + uf2_file(noise(256), family=None), "some do not"),
            (uf2_block(0x10000000, 0, 2, noise(256)) + uf2_block(0x10000100, 1, 3, noise(256)), "agree"),
            (uf2_block(0x10000000, 0, 2, noise(256)) + uf2_block(0x10000100, 2, 2, noise(256)), "numbered"),
            (uf2_block(0x10000100, 0, 2, noise(256)) + uf2_block(0x10000000, 1, 2, noise(256)), "out of order"),
            (uf2_block(0x10000000, 0, 2, noise(256)) + uf2_block(0x10000100, 1, 2, noise(252)), "another size"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_refused(self, read, data, problem):
        assert problem in refusal(read, data, "bad.uf2")

    def test_md5_sums_are_checked(self, read):
        import hashlib

        data = noise(256)
        tail = bytes(476 - 256 - 24) + struct.pack("<2I", 0x10000000, 256) + hashlib.md5(data).digest()
        right = uf2_block(0x10000000, 0, 1, data, flags=0x6000, tail=tail)
        assert read(right, "md5.uf2").segments[0].data == data
        assert "MD5" in refusal(read, _flipped(right, 40 * 8), "md5.uf2")

    @settings(deadline=None, max_examples=60)
    @given(cut=st.integers(0, len(PICO2) - 1))
    def test_every_truncation_is_refused(self, tmp_path_factory, cut):
        with pytest.raises(FirmwareError):
            read_bytes(tmp_path_factory.getbasetemp(), PICO2[:cut], "cut.uf2")

    @settings(deadline=None, max_examples=300)
    @given(bit=st.integers(0, len(UF2) * 8 - 1))
    def test_a_flipped_bit_is_refused_or_harmless(self, tmp_path_factory, bit):
        """UF2 has no checksum. Around the data a flipped bit is refused, or changes nothing that is written,
        or moves the last block away, which the check's text shows; within the data it changes that byte only."""
        try:
            firmware = read_bytes(tmp_path_factory.getbasetemp(), _flipped(UF2, bit), "flip.uf2")
        except FirmwareError:
            return
        block, place = divmod(bit // 8, 512)
        original = noise(6 * 256)
        data = b"".join(segment.data for segment in firmware.segments)
        if 32 <= place < 32 + 256:
            differing = [at for at in range(len(original)) if data[at] != original[at]]
            assert differing == [block * 256 + place - 32]
        elif 12 <= place < 16:
            assert len(firmware.segments) == 2 and "and" in firmware.checks[0]
        else:
            assert data == original and len(firmware.segments) == 1


class TestEsp:
    @pytest.mark.parametrize(
        ("data", "chip", "address"), [(ESP, "esp32", 0x1000), (ESP_S3, "esp32s3", 0), (ESP8266, "esp8266", 0)]
    )
    def test_chip_and_place_are_read(self, read, data, chip, address):
        firmware = read(data, "esp.bin")
        assert (firmware.kind, firmware.chip) == (Kind.ESP, chip)
        assert firmware.segments == (Segment(address, data),)

    def test_an_application_alone_is_refused_unless_its_place_is_given(self, read):
        assert "application only" in refusal(read, application(0), "app.bin")
        assert read(application(0), "app.bin", 0x10000).segments[0].address == 0x10000

    def test_an_unknown_chip_is_refused(self, read):
        assert "not known" in refusal(read, esp_image(99, [(0x40080000, noise(100))]), "esp.bin")

    def test_mixed_chips_are_refused(self, read):
        mixed = ESP[: 0x10000 - 0x1000] + application(9)
        assert "different chips" in refusal(read, mixed, "esp.bin")

    @pytest.mark.parametrize(("data", "name"), [(ESP, "esp32"), (ESP8266, "esp8266")])
    @settings(deadline=None, max_examples=40)
    @given(part=st.floats(0, 1, exclude_max=True))
    def test_every_truncation_is_refused(self, tmp_path_factory, data, name, part):
        with pytest.raises(FirmwareError):
            read_bytes(tmp_path_factory.getbasetemp(), data[: int(part * len(data))], f"{name}.bin")

    @settings(deadline=None, max_examples=150)
    @given(
        where=st.sampled_from([(0, 1500), (0x7000, 0x7090), (0xF000, len(ESP))]),
        part=st.floats(0, 1, exclude_max=True),
    )
    def test_a_flipped_bit_is_refused(self, tmp_path_factory, where, part):
        """Between the images is padding, which does no harm."""
        bit = int((where[0] + part * (where[1] - where[0])) * 8)
        if not any(start <= bit // 8 < end for start, end in _covered(ESP)):
            return
        with pytest.raises(FirmwareError):
            read_bytes(tmp_path_factory.getbasetemp(), _flipped(ESP, bit), "flip.bin")

    @settings(deadline=None, max_examples=80)
    @given(bit=st.integers(32, len(ESP8266) * 8 - 1))
    def test_esp8266_a_flipped_bit_is_refused(self, tmp_path_factory, bit):
        """The first four bytes hold the flash mode, which MicroPython's sum leaves out."""
        with pytest.raises(FirmwareError):
            read_bytes(tmp_path_factory.getbasetemp(), _flipped(ESP8266, bit), "flip.bin")


class TestPlain:
    def test_a_program_for_an_stm32(self, read):
        data = stm32_program(5000)
        assert read(data, "firmware.bin").segments == (Segment(FLASH, data),)

    def test_at_another_address(self, read):
        assert read(noise(100), "part.bin", 0x08020000).segments[0].address == 0x08020000

    @pytest.mark.parametrize(
        "data", [noise(4000), b"", b"\xff" * 4000, bytes(4000), b"abc", b"# a text\n" * 50]
    )
    def test_anything_else_is_refused(self, read, data):
        assert refusal(read, data, "other.bin")

    def test_hex(self, read):
        lines = [_hex_line(0, 4, b"\x08\x00"), *(_hex_line(16 * n, 0, noise(16, n)) for n in range(4))]
        text = "\n".join([*lines, ":00000001FF\n"]).encode()
        assert read(text, "a.hex").segments == (Segment(FLASH, b"".join(noise(16, n) for n in range(4))),)
        assert "damaged" in refusal(
            read, text.replace(lines[2].encode(), lines[2].encode()[:-2] + b"00"), "a.hex"
        )
        assert "cut off" in refusal(read, text[: len(text) // 2], "a.hex")

    def test_no_firmware_at_all(self, read, tmp_path):
        assert "no firmware" in refusal(read, b"hello", "note.txt")
        with pytest.raises(FirmwareError, match="cannot be read"):
            read_firmware(tmp_path / "missing.dfu")
        with pytest.raises(FirmwareError, match="no firmware"):
            read_firmware(tmp_path)


@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=0, max_size=20)), max_size=6))
def test_merging_keeps_every_byte_or_says_that_two_are_at_one_place(pieces):
    model: dict[int, int] = {}
    clash = False
    for address, data in pieces:
        for at, byte in enumerate(data, address):
            clash |= at in model
            model[at] = byte
    segments = [Segment(address, data) for address, data in pieces]
    if clash:
        with pytest.raises(ValueError, match="twice"):
            merge(segments)
        return
    merged = merge(segments)
    assert {at: byte for each in merged for at, byte in enumerate(each.data, each.address)} == model
    assert all(a.end < b.address for a, b in pairwise(merged))


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _with_crc(data) -> bytes:
    return bytes(data) + struct.pack("<I", ~zlib.crc32(bytes(data)) & 0xFFFFFFFF)


def _hex_line(address: int, kind: int, data: bytes) -> str:
    body = struct.pack(">BHB", len(data), address, kind) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper()


def _covered(data: bytes) -> list[tuple[int, int]]:
    """What sums cover: boot loader, partition table, application."""
    boot = data.index(b"\xff" * 64)
    return [(0, boot), (0x7000, 0x7080), (0xF000, len(data))]
