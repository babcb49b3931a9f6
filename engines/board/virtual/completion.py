"""Tab at the prompt: which names fit, and how MicroPython shows them (py/repl.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHAIN = re.compile(rb"[A-Za-z0-9_.]*$")
_IMPORT = b"import "
_SLOT, _WIDTH = 16, 64


@dataclass(frozen=True)
class Completion:
    """What is asked: the object to look in, the beginning of the name, and whether a module is meant."""

    path: bytes
    stem: bytes
    after_import: bool
    first_word: bool

    @classmethod
    def of(cls, text: bytes) -> Completion:
        """From the line up to the cursor."""
        match = _CHAIN.search(text)
        chain = match.group() if match else b""
        path, _, stem = chain.rpartition(b".")
        return cls(path, stem, text.startswith(_IMPORT) and not path, len(chain) == len(text) and not path)

    def choose(self, names: list[bytes]) -> tuple[bytes, bytes]:
        """What to insert, or else the printed choices; both empty when nothing fits."""
        fitting = [name for name in names if self._fits(name)]
        if not fitting:
            fits = self.first_word and self.stem and _IMPORT.startswith(self.stem)
            return (_IMPORT[len(self.stem) :], b"") if fits else (b"", b"")
        common = _common_start(fitting)
        if len(fitting) == 1 or len(common) > len(self.stem):
            return common[len(self.stem) :], b""
        return b"", _table(fitting).replace(b"\n", b"\r\n")

    def _fits(self, name: bytes) -> bool:
        return name.startswith(self.stem) and (bool(self.stem) or not name.startswith(b"_"))


def _common_start(names: list[bytes]) -> bytes:
    first, last = min(names), max(names)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]


def _table(names: list[bytes]) -> bytes:
    """Columns of 16 characters in lines of 64."""
    text = b""
    width = _WIDTH
    for name in names:
        gap = -width % _SLOT
        gap += _SLOT if gap < 2 else 0
        if width + gap + len(name) <= _WIDTH:
            text += b" " * gap + name
            width += gap + len(name)
        else:
            text += b"\n" + name
            width = len(name)
    return text + b"\n"
