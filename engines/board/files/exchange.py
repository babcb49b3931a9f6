"""A file of the board that was replaced, and the way back: the two contents change places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.files.board_files import BoardFileError


class KeptFile:
    """The content of one file on this computer, and room for the one that takes its place."""

    def __init__(self, path: Path, content: bytes) -> None:
        """Raises OSError."""
        self._path, self._other = path, path.with_name(f"{path.name}-other")
        path.write_bytes(content)

    def read(self) -> bytes:
        """Raises OSError."""
        return self._path.read_bytes()

    def store_other(self, content: bytes) -> None:
        """Raises OSError."""
        self._other.write_bytes(content)

    def turn(self) -> None:
        """From now on the other content is the kept one."""
        self._path, self._other = self._other, self._path


@dataclass(frozen=True)
class Exchange:
    """The kept content goes to the board, and the one that is there is kept: it is its own inverse.

    When the kept content is there already, an earlier attempt was broken off after it had done that.
    """

    path: str
    kept: KeptFile

    def do(self, bench: RawBench) -> None:
        there = bench.files.read(self.path, bench.progress)
        try:
            content = self.kept.read()
            if content != there:
                self.kept.store_other(there)
        except OSError as error:
            raise BoardFileError(self.path, f"its copy cannot be kept on this computer ({error})") from error
        if content != there:
            bench.files.write(self.path, content, bench.progress)
        self.kept.turn()

    def is_done(self, bench: RawBench) -> bool:
        return False

    @property
    def inverse(self) -> Exchange:
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,)
