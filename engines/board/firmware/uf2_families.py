"""Which UF2 family runs on which board, and where in memory it may lie.

Family ids: microsoft/uf2 ``utils/uf2families.json``; RP2350: its datasheet, table 455. Address windows: the
chips' memory maps (flash as the processor sees it, and the RAM that RP2 bootloaders load to).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RP2_ABSOLUTE = 0xE48BFF57
RP2_DATA = 0xE48BFF58

_RP2 = ((0x10000000, 0x11000000), (0x20000000, 0x20082000))
_STM32 = ((0x08000000, 0x08400000),)
_ESP = ((0x00000000, 0x02000000),)
# The RP2040's ROM calls itself just "Raspberry Pi RP2".
_RP2040_BOARDS, _RP2350_BOARDS = r"rp2040|(rpi|raspberrypi)rp2(?!\d)", r"rp235[04]"
_NRF52 = ((0x00000000, 0x00200000), (0x10001000, 0x10002000))


@dataclass(frozen=True)
class Family:
    name: str
    windows: tuple[tuple[int, int], ...]
    """Address ranges (start, end) that its firmware may be for."""
    boards: str
    """A pattern that is found somewhere in ``Board-ID`` or ``Model`` of such a board's INFO_UF2.TXT, these in
    lower case without signs between: the chip's name, or a well-known board that does not tell it."""


FAMILIES: dict[int, Family] = {
    0xE48BFF56: Family("RP2040", _RP2, _RP2040_BOARDS),
    0xE48BFF59: Family("RP2350 (Arm)", _RP2, _RP2350_BOARDS),
    0xE48BFF5A: Family("RP2350 (RISC-V)", _RP2, _RP2350_BOARDS),
    RP2_ABSOLUTE: Family("RP2350 (absolute)", _RP2, _RP2350_BOARDS),
    RP2_DATA: Family("RP2350 (data)", _RP2, _RP2350_BOARDS),
    0x68ED2B88: Family("SAMD21", ((0x0, 0x00040000),), "samd21"),
    0x55114460: Family("SAMD51", ((0x0, 0x00100000),), "samd51|same5"),
    0x1B57745F: Family("nRF52", _NRF52, "nrf52832"),
    0x621E937A: Family("nRF52833", _NRF52, "nrf52833|microbitv2"),
    0xADA52840: Family("nRF52840", _NRF52, "nrf52840|nano33ble"),
    0x57755A57: Family("STM32F4", _STM32, "stm32f4"),
    0x53B80F00: Family("STM32F7", _STM32, "stm32f7"),
    0x6DB66082: Family("STM32H7", _STM32, "stm32h7"),
    0x70D16653: Family("STM32WB", _STM32, "stm32wb"),
    0x4FB2D5BD: Family("i.MX RT", ((0x60000000, 0x64000000), (0x70000000, 0x74000000)), "imxrt|teensy4"),
    0xBFDD4EEE: Family("ESP32-S2", _ESP, "esp32s2"),
    0xC47E5767: Family("ESP32-S3", _ESP, "esp32s3"),
    0x3D308E94: Family("ESP32-P4", _ESP, "esp32p4"),
}


def family_name(family: int) -> str:
    known = FAMILIES.get(family)
    return f"{known.name} ({family:08x})" if known else f"the unknown family {family:08x}"


def families_of(board_id: str, model: str) -> frozenset[int]:
    """The families that a board takes, by what its INFO_UF2.TXT says; empty when that is not known."""
    for text in map(_plain, (board_id, model)):
        found = frozenset(number for number, each in FAMILIES.items() if re.search(each.boards, text))
        if found:
            return found
    return frozenset()


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())
