"""The two sides of a sync: what files a folder of this computer has, and what files one of the board has."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from engines.board.bench import RawBench
from engines.board.files.board_files import BoardFileError
from engines.board.packages.mpy import MpyError, MpyFormat, board_format, check, compile_source
from engines.board.sync.plan import File, is_ignored

_NAMES_AT_ONCE = 1500
"""Characters of file names in one program: a small board compiles it in its RAM."""
_COMPILERS = 4

_SCAN = """
def _dirigent(root):
    import os
    root = (root or os.getcwd()).rstrip("/")
    tell(root)
    n = 1
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        for e in os.ilistdir(root + folder or "/"):
            path = folder + "/" + e[0]
            size = None
            if e[1] == 0x4000:
                waiting.append(path)
                size = -1
            elif e[1] == 0x8000 and len(e) > 3:
                size = e[3]
            else:
                try:
                    s = os.stat(root + path)
                except OSError:
                    s = None
                if s and s[0] & 0xF000 != 0x8000:
                    continue
                size = s and s[6]
            tell((path[1:], size))
            n += 1
    tell((n,))
"""
_HASH = """
def _dirigent(root, names):
    try:
        from hashlib import sha256
    except ImportError:
        return
    from binascii import hexlify
    b = bytearray(1024)
    m = memoryview(b)
    for name in names:
        h = sha256()
        try:
            with open(root + "/" + name, "rb") as f:
                while True:
                    n = f.readinto(b)
                    if not n:
                        break
                    h.update(m[:n])
            tell(str(hexlify(h.digest()), "ascii"))
        except OSError:
            tell("gone")
"""
_IDENTITY = """
def _dirigent():
    from binascii import hexlify
    for name in ("machine", "pyb"):
        try:
            tell(str(hexlify(__import__(name).unique_id()), "ascii"))
            return
        except (ImportError, AttributeError):
            pass
    tell("")
"""
_FOLDER = """
def _dirigent():
    import os
    tell(os.getcwd())
"""


@dataclass
class Side:
    """A folder's files by path, its folders, and a sentence for each file that is left out."""

    files: dict[str, File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)


def identity(bench: RawBench) -> str:
    """The board's unique number in hex; empty where it has none."""
    return bench.files.call_one(_IDENTITY, "")


def working_folder(bench: RawBench) -> str:
    """The folder that the board's programs start in."""
    return bench.files.call_one(_FOLDER, "")


# This computer


def scan_here(folder: Path, ignore: tuple[str, ...]) -> Side:
    """Files of a folder, without digests. Links to folders are not followed: they may go round in circles.

    Raises:
        BoardFileError: the folder itself cannot be read.
    """
    side = Side()
    if not folder.is_dir():
        raise BoardFileError(str(folder), "there is no such folder on this computer")
    for path, entry in _walk_here(folder, "", ignore, side):
        try:
            stat = entry.stat()
            path.encode()
            side.files[path] = File(stat.st_size, stamp=stat.st_mtime_ns)
        except OSError as error:
            side.problems[path] = f"{path}: cannot be read ({error.strerror})."
        except UnicodeEncodeError:
            side.problems[path] = f"{path!a}: the name is no valid text; rename it."
    return side


def _walk_here(
    folder: Path, prefix: str, ignore: tuple[str, ...], side: Side
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    waiting = [(folder, prefix)]
    while waiting:
        place, prefix = waiting.pop()
        try:
            entries = list(os.scandir(place))
        except OSError as error:
            side.problems[prefix.rstrip("/")] = f"{place}: cannot be read ({error.strerror})."
            continue
        for entry in entries:
            path = prefix + entry.name
            if is_ignored(path, ignore):
                continue
            if entry.is_dir(follow_symlinks=False):
                side.folders.add(path)
                waiting.append((Path(entry.path), f"{path}/"))
            elif entry.is_file():
                yield path, entry


def digest_here(folder: Path, path: str) -> str:
    """Raises OSError."""
    with (folder / path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add_digests_here(folder: Path, side: Side, paths: Iterable[str]) -> None:
    for path in paths:
        if side.files[path].digest:
            continue
        try:
            side.files[path] = side.files[path]._replace(digest=digest_here(folder, path))
        except OSError as error:
            del side.files[path]
            side.problems[path] = f"{path}: cannot be read ({error.strerror})."


def compile_side(folder: Path, side: Side, format_: MpyFormat) -> None:
    """Put compiled modules in the place of Python files. ``main.py`` and ``boot.py`` are run as they are."""
    sources = [path for path in side.files if path.endswith(".py") and path not in ("main.py", "boot.py")]
    with ThreadPoolExecutor(_COMPILERS) as pool:
        made = pool.map(lambda path: _try_compile(folder, path, side.files[path], format_), sources)
        for source, result in zip(sources, made, strict=True):
            file = side.files.pop(source)
            if isinstance(result, str):
                side.problems[source] = result
                continue
            compiled = File(len(result), hashlib.sha256(result).hexdigest(), source, file.stamp)
            side.files[f"{source.removesuffix('.py')}.mpy"] = compiled


def compiled_data(folder: Path, file: File, format_: MpyFormat) -> bytes:
    """The content of a compiled module that ``compile_side`` found. Raises MpyError and SyntaxError."""
    return _compiled(folder / file.source, file.source, file.stamp, format_)


def _try_compile(folder: Path, path: str, file: File, format_: MpyFormat) -> bytes | str:
    try:
        return _compiled(folder / path, path, file.stamp, format_)
    except MpyError as error:
        return str(error)
    except SyntaxError as error:
        return f"{path}, line {error.lineno}: {error.msg}"


@lru_cache(maxsize=1024)
def _compiled(source: Path, shown_as: str, stamp: int, format_: MpyFormat) -> bytes:
    return compile_source(source, format_, shown_as=shown_as)


def refuse_foreign_modules(bench: RawBench, folder: Path, side: Side, paths: Iterable[str]) -> None:
    """Leave out compiled modules of this folder that the board could not load."""
    modules = [path for path in paths if path.endswith(".mpy") and not side.files[path].source]
    format_ = board_format(bench) if modules else MpyFormat(0)
    for path in modules:
        try:
            check((folder / path).read_bytes(), format_, path)
        except MpyError as error:
            side.problems[path] = str(error)
        except OSError as error:
            side.problems[path] = f"{path}: cannot be read ({error.strerror})."


# The board


def scan_there(bench: RawBench, root: str, ignore: tuple[str, ...]) -> tuple[str, Side]:
    """The board's folder (its working folder where ``root`` is empty) and its files, without digests.

    Raises:
        BoardFileError: ``number`` is ENOENT where there is no such folder.
    """
    found, *entries = bench.files.call_counted(_SCAN, root or "/", root)
    side = Side()
    for path, size in entries:
        if is_ignored(path, ignore):
            continue
        if not _is_safe(path):
            side.problems[path] = f"{path!a} on the board: a file of this computer cannot have this name."
        elif size is None:
            side.problems[path] = f"{path} on the board: cannot be read."
        elif size < 0:
            side.folders.add(path)
        else:
            side.files[path] = File(size)
    return found, side


def _is_safe(path: str) -> bool:
    """A name from the board must stay within the folder here."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        return False
    return sys.platform != "win32" or not any(
        set(part) & set('\\:*?"<>|') or part[-1] in ". " for part in parts
    )


def digests_there(bench: RawBench, root: str, paths: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files on the board, computed there, or here from what is read; missing ones are left out."""
    found: dict[str, str] = {}
    root = root.rstrip("/")
    for names in _batches(sorted(paths)):
        answers = bench.files.call(_HASH, root, root, names)
        if len(answers) != len(names):
            answers = [_read_digest(bench, f"{root}/{name}") for name in names]
        found |= {name: digest for name, digest in zip(names, answers, strict=True) if digest != "gone"}
    return found


def _read_digest(bench: RawBench, path: str) -> str:
    try:
        return hashlib.sha256(bench.files.read(path)).hexdigest()
    except BoardFileError:
        return "gone"


def _batches(names: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for name in names:
        if batch and size + len(ascii(name)) > _NAMES_AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += len(ascii(name))
    if batch:
        yield batch


def add_digests_there(bench: RawBench, root: str, side: Side, paths: Iterable[str]) -> None:
    for path, digest in digests_there(bench, root, paths).items():
        side.files[path] = side.files[path]._replace(digest=digest)
