"""A sheet as its user edits it: the texts of its cells, with undo. Values are the kernel's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from engines.sheet.clipboard import Clip
from engines.sheet.operations import Contents, Operation, SetTexts, SetWidths, SheetChange
from engines.sheet.references import Cell, Rect, bounding, on_grid
from engines.sheet.rewriting import following_move, shifted
from engines.sheet.sheet_json import read_sheet, write_sheet
from engines.workspace.events import Event
from engines.workspace.history import Change, History


class SheetDocument:
    """The ``Document`` of a sheet. Every edit is one undo step and one ``changed`` event."""

    suffix = ".sheet.json"

    def __init__(self, name: str = "Sheet1", texts: Mapping[Cell, str] | None = None) -> None:
        self.name = name
        self._contents = Contents({cell: text for cell, text in (texts or {}).items() if text})
        self._extras: dict[str, object] = {}
        self._changed: Event[SheetChange] = Event()
        self._history: History[Operation] = History(self._apply)

    @property
    def changed(self) -> Event[SheetChange]:
        return self._changed

    @property
    def history(self) -> History[Operation]:
        return self._history

    @property
    def texts(self) -> Mapping[Cell, str]:
        return self._contents.texts

    @property
    def widths(self) -> Mapping[int, int]:
        """Column widths in pixels where they are not the default."""
        return self._contents.widths

    def text(self, column: int, row: int) -> str:
        return self._contents.texts.get((column, row), "")

    def used(self) -> Rect | None:
        """The smallest rectangle around all cells with text."""
        return bounding(self._contents.texts)

    def texts_in(self, rect: Rect) -> dict[Cell, str]:
        texts = self._contents.texts
        if rect.area < len(texts):
            return {cell: texts[cell] for cell in rect.cells() if cell in texts}
        return {cell: text for cell, text in texts.items() if rect.holds(*cell)}

    # Files.

    def to_text(self) -> str:
        return write_sheet(self._contents, self._extras)

    def snapshot(self) -> Callable[[], str]:
        contents = Contents(dict(self._contents.texts), dict(self._contents.widths))
        return partial(write_sheet, contents, self._extras)

    @classmethod
    def from_text(cls, text: str, path: Path | str) -> SheetDocument:
        """Read a sheet's file; its name is the file's without ``.sheet.json``.

        Raises:
            DocumentError: the text is no sheet; it names the file and the line.
        """
        document = cls(Path(path).name.removesuffix(cls.suffix))
        document._contents, document._extras = read_sheet(text, path)
        return document

    # Edits.

    def edit(self, texts: Mapping[Cell, str], label: str = "Edit cells") -> None:
        """Enter texts ('' empties a cell). Cells that have the text already do not count.

        Raises:
            ValueError: a cell that is not on the grid.
        """
        for cell in texts:
            if not on_grid(*cell):
                raise ValueError(f"there is no cell in column {cell[0]}, row {cell[1]}")
        new = {cell: text for cell, text in texts.items() if self.text(*cell) != text}
        if new:
            self._do(label, SetTexts(new))

    def clear(self, rect: Rect) -> None:
        self.edit(dict.fromkeys(self.texts_in(rect), ""), "Clear cells")

    def set_width(self, column: int, width: int | None) -> None:
        """In pixels; None is the default. Dragging a column's edge is one undo step."""
        if self._contents.widths.get(column) != width:
            self._do("Column width", SetWidths({column: width}), merge_key=f"width {column}")

    def copy(self, rect: Rect, *, cut: bool = False) -> Clip:
        return Clip(self.name, rect, self.texts_in(rect), cut)

    def paste(self, clip: Clip, target: Rect) -> Rect:
        """Paste at the target's top left; the rectangle filled is returned.

        A copy fills a target that is a multiple of its size, and its relative references follow. What was cut
        from this sheet is moved: references into it follow, here and in the moved formulas.
        """
        moved = clip.cut and clip.sheet.casefold() == self.name.casefold()
        if moved:
            return self._move(clip, target.left, target.top)
        across, down = _repeats(target, clip.rect)
        texts: dict[Cell, str] = {}
        for column in range(across):
            for row in range(down):
                left, top = target.left + column * clip.rect.width, target.top + row * clip.rect.height
                texts |= self._copied(clip, left - clip.rect.left, top - clip.rect.top, verbatim=clip.cut)
        self.edit(texts, "Paste")
        return Rect(
            target.left,
            target.top,
            target.left + across * clip.rect.width - 1,
            target.top + down * clip.rect.height - 1,
        )

    def paste_rows(self, rows: Sequence[Sequence[str]], target: Rect) -> Rect:
        """Paste plain texts, as other programs offer them."""
        width = max((len(row) for row in rows), default=1) or 1
        texts = {
            (column, row): text
            for row, entries in enumerate(rows, 1)
            for column, text in enumerate([*entries, *[""] * (width - len(entries))], 1)
        }
        return self.paste(Clip("", Rect(1, 1, width, max(len(rows), 1)), texts, cut=True), target)

    def fill_down(self, rect: Rect) -> None:
        """Copy the first row of the rectangle to the others; to a single row, the row above."""
        source = Rect(rect.left, rect.top, rect.right, rect.top)
        if rect.height == 1:
            if rect.top == 1:
                return
            source, rect = source.moved(0, -1), Rect(rect.left, rect.top - 1, rect.right, rect.bottom)
        self._fill(
            source, [(0, row - source.top) for row in range(source.top + 1, rect.bottom + 1)], "Fill down"
        )

    def fill_right(self, rect: Rect) -> None:
        """Copy the first column of the rectangle to the others; of a single one, the one before it."""
        source = Rect(rect.left, rect.top, rect.left, rect.bottom)
        if rect.width == 1:
            if rect.left == 1:
                return
            source, rect = source.moved(-1, 0), Rect(rect.left - 1, rect.top, rect.right, rect.bottom)
        steps = [(column - source.left, 0) for column in range(source.left + 1, rect.right + 1)]
        self._fill(source, steps, "Fill right")

    def _fill(self, source: Rect, steps: Sequence[tuple[int, int]], label: str) -> None:
        originals = [(cell, self.text(*cell)) for cell in source.cells()]
        self.edit(
            {
                (column + across, row + down): shifted(text, across, down)
                for across, down in steps
                for (column, row), text in originals
            },
            label,
        )

    def _copied(self, clip: Clip, columns: int, rows: int, *, verbatim: bool) -> dict[Cell, str]:
        copied = {}
        for column, row in clip.rect.cells():
            text = clip.texts.get((column, row), "")
            if on_grid(column + columns, row + rows):
                copied[column + columns, row + rows] = text if verbatim else shifted(text, columns, rows)
        return copied

    def _move(self, clip: Clip, left: int, top: int) -> Rect:
        columns, rows = left - clip.rect.left, top - clip.rect.top
        target = clip.rect.moved(columns, rows)
        texts: dict[Cell, str] = dict.fromkeys(self.texts_in(clip.rect), "")
        moved = self._copied(clip, columns, rows, verbatim=True)
        for cell, text in {**self.texts, **texts, **moved}.items():
            follows = following_move(text, self.name, self.name, clip.rect, columns, rows)
            if cell in moved or cell in texts or follows != text:
                texts[cell] = follows
        self.edit(texts, "Move cells")
        return target

    def _do(self, label: str, operation: SetTexts | SetWidths, merge_key: str | None = None) -> None:
        self._history.do(Change(label, operation, operation.inverse(self._contents), merge_key))

    def _apply(self, operation: Operation) -> None:
        self._changed.emit(operation.apply(self._contents))


def _repeats(target: Rect, block: Rect) -> tuple[int, int]:
    """How often the block goes into the target, (1, 1) where it does not fit evenly."""
    if target.width % block.width or target.height % block.height:
        return 1, 1
    return target.width // block.width, target.height // block.height
