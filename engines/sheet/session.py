"""One sheet document with what its cells show. Values come from the kernel and never keep anyone waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from engines.sheet.blocks import Blocks, Key, block_rect
from engines.sheet.document import SheetDocument
from engines.sheet.formula import is_formula
from engines.sheet.operations import SheetChange
from engines.sheet.references import WHOLE, Cell, Rect, cell_name, rectangles
from engines.sheet.values import EMPTY, Shown, show, typed
from engines.workspace.events import Event
from engines.workspace.kernel_api import Lane, Reply

if TYPE_CHECKING:
    from engines.sheet.open_sheets import OpenSheets


class SheetSession:
    """What a view needs of one sheet. Made by ``OpenSheets.open``."""

    def __init__(self, document: SheetDocument, sheets: OpenSheets) -> None:
        self.document = document
        self.updated: Event[tuple[Rect, ...]] = Event()
        """The rectangles whose displays changed."""
        self.endless: set[Cell] = set()
        """Formulas that no interrupt ended: new kernels leave them out until they are edited."""
        self._sheets = sheets
        self._blocks = Blocks(self._provisional)
        self._visible: Rect | None = None
        self._from_kernel = False
        self._disconnect = document.changed.connect(self._document_changed)

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def connected(self) -> bool:
        """Whether a kernel computes; without one the last values are shown as stale."""
        return self._sheets.connected

    @property
    def visible(self) -> Rect | None:
        return self._visible

    # Looking.

    def look_at(self, rect: Rect) -> None:
        """The view shows this part; its values come with every recalculation from now on."""
        self._visible = rect
        self._ask(rect)

    def shown(self, column: int, row: int) -> Shown:
        """What the cell shows as far as known; what is not is asked for, and ``updated`` tells of it."""
        if not self._blocks.is_current(column, row):
            self._ask(Rect(column, row, column, row))
        shown = self._blocks.shown(column, row)
        return shown if self.connected else _stale(shown, self.document.text(column, row))

    def explain(self, cell: Cell, then: Callable[[dict[str, Any]], object]) -> None:
        """Formula, error with traceback, type, repr and reads of a cell; {} where the kernel cannot say."""

        def answered(reply: Reply) -> None:
            then(reply.value if reply.error is None else {})

        arguments = {"name": self.name, "cell": cell_name(*cell)}
        self._sheets.ask("sheet.explain", arguments, answered, Lane.ASIDE)

    def summary(self, rect: Rect, then: Callable[[dict[str, Any]], object]) -> None:
        """``count``, ``sum`` and ``mean`` of the numbers in a rectangle; {} where the kernel cannot say."""

        def answered(reply: Reply) -> None:
            then(reply.value if reply.error is None else {})

        self._sheets.ask("sheet.summary", {"name": self.name, "rect": list(rect)}, answered, Lane.ASIDE)

    def values(self, then: Callable[[Reply], object]) -> None:
        """All computed values, for export: [row, column, value, kind] each."""
        self._sheets.ask("sheet.values", {"name": self.name}, then, Lane.MAIN)

    def displays(self, rect: Rect, then: Callable[[dict[Cell, str]], object]) -> None:
        """What the cells of any rectangle show, for the clipboard; {} where the kernel cannot say."""

        def answered(reply: Reply) -> None:
            cells = reply.value if reply.error is None else []
            then({(column, row): text for row, column, text, _kind in cells})

        self._sheets.ask("sheet.display", {"name": self.name, "rect": list(rect)}, answered, Lane.ASIDE)

    def recalculate(self) -> None:
        """Compute everything again (F9)."""
        self._sheets.recalculate_all()

    def activate(self) -> None:
        """The user works on this sheet: it is ``sheet`` in the workspace."""
        self._sheets.activate(self)

    def cut_pasted(self, sheet: str, rect: Rect) -> None:
        """What was cut from another sheet arrived here: it leaves there."""
        other = self._sheets.session(sheet)
        if other is not None and other is not self:
            other.document.clear(rect)

    # What OpenSheets calls.

    def edit_from_kernel(self, texts: Mapping[Cell, str], label: str) -> None:
        """A script's edit, which the kernel's mirror has already: one undo step."""
        self._from_kernel = True
        try:
            self.document.edit(texts, label)
        finally:
            self._from_kernel = False
        self._look_again(texts)

    def history_from_kernel(self, step: Callable[[], str | None]) -> tuple[str | None, dict[Cell, str]]:
        """Undo or redo for a script: what it was called, and the texts it changed."""
        texts: dict[Cell, str] = {}
        disconnect = self.document.changed.connect(lambda change: texts.update(change.texts))
        self._from_kernel = True
        try:
            label = step()
        finally:
            self._from_kernel = False
            disconnect()
        self._look_again(texts)
        return label, texts

    def values_changed(self, rects: Iterable[Rect], shown: Mapping[str, Any] | None) -> None:
        """The kernel computed: ``shown`` has the new displays inside what is visible."""
        rects = tuple(rects)
        visible = self._visible if shown is not None else None
        if shown is not None:
            newer = [Rect(*rect) for rect in shown["rects"]]
            self._blocks.put(newer, shown["cells"])
            self._keep_typed(newer)
        for rect in rects:
            self._blocks.outdate(rect, visible)
        if self._visible is not None:
            self._ask(self._visible)
        if rects:
            self.updated.emit(rects)

    def left_out(self, rect: Rect) -> None:
        """These cells are out of date and wait for their turn."""
        self._blocks.mark_stale(rect)
        self.updated.emit((rect,))

    def kernel_changed(self) -> None:
        """It died, or a new one is there: everything shown is out of date."""
        self._blocks.forget_answers()
        if self.connected and self._visible is not None:
            self._ask(self._visible)
        self.updated.emit((WHOLE,))

    def close(self) -> None:
        self._disconnect()

    # Inside.

    def _look_again(self, texts: Mapping[Cell, str]) -> None:
        """The kernel may have computed them, and told, before we heard of the texts."""
        self.values_changed(rectangles(texts), None)

    def _ask(self, rect: Rect) -> None:
        if not self._sheets.knows(self):
            return
        keys = self._blocks.to_ask(rect)
        if not keys:
            return

        def answered(reply: Reply) -> None:
            self._answered(keys, reply)

        arguments = {"name": self.name, "rects": [list(block_rect(key)) for key in keys]}
        self._sheets.ask("sheet.display", arguments, answered, Lane.ASIDE)

    def _answered(self, keys: list[Key], reply: Reply) -> None:
        if reply.error is not None:
            self._blocks.refused(keys)
            return
        rects = self._blocks.answer(keys, reply.value)
        self._keep_typed(rects)
        self.updated.emit(tuple(rects))

    def _keep_typed(self, rects: Iterable[Rect]) -> None:
        """The kernel's values of cells whose edits it does not have yet are of the texts before."""
        for cells in self._sheets.unconfirmed(self):
            for rect in rects:
                few = cells if len(cells) < rect.area else rect.cells()
                for cell in [cell for cell in few if cell in cells and rect.holds(*cell)]:
                    shown = self._at_once(self.document.text(*cell), self._blocks.shown(*cell))
                    self._blocks.set(cell, shown)

    def _provisional(self, rect: Rect) -> dict[Cell, Shown]:
        """Constants need no kernel."""
        return {cell: self._at_once(text) for cell, text in self.document.texts_in(rect).items()}

    def _at_once(self, text: str, before: Shown = EMPTY) -> Shown:
        return Shown(before.text, "stale") if is_formula(text) else show(typed(text))

    def _document_changed(self, change: SheetChange) -> None:
        if not change.texts:
            return
        self._sheets.forget_endless(self, change.texts)
        for cell, text in change.texts.items():
            before = self._blocks.shown(*cell) if is_formula(text) and len(change.texts) < 1000 else EMPTY
            self._blocks.set(cell, self._at_once(text, before))
        if not self._from_kernel:
            self._sheets.edited(self, change.texts)
        self.updated.emit(tuple(rectangles(change.texts)))


def _stale(shown: Shown, text: str) -> Shown:
    """Without a kernel only constants are sure."""
    return (
        shown if text and not is_formula(text) else Shown(shown.text, "stale" if shown.text else shown.kind)
    )
