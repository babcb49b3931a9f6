"""Completion and help for MicroPython sources: jedi, looking at the micropython-*-stubs.

The stubs are laid out as PEP 561 stub packages (``time-stubs/__init__.pyi``) in a folder of their own. Found
under that name they go before what jedi knows of CPython, so that ``time.ticks_ms`` is offered, and the
packages of this program are not.
"""

from __future__ import annotations

import re
import shutil
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from engines.workspace.parse_cache import forgive_damage

if TYPE_CHECKING:
    from jedi import Project, Script

_DISTRIBUTIONS = ("micropython-stm32-stubs", "micropython-stdlib-stubs")
_AS_JEDI_HAS_THEM = (
    "builtins",
    "typing",
    "typing_extensions",
    "types",
    "_typeshed",
    "abc",
    "enum",
    "collections",
)
"""jedi's own inference stands on these."""
_IMPORT = re.compile(r"\s*(?:import\s+(?:[\w.]+\s*(?:as\s+\w+)?\s*,\s*)*|from\s+)(\w*)$")
_LONGEST_HELP = 4000
MOST = 400
"""Completions offered at once."""


@dataclass(frozen=True)
class Found:
    """``texts`` may stand in place of the characters ``start`` to the cursor."""

    start: int
    texts: tuple[str, ...]


class Completer:
    """Answers for sources at any place; keeps what jedi has parsed.

    Args:
        cache: where the stub packages are laid out and jedi keeps what it has parsed.
        project: sources beside the one that is edited, which it may import; or None.
    """

    def __init__(self, cache: Path, project: Path | None = None) -> None:
        self._cache = cache
        self._project = project

    def complete(self, source: str, cursor: int) -> Found:
        """Names that can stand at the cursor (code points), public ones first."""
        importing = _IMPORT.search(_line_before(source, cursor))
        if importing:
            return self._modules(importing[1], cursor)
        script = self._script(source)
        found = script.complete(*_place(source, cursor))
        if not found:
            return Found(cursor, ())
        names = [each.name for each in found if not self._is_of_cpython(each.module_path)]
        typed = found[0].get_completion_prefix_length()
        hidden = source[cursor - typed : cursor].startswith("_")
        shown = [name for name in names if hidden or not name.startswith("_")]
        return Found(cursor - typed, tuple(dict.fromkeys(shown))[:MOST])

    def help(self, source: str, cursor: int) -> str:
        """Signature and docstring of what is called or named at the cursor; '' when nothing is known."""
        line, column = _place(source, cursor)
        script = self._script(source)
        for name in script.help(line, column):
            if name.type != "keyword":
                text = name.docstring()
                return (text or name.description)[:_LONGEST_HELP]
        for signature in script.get_signatures(line, column):
            return (signature.docstring() or signature.to_string())[:_LONGEST_HELP]
        return ""

    def _modules(self, prefix: str, cursor: int) -> Found:
        names = sorted(each for each in self.modules if each.startswith(prefix) and not each.startswith("_"))
        return Found(cursor - len(prefix), tuple(names))

    @cached_property
    def modules(self) -> frozenset[str]:
        """What a board can import, and the project's own files."""
        stubs = {each.name.removesuffix("-stubs") for each in self._stubs.iterdir()}
        own = {each.stem for each in self._project.glob("*.py")} if self._project else set()
        return frozenset(stubs | own | {"collections", "builtins"})

    @cached_property
    def _jedi_project(self) -> Project:
        import jedi

        forgive_damage()
        jedi.settings.cache_directory = str(self._cache / "jedi")
        path = [str(self._stubs), *([str(self._project)] if self._project else [])]
        return jedi.Project(self._stubs, sys_path=path, smart_sys_path=False)

    @cached_property
    def _stubs(self) -> Path:
        return lay_out_stubs(self._cache)

    def _script(self, source: str) -> Script:
        import jedi

        return jedi.Script(source, project=self._jedi_project, environment=jedi.InterpreterEnvironment())

    def _is_of_cpython(self, path: Path | None) -> bool:
        """It comes from this computer's Python and is not told of by the stubs."""
        return path is not None and path.suffix == ".py" and path.is_relative_to(_cpython())


def lay_out_stubs(cache: Path) -> Path:
    """The folder in ``cache`` with one stub package for each module that the installed stubs describe.

    Made when it is not there; several programs may do that at the same time.
    """
    folder = cache / "-".join(["stubs", *(_version(each) for each in _DISTRIBUTIONS)])
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix="stubs.", dir=cache))
    for source, parts in _stub_files():
        if parts[0] == "_mpy_shed":  # the stubs' own helpers, imported by that name
            target = new.joinpath(*parts)
        elif parts[0].removesuffix(".pyi") in _AS_JEDI_HAS_THEM:
            continue
        elif len(parts) == 1:
            target = new / f"{parts[0].removesuffix('.pyi')}-stubs" / "__init__.pyi"
        else:
            target = new.joinpath(f"{parts[0]}-stubs", *parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    try:
        new.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(new)  # another program was quicker
    return folder


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "none"


def _stub_files() -> list[tuple[Path, tuple[str, ...]]]:
    """Every stub file with the parts of its module's path. Stubs that are not installed are none."""
    found = []
    for distribution in _DISTRIBUTIONS:
        try:
            files = metadata.distribution(distribution).files or []
        except metadata.PackageNotFoundError:
            continue
        for file in files:
            parts = file.parts[1:] if file.parts[0] == "stdlib" else file.parts
            if file.suffix == ".pyi" and parts[0] not in ("stubs", "__builtins__.pyi"):
                found.append((Path(str(file.locate())), parts))
    return found


def _cpython() -> Path:
    return Path(sysconfig.get_path("stdlib"))


def _line_before(source: str, cursor: int) -> str:
    return source[source.rfind("\n", 0, cursor) + 1 : cursor]


def _place(source: str, cursor: int) -> tuple[int, int]:
    """Line from 1 and column from 0."""
    return source.count("\n", 0, cursor) + 1, len(_line_before(source, cursor))
