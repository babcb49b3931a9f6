"""The board's file system: a few host folders mounted under one root, and no way out of them."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 4096
_FORBIDDEN = ("\0", "\\", ":") if os.name == "nt" else ("\0",)


@dataclass(frozen=True)
class Mount:
    folder: Path
    writable: bool = True
    hidden: bool = False
    """Not shown when the root is listed."""
    only: frozenset[str] | None = None
    """The names in it that are on the board; None: all."""


@dataclass(frozen=True)
class Place:
    """Where a guest path leads: the root itself, or a path in a mounted folder."""

    path: Path | None
    mount: Mount | None = None

    @property
    def is_root(self) -> bool:
        return self.path is None


ROOT = Place(None)


class Files:
    """Maps guest paths to host paths.

    ``..`` is taken out as text and cannot climb above the root; a symbolic link that leads out of its
    folder is refused. All failures are ``OSError`` with an errno.
    """

    def __init__(self, mounts: dict[str, Mount]) -> None:
        self.mounts = mounts

    @property
    def home(self) -> str:
        """The folder that the board starts in: the card's if there is one, as on a pyboard."""
        if "sd" not in self.mounts or (self.mounts["flash"].folder / "SKIPSD").exists():
            return "/flash"
        return "/sd"

    def place(self, path: str, *, follow: bool = True, change: bool = False) -> Place:
        """Where a path leads; ``follow``: through a symbolic link at its end, ``change``: to modify it."""
        parts = _parts(path)
        if not parts:
            if change:
                raise _error(errno.EROFS, path)
            return ROOT
        mount = self.mounts.get(parts[0])
        if mount is None:
            raise _error(errno.EROFS if change else errno.ENOENT, path)
        if change and (not mount.writable or len(parts) == 1):
            raise _error(errno.EROFS, path)
        if mount.only is not None and len(parts) > 1 and parts[1] not in mount.only:
            raise _error(errno.ENOENT, path)
        return Place(_inside(mount.folder, parts[1:], follow), mount)

    def names(self, place: Place) -> list[tuple[str, int, bool]]:
        """A folder's entries: name, inode and whether it is a folder."""
        if place.path is None:
            return [(name, 0, True) for name, mount in self.mounts.items() if not mount.hidden]
        with os.scandir(place.path) as entries:
            found = [(entry.name, entry.inode(), entry.is_dir(follow_symlinks=False)) for entry in entries]
        only = place.mount.only if place.mount and place.path == place.mount.folder else None
        return sorted(entry for entry in found if only is None or entry[0] in only)

    def stat(self, path: str, follow: bool = True) -> os.stat_result | None:
        """None for the root, which no host folder stands behind."""
        place = self.place(path, follow=follow)
        return None if place.path is None else place.path.stat(follow_symlinks=follow)

    def rename(self, old: str, new: str) -> None:
        """As on the board's FAT file system an existing file is replaced, an existing folder is not."""
        source = self.place(old, follow=False, change=True)
        target = self.place(new, follow=False, change=True)
        if source.mount is not target.mount:
            raise _error(errno.EXDEV, new)
        assert source.path is not None and target.path is not None
        if target.path.is_dir():
            raise _error(errno.EEXIST, new)
        source.path.replace(target.path)

    def space(self, path: str) -> tuple[int, int, int]:
        """Block size, blocks and free blocks of a mounted folder (what ``os.statvfs`` tells).

        What is used is what lies in it; what is free is free on the computer's disk.
        """
        place = self.place(path)
        mounts = [place.mount] if place.mount else [each for each in self.mounts.values() if each.writable]
        used = sum(_blocks(mount) for mount in mounts)
        free = min(shutil.disk_usage(mounts[0].folder).free // _BLOCK, 2**29) if mounts[0].writable else 0
        return _BLOCK, used + free, free


def _blocks(mount: Mount) -> int:
    """How many blocks the files in a folder take."""
    used = 0
    for parent, folders, names in os.walk(mount.folder):
        if mount.only is not None:
            folders.clear()
            names = [name for name in names if name in mount.only]  # noqa: PLW2901
        for name in names:
            with contextlib.suppress(OSError):
                used += -(-(Path(parent) / name).lstat().st_size // _BLOCK)
    return used


def _parts(path: str) -> list[str]:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            if any(sign in part for sign in _FORBIDDEN):
                raise _error(errno.EINVAL, path)
            parts.append(part)
    return parts


def _inside(folder: Path, parts: list[str], follow: bool) -> Path:
    if not parts:
        return folder
    root = os.path.realpath(folder)
    if follow:
        real = os.path.realpath(os.path.join(root, *parts))  # noqa: PTH118 (realpath of text, as os gives it)
        if not _is_below(real, root):
            raise _error(errno.EACCES, "/".join(parts))
        return Path(real)
    parent = os.path.realpath(os.path.join(root, *parts[:-1]))  # noqa: PTH118
    if parent != root and not _is_below(parent, root):
        raise _error(errno.EACCES, "/".join(parts))
    return Path(parent) / parts[-1]


def _is_below(path: str, root: str) -> bool:
    return path.startswith(root.rstrip(os.sep) + os.sep) or path == root


def _error(code: int, path: str) -> OSError:
    return OSError(code, os.strerror(code), path)
