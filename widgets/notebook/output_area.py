"""Everything below the source of a code cell: outputs, remarks, and the line for ``input()``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from engines.notebook.session_events import InputRequested
from widgets.notebook.output_views import OutputView
from widgets.notebook.services import Services
from widgets.workspace.text import is_dark, monospace_font, muted

GAP = 4
INDENT = 8
ERROR_ON_LIGHT, ERROR_ON_DARK = "#b3261e", "#ff8a80"
STDERR_ON_LIGHT, STDERR_ON_DARK = "#a86f00", "#f0c674"


class OutputArea(QWidget):
    """Stacks output widgets; whoever holds it asks ``height_for`` and then sets its geometry."""

    touched = Signal()
    """The user clicked into an output."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._views: list[OutputView] = []
        self._remarks: list[QWidget] = []
        self._remarked: tuple[tuple[str, ...], bool, str] = ((), False, "")
        self._input: InputLine | None = None
        self._collapsed = False

    def show_outputs(self, outputs: Sequence[dict[str, Any]], live: bool) -> None:
        """Show these outputs, keeping the widgets of those that stayed; ``live`` ones follow their end."""
        for place, output in enumerate(outputs):
            if place < len(self._views):
                if self._views[place].update(output):
                    continue
                self._views[place].close()
                self._views[place] = self._new_view(output, live)
            else:
                self._views.append(self._new_view(output, live))
            self._views[place].widget.setVisible(not self._collapsed)
        for view in self._views[len(outputs) :]:
            view.close()
        del self._views[len(outputs) :]

    def show_remarks(self, note: str, open_full: Callable[[], object] | None) -> None:
        """Quiet lines under the outputs: ``note``, what is not shown, and the way to the full text."""
        texts = tuple(dict.fromkeys(view.note for view in self._views if view.note))
        wanted = (texts, open_full is not None, note)
        if wanted == self._remarked:
            return
        self._remarked = wanted
        for remark in self._remarks:
            remark.hide()
            remark.deleteLater()
        self._remarks = [QuietLabel(text, self) for text in texts]
        if open_full is not None:
            self._remarks.append(_link("Open full output", open_full, self))
        if note:
            self._remarks.append(QuietLabel(note, self))
        for remark in self._remarks:
            remark.setVisible(not self._collapsed)

    def set_collapsed(self, collapsed: bool) -> None:
        """Hide the outputs behind one line."""
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        for widget in (*(view.widget for view in self._views), *self._remarks):
            widget.setVisible(not collapsed)
        self.update()

    def ask(self, request: InputRequested, focus: bool) -> None:
        """Show a line for the text that the running cell waits for."""
        self.end_ask()
        self._input = InputLine(request, self)
        self._input.given.connect(self._services.session.answer)
        self._input.show()
        if focus:
            self._input.edit.setFocus()

    def end_ask(self) -> bool:
        """Take the line away; whether it had the focus."""
        if self._input is None:
            return False
        line, self._input = self._input, None
        focused = line.edit.hasFocus()
        line.hide()
        line.deleteLater()
        return focused

    def refresh_math(self) -> bool:
        """Formulas were drawn; whether anything here changed."""
        changed = [view.widget.refresh_math() for view in self._views if hasattr(view.widget, "refresh_math")]
        return any(changed)

    @property
    def empty(self) -> bool:
        return not self._views and not self._remarks and self._input is None

    def height_for(self, width: int) -> int:
        """Place everything for this width; the height that it takes."""
        if self.empty:
            return 0
        inner, y = width - INDENT, GAP
        if self._collapsed:
            y += self.fontMetrics().height() + GAP
        else:
            for view in self._views:
                height = view.height_for(inner)
                view.widget.setGeometry(INDENT, y, inner, height)
                y += height + GAP
            for remark in self._remarks:
                height = remark.sizeHint().height()
                remark.setGeometry(INDENT, y, min(inner, remark.sizeHint().width()), height)
                y += height + GAP
        if self._input is not None:
            height = self._input.sizeHint().height()
            self._input.setGeometry(INDENT, y, inner, height)
            y += height + GAP
        return y

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._collapsed:
            painter.setPen(muted(self.palette()))
            painter.drawText(INDENT, GAP + self.fontMetrics().ascent(), self._collapsed_text())
            return
        for view in self._views:
            if view.accent:
                top, height = view.widget.y(), view.widget.height()
                painter.fillRect(2, top, 2, height, accent_colour(view.accent, self.palette()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self.touched.emit()
        return False

    def _new_view(self, output: dict[str, Any], live: bool) -> OutputView:
        view = OutputView(output, self._services, self, live)
        widget = view.widget
        clicked = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        clicked.installEventFilter(self)
        return view

    def _collapsed_text(self) -> str:
        count = len(self._views)
        return f"{count} outputs hidden (o shows them)" if count != 1 else "Output hidden (o shows it)"


def accent_colour(accent: str, palette: QPalette) -> QColor:
    """The colour of the thin line beside errors and stderr."""
    light, dark = (ERROR_ON_LIGHT, ERROR_ON_DARK) if accent == "error" else (STDERR_ON_LIGHT, STDERR_ON_DARK)
    return QColor(dark if is_dark(palette) else light)


class QuietLabel(QLabel):
    """A remark in a muted colour."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)


class InputLine(QWidget):
    """The prompt of ``input()`` and a place to type; Enter sends it."""

    given = Signal(str)

    def __init__(self, request: InputRequested, parent: QWidget) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.edit.setFont(monospace_font())
        self.edit.setAccessibleName(request.prompt or "Input")
        self.edit.setPlaceholderText("The cell waits for this line; Enter sends it")
        if request.password:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.returnPressed.connect(lambda: self.given.emit(self.edit.text()))
        prompt = QLabel(request.prompt, self)
        prompt.setTextFormat(Qt.TextFormat.PlainText)
        prompt.setFont(monospace_font())
        prompt.setBuddy(self.edit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(prompt)
        row.addWidget(self.edit, 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # QLineEdit hands Enter on too, which would begin to edit the cell


def open_file(path: object) -> None:
    """Show a file in the system's own program for it."""
    if path is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _link(text: str, action: Callable[[], object], parent: QWidget) -> QLabel:
    label = QLabel(f'<a href="#" style="text-decoration: none">{text}</a>', parent)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
    )
    label.setAccessibleName(text)
    label.setToolTip("What is shown here was trimmed; the file has all of it")
    label.linkActivated.connect(lambda _: action())
    return label
