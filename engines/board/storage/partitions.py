"""The flash partitions of ESP32 boards: list, read, write, and update over the air's two places.

Board-side API: MicroPython ``esp32.Partition`` (docs/library/esp32.rst).
"""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.board.board_program import call_resource
from engines.board.errors import BoardError, RemoteError
from engines.board.storage.flash_memory import check_digest, write_chunks

if TYPE_CHECKING:
    from engines.board.bench import RawBench

_BLOCK = 4096
_IMAGE_MAGIC = 0xE9
_PROGRAM = "partitions.py"


@dataclass(frozen=True)
class Partition:
    """``address`` and ``size`` in bytes; ``running``: its firmware runs now, ``boot``: it starts next."""

    label: str
    is_app: bool
    address: int
    size: int
    running: bool
    boot: bool


def partitions(bench: RawBench) -> list[Partition]:
    """In the order of the table, apps first. Raises BoardError on boards that are no ESP32."""
    try:
        rows = bench.ask(call_resource(_PROGRAM, "query"))
    except RemoteError as error:
        if "ImportError" in error.summary:
            raise BoardError(
                "This board has no partitions that can be read; only boards with an ESP32 have."
            ) from error
        raise
    return [Partition(*row) for row in rows]


def read(bench: RawBench, label: str) -> bytes:
    """The whole content of a partition. Raises BoardError: none of this name, or it arrived damaged."""
    size = _named(bench, label).size
    *lines, digest = bench.ask(call_resource(_PROGRAM, "read", label, size, True))
    data = b"".join(binascii.a2b_base64(line) for line in lines)
    if digest != hashlib.sha256(data).hexdigest():
        raise BoardError(f"{label}: what was read arrived damaged; check the cable and read it again.")
    return data


def write(bench: RawBench, label: str, data: bytes) -> None:
    """Replace the beginning of a partition and compare it.

    Raises:
        BoardError: none of this name, it holds the firmware that runs, too much data (all before anything is
            erased), or it reads back differently.
    """
    place = _named(bench, label)
    if place.running:
        raise BoardError(f"{label} holds the firmware that runs now; it cannot be overwritten from within.")
    _write(bench, place, data)


def update(bench: RawBench, image: bytes) -> Partition:
    """Write a firmware image into the app partition that does not run, and let the board start it next.

    The new firmware has to be confirmed (``confirm``) once it runs, else the board goes back to the old one,
    where its bootloader is built to do so.

    Raises:
        BoardError: no ESP32 image, no second app partition, too large, or it reads back differently.
    """
    if not image or image[0] != _IMAGE_MAGIC:
        raise BoardError(
            "This is no ESP32 firmware image (it must begin with E9). Choose the app's .bin file."
        )
    apps = [place for place in partitions(bench) if place.is_app]
    label = bench.ask_one(call_resource(_PROGRAM, "next_update"))
    place = next((each for each in apps if each.label == label and not each.running), None)
    if place is None:
        raise BoardError("The board has no second place for firmware; use the flash wizard instead.")
    _write(bench, place, image)
    bench.ask(call_resource(_PROGRAM, "start_next"))
    return place


def confirm(bench: RawBench) -> None:
    """Say that the firmware that runs is good, so that the board does not go back to the old one."""
    bench.ask(call_resource(_PROGRAM, "confirm"))


def _named(bench: RawBench, label: str) -> Partition:
    found = partitions(bench)
    for place in found:
        if place.label == label:
            return place
    raise BoardError(
        f"There is no partition {label!r}; the board has {', '.join(each.label for each in found)}."
    )


def _write(bench: RawBench, place: Partition, data: bytes) -> None:
    if len(data) > place.size:
        raise BoardError(f"{place.label} has {place.size} bytes, the file {len(data)}: it does not fit.")

    def write_block(offset: int, text: str) -> None:
        bench.ask(call_resource(_PROGRAM, "write", place.label, offset, text))

    write_chunks(data, write_block, bench.progress, _BLOCK)
    digest = bench.ask_one(call_resource(_PROGRAM, "read", place.label, len(data), False))
    check_digest(place.label, digest, data)
