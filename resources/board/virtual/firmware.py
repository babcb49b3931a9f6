# The guest's side of the virtual board: set the standard streams up, load the board's modules, run what the host
# asks for. The host (engines/board/virtual/board.py) is the serial port, the prompt and the clock.

import builtins
import gc
import machine
import os
import sys

import host

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
    "array binascii builtins cmath collections deflate errno framebuf gc hashlib heapq io json machine math "
    "micropython os platform pyb random re select stream struct sys time uctypes vfs"
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
            outcome, answer = "error", ""
            try:
                if kind != b"c":
                    sys.print_exception(error, traceback)
            except BaseException:
                traceback.write("MemoryError: \n")
            error = None
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

    sys.modules["micropython"] = micropython_board
    import pyb  # loaded now, so that a program finds it without the firmware's folder on its path
    import time

    sys.path[:] = ["", ".frozen", "/flash", "/flash/lib", "/rom"]
    sys.argv.clear()
    builtins.input = _input
    _split_streams()
    _rename_platform()
    try:
        os.chdir("/flash")
    except OSError:
        pass  # its folder is gone; the prompt is there all the same
    host.call("hello", sys.version.split("MicroPython ")[1] + "\0" + str(sys.ps1) + "\0" + str(sys.ps2))
    main = __import__("__main__").__dict__
    main.pop("__file__", None)
    gc.collect()
    _serve(main)
