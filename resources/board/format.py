"""Makes the board's own disk anew. engines/board/storage/disk_format.py calls ``format_disk``."""

import os

try:
    import vfs
except ImportError:  # before 1.23
    vfs = os


# Block device, mount point, file system and its options, as the board's firmware makes them itself.
def _own():
    try:
        from pyb import Flash

        return Flash(start=0), "/flash", "VfsFat", {}
    except (ImportError, AttributeError):  # the latter: the virtual pyboard
        pass
    try:
        from rp2 import Flash

        return Flash(), "/", "VfsLfs2", {"progsize": 256}
    except ImportError:
        pass
    try:
        from esp32 import Partition
    except ImportError:
        return None
    for label, kind in (("vfs", "VfsLfs2"), ("ffat", "VfsFat")):
        found = Partition.find(Partition.TYPE_DATA, label=label)
        if found:
            return found[0], "/", kind, {}


# What the disk had, where that can still be seen; else the usual one, or the one that there is.
def _kind(device, usual):
    block = bytearray(device.ioctl(5, 0) or 512)
    try:
        device.readblocks(0, block)
    except OSError:
        pass
    if bytes(block[8:16]) == b"littlefs":
        usual = "VfsLfs2"
    elif b"FAT" in (bytes(block[54:57]), bytes(block[82:85])):
        usual = "VfsFat"
    for kind in (usual, "VfsLfs2", "VfsFat"):
        if hasattr(vfs, kind):
            return kind


def format_disk():
    found = _own()
    if found is None:
        tell(None)
        return
    device, place, usual, options = found
    kind = _kind(device, usual)
    make = getattr(vfs, kind)
    if kind == "VfsFat":
        options = {}
    try:
        vfs.umount(place)
    except OSError:  # it could not be mounted
        pass
    make.mkfs(device, **options)
    vfs.mount(make(device, **options), place)
    os.chdir(place)
    space = os.statvfs(place)
    tell((place, "FAT" if kind == "VfsFat" else "LittleFS", space[1] * space[2]))
