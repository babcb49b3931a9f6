"""Flash firmware: choose a file, find the board's bootloader, write and verify."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from engines.board.errors import CancelledError
from engines.board.firmware import bootloader
from engines.board.firmware.bootloader import Host, Search
from engines.board.firmware.image import Firmware
from engines.board.firmware.programmer import Fit, Found, Stage, Stopwatch
from engines.board.firmware.reader import read_firmware
from engines.board.session import BoardSession
from widgets.board.firmware.board_page import BoardPage
from widgets.board.firmware.file_page import FilePage
from widgets.board.firmware.steps import Steps
from widgets.board.firmware.work_page import WorkPage
from widgets.board.gui_calls import GuiCalls

_SIZE = (620, 500)
_LOOK_EVERY = 700
_REDRAW_EVERY = 50
_STAY = "The board is being written. Closing now would leave it without working firmware: wait for the end."


class Page(IntEnum):
    FILE = 0
    BOARD = 1
    WORK = 2


class Phase(Enum):
    """Where the wizard is with the writing."""

    CHOOSING = "choosing"
    LOOKING = "looking"
    """The board is looked at once more; this can be cancelled."""
    WRITING = "writing"
    """Something on the board may be changed: there is only the way forward."""
    DONE = "done"
    FAILED = "failed"

    @property
    def at_work(self) -> bool:
        return self in (Phase.LOOKING, Phase.WRITING)


class FlashWizard(QDialog):
    """A window of its own that never blocks: reading, looking and writing happen on one other thread.

    While a board is written it cannot be closed, nor can the window it belongs to.

    Args:
        session: the connected board, if any; it is brought into its bootloader and lets go of its port.
        folder: where firmware files are looked for first.
        host: where bootloaders are looked for.
    """

    def __init__(
        self,
        session: BoardSession | None,
        parent: QWidget | None = None,
        folder: Path | None = None,
        host: Host | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Flash firmware")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)  # nothing else touches the board meanwhile
        self._session = session
        self._host = host or Host()
        self._calls = GuiCalls(self)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="board-firmware")
        self._cancel = threading.Event()
        self.firmware: Firmware | None = None
        self._reading = 0
        """Counts files, so that what comes late of an earlier one is passed over."""
        self._checked: Found | None = None
        """The bootloader that the firmware fits."""
        self._looking = self._checking = False
        self.phase = Phase.CHOOSING
        self._progress: tuple[Stage, int, int] = (Stage.CHECK, 0, 0)
        self._stopwatch = Stopwatch()
        self.steps = Steps(["Firmware", "Board", "Write"], self)
        self.file_page = FilePage(folder or Path.home(), self)
        self.board_page = BoardPage(self)
        self.work_page = WorkPage(self)
        self.pages = QStackedWidget(self)
        for page in (self.file_page, self.board_page, self.work_page):
            self.pages.addWidget(page)
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self.back = QPushButton("Back", self)
        self.close_button = QPushButton("Close", self)
        self.next = QPushButton("Next", self)
        self._lay_out()
        self._connect()
        self._look_timer = QTimer(self, interval=_LOOK_EVERY)
        self._look_timer.timeout.connect(self._look)
        self._redraw = QTimer(self, interval=_REDRAW_EVERY)
        self._redraw.timeout.connect(self._show_progress)
        self._go(Page.FILE)

    def _lay_out(self) -> None:
        self.resize(*_SIZE)
        self.setMinimumSize(*_SIZE)
        for button in (self.back, self.close_button):
            button.setAutoDefault(False)
        self.next.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(16)
        layout.addWidget(self.steps)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self._note)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.file_page.chosen.connect(self._read)
        self.file_page.edited.connect(self._forget)
        self.board_page.picked.connect(self._check)
        self.board_page.accepted_changed.connect(self._show_buttons)
        self.board_page.enter_wanted.connect(self._enter)
        self.board_page.touch.clicked.connect(self.board_page.emit_touch)
        self.board_page.touch_wanted.connect(self._touch)
        self.back.clicked.connect(lambda: self._go(Page(max(0, self.pages.currentIndex() - 1))))
        self.close_button.clicked.connect(self.close)
        self.next.clicked.connect(self._forward)

    # -- moving ------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        return Page(self.pages.currentIndex())

    def choose(self, path: Path) -> None:
        """Take this firmware file, unless one is being written."""
        if not self.phase.at_work:
            self._go(Page.FILE)
            self.file_page.choose(path)

    def _go(self, page: Page, phase: Phase = Phase.CHOOSING) -> None:
        self.phase = phase
        self.pages.setCurrentIndex(page)
        self.steps.set_current(page)
        self._note.hide()
        self._checked = None
        if page is Page.BOARD and self.firmware is not None:
            self.board_page.prepare(self.firmware.kind, *self._reachable())
            self._look_timer.start()
            self._look()
        else:
            self._look_timer.stop()
        self._show_buttons()
        if not self.next.isEnabled():
            (self.file_page.drop.button if page is Page.FILE else self.back).setFocus()

    def _forward(self) -> None:
        if self.page is Page.FILE:
            self._go(Page.BOARD)
        elif self.page is Page.BOARD:
            self._write()
        elif self.phase is Phase.FAILED:
            self._go(Page.BOARD)
        else:
            self.close()

    def _show_buttons(self) -> None:
        self.back.setVisible(self.page is Page.BOARD or self.phase is Phase.FAILED)
        self.close_button.setVisible(self.phase is not Phase.DONE)
        failed = "Give up" if self.phase is Phase.FAILED else "Close"
        self.close_button.setText("Cancel" if self.phase.at_work else failed)
        self.close_button.setEnabled(self.phase is not Phase.WRITING)
        self.next.setVisible(not self.phase.at_work)
        last = "Try again" if self.phase is Phase.FAILED else "Done"
        self.next.setText({Page.FILE: "Next", Page.BOARD: "Write", Page.WORK: last}[self.page])
        fits = self._checked is not None and self.board_page.accepted
        ready = {Page.FILE: self.firmware is not None, Page.BOARD: fits}
        was_ready = self.next.isEnabled()
        self.next.setEnabled(ready.get(self.page, True))
        if self.next.isEnabled() and not was_ready:
            self.next.setFocus()

    # -- the file ----------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self.firmware = None
        self._reading += 1
        self._show_buttons()

    def _read(self, path: Path, address: int | None) -> None:
        self._forget()
        number = self._reading
        self._submit(lambda: read_firmware(path, address), lambda done: self._have_read(number, done))

    def _have_read(self, number: int, done: Future[Firmware]) -> None:
        if number != self._reading:
            return
        error = done.exception()
        if error is not None:
            self.file_page.show_error(error)
        else:
            self.firmware = done.result()
            self.file_page.show_firmware(self.firmware)
        self._show_buttons()

    # -- the bootloader ----------------------------------------------------------------------------------

    def _reachable(self) -> tuple[str, str]:
        """The connected board and its port, when there is one."""
        session = self._session
        if session is None or session.target is None or not session.target.returns:
            return "", ""  # a virtual board has no bootloader
        if not session.status.state.connected:
            return "", ""
        return session.target.name, session.target.name

    def _look(self) -> None:
        if self._looking or self.firmware is None:
            return
        self._looking = True
        kind = self.firmware.kind
        self._submit(lambda: bootloader.find_bootloaders(self._host, [kind]), self._have_looked)

    def _have_looked(self, done: Future[Search]) -> None:
        self._looking = False
        if self.page is not Page.BOARD:
            return
        error = done.exception()
        if error is not None:
            self.board_page.show_error(error)
            return
        self.board_page.show_search(done.result())
        if self._checked is None and not self._checking and self.board_page.selected is not None:
            self._ask_board(self.board_page.selected)  # what stood in the way may be mended by now
        self._show_buttons()

    def _check(self, found: Found | None) -> None:
        """Hold the firmware against the board that is picked; a port is asked only when it is written to."""
        self._checked = None
        firmware = self.firmware
        if found is None or firmware is None:
            self._show_buttons()
            return
        if not found.automatic:
            self._checked = found
            self.board_page.show_unasked(firmware)
            self._show_buttons()
            return
        self.board_page.show_checking()
        self._ask_board(found)
        self._show_buttons()

    def _ask_board(self, found: Found) -> None:
        firmware = self.firmware
        if firmware is not None and found.automatic:
            self._checking = True
            self._submit(
                lambda: found.programmer.check(firmware), lambda done: self._have_checked(found, done)
            )

    def _have_checked(self, found: Found, done: Future[Fit]) -> None:
        self._checking = False
        if self.page is not Page.BOARD or self.board_page.selected != found:
            return
        error = done.exception()
        if error is not None:
            self.board_page.show_error(error)
        else:
            self._checked = found
            self.board_page.show_fit(done.result())
        self._show_buttons()

    def _enter(self) -> None:
        assert self._session is not None
        self.board_page.enter.setEnabled(False)
        self._calls.when_done(bootloader.enter(self._session), self._have_entered)

    def _have_entered(self, done: Future[None]) -> None:
        error = None if done.cancelled() else done.exception()
        self.board_page.enter.setEnabled(error is not None)
        if error is not None:
            self._say(str(error))

    def _touch(self, port: str) -> None:
        session = self._session

        def touch() -> None:
            with bootloader.released(session, port):
                bootloader.touch_1200(port)

        def touched(done: Future[None]) -> None:
            if done.exception() is not None:
                self._say(str(done.exception()))

        self._submit(touch, touched)

    # -- the writing -------------------------------------------------------------------------------------

    def _write(self) -> None:
        found, firmware = self.board_page.selected, self.firmware
        if found is None or firmware is None or found != self._checked or not self.board_page.accepted:
            return
        everything = found.can_erase_all and self.board_page.erase_all.isChecked()
        self._cancel.clear()
        self._progress = (Stage.CHECK, 0, 0)
        self._stopwatch = Stopwatch()
        self._go(Page.WORK, Phase.LOOKING)
        self.work_page.begin(firmware.name, found.name)
        self._redraw.start()
        session = self._session

        def write() -> str:
            with bootloader.released(session, found.name):
                return found.programmer.write(firmware, self._report, erase_all=everything)

        self._submit(write, self._have_written)

    def _report(self, stage: Stage, done: int, total: int) -> None:
        """On the worker's thread."""
        if stage.can_stop and self._cancel.is_set():
            raise CancelledError("Cancelled. Nothing on the board was changed.")
        self._progress = (stage, done, total)

    def _show_progress(self) -> None:
        stage, done, total = self._progress
        if not stage.can_stop and self.phase is Phase.LOOKING:
            self._enter_phase(Phase.WRITING)
        self.work_page.show_stage(stage, done, total, self._stopwatch.pace(stage, done, total))

    def _have_written(self, done: Future[str]) -> None:
        self._redraw.stop()
        self._note.hide()
        error = done.exception()
        if error is not None:
            self.work_page.show_failure(error)
            self._enter_phase(Phase.FAILED)
        else:
            self.work_page.show_success(done.result(), self._reconnect())
            self._enter_phase(Phase.DONE)
        self.next.setFocus()

    def _enter_phase(self, phase: Phase) -> None:
        """The main window cannot be closed either while the board is written."""
        window = self.parentWidget().window() if self.parentWidget() else None
        if window is not None and phase is Phase.WRITING:
            window.installEventFilter(self)
        elif window is not None:
            window.removeEventFilter(self)
        if phase is Phase.WRITING and self._cancel.is_set():
            self._say("The writing had begun already, so it goes on.")
        self.phase = phase
        self._show_buttons()

    def _reconnect(self) -> str:
        """Connect the session again to the board it had; what to say about that."""
        session = self._session
        if session is None or session.target is None or not session.target.returns:
            return "Connect the board in the board panel to use it."
        if not session.status.state.connected:
            session.restart()
        return f"The board panel connects to {session.target.name} again as soon as it is there."

    # -- closing -----------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The main window stays open as long as the board is written."""
        if event.type() is QEvent.Type.Close and self._must_stay():
            event.ignore()
            self.raise_()
            self.activateWindow()
            return True
        return super().eventFilter(watched, event)

    def reject(self) -> None:
        """Escape."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._must_stay():
            event.ignore()
        elif self.phase is Phase.LOOKING:
            event.ignore()
            self._cancel.set()
            self._say("Cancelling …")
        else:
            self._look_timer.stop()
            self._worker.shutdown(wait=False, cancel_futures=True)
            event.accept()  # QDialog's own would call ``reject`` again

    def _must_stay(self) -> bool:
        """Whether the board is being written; then it is said why nothing is closed."""
        if self.phase.at_work:
            self._show_progress()
        if self.phase is Phase.WRITING:
            self._say(_STAY)
        return self.phase is Phase.WRITING

    # -- helpers -----------------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.show()

    def _submit(self, work: Callable[[], Any], then: Callable[[Future[Any]], object]) -> None:
        def finished(done: Future[Any]) -> None:
            if not done.cancelled():
                then(done)

        self._calls.when_done(self._worker.submit(work), finished)
