"""The second page: the board's bootloader, how to get there, and whether the firmware fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engines.board.firmware import udev
from engines.board.firmware.bootloader import Search
from engines.board.firmware.errors import PERMISSION, FirmwareError
from engines.board.firmware.image import Firmware, Kind
from engines.board.firmware.programmer import Fit, Found
from widgets.board.firmware.check_list import CheckList, Mark, error_lines
from widgets.board.firmware.pictures import ALTERNATIVES, INSTRUCTIONS, BootPicture

_GAP = 12
_ROW = 26
_SEARCHING = {
    Kind.DFU: "Looking for a board in its DFU bootloader …",
    Kind.UF2: "Looking for the drive of a UF2 bootloader …",
    Kind.ESP: "No serial port is there. Plug the board in.",
}


class BoardPage(QWidget):
    """``picked`` carries the bootloader that is chosen, or None; ``enter_wanted`` and ``touch_wanted`` (with
    a port) ask for a board to be brought into its bootloader; ``accepted_changed``: see ``accepted``."""

    picked = Signal(object)
    accepted_changed = Signal()
    enter_wanted = Signal()
    touch_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = Kind.DFU
        self._found: tuple[Found, ...] = ()
        self._can_enter = False
        self.list = QListWidget(self)
        self.list.setAccessibleName("Boards that can be written")
        self.list.currentRowChanged.connect(lambda row: self.picked.emit(self.selected))
        self.checks = CheckList(self)
        self.copy = QPushButton("Copy the command", self)
        self.copy.setToolTip("Copy the line that allows it, for a terminal")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(udev.command()))
        self.sure = QCheckBox("I am sure that this firmware is for this board: write it all the same", self)
        self.sure.toggled.connect(self.accepted_changed)
        self.erase_all = QCheckBox("Erase everything first, the files on the board too", self)
        self.enter = QPushButton(self)
        self.enter.setAutoDefault(False)
        self.enter.clicked.connect(self.enter_wanted)
        self.touch = QPushButton("Touch at 1200 baud", self)
        self.touch.setToolTip("Starts the bootloader of many SAMD, nRF and RP2 boards")
        self.touch.setAutoDefault(False)
        self._help = self._make_help()
        self._lay_out()
        self.prepare(Kind.DFU)

    def _make_help(self) -> QWidget:
        box = QWidget(self)
        self._picture = BootPicture(box)
        self._steps = CheckList(box)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.enter)
        buttons.addWidget(self.touch)
        buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(_GAP)
        words.addWidget(self._steps)
        words.addLayout(buttons)
        words.addStretch(1)
        layout = QHBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        return box

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        layout.addWidget(self.list)
        layout.addWidget(self.checks)
        layout.addWidget(self.sure)
        layout.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._help)
        layout.addStretch(1)
        layout.addWidget(self.erase_all)

    def prepare(self, kind: Kind, connected: str = "", touchable: str = "") -> None:
        """Begin anew for this kind of firmware.

        Args:
            connected: the board that can be asked to start its bootloader; '' when none can.
            touchable: a port for the 1200-baud touch; '' when there is none.
        """
        self._kind = kind
        self._found = ()
        self.list.clear()
        self._picture.set_kind(kind)
        steps = [(str(number), text) for number, text in enumerate(INSTRUCTIONS[kind], 1)]
        other = [("or", ALTERNATIVES[kind])] if kind in ALTERNATIVES else []
        self._steps.show_lines([*steps, *other])
        self.enter.setText(f"Restart {connected} into its bootloader")
        self._can_enter = bool(connected) and kind is not Kind.ESP
        self.enter.setVisible(self._can_enter)
        self.enter.setEnabled(True)
        self.touch.setVisible(bool(touchable) and kind is Kind.UF2)
        self._touchable = touchable
        self.erase_all.setChecked(False)
        self.show_search(Search(()))

    @property
    def selected(self) -> Found | None:
        row = self.list.currentRow()
        return self._found[row] if 0 <= row < len(self._found) else None

    @property
    def accepted(self) -> bool:
        """The firmware fits the board that was checked, or the user is sure that it does."""
        return self.sure.isHidden() or self.sure.isChecked()

    def show_search(self, search: Search) -> None:
        """What was found just now; the choice stays while it is there."""
        if search.found != self._found or not search.found:
            self._fill(search.found)
        self._found = search.found  # equal ones too: after replugging, the older handle is dead
        if not search.found:
            lines = [line for error in search.problems for line in error_lines(error)]
            self._show(lines or [(Mark.NOW, _SEARCHING[self._kind])])

    def _fill(self, found: Sequence[Found]) -> None:
        before = self.selected
        self._found = tuple(found)
        self.list.blockSignals(True)
        self.list.clear()
        for each in found:
            text = f"{each.name}  —  {each.detail}" if each.detail else each.name
            item = QListWidgetItem(text)
            item.setSizeHint(QSize(0, _ROW))
            self.list.addItem(item)
        keep = self._found.index(before) if before in self._found else -1
        certain = [row for row, each in enumerate(self._found) if each.automatic]
        self.list.setCurrentRow(keep if keep >= 0 else certain[0] if len(certain) == 1 else -1)
        self.list.blockSignals(False)
        self.list.setVisible(bool(found))
        self.list.setFixedHeight(_ROW * min(4, len(found)) + 4)
        self._help.setVisible(not any(each.automatic for each in found))
        self.erase_all.setVisible(any(each.can_erase_all for each in found))
        if self.selected != before:
            self.picked.emit(self.selected)
        if found and self.selected is None:
            self._show([(Mark.NOW, "Choose the board.")])

    def _show(self, lines: Iterable[tuple[Mark | str, str]], *, doubt: bool = False) -> None:
        """Say how it stands with the board; a doubt is to be answered anew each time."""
        self.copy.hide()
        self.sure.setChecked(False)
        self.sure.setVisible(doubt)
        self.checks.show_lines(lines)

    def show_checking(self) -> None:
        self._show([(Mark.NOW, "Looking at the board …")])

    def show_unasked(self, firmware: Firmware) -> None:
        """A port that is asked only when it is written to, as asking resets the board."""
        text = f"Before anything is written, the board is asked for its chip and its flash ({firmware.name})."
        self._show([(Mark.LATER, text)])

    def show_fit(self, fit: Fit) -> None:
        lines = [(Mark.RIGHT, text) for text in fit.checks]
        if fit.doubt:
            lines.append((Mark.DOUBT, f"{fit.doubt}."))
        self._show(lines, doubt=bool(fit.doubt))

    def show_error(self, error: BaseException) -> None:
        self._show(error_lines(error))
        permission = isinstance(error, FirmwareError) and error.cause == PERMISSION
        self.copy.setVisible(permission and udev.NAME in str(error))

    def emit_touch(self) -> None:
        self.touch_wanted.emit(self._touchable)
