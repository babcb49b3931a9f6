"""Which packages a board has.

What was installed is written down on the board itself (``.packages.json`` in the lib folder): it is the
board's disk that it is about. Modules that came by other ways are listed with what they say of themselves.
"""

from __future__ import annotations

import ast
import errno
import json
from collections.abc import Mapping
from dataclasses import dataclass

from engines.board.bench import RawBench
from engines.board.files.board_files import BoardFileError
from engines.board.operations import Operation
from engines.board.session import BoardSession

RECORD = ".packages.json"
_FACTS = """
def _dirigent():
    import os, sys
    try:
        os.stat("/flash")
        disk = "/flash"
    except OSError:
        disk = "/"
    tell(([p for p in sys.path if p.endswith("lib") and not p.startswith("/rom")], disk))
"""
_MODULES = """
def _dirigent(lib):
    import os
    n = 0
    for e in os.ilistdir(lib):
        name = e[0]
        path = lib + "/" + name
        if e[1] & 0x4000:
            path += "/__init__.py"
        version = ""
        if path.endswith(".py"):
            try:
                with open(path) as f:
                    for line in f:
                        if line.startswith("__version__"):
                            version = line[11:].strip()
                            break
            except (OSError, ValueError):
                pass
        tell((name, bool(e[1] & 0x4000), version))
        n += 1
    tell((n,))
"""


@dataclass(frozen=True)
class Installed:
    """A package; ``files`` are below the lib folder, ``source`` is empty when it came by another way."""

    name: str
    version: str
    files: tuple[str, ...]
    source: str = ""
    needs: tuple[str, ...] = ()
    """What its wheel says it needs besides; known when it is installed, and not installed with it."""


@dataclass(frozen=True)
class Listing:
    """The packages of one lib folder."""

    lib: str
    packages: tuple[Installed, ...] = ()
    problem: str = ""
    """Why it is not known what was installed; then there are only the modules that were found."""


def list_packages(session: BoardSession, *, interrupt: bool = False) -> Operation[Listing]:
    """What the board's lib folder holds, by name."""
    return session.submit("Looking for packages", listing, interrupt=interrupt)


def lib_folder(bench: RawBench) -> str:
    """The folder that packages go to: the first ``lib`` in the board's ``sys.path``, else one on its disk."""
    paths, disk = bench.files.call_one(_FACTS, "")
    return str(paths[0]).rstrip("/") if paths else f"{disk.rstrip('/')}/lib"


def listing(bench: RawBench) -> Listing:
    lib = lib_folder(bench)
    try:
        modules = bench.files.call_counted(_MODULES, lib, lib)
    except BoardFileError as error:
        if error.number == errno.ENOENT:
            return Listing(lib)
        raise
    found: list[Installed] = []
    problem = ""
    try:
        found += read_record(bench, lib).values()
    except BoardFileError as error:
        problem = str(error)
    recorded = {path.partition("/")[0] for each in found for path in each.files}
    for name, is_folder, version in modules:
        if name not in recorded and (is_folder or name.endswith((".py", ".mpy"))):
            files = (f"{name}/",) if is_folder else (name,)
            found.append(Installed(name.rpartition(".")[0] or name, _literal_text(version), files))
    return Listing(lib, tuple(sorted(found, key=lambda each: each.name.casefold())), problem)


def _literal_text(text: str) -> str:
    """The value in ``= '1.2'``."""
    try:
        return str(ast.literal_eval(text.partition("=")[2].strip()))
    except (ValueError, SyntaxError):
        return ""


def read_record(bench: RawBench, lib: str) -> dict[str, Installed]:
    """What was written down; empty when nothing was.

    Raises:
        BoardFileError: it is damaged, or cannot be read. To write another would forget what it says.
    """
    path = f"{lib}/{RECORD}"
    try:
        text = bench.files.read(path)
    except BoardFileError as error:
        if error.number in (errno.ENOENT, errno.ENODEV):
            return {}
        raise
    try:
        return {
            str(name): Installed(str(name), str(each["version"]), tuple(each["files"]), str(each["source"]))
            for name, each in json.loads(text).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BoardFileError(
            path, "the list of what was installed is damaged; mend it, or rename it to begin a new one"
        ) from error


def write_record(bench: RawBench, lib: str, record: Mapping[str, Installed]) -> None:
    """What is installed now. Raises BoardFileError."""
    kept = ("version", "files", "source")
    content = {name: {key: getattr(each, key) for key in kept} for name, each in record.items()}
    bench.files.write(f"{lib}/{RECORD}", json.dumps(content, sort_keys=True).encode())
