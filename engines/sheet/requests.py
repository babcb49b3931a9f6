"""What is still to be sent to the kernel, merged: one request is under way at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.sheet.references import Cell, cell_name

SLICE_SECONDS = 0.5
"""After that long the kernel begins no further formula and answers, so that others get their turn."""


@dataclass
class _Edit:
    sheet: str
    cells: dict[Cell, None]


@dataclass
class _Load:
    sheet: str


@dataclass
class _Other:
    verb: str
    arguments: dict[str, Any]


@dataclass
class Outbox:
    """Edits, loads and recalculations in the order they came; what can be merged is.

    Texts are read when a request leaves, so an edit always carries the document's latest ones.
    """

    texts_of: Callable[[str], Mapping[Cell, str]]
    endless_of: Callable[[str], Collection[Cell]]
    _number: int = 0
    _sent: dict[str, int] = field(default_factory=dict)
    _steps: list[_Edit | _Load | _Other] = field(default_factory=list)
    _leaving: _Edit | None = None
    _names: set[str] = field(default_factory=set)
    _calculate: bool = False
    _everything: bool = False

    def load(self, sheet: str) -> None:
        self._steps = [step for step in self._steps if getattr(step, "sheet", None) != sheet]
        self._steps.append(_Load(sheet))

    def edit(self, sheet: str, cells: Iterable[Cell]) -> None:
        for step in self._steps:
            if isinstance(step, _Load) and step.sheet == sheet:
                return  # it will carry these cells, too
            if isinstance(step, _Edit) and step.sheet == sheet:
                step.cells.update(dict.fromkeys(cells))
                return
        self._steps.append(_Edit(sheet, dict.fromkeys(cells)))

    def adopt(self, sheet: str) -> None:
        """A script made this sheet: the kernel has it."""
        self._sent.setdefault(sheet, 0)

    def rename(self, old: str, new: str) -> None:
        """Steps waiting for the old name go to the new one, as the document has it already."""
        if old in self._sent:
            self._sent[new] = self._sent.pop(old)
            self._steps.insert(0, _Other("sheet.rename", {"name": old, "to": new}))
        for step in self._steps:
            if not isinstance(step, _Other) and step.sheet == old:
                step.sheet = new

    def remove(self, sheet: str) -> None:
        self._steps = [step for step in self._steps if getattr(step, "sheet", None) != sheet]
        self._sent.pop(sheet, None)
        self._steps.append(_Other("sheet.remove", {"name": sheet}))

    def recalculate(self, names: Iterable[str] = (), *, everything: bool = False) -> None:
        self._names.update(names)
        self._calculate = True
        self._everything = self._everything or everything

    def last_sent(self, sheet: str) -> int:
        """The number of the sheet's last edit or load that left, 0 if none.

        The kernel says with each edit of a script which of these it had seen.
        """
        return self._sent.get(sheet, 0)

    def waits_for(self, sheet: str) -> bool:
        """Whether texts of the sheet have not left yet."""
        return any(getattr(step, "sheet", None) == sheet for step in self._steps)

    def unconfirmed(self, sheet: str) -> list[Collection[Cell]]:
        """Cells of the sheet whose latest texts the kernel may not have: they wait or are on their way."""
        edits = [step for step in (*self._steps, self._leaving) if isinstance(step, _Edit)]
        return [edit.cells for edit in edits if edit.sheet == sheet]

    def confirm(self) -> None:
        """The kernel has answered the last request."""
        self._leaving = None

    def next(self) -> tuple[str, dict[str, Any]] | None:
        """The next request, with the names that changed meanwhile; None when there is nothing to say."""
        if not (self._steps or self._calculate):
            return None
        names, self._names = sorted(self._names), set()
        self._calculate = False
        if not self._steps or self._everything:
            everything, self._everything = self._everything, False
            verb, arguments = "sheet.recalculate", {"all": everything} if everything else {}
        else:
            verb, arguments = self._message(self._steps.pop(0))
        return verb, {**arguments, "names": names or None, "budget": SLICE_SECONDS}

    def clear(self) -> None:
        """Forget everything: the kernel is gone."""
        self._steps.clear()
        self._sent.clear()
        self._leaving = None
        self._names.clear()
        self._calculate = self._everything = False

    def _message(self, step: _Edit | _Load | _Other) -> tuple[str, dict[str, Any]]:
        if isinstance(step, _Other):
            return step.verb, step.arguments
        self._number += 1
        self._sent[step.sheet] = self._number
        texts = self.texts_of(step.sheet)
        message: dict[str, Any] = {"name": step.sheet, "number": self._number}
        if isinstance(step, _Load):
            cells = {cell_name(*cell): text for cell, text in texts.items()}
            left_out = [cell_name(*cell) for cell in self.endless_of(step.sheet)]
            return "sheet.load", message | {"cells": cells, "left_out": left_out}
        self._leaving = step
        cells = {cell_name(*cell): texts.get(cell, "") for cell in step.cells}
        return "sheet.edit", message | {"cells": cells}
