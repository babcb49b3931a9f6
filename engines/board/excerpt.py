"""The beginning and the end of what a program prints: one that prints for ever must not fill the memory."""

from __future__ import annotations


class Excerpt:
    """Grows by ``add``; as ``bytes`` it tells how much was left out in the middle.

    Args:
        head: so many bytes of the beginning are kept.
        tail: at least so many of the end.
    """

    def __init__(self, head: int, tail: int) -> None:
        self._head, self._tail = bytearray(), bytearray()
        self._room, self._most = head, tail
        self._left_out = 0

    def add(self, data: bytes) -> None:
        self._head += data[: self._room]
        self._tail += data[self._room :]
        self._room -= min(self._room, len(data))
        if len(self._tail) > 2 * self._most:
            self._left_out += len(self._tail) - self._most
            del self._tail[: -self._most]

    def __bytes__(self) -> bytes:
        middle = f"\n… {self._left_out} bytes left out …\n" if self._left_out else ""
        return bytes(self._head) + middle.encode() + bytes(self._tail)
