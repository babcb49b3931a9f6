"""The notebook as the shell docks it: toolbar, notices, find bar, cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engines.notebook.cells import CellKind
from engines.notebook.document import CellsReplaced, NotebookChange
from engines.notebook.search import Match, find_all
from engines.notebook.session import NotebookSession
from engines.notebook.session_events import OutputsPending, RunStopped, SessionEvent, StatesChanged
from widgets.notebook.find_bar import FindBar
from widgets.notebook.math_pictures import MathPictures
from widgets.notebook.services import OutputWidgets, Services
from widgets.notebook.toolbar import NotebookToolbar
from widgets.notebook.view import NotebookView
from widgets.workspace.completion import Complete, Inspect, completions_of, help_of


class NotebookPanel(QWidget):
    """Edits and runs the document of a session.

    ``output_widgets`` makes widgets for mime types of the app's own (live figures). ``complete`` and
    ``inspect`` answer the editors; without them the session's kernel does. ``folder`` is where the
    notebook lies. Call ``shut_down`` before the panel goes away.
    """

    restart_requested = Signal()
    """The user wants a new kernel; afterwards call ``session.kernel_restarted()``."""

    def __init__(
        self,
        session: NotebookSession,
        *,
        output_widgets: OutputWidgets | None = None,
        complete: Complete | None = None,
        inspect: Inspect | None = None,
        folder: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self._maths = MathPictures(self)
        kernel = session.kernel
        services = Services(
            session,
            self._maths,
            complete or completions_of(kernel.complete),
            inspect or help_of(kernel.inspect),
            output_widgets or {},
            folder,
        )
        self.view = NotebookView(services, self)
        self.toolbar = NotebookToolbar(self.view, self)
        self.notice = Notice(self)
        self.find_bar = FindBar(self)
        self.find_bar.hide()
        self._empty = EmptyNotebook(self.view.commands.command_key, self)
        self._matches: tuple[Match, ...] = ()
        self._place = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.toolbar, self.notice, self.find_bar):
            column.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 1)
        self._connect()
        self._show_emptiness()
        self.setFocusProxy(self.view)

    def shut_down(self) -> None:
        """Stop following the session and drawing formulas."""
        self.view.close_view()
        for disconnect in self._disconnects:
            disconnect()
        self._disconnects = []
        self._maths.close()

    def _connect(self) -> None:
        commands = self.view.commands
        commands.restart_wanted.connect(self.restart_requested)
        commands.find_wanted.connect(self.find_bar.open)
        self.find_bar.wanted.connect(self._find)
        self.find_bar.closed.connect(self._close_find)
        self.view.selection_changed.connect(self.toolbar.refresh)
        self._empty.wanted.connect(self.begin)
        self._disconnects = [
            self.session.events.connect(self._session_event),
            self.session.document.changed.connect(self._document_changed),
        ]

    def _session_event(self, event: SessionEvent) -> None:
        if isinstance(event, OutputsPending):
            return  # the frequent one, and nothing for the toolbar
        if isinstance(event, RunStopped):
            self.notice.say(event.message)
        elif isinstance(event, StatesChanged) and self.session.busy:
            self.notice.hide()
        self.toolbar.refresh()

    def _document_changed(self, change: NotebookChange) -> None:
        if isinstance(change, CellsReplaced):
            self.toolbar.refresh()
            self._show_emptiness()

    def _show_emptiness(self) -> None:
        empty = not self.session.document.cells
        if empty == self._empty.isVisibleTo(self):
            return
        focused = self.isAncestorOf(QApplication.focusWidget())
        self._empty.setVisible(empty)
        self.view.setVisible(not empty)
        if focused:
            (self._empty if empty else self.view).setFocus()

    def begin(self, kind: CellKind) -> None:
        """Put the first cell into an empty notebook."""
        cell_id = self.session.document.insert(0, kind)
        self.view.edit(cell_id)

    # Finding

    def _find(self, text: str, step: int) -> None:
        self._matches = find_all(self.session.document.cells, text)
        if not self._matches:
            self.find_bar.show_place(0, 0)
            return
        self._place = (self._place + step) % len(self._matches)
        self.find_bar.show_place(self._place + 1, len(self._matches))
        self._show_match(self._matches[self._place])

    def _show_match(self, match: Match) -> None:
        self.view.select(match.cell_id)
        widget = self.view.widget_of(match.cell_id)
        if not widget.shows_rendered:
            widget.editor.set_cursor_index(match.end, match.start)

    def _close_find(self) -> None:
        self.find_bar.hide()
        self.view.setFocus()


class Notice(QFrame):
    """One line that says what happened, until it is closed or the next run begins."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton(self)
        close.setText("×")
        close.setAutoRaise(True)
        close.setToolTip("Close this notice")
        close.setAccessibleName("Close this notice")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self._label, 1)
        row.addWidget(close)
        self.setAutoFillBackground(True)
        self.hide()

    def say(self, text: str) -> None:
        self._label.setText(text)
        self.show()

    @property
    def text(self) -> str:
        return self._label.text()


class EmptyNotebook(QWidget):
    """What a notebook without cells shows: how to begin."""

    wanted = Signal(object)

    def __init__(self, on_key: Callable[[QKeyEvent], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._on_key = on_key
        label = QLabel(
            "This notebook is empty. Begin with code, or with text that tells what it is about.", self
        )
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for title, kind in (("Add a code cell", CellKind.CODE), ("Add a text cell", CellKind.MARKDOWN)):
            button = QPushButton(title, self)
            button.clicked.connect(lambda _checked=False, kind=kind: self.wanted.emit(kind))
            row.addWidget(button)
            if self.focusProxy() is None:
                self.setFocusProxy(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(label)
        column.addSpacing(12)
        column.addLayout(row)
        column.addStretch(2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the notebook work here too: undo, paste, insert."""
        if not self._on_key(event):
            event.ignore()
