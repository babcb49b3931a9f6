"""The first page: which firmware, and whether its file is in order."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engines.board.firmware.image import Firmware
from engines.board.firmware.reader import SUFFIXES
from widgets.board.firmware.check_list import CheckList, Mark, error_lines
from widgets.workspace.text import blend, muted

_HINT = (
    "A .dfu file for pyboards and other STM32 boards, .uf2 for the Pico and others with a UF2 drive, .bin "
    "for ESP boards. Dirigent downloads nothing: take the file for your board from micropython.org/download."
)
_SETTLE = 400
_GAP = 16


class FilePage(QWidget):
    """``chosen`` carries a path and an address (None: the usual one), whenever one of them changed.

    ``edited`` says at once that what was chosen before counts no longer.
    """

    chosen = Signal(object, object)
    edited = Signal()

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.path: Path | None = None
        self.drop = DropArea(self)
        self.drop.dropped.connect(self.choose)
        self.drop.button.clicked.connect(self._ask)
        self.address = QLineEdit(self)
        self.address.setPlaceholderText("the usual one")
        self.address.setAccessibleName("Address of the first byte")
        self.address.setMaximumWidth(160)
        self._address_row = _row("Address", self.address, self)
        self._settle = QTimer(self, interval=_SETTLE, singleShot=True)
        self._settle.timeout.connect(self._tell)
        self.address.textEdited.connect(lambda text: self._settle.start())
        self.address.textEdited.connect(lambda text: self.edited.emit())
        self.checks = CheckList(self)
        self._hint = QLabel(_HINT, self)
        self._hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        layout.addWidget(self.drop)
        layout.addWidget(self._hint)
        layout.addWidget(self._address_row)
        layout.addWidget(self.checks)
        layout.addStretch(1)
        self._address_row.hide()
        self._colour()

    def choose(self, path: Path) -> None:
        """Take a file; whether it is good is told by ``show_firmware`` or ``show_error``."""
        if path != self.path:
            self.address.clear()
        self.path = path
        self.drop.set_name(path.name)
        self._hint.hide()
        self._address_row.setVisible(path.suffix.lower() == ".bin")
        self._tell()

    def _tell(self) -> None:
        if self.path is None:
            return
        try:
            address = int(self.address.text(), 0) if self.address.text().strip() else None
        except ValueError:
            text = "The address must be a number such as 0x08000000; leave it empty for the usual one."
            self.checks.show_lines([(Mark.WRONG, text)])
            return
        self.checks.show_lines([(Mark.NOW, "Reading the file …")])
        self.chosen.emit(self.path, address)

    def show_firmware(self, firmware: Firmware) -> None:
        self.checks.show_lines((Mark.RIGHT, text) for text in firmware.checks)

    def show_error(self, error: BaseException) -> None:
        self.checks.show_lines(error_lines(error))

    def _ask(self) -> None:
        dialog = QFileDialog(self, "Choose a firmware file", str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        dialog.setNameFilters([f"Firmware ({patterns})", "All files (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.choose(Path(name)))
        dialog.open()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        palette = self._hint.palette()
        colour = muted(self.palette())
        if palette.color(QPalette.ColorRole.WindowText) != colour:
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self._hint.setPalette(palette)


class DropArea(QFrame):
    """A place to drop a file on, with the button for who prefers that."""

    dropped = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._over = False
        self._name = QLabel("Drop a firmware file here", self, alignment=Qt.AlignmentFlag.AlignCenter)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setWordWrap(True)
        self.button = QPushButton("Choose a file …", self)
        self.button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_GAP, 20, _GAP, 20)
        layout.setSpacing(12)
        layout.addWidget(self._name)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)

    def set_name(self, name: str) -> None:
        self._name.setText(name)
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self.button.setText("Choose another file …")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _file_of(event):
            event.acceptProposedAction()
            self._hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._hover(False)
        path = _file_of(event)
        if path:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def _hover(self, over: bool) -> None:
        self._over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        faint = blend(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text), 0.35)
        colour = palette.color(QPalette.ColorRole.Accent) if self._over else faint
        pen = QPen(colour, 1.5 if self._over else 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 8, 8)


def _file_of(event: QDropEvent) -> Path | None:
    """The one file that is dragged."""
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        return Path(urls[0].toLocalFile())
    return None


def _row(title: str, field: QWidget, parent: QWidget) -> QWidget:
    row = QWidget(parent)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    label = QLabel(title, row)
    label.setBuddy(field)
    layout.addWidget(label)
    layout.addWidget(field)
    layout.addStretch(1)
    return row
