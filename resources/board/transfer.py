"""The board's half of a file transfer; engines/board/transfer/content.py is the host's and describes the talk.

It is sent through the raw REPL whenever it is needed, without comments. Ctrl-C ends it at any moment: what
travels never holds that byte. A host that says nothing sensible for `patience` ms is taken for gone.
"""

import gc
import sys

try:
    from binascii import crc32
    from select import poll
    from struct import pack_into, unpack_from
    from time import ticks_diff, ticks_ms

    read = sys.stdin.buffer.read
    write = sys.stdout.buffer.write
except (ImportError, AttributeError):
    raise NotImplementedError


class Host:
    def __init__(self, tag, patience):
        self.tag = tag
        self.patience = patience
        self.frame = bytearray(1033)
        self.view = memoryview(self.frame)
        self.poll = poll()
        self.poll.register(sys.stdin, 1)
        self.understood()

    def understood(self):
        self.heard = ticks_ms()

    def say(self, letter, place, size=0):
        # One frame, in one piece: a timer's sampler may write its own before and after. Data lie at 12.
        pack_into("<BBBHBHI", self.frame, 0, 0xFE, 0xD1, 4, 7 + size, letter, self.tag, place)
        pack_into("<I", self.frame, 12 + size, crc32(self.view[2 : 12 + size]))
        write(self.view[: 16 + size])

    def speaks(self, wait):
        # Whether there is something to read now, or within 300 ms.
        if self.poll.poll(300 if wait else 0):
            return True
        if ticks_diff(ticks_ms(), self.heard) > self.patience:
            raise OSError("the computer went away")
        return False

    def drain(self):
        while self.poll.poll(80):
            read(1)

    def block(self, longest):
        # The next one, or None when it was damaged; then everything behind it is thrown away.
        head = read(3)
        if head == b"QQQ":
            raise OSError("called off")
        size = head[1] & 127 | (head[2] & 127) << 7
        if head[0] == 66 and size <= longest:
            data = read(size)
            for byte in b"\x01\x02\x03\x04\x0d\x10":
                data = data.replace(bytes((16, byte | 64)), bytes((byte,)))
            if len(data) > 8 and crc32(memoryview(data)[:-4]) == unpack_from("<I", data, len(data) - 4)[0]:
                self.understood()
                return data
        self.drain()


def put(path, tag, patience, at, size, longest):
    gc.collect()
    host = Host(tag, patience)
    try:
        with open(path, "ab" if at else "wb") as file:
            host.say(87, at)
            while at < size:
                if not host.speaks(True):
                    host.say(87, at)
                    continue
                data = host.block(longest)
                place = unpack_from("<I", data)[0] if data else size
                if place == at:
                    file.write(memoryview(data)[4:-4])
                    host.understood()  # a flash may take its time, in which nobody was listened to
                    at += len(data) - 8
                elif place > at:
                    host.drain()
                    host.say(87, at)
                    continue
                host.say(65, at)
    except OSError:
        host.drain()
        raise
    finally:
        host.say(69, at)


def get(path, tag, patience, at, size, window):
    gc.collect()
    host = Host(tag, patience)
    line = b""
    taken = at
    try:
        with open(path, "rb") as file:
            file.seek(at)
            while line != b"E":
                free = at < size and at - taken < window
                if host.speaks(not free):
                    byte = read(1)
                    if byte != b"\n":
                        line = (line + byte)[-12:]
                    else:
                        order, number, line = line[:1], line[1:], b""
                        if number.isdigit():
                            host.understood()
                            taken = min(int(number), size)
                            if order == b"R":
                                at = taken
                                file.seek(at)
                elif free:
                    count = file.readinto(host.view[12 : 12 + min(1017, size - at)])
                    if not count:
                        raise OSError("the file became shorter")
                    host.say(68, at, count)
                    at += count
    finally:
        host.say(69, at)
