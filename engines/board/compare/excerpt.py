"""The beginning and the end of what a program prints: one that prints for ever must not fill the memory."""

from __future__ import annotations

_HEAD = 1 << 20
_TAIL = 1 << 16


class Excerpt:
    """Grows by ``add``; ``str`` tells how much was left out in the middle."""

    def __init__(self, head: int = _HEAD, tail: int = _TAIL) -> None:
        self._room, self._most = head, tail
        self._head: list[str] = []
        self._tail = ""
        self._left_out = 0

    def add(self, text: str) -> None:
        if self._room:
            self._head.append(text[: self._room])
            text = text[self._room :]
            self._room -= len(self._head[-1])
        self._tail += text
        if len(self._tail) > 2 * self._most:
            self._left_out += len(self._tail) - self._most
            self._tail = self._tail[-self._most :]

    def __str__(self) -> str:
        middle = f"\n… {self._left_out} characters left out …\n" if self._left_out else ""
        return "".join([*self._head, middle, self._tail])
