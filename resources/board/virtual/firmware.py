# The guest's side of the virtual board: set the standard streams up, load the board's modules, run what the host
# asks for. The host (engines/board/virtual/board.py) is the serial port, the prompt and the clock.
# ruff: noqa
# (MicroPython's, not CPython's: what is imported here is what a program imports from here)

import builtins
import gc
import machine
import os
import sys

import host
from _irq import lock_to

_RAW_OUTPUT = 4
_RAW_INPUT = 5


def _split_streams():
    # print() and sys.stdout are text (\n goes out as \r\n), sys.stdout.buffer is not. Natively both are
    # descriptor 1; the file objects are {type, descriptor} in writable memory, so the binary ones get their own.
    machine.mem32[id(sys.stdout.buffer) + 4] = _RAW_OUTPUT
    machine.mem32[id(sys.stdin.buffer) + 4] = _RAW_INPUT


def _rename_platform():
    # sys.platform is a constant string object {type, hash, length, data}; hash 0 means not computed.
    address = id(sys.platform)
    machine.mem32[address + 4] = 0
    machine.mem32[address + 8] = len(_PLATFORM)
    machine.mem32[address + 12] = machine.mem32[id(_PLATFORM) + 12]


_PLATFORM = b"pyboard"


def _renumber_errors():
    # The C library's error numbers are WASI's; programs for a pyboard know MicroPython's (py/mperrno.h), and the host
    # gives those. Both tables of the module "errno" are constant dicts {type, count << 3 | flags, allocated, entries}
    # in writable memory; an entry is {key, value}, a small int n is stored as n << 1 | 1.
    import errno

    mem = machine.mem32
    numbers = {}
    for name in dir(errno):
        value = getattr(errno, name)
        if name in _NUMBERS and isinstance(value, int):
            numbers[value << 1 | 1] = int(_NUMBERS[_NUMBERS.index(name) + 1]) << 1 | 1
    for table, column in ((mem[id(errno) + 4], 4), (id(errno.errorcode), 0)):
        for i in range((mem[table + 4] & 0xFFFFFFFF) >> 3):
            where = mem[table + 12] + 8 * i + column
            mem[where] = numbers.get(mem[where], mem[where])


_NUMBERS = (
    "EPERM 1 ENOENT 2 EIO 5 EBADF 9 EAGAIN 11 ENOMEM 12 EACCES 13 EEXIST 17 ENODEV 19 EISDIR 21 EINVAL 22 "
    "EOPNOTSUPP 95 EADDRINUSE 98 ECONNABORTED 103 ECONNRESET 104 ENOBUFS 105 ENOTCONN 107 ETIMEDOUT 110 "
    "ECONNREFUSED 111 EHOSTUNREACH 113 EALREADY 114 EINPROGRESS 115"
).split()


def _input(prompt=""):
    host.call("input", str(prompt))
    with open("/dev/input", "rb") as answer:
        line = answer.read()
    if not line:
        raise EOFError
    return str(line[:-1], "utf-8")


def _names(path, main):
    # What Tab can offer: attributes of the object at the path, or modules after "import".
    if path == "import":
        return _MODULES
    thing = sys.modules.get("__main__") or __import__("__main__")
    for name in path.split("."):
        if name:
            thing = getattr(thing, name)
    return dir(thing)


_MODULES = (
    "array asyncio binascii builtins cmath collections deflate errno framebuf gc hashlib heapq io json machine math "
    "micropython os platform pyb random re select stream struct sys time uasyncio uctypes vfs"
).split()


def _run(kind, main, source):
    if kind == b"s":
        exec(compile(source.read(), "<stdin>", "single"), main)
    elif kind == b"k":
        compile(source.read(), "<stdin>", "exec")
    elif kind == b"f":
        execfile(str(source.read(), "utf-8"), main)
    elif kind == b"c":
        return " ".join(_names(str(source.read(), "utf-8"), main))
    elif os.getcwd().startswith(_OWN_FOLDERS):
        execfile("<stdin>", main)
    else:  # the current folder is on a file system of the program's own, where "<stdin>" would be looked for
        exec(compile(source.read(), "<stdin>", "exec"), main)
    return ""


_OWN_FOLDERS = ("/flash", "/sd", "/rom")


def _serve(main):
    request = open("/dev/request", "rb")
    source = open("/dev/source", "rb")
    traceback = open("/dev/traceback", "w")
    kind = b""
    while True:
        try:
            kind = request.read(1)
            try:
                answer = _run(kind, main, source)
                outcome = "ok"
            except SystemExit:
                outcome, answer = "exit", ""
        except BaseException as error:
            lock_to(0)
            outcome, answer = "error", ""
            try:
                if kind != b"c":
                    sys.print_exception(error, traceback)
            except BaseException:
                traceback.write("MemoryError: \n")
            error = None
        lock_to(0)  # a program that leaves the heap locked still has a prompt, as on a pyboard
        _done(outcome, answer)


def _done(outcome, answer):
    while True:
        try:
            host.call("done", outcome + "\0" + str(sys.ps1) + "\0" + str(sys.ps2) + "\0" + answer)
            return
        except BaseException:  # Ctrl-C in the last moment, or no memory left for the message
            gc.collect()


def run():
    import micropython_board

    import select_board
    import vfs_board

    sys.modules["micropython"] = micropython_board
    sys.modules["vfs"] = vfs_board
    sys.modules["select"] = select_board
    import pyb  # loaded now, so that a program finds it without the firmware's folder on its path
    import time

    home = host.call("home", "")
    sys.path[:] = ["", ".frozen", "/flash", "/flash/lib", "/rom"]
    if home != "/flash":
        sys.path[2:2] = [home, home + "/lib"]
    sys.argv.clear()
    builtins.input = _input
    _split_streams()
    _rename_platform()
    _renumber_errors()
    try:
        os.chdir(home)
    except OSError:
        pass  # its folder is gone; the prompt is there all the same
    host.call("hello", sys.version.split("MicroPython ")[1] + "\0" + str(sys.ps1) + "\0" + str(sys.ps2))
    main = __import__("__main__").__dict__
    main.pop("__file__", None)
    gc.collect()
    _serve(main)
