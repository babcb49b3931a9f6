# The module "vfs", in which the board's disks are mounted one by one, as on a pyboard (natively they are one).
# ruff: noqa

import os
import vfs as _vfs
from vfs import *

__name__ = "vfs"


def mount(*arguments, **named):
    if arguments:
        return _vfs.mount(*arguments, **named)
    mounted = []
    for disk, path in _vfs.mount():
        mounted += [(disk, path)] if path != "/" else [(disk, "/" + name) for name in _disks()]
    return mounted


def _disks():
    return [name for name in ("flash", "sd", "rom") if name in os.listdir("/")]
