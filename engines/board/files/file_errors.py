"""What a board answers to a file operation, and in words what it says when it refuses one."""

from __future__ import annotations

import ast
import errno
import re

from engines.board.board_program import is_damaged
from engines.board.errors import BoardError, RemoteError

_PROBLEMS = {
    errno.EPERM: "not permitted",
    errno.ENOENT: "there is no such file or folder",
    errno.EIO: "the board's disk reports an error",
    errno.EACCES: "no permission",
    errno.EEXIST: "there is one of this name already",
    errno.ENODEV: "there is no disk",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "this is a folder",
    errno.EINVAL: "the name is not valid",
    errno.ENOSPC: "there is no space left on the board; delete something first",
    errno.EROFS: "this place on the board is read-only; choose a folder of another disk, such as /flash",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTEMPTY: "the folder is not empty",
}


class BoardFileError(BoardError):
    """A file operation that the board refused. ``number`` is the board's errno, 0 when it gave none."""

    def __init__(self, path: str, problem: str, number: int = 0) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.number = number


def literal(path: str, text: str) -> tuple:
    """The answer (the last one) in what a program printed. Raises BoardFileError."""
    return literals(path, text)[-1]


def literals(path: str, text: str) -> list[tuple]:
    """All of its answers, at least one."""
    found = answers(text)
    if not found:
        raise BoardFileError(path, f"the board answered {text[:60]!r}; try again")
    return found


def answers(text: str) -> list[tuple]:
    """Tuples between two characters 1E each: a timer may print before, behind and in between."""
    found = []
    for piece in re.findall("\x1e([^\x1e\n]*)\x1e", text):
        try:
            value = ast.literal_eval(piece)
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, tuple):
            found.append(value)
    return found


def file_error(path: str, error: RemoteError) -> BoardFileError:
    """The number is the board's own affair (WebAssembly counts otherwise); a name, where given, is not."""
    if is_damaged(error):
        return BoardFileError(path, "what the board was sent arrived damaged; check the cable and try again")
    match = re.search(r"OSError: (?:\[Errno )?(\d+)(?:\] ([A-Z0-9]+))?", error.summary)
    number = int(match[1]) if match else 0
    if match and match[2]:
        number = getattr(errno, match[2], number)
    return BoardFileError(path, _PROBLEMS.get(number, error.summary), number)
