"""ROMFS partitions: query, erase, write, finish. engines/board/storage/romfs.py calls these functions."""

from binascii import a2b_base64, hexlify

import vfs


def query():
    for number in range(vfs.rom_ioctl(1)):
        dev = vfs.rom_ioctl(2, number)
        if isinstance(dev, int):
            continue
        if hasattr(dev, "ioctl"):
            block = dev.ioctl(5, 0)
            size = dev.ioctl(4, 0) * block
            head = bytearray(block)
            dev.readblocks(0, head)
        else:
            size = len(dev)
            block = vfs.rom_ioctl(6, number)
            head = memoryview(dev)[:12]
        tell((number, size, block if block > 0 else size, bytes(head[:12])))


def erase(number, block, size, length):
    try:
        vfs.umount("/rom")
    except OSError:
        pass
    dev = vfs.rom_ioctl(2, number)
    if hasattr(dev, "ioctl"):
        for n in range((length + block - 1) // block):
            dev.ioctl(6, n)
    elif block < size:
        for offset in range(0, length, block):
            vfs.rom_ioctl(3, number, offset, block)
    else:
        vfs.rom_ioctl(3, number, length)


def write(number, block, offset, text):
    data = a2b_base64(text)
    dev = vfs.rom_ioctl(2, number)
    if hasattr(dev, "ioctl"):
        dev.writeblocks(offset // block, data, offset % block)
    else:
        vfs.rom_ioctl(4, number, offset, data)


def finish(number, block, length):
    from hashlib import sha256

    digest = sha256()
    dev = vfs.rom_ioctl(2, number)
    if hasattr(dev, "ioctl"):
        data = bytearray(block)
        for at in range(0, length, block):
            dev.readblocks(at // block, data)
            digest.update(memoryview(data)[: min(block, length - at)])
    else:
        vfs.rom_ioctl(5, number)
        digest.update(memoryview(dev)[:length])
    tell(str(hexlify(digest.digest()), "ascii"))
