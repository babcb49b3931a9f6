"""A lock on a file that the system releases by itself when its holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    # Windows locks are mandatory for the locked bytes: lock one far behind anything that is stored.
    _FAR = 1 << 40

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(file: BinaryIO) -> bool:
    """Lock an open file for this holder alone until it is closed; False when someone else holds it."""
    try:
        _take(file.fileno())
    except OSError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock of ``path``; True also where that cannot be found out."""
    try:
        with path.open("rb") as file:
            return not try_lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
