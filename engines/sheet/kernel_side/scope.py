"""Where a formula's names come from: sheet functions, then the workspace, then Python's builtins."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from engines.sheet.functions import FUNCTIONS
from engines.sheet.ranges import CellRange
from engines.sheet.tokens import tokenize
from engines.sheet.values import undefined
from engines.workspace.streams.live import StreamRegistry, StreamView

_REACHING_OUT = frozenset(
    {
        "__import__",
        "breakpoint",
        "compile",
        "eval",
        "exec",
        "globals",
        "help",
        "input",
        "locals",
        "open",
        "vars",
    }
)
"""Builtins that read other names, or wait for what no one can interrupt."""


class SheetAccess:
    """Base of the workspace's objects through which sheets are read."""

    __slots__ = ()


_STEADY = (StreamView, StreamRegistry, SheetAccess)
_MISSING = object()


class Scope(dict[str, Any]):
    """The globals of compiled formulas. Reads the workspace; binding a name through it is refused.

    A sheet function in another case (``average``) is found last, so that Python's ``sum`` and a workspace
    function ``log`` keep their meaning.
    """

    def __init__(self, workspace: Mapping[str, Any]) -> None:
        super().__init__(FUNCTIONS)
        self.update(
            {"__builtins__": vars(builtins), "undefined": undefined, "CellRange": CellRange},
            TRUE=True,
            FALSE=False,
            exit=_refuse_exit,
            quit=_refuse_exit,
        )
        self._workspace = workspace
        self._own = dict(self)

    def tidy(self) -> None:
        """Drop what a formula bound behind our back (``globals().update``), before the next one sees it."""
        if len(self) != len(self._own):
            self.clear()
            self.update(self._own)

    def are_steady(self, names: Iterable[str]) -> bool:
        """Whether the names mean streams, sheets and functions only: nothing a busy cell is changing."""
        return all(self._is_steady(name) for name in names)

    def _is_steady(self, name: str) -> bool:
        if name in self._own:
            return name != "__builtins__"
        value = self._workspace.get(name, _MISSING)
        if value is not _MISSING:
            return isinstance(value, _STEADY)
        if hasattr(builtins, name):
            return name not in _REACHING_OUT
        return name.upper() in FUNCTIONS

    def __missing__(self, name: str) -> Any:
        if name in self._workspace:
            return self._workspace[name]
        if not hasattr(builtins, name):
            function = FUNCTIONS.get(name.upper())
            if function is not None:
                return function
            if _is_cell(name):
                raise NameError(
                    f"name {name!r} is not defined (to call what cell {name} holds: ({name})(...))"
                )
        raise KeyError(name)

    def __setitem__(self, name: str, value: object) -> NoReturn:
        raise TypeError(
            f"a formula cannot bind names (here {name!r}); assign it in a notebook cell or the console"
        )

    def __delitem__(self, name: str) -> NoReturn:
        raise TypeError(f"a formula cannot delete names (here {name!r})")


def _refuse_exit(code: object = None) -> NoReturn:
    """IPython's own ``exit`` would end the kernel, and the next one, which computes the same."""
    raise SystemExit("a formula cannot end the kernel")


def _is_cell(name: str) -> bool:
    tokens = tokenize(name)
    return len(tokens) == 1 and tokens[0].kind == "reference"
