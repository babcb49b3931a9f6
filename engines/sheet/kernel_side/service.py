"""The sheet's part of the kernel: verbs for the app, and ``sheets`` and ``sheet`` in the workspace."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from engines.sheet.kernel_side import views
from engines.sheet.kernel_side.scripting import Scripts, Sheets, Worksheet, parse_cells
from engines.sheet.kernel_side.workbook import Changes, Workbook
from engines.sheet.references import Rect
from engines.sheet.values import undefined
from engines.workspace.running_mark import RUNNING_VARIABLE, RunningMark

Arguments = dict[str, Any]
Buffers = Sequence[Any]


class Server(Protocol):
    """What the kernel offers its services."""

    def register(self, verb: str, function: Callable[[Arguments, Buffers], Any]) -> None: ...

    def emit(self, event: str, data: Any, buffers: Buffers = ()) -> None: ...

    def flush(self) -> None: ...

    def call(self, verb: str, arguments: Arguments, buffers: Buffers = ()) -> tuple[Any, Buffers]: ...


def install(server: Server, user_ns: dict[str, Any]) -> SheetService:
    """Register the verbs and put ``sheets``, ``sheet`` and ``undefined`` into the workspace."""
    return SheetService(server, user_ns)


class SheetService:
    def __init__(self, server: Server, user_ns: dict[str, Any]) -> None:
        self.book = Workbook(user_ns, RunningMark(os.environ.get(RUNNING_VARIABLE)))
        self._server = server
        self._user_ns = user_ns
        self._scripts = Scripts(
            self.book, server.emit, lambda verb, arguments: server.call(verb, arguments)[0]
        )
        self._sheets = Sheets(self._scripts)
        user_ns["sheets"] = self._sheets
        user_ns["undefined"] = undefined
        verbs: dict[str, Callable[[Arguments], Any]] = {
            "sheet.load": self._load,
            "sheet.edit": self._edit,
            "sheet.rename": self._rename,
            "sheet.remove": self._remove,
            "sheet.activate": self._activate,
            "sheet.recalculate": self._recalculate,
            "sheet.display": self._display,
            "sheet.values": lambda arguments: views.values(self.book, arguments["name"]),
            "sheet.explain": self._explain,
            "sheet.summary": lambda arguments: views.summary(
                self.book, arguments["name"], Rect(*arguments["rect"])
            ),
        }
        for verb, function in verbs.items():
            server.register(verb, _without_buffers(function))

    def _load(self, arguments: Arguments) -> Any:
        left_out = parse_cells(dict.fromkeys(arguments.get("left_out", ()), ""))
        self.book.load(arguments["name"], parse_cells(arguments["cells"]), left_out)
        self._seen(arguments)
        if self._scripts.active is None:
            self._activate(arguments)
        return self._computed(arguments)

    def _edit(self, arguments: Arguments) -> Any:
        self.book.set_cells(arguments["name"], parse_cells(arguments["cells"]))
        self._seen(arguments)
        return self._computed(arguments)

    def _rename(self, arguments: Arguments) -> Any:
        old, new = arguments["name"], arguments["to"]
        self.book.rename(old, new)
        self._scripts.seen[new.casefold()] = self._scripts.seen.pop(old.casefold(), 0)
        if self._scripts.active == old:
            self._activate({"name": new})
        return self._computed(arguments)

    def _remove(self, arguments: Arguments) -> Any:
        name = arguments["name"]
        if name in self._sheets:
            self.book.remove(name)
        if self._scripts.active == name:
            self._scripts.active = None
            self._user_ns.pop("sheet", None)
        return self._computed(arguments)

    def _activate(self, arguments: Arguments) -> None:
        """``sheet`` in the workspace is the one that the user looks at."""
        self._scripts.active = self.book.add(arguments["name"]).name
        self._user_ns["sheet"] = Worksheet(self._scripts, self._scripts.active)

    def _recalculate(self, arguments: Arguments) -> Any:
        if arguments.get("all"):
            self.book.mark_all()
        return self._computed(arguments)

    def _display(self, arguments: Arguments) -> Any:
        """``rect`` of one block or ``rects`` of several; the cells of all of them in one list."""
        rects = arguments.get("rects") or [arguments["rect"]]
        return [cell for rect in rects for cell in views.display(self.book, arguments["name"], Rect(*rect))]

    def _explain(self, arguments: Arguments) -> Any:
        (cell,) = parse_cells({arguments["cell"]: ""})
        return views.explain(self.book, arguments["name"], *cell)

    def _seen(self, arguments: Arguments) -> None:
        key = arguments["name"].casefold()
        self._scripts.seen[key] = max(self._scripts.seen.get(key, 0), arguments.get("number", 0))

    def _computed(self, arguments: Arguments) -> dict[str, Any]:
        """Recalculate after ``names`` changed; with ``live`` beside a busy cell.

        ``show`` ({sheet: rect}) asks for the new displays of what changed inside these rectangles.
        """
        with self.book.lock:
            self._server.emit("sheet.calculating", {"ticket": arguments.get("ticket", 0)})
            self._server.flush()  # a formula in C may let no other thread of the kernel run
            live = bool(arguments.get("live"))
            changes = self.book.recalculate(arguments.get("names"), arguments.get("budget"), live=live)
            shown = self._shown(changes, arguments.get("show") or {})
        return {
            "number": changes.number,
            "changed": {name: [list(rect) for rect in rects] for name, rects in changes.changed.items()},
            "computed": changes.computed,
            "errors": changes.errors,
            "unfinished": [[name, list(rect)] for name, rect in changes.unfinished],
            "postponed": [[name, list(rect)] for name, rect in changes.postponed],
            "interrupted": changes.interrupted,
            "shown": shown,
        }

    def _shown(self, changes: Changes, show: dict[str, list[int]]) -> dict[str, Any]:
        shown = {}
        for name, wanted in show.items():
            visible = Rect(*wanted)
            rects = [common for rect in changes.changed.get(name, ()) if (common := rect.overlap(visible))]
            if rects:
                cells = [cell for rect in rects for cell in views.display(self.book, name, rect)]
                shown[name] = {"rects": [list(rect) for rect in rects], "cells": cells}
        return shown


def _without_buffers(function: Callable[[Arguments], Any]) -> Callable[[Arguments, Buffers], Any]:
    def call(arguments: Arguments, _buffers: Buffers = ()) -> Any:
        return function(arguments)

    return call
