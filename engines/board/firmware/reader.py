"""Reading a firmware file of any kind."""

from __future__ import annotations

from pathlib import Path

from engines.board.firmware.dfu_file import read_dfu
from engines.board.firmware.errors import FirmwareError
from engines.board.firmware.esp_image import MAGIC, read_esp
from engines.board.firmware.image import Firmware
from engines.board.firmware.plain_file import read_bin, read_hex
from engines.board.firmware.uf2_file import read_uf2

SUFFIXES = (".dfu", ".uf2", ".bin", ".hex")
_LARGEST = 128 << 20


def read_firmware(path: Path, address: int | None = None) -> Firmware:
    """Read and check a firmware file. Takes a while for a large one: not for the GUI thread.

    Args:
        address: for a .bin file, where its first byte goes; None: where firmware usually goes.

    Raises:
        FirmwareError: it cannot be read, is damaged, or is no firmware.
    """
    suffix = path.suffix.lower()
    try:
        if path.is_dir() or path.stat().st_size > _LARGEST:
            raise FirmwareError(
                path.name, "this is no firmware file", "Choose a .dfu, .uf2, .bin or .hex file."
            )
        data = path.read_bytes()
    except OSError as error:
        raise FirmwareError(
            path.name, f"it cannot be read ({error.strerror})", "Choose another file."
        ) from error
    # The content decides where it can: files are often renamed.
    if data.startswith(b"DfuSe") or suffix == ".dfu":
        return read_dfu(path, data)
    if data.startswith(b"UF2\n") or suffix == ".uf2":
        return read_uf2(path, data)
    if suffix == ".hex":
        return read_hex(path, data)
    if suffix != ".bin":
        raise FirmwareError(path.name, "this is no firmware file", "Choose a .dfu, .uf2, .bin or .hex file.")
    if data[:1] == bytes([MAGIC]):
        return read_esp(path, data, address)
    return read_bin(path, data, address)
