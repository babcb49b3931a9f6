"""Where one is on this computer, and the ways to somewhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from widgets.board.files.icons import line_icon

_BUTTON = 28


class PathBar(QWidget):
    """``wanted`` carries the folder to go to. ``home``: the project's folder, one click away."""

    wanted = Signal(Path)

    def __init__(self, home: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = home
        self.field = QLineEdit(self)
        self.field.setFrame(False)
        self.field.setStyleSheet("QLineEdit { background: transparent; }")
        self.field.setAccessibleName("Folder of this computer")
        self.field.returnPressed.connect(self._go)
        escape = QShortcut(
            QKeySequence(Qt.Key.Key_Escape), self.field, lambda: self.show_folder(self._folder)
        )
        escape.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(4, 2, 4, 2)
        self.row.setSpacing(0)
        self.row.addWidget(
            tool_button("up", "Folder above (Alt+Up)", lambda: self.wanted.emit(self.above), self)
        )
        self.row.addWidget(tool_button("home", "The project's folder", lambda: self.wanted.emit(home), self))
        self.row.addWidget(self.field, 1)
        self.row.addWidget(tool_button("folder", "Choose a folder …", self._choose, self))

    @property
    def above(self) -> Path:
        return self._folder.parent

    def show_folder(self, folder: Path) -> None:
        self._folder = folder
        self.field.setText(str(folder))
        self.field.setToolTip(str(folder))
        self.field.setCursorPosition(len(str(folder)))

    def _go(self) -> None:
        self.wanted.emit(Path(self.field.text().strip()).expanduser())

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Choose a folder of this computer", str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.wanted.emit(Path(name)))
        dialog.open()


def tool_button(icon: str, hint: str, do: Callable[[], object], parent: QWidget) -> QToolButton:
    """A button with an icon; its hint is its name for those who do not see it."""
    button = QToolButton(parent)
    button.setIcon(line_icon(icon))
    button.setToolTip(hint)
    button.setAccessibleName(hint)
    button.setAutoRaise(True)
    button.setFixedSize(_BUTTON, _BUTTON)
    button.clicked.connect(lambda checked=False: do())
    return button
