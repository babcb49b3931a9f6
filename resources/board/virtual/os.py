# The module "os" with the board's own names and the size of the host's disk.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import host
import uos
from uos import *

__name__ = "os"

from collections import namedtuple


def uname():
    import sys

    version = sys.version.split("MicroPython ")[1]
    return _uname(
        sysname="pyboard",
        nodename="pyboard",
        release=version.split("-")[0].lstrip("v"),
        version=version,
        machine="Virtual pyboard with WASM",
    )


_uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def statvfs(path):
    try:
        size, blocks, free = [int(number) for number in host.call("space", path).split()]
    except RuntimeError:
        raise OSError(2)
    return (size, size, blocks, free, free, 0, 0, 0, 0, 255)


def chdir(path):
    parts = []
    if not path.startswith("/"):
        path = uos.getcwd() + "/" + path
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    uos.chdir("/" + "/".join(parts))


def ilistdir(path="."):
    return _sized(path, uos.ilistdir(path))


def _sized(path, entries):
    # name, type, inode and, as on a pyboard's own file system, size
    folder = path if isinstance(path, str) else str(path, "utf-8")
    for entry in entries:
        if len(entry) == 3:
            name = entry[0] if isinstance(entry[0], str) else str(entry[0], "utf-8")
            size = 0 if entry[1] == 0x4000 else uos.stat(folder + "/" + name)[6]
            entry += (size,)
        yield entry


def sync():
    pass


def mount(*arguments, **named):
    import vfs

    return vfs.mount(*arguments, **named)
