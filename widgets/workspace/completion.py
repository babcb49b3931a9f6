"""Completions: what is asked, what comes back, and the list that shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from engines.workspace.kernel_api import Reply

ROWS_SHOWN = 12


@dataclass(frozen=True)
class Completions:
    """``texts`` may stand in place of the characters ``start`` to ``end`` (code points) of the source."""

    start: int
    end: int
    texts: tuple[str, ...]


def words_of(source: str, cursor: int) -> Completions:
    """Without an answer, the names that stand in the source already and go on as the word at the cursor."""
    start = cursor
    while start > 0 and (source[start - 1].isalnum() or source[start - 1] == "_"):
        start -= 1
    prefix = source[start:cursor]
    others = re.findall(r"[^\W\d]\w*", source[:start] + " " + source[cursor:])
    found = {word for word in others if prefix and word.startswith(prefix) and word != prefix}
    return Completions(start, cursor, tuple(sorted(found)))


Complete = Callable[[str, int, Callable[[Completions], object]], object]
"""Source, cursor (code points), and who takes the answer; it may come at once, later or never."""

Inspect = Callable[[str, int, Callable[[str], object]], object]
"""Source, cursor, and who takes the help text, which may hold ANSI colours; empty when there is none."""

AskKernel = Callable[[str, int, Callable[[Reply], object]], object]


def completions_of(ask: AskKernel) -> Complete:
    """A kernel's ``complete`` as an editor asks for it."""

    def complete(source: str, cursor: int, then: Callable[[Completions], object]) -> None:
        def answered(reply: Reply) -> None:
            content = reply.value or {}
            then(
                Completions(
                    content.get("cursor_start", cursor),
                    content.get("cursor_end", cursor),
                    tuple(dict.fromkeys(content.get("matches", ()))),
                )
            )

        ask(source, cursor, answered)

    return complete


def help_of(ask: AskKernel) -> Inspect:
    """A kernel's ``inspect`` as an editor asks for it."""

    def inspect(source: str, cursor: int, then: Callable[[str], object]) -> None:
        ask(source, cursor, lambda reply: then((reply.value or {}).get("data", {}).get("text/plain", "")))

    return inspect


class CompletionList(QListView):
    """The list at the cursor. It never has the focus: the editor hands it the keys."""

    chosen = Signal(str)

    def __init__(self, editor: QWidget) -> None:
        super().__init__(editor)
        self.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Completions")
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = QStringListModel(self)
        self.setModel(self._model)
        self._all: tuple[str, ...] = ()
        self.clicked.connect(lambda index: self.chosen.emit(index.data()))

    def offer(self, texts: tuple[str, ...]) -> None:
        """Take new completions; ``filter`` and ``show_at`` come next."""
        self._all = texts

    def filter(self, prefix: str) -> int:
        """Keep those that begin with ``prefix`` (any case; exact case first); how many there are."""
        lower = prefix.lower()
        fitting = [text for text in self._all if text.lower().startswith(lower)]
        fitting.sort(key=lambda text: not text.startswith(prefix))
        self._model.setStringList(fitting)
        if fitting:
            self.setCurrentIndex(self._model.index(0))
        return len(fitting)

    def texts(self) -> list[str]:
        return self._model.stringList()

    def current(self) -> str:
        return self.currentIndex().data() or ""

    def step(self, rows: int) -> None:
        """Move the choice, round the ends."""
        count = self._model.rowCount()
        if count:
            self.setCurrentIndex(self._model.index((self.currentIndex().row() + rows) % count))

    def show_at(self, cursor: QRect) -> None:
        """Appear under the cursor's rectangle (global), or above it where the screen ends."""
        rows = min(self._model.rowCount(), ROWS_SHOWN)
        width = max(self.sizeHintForColumn(0), 120) + 32
        height = rows * self.sizeHintForRow(0) + 2 * self.frameWidth()
        place_popup(self, cursor, min(width, 480), height)


def place_popup(popup: QWidget, cursor: QRect, width: int, height: int) -> None:
    """Show a popup under (or above) a rectangle in global coordinates, inside the screen."""
    popup.resize(width, height)
    corner = cursor.bottomLeft() + QPoint(0, 2)
    screen = popup.screen().availableGeometry()
    if corner.y() + height > screen.bottom():
        corner.setY(cursor.top() - height - 2)
    corner.setX(max(screen.left(), min(corner.x(), screen.right() - width)))
    popup.move(corner)
    popup.show()
