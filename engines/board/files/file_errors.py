"""In words what a board says when it refuses a file operation."""

from __future__ import annotations

import errno
import re

from engines.board.board_program import is_damaged
from engines.board.errors import BoardError, RemoteError

CORRUPT = 84
"""LFS_ERR_CORRUPT in lfs.h, which boards pass on as it is; a computer may mean something else by it."""
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
    CORRUPT: "the board's file system is damaged",
}


class BoardFileError(BoardError):
    """A file operation that the board refused. ``number`` is the board's errno, 0 when it gave none."""

    def __init__(self, path: str, problem: str, number: int = 0) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.number = number


def file_error(path: str, error: RemoteError) -> BoardFileError:
    """The number is the board's own affair (WebAssembly counts otherwise); a name, where given, is not."""
    if is_damaged(error):
        return BoardFileError(path, "what the board was sent arrived damaged; check the cable and try again")
    if error.summary.startswith("UnicodeError"):  # FAT reads its names from whatever is there
        return BoardFileError(path, _PROBLEMS[CORRUPT], CORRUPT)
    match = re.search(r"OSError: (?:\[Errno )?(\d+)(?:\] ([A-Z0-9]+))?", error.summary)
    number = int(match[1]) if match else 0
    if match and match[2]:
        number = getattr(errno, match[2], number)
    return BoardFileError(path, _PROBLEMS.get(number, error.summary), number)
