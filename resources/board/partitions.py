"""The flash partitions of an ESP32. engines/board/storage/partitions.py calls these functions."""

from binascii import a2b_base64, b2a_base64, hexlify
from hashlib import sha256

from esp32 import Partition


def query():
    running = Partition(Partition.RUNNING).info()[4]
    boot = Partition(Partition.BOOT).info()[4]
    for kind in (Partition.TYPE_APP, Partition.TYPE_DATA):
        for part in Partition.find(kind):
            info = part.info()
            label = info[4]
            tell((label, kind == Partition.TYPE_APP, info[2], info[3], label == running, label == boot))


def _find(label):
    for kind in (Partition.TYPE_APP, Partition.TYPE_DATA):
        for part in Partition.find(kind):
            if part.info()[4] == label:
                return part


def write(label, offset, text):
    part = _find(label)
    part.ioctl(6, offset // 4096)
    part.writeblocks(offset // 4096, a2b_base64(text))


def read(label, size, printed):
    part = _find(label)
    digest = sha256()
    block = bytearray(4096)
    for at in range(0, size, 4096):
        part.readblocks(at // 4096, block)
        data = memoryview(block)[: min(4096, size - at)]
        digest.update(data)
        if printed:
            for start in range(0, len(data), 768):
                tell(b2a_base64(data[start : start + 768]))
    tell(str(hexlify(digest.digest()), "ascii"))


def next_update():
    tell(Partition(Partition.RUNNING).get_next_update().info()[4])


def start_next():
    Partition(Partition.RUNNING).get_next_update().set_boot()


def confirm():
    Partition.mark_app_valid_cancel_rollback()
