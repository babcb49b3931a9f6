"""ROMFS: a read-only disk in the board's flash, from which modules run in place.

Protocol of ``vfs.rom_ioctl``: MicroPython ``extmod/vfs_rom.c`` and ``tools/mpremote``: 1 number of
partitions, 2 the partition, 3 erase, 4 write, 5 complete, 6 block size. Images are
built by mpremote's writer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.board.board_program import call_resource
from engines.board.errors import BoardError, RemoteError
from engines.board.storage.flash_memory import check_digest, write_chunks

if TYPE_CHECKING:
    from engines.board.bench import RawBench

HEADER = b"\xd2\xcd\x31"
Compile = Callable[[Path], bytes]
"""Makes .mpy code of a Python file."""
_PROGRAM = "rom.py"


@dataclass(frozen=True)
class RomPartition:
    """A place for a ROMFS image. Sizes in bytes; ``used``: of the image in it, None without one."""

    number: int
    size: int
    block: int
    used: int | None


def build(folder: Path, compile_: Compile | None = None) -> bytes:
    """A ROMFS image of a folder's files, with ``compile_`` every ``.py`` as ``.mpy``.

    Raises:
        BoardError: a name that ROMFS cannot hold (it takes ASCII only).
        OSError: a file cannot be read.
    """
    from mpremote.romfs import VfsRomWriter

    writer = VfsRomWriter()
    _add(writer, folder, compile_)
    return bytes(writer.finalise())


def _add(writer: Any, folder: Path, compile_: Compile | None) -> None:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if not path.name.isascii():
            raise BoardError(f"{path}: a ROMFS takes ASCII names only. Rename the file.")
        if path.is_dir():
            writer.opendir(path.name)
            _add(writer, path, compile_)
            writer.closedir()
        elif compile_ is not None and path.suffix == ".py":
            writer.mkfile(path.with_suffix(".mpy").name, compile_(path))
        else:
            writer.mkfile(path.name, path.read_bytes())


def query(bench: RawBench) -> list[RomPartition]:
    """The board's ROMFS partitions; none where its firmware has no ROMFS."""
    try:
        found = bench.ask(call_resource(_PROGRAM, "query"))
    except RemoteError as error:
        if "AttributeError" in error.summary or "ImportError" in error.summary:
            return []
        raise
    return [RomPartition(number, size, block, image_size(head)) for number, size, block, head in found]


def image_size(head: bytes) -> int | None:
    """The size of the image that begins with ``head``, header included; None when it is no ROMFS image."""
    if not head.startswith(HEADER):
        return None
    size = 0
    for at in range(len(HEADER), len(head)):
        size = size << 7 | head[at] & 0x7F
        if not head[at] & 0x80:
            return size + at + 1
    return None


def deploy(bench: RawBench, image: bytes, number: int = 0) -> RomPartition:
    """Write an image, compare it, and say where it is. It is mounted at /rom after the next reset.

    Raises:
        BoardError: no image, no such partition, too large (all before anything is erased), or it reads back
            differently.
    """
    if image_size(image[:12]) is None:
        raise BoardError("This is no ROMFS image. Choose a folder, or an image that was made from one.")
    found = {partition.number: partition for partition in query(bench)}
    if number not in found:
        raise BoardError(
            f"The board has no ROMFS partition {number}. Its firmware must be built with ROMFS."
            if not found
            else f"The board has no ROMFS partition {number}; it has {', '.join(map(str, found))}."
        )
    place = found[number]
    if len(image) > place.size:
        raise BoardError(
            f"The image has {len(image)} bytes, the partition {place.size}. "
            f"Leave out {len(image) - place.size} bytes."
        )
    bench.ask(call_resource(_PROGRAM, "erase", number, place.block, place.size, len(image)))

    def write(offset: int, text: str) -> None:
        bench.ask(call_resource(_PROGRAM, "write", number, place.block, offset, text))

    write_chunks(image, write, bench.progress, min(4096, place.block))
    digest = bench.ask_one(call_resource(_PROGRAM, "finish", number, place.block, len(image)))
    check_digest(f"ROMFS {number}", digest, image)
    return place
