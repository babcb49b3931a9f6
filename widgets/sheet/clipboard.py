"""Cells on the system's clipboard: for other programs what they show, for us their formulas."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QApplication

from engines.sheet.clipboard import MIME_TYPE, Clip, from_tsv, to_tsv
from engines.sheet.formula import is_formula
from engines.sheet.references import MAX_COLUMN, MAX_ROW, Cell, Rect
from engines.sheet.session import SheetSession


class CellClipboard:
    """Copies from and pastes into one session. ``cut`` is the rectangle waiting to be moved."""

    def __init__(self, session: SheetSession) -> None:
        self._session = session
        self.cut: Rect | None = None

    def copy(self, rect: Rect, *, cut: bool = False) -> None:
        rect = self._in_use(rect)
        clip = self._session.document.copy(rect, cut=cut)
        self.cut = rect if cut else None
        self._offer(clip, {})
        if any(is_formula(text) for text in clip.texts.values()) or len(clip.texts) < rect.area:
            data = clip.to_bytes()
            self._session.displays(rect, lambda shown: self._complete(clip, data, shown))

    def paste(self, target: Rect) -> Rect | None:
        """The rectangle filled, None where the clipboard has no text."""
        offered = QApplication.clipboard().mimeData()
        clip = Clip.from_bytes(bytes(offered.data(MIME_TYPE).data())) if offered else None
        document = self._session.document
        if clip is not None:
            filled = document.paste(clip, target)
            if clip.cut:
                self._session.cut_pasted(clip.sheet, clip.rect)
                self.forget()
            return filled
        text = QApplication.clipboard().text()
        return document.paste_rows(from_tsv(text), target) if text else None

    def forget(self) -> None:
        """What was cut stays where it is."""
        if self.cut is not None:
            self.cut = None
            QApplication.clipboard().clear()

    def _complete(self, clip: Clip, data: bytes, shown: Mapping[Cell, str]) -> None:
        """The kernel told what formulas show; offered only while the clipboard is still ours."""
        offered = QApplication.clipboard().mimeData()
        if shown and offered is not None and bytes(offered.data(MIME_TYPE).data()) == data:
            self._offer(clip, shown)

    def _offer(self, clip: Clip, shown: Mapping[Cell, str]) -> None:
        data = QMimeData()
        data.setData(MIME_TYPE, clip.to_bytes())
        rect = clip.rect
        data.setText(
            to_tsv(
                [shown.get((column, row), clip.texts.get((column, row), "")) for column in _columns(rect)]
                for row in range(rect.top, rect.bottom + 1)
            )
        )
        QApplication.clipboard().setMimeData(data)

    def _in_use(self, rect: Rect) -> Rect:
        """Whole columns and rows as far as they are filled."""
        if rect.height < MAX_ROW and rect.width < MAX_COLUMN:
            return rect
        used = self._session.document.used()
        common = used.overlap(rect) if used is not None else None
        return Rect(*rect[:2], *common[2:]) if common is not None else Rect(*rect[:2], *rect[:2])


def _columns(rect: Rect) -> range:
    return range(rect.left, rect.right + 1)
