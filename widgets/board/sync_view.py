"""Sync a folder of this computer with one of the board: compare, look at the plan, tick, apply, undo."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engines.board import errors
from engines.board.operations import Operation, Progress
from engines.board.session import BoardSession
from engines.board.status import Status
from engines.board.sync.sync import (
    Comparison,
    Direction,
    Kind,
    Pair,
    SyncPlan,
    SyncResult,
    apply,
    compare,
    undo_last,
    undo_refused,
)
from engines.board.sync.watch import Watches, WatchNotice
from widgets.board.gui_calls import GuiCalls
from widgets.board.notice_bar import NoticeBar
from widgets.board.sync_model import SyncModel, totals
from widgets.workspace.text import muted

_DIRECTIONS = {
    "Copy to the board": Direction.TO_BOARD,
    "Copy to the computer": Direction.FROM_BOARD,
    "Both ways": Direction.BOTH,
}
_NOT_CONNECTED = "Connect a board to sync a folder with it."
_READY = "Compare shows what would be done. It changes nothing."
_FULL = 1000
_NAMED = 5


class SyncView(QWidget):
    """One board's page.

    Args:
        folder: of this computer, at first.
        watches: where a folder is put under watch.
        memory: what was chosen the last time.
    """

    def __init__(
        self,
        session: BoardSession,
        folder: Path,
        watches: Watches,
        parent: QWidget | None = None,
        memory: MutableMapping[str, str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._watches = watches
        self._memory = {} if memory is None else memory
        self._calls = GuiCalls(self)
        self._comparison: Comparison | None = None
        self._operation: Operation[Any] | None = None
        self._last_before: Any = None
        """The sync that was the last one when the operation was asked for."""
        self.model = SyncModel()
        self.model.setParent(self)
        self._make_fields(folder)
        self._make_table()
        self._make_foot()
        self._lay_out()
        self.model.chosen_changed.connect(self._update)
        self._calls.listen(session.status_changed, self._on_status)
        self._calls.listen(watches.changed, lambda nothing: self._update())
        self._calls.listen(watches.said, self._on_watch)
        self._forget_plan()
        self._colour()

    # Making

    def _make_fields(self, folder: Path) -> None:
        self.local = QLineEdit(self._memory.get("sync.local", str(folder)), self)
        self.local.setAccessibleName("Folder of this computer")
        self.board = QLineEdit(self._memory.get("sync.board", ""), self)
        self.board.setPlaceholderText("where its programs start, such as /flash")
        self.board.setAccessibleName("Folder of the board")
        self._choose = QPushButton("Choose …", self)
        self._choose.setToolTip("Choose a folder of this computer")
        self._choose.clicked.connect(self._choose_folder)
        self.direction = QComboBox(self)
        self.direction.addItems(list(_DIRECTIONS))
        self.direction.setCurrentText(self._memory.get("sync.direction", "Copy to the board"))
        self.direction.setAccessibleName("Direction")
        self.delete = QCheckBox("Delete what is missing on the other side", self)
        self.delete.setToolTip("Both ways: what was deleted on one side since the last time")
        self.compiled = QCheckBox("Compile to .mpy", self)
        self.compiled.setToolTip("Python files are put as compiled modules, but for main.py and boot.py")
        self.watch = QCheckBox("Put saved files at once", self)
        self.watch.setToolTip(
            "While this is on, every file that is saved in the folder is put onto the board"
        )
        self.restart = QCheckBox("Interrupt and restart", self)
        self.restart.setToolTip(
            "For a saved file, interrupt a running program and reset the board afterwards"
        )
        for field in (self.local, self.board):
            field.textEdited.connect(self._forget_plan)
            field.returnPressed.connect(self.compare)
        self.direction.currentTextChanged.connect(self._forget_plan)
        self.delete.toggled.connect(self._forget_plan)
        self.compiled.toggled.connect(self._forget_plan)
        self.watch.clicked.connect(self._set_watch)
        self.restart.clicked.connect(lambda: self._set_watch(self.watch.isChecked()))

    def _make_table(self) -> None:
        table = self.table = QTreeView(self)
        table.setMinimumHeight(40)  # so that the buttons below stay in sight in a low panel
        table.setModel(self.model)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setAlternatingRowColors(True)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        table.setAccessibleName("What is done with each file")
        header = table.header()
        header.setStretchLastSection(True)
        header.resizeSection(0, 240)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._mine = self._action("Take the computer's", "Ctrl+Right", lambda: self._decide(Kind.PUT))
        self._its = self._action("Take the board's", "Ctrl+Left", lambda: self._decide(Kind.GET))
        self._tick = self._action("Tick or untick", "Space", lambda: self.model.toggle(self._rows()))
        self._undo = self._action("Undo", QKeySequence.StandardKey.Undo, self.undo)
        table.addActions([self._tick, self._mine, self._its, self._undo])
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        table.selectionModel().selectionChanged.connect(lambda *_: self._update())

    def _action(self, text: str, key: str | QKeySequence.StandardKey, do: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda checked=False: do())
        return action

    def _make_foot(self) -> None:
        self.notice = NoticeBar(self)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setMaximum(_FULL)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.hide()
        self.compare_button = QPushButton("Compare", self)
        self.compare_button.setToolTip("Look at both folders and show what would be done")
        self.compare_button.clicked.connect(self.compare)
        self.apply_button = QPushButton("Apply", self)
        self.apply_button.setToolTip("Do what is ticked")
        self.apply_button.clicked.connect(self.apply)
        self.cancel_button = QPushButton("Cancel", self)
        self.cancel_button.clicked.connect(self._cancel)
        self.cancel_button.hide()
        self._conflict_buttons = [QToolButton(self), QToolButton(self)]
        for button, action in zip(self._conflict_buttons, (self._mine, self._its), strict=True):
            button.setDefaultAction(action)

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setContentsMargins(8, 8, 8, 4)
        fields.setHorizontalSpacing(8)
        fields.setVerticalSpacing(4)
        fields.setColumnStretch(1, 1)
        fields.addWidget(QLabel("Computer", self), 0, 0)
        fields.addWidget(self.local, 0, 1)
        fields.addWidget(self._choose, 0, 2)
        fields.addWidget(QLabel("Board", self), 1, 0)
        fields.addWidget(self.board, 1, 1)
        fields.addWidget(self.direction, 1, 2)
        options = QGridLayout()
        options.setSpacing(4)
        for place, box in enumerate((self.delete, self.compiled, self.watch, self.restart)):
            options.addWidget(box, place // 2, place % 2)
        options.setColumnStretch(1, 1)
        fields.addLayout(options, 2, 1, 1, 2)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        foot.setSpacing(8)
        foot.addWidget(self.note, 1)
        for button in (*self._conflict_buttons, self.compare_button, self.apply_button, self.cancel_button):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(fields)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.notice)
        layout.addLayout(foot)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "note"):
            self._colour()

    def _colour(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, muted(self.palette()))
        self.note.setPalette(palette)

    # What the user does

    @property
    def pair(self) -> Pair:
        """The two folders as the fields say."""
        return Pair(
            Path(self.local.text().strip()).expanduser(),
            self.board.text().strip(),
            _DIRECTIONS[self.direction.currentText()],
            delete=self.delete.isChecked(),
            compiled=self.compiled.isChecked() and self.compiled.isEnabled(),
        )

    def compare(self) -> None:
        """Make a plan and show it."""
        if not self.compare_button.isEnabled() or self._operation is not None:
            return
        self._remember()
        self._forget_plan()
        self._begin(compare(self._session, self.pair), self._show_plan)

    def apply(self) -> None:
        """Do what is ticked."""
        if self._comparison is None or not self.apply_button.isEnabled():
            return
        chosen = replace(self._comparison, plan=self.model.chosen)
        if refused := undo_refused(chosen.plan):
            self.notice.say(
                f"This cannot be undone: {refused}. Untick some, or apply it for good.",
                ("Apply for good", lambda: self._apply(chosen)),
            )
            return
        self._apply(chosen)

    def _apply(self, chosen: Comparison) -> None:
        if self._operation is None:
            self._begin(apply(self._session, chosen), lambda result: self._show_result(chosen, result))

    def undo(self) -> None:
        """Take back what was applied last, be it in part."""
        if self._operation is None and self._can_undo:
            self._begin(undo_last(self._session), self._show_undone)

    @property
    def _can_undo(self) -> bool:
        last = self._session.last_sync
        return last is not None and bool(last[1].steps)

    def _cancel(self) -> None:
        if self._operation is not None:
            self._operation.cancel()

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "A folder of this computer", self.local.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take_folder)
        dialog.open()

    def _take_folder(self, name: str) -> None:
        self.local.setText(name)
        self._forget_plan()

    def _decide(self, kind: Kind) -> None:
        self.model.decide(self._open_conflicts(), kind)

    def _rows(self) -> list[int]:
        return sorted({index.row() for index in self.table.selectionModel().selectedRows()})

    def _open_conflicts(self) -> list[int]:
        """Chosen rows that want a decision; all of them where none is chosen."""
        actions = self.model.plan.actions
        rows = self._rows() or range(len(actions))
        return [row for row in rows if actions[row].kind in (Kind.CONFLICT, Kind.LEFT)]

    def _set_watch(self, on: bool) -> None:
        folder = self.pair.local
        if not on:
            self._watches.stop(self._session, folder)
            return
        try:
            self._watches.start(
                self._session,
                folder,
                self.pair.board,
                restart=self.restart.isChecked(),
                compiled=self.pair.compiled,
            )
        except errors.BoardError as error:
            self.note.setText(str(error))
        self._update()

    def _remember(self) -> None:
        self._memory["sync.local"] = self.local.text()
        self._memory["sync.board"] = self.board.text()
        self._memory["sync.direction"] = self.direction.currentText()

    # What comes of it

    def _begin(self, operation: Operation[Any], then: Callable[[Any], object]) -> None:
        self._operation = operation
        self._last_before = self._session.last_sync
        self.note.setText(f"{operation.title} …")
        self._calls.listen(operation.progress, self._on_progress)
        self._calls.when_done(operation, lambda done: self._ended(done, then))
        self._update()

    def _ended(self, operation: Future[Any], then: Callable[[Any], object]) -> None:
        self._operation = None
        self.progress.hide()
        try:
            result = operation.result()
        except (CancelledError, errors.CancelledError):
            self._show_stopped("Cancelled.")
        except Exception as error:
            self._show_stopped(str(error))
        else:
            self.note.clear()
            then(result)
        self._update()

    def _on_progress(self, progress: Progress) -> None:
        if self._operation is not None:
            self.progress.show()
            self.progress.setValue(_FULL * progress.done // max(progress.total, 1))

    def _show_plan(self, comparison: Comparison) -> None:
        self._comparison = comparison
        if not self.board.text().strip():
            self.board.setPlaceholderText(comparison.pair.board or "/")
        self.model.show_plan(comparison.plan)
        problems = comparison.plan.problems
        if problems:
            more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
            self.notice.say(f"Left out: {problems[0]}{more}")
            self.notice.setToolTip("\n".join(problems))
        else:
            self.notice.hide()

    def _show_result(self, comparison: Comparison, result: SyncResult) -> None:
        self._forget_plan()
        said = f"Done: {len(result.done)} of {len(comparison.plan.actions)}."
        if result.failed:
            action, why = result.failed[0]
            said = f"{said} {action.path}: {why}."
        self._offer_undo(said, result)

    def _show_stopped(self, why: str) -> None:
        """It was broken off; when it was a sync that had begun, how far it came."""
        self.note.setText(why)
        last = self._session.last_sync
        if last is None or last is self._last_before:
            if self._comparison is not None:  # the plan stands, and the note is about that
                self.notice.say(why)
            return
        self._forget_plan()
        comparison, result = last
        said = f"{why} Done: {len(result.done)} of {len(comparison.plan.actions)}; no file is half."
        if result.deleted:
            said = f"{said} Deleted: {_list(result.deleted)}."
        self._offer_undo(said, result)

    def _offer_undo(self, said: str, result: SyncResult) -> None:
        if result.steps:
            self.notice.say(said, ("Undo", self.undo))
        else:
            why = f"It cannot be undone: {result.undo_refused}." if result.undo_refused else ""
            self.notice.say(f"{said} {why}".strip())

    def _show_undone(self, changed: tuple[str, ...]) -> None:
        self._forget_plan()
        left = f" {', '.join(changed)}: changed since, so left as it is." if changed else ""
        self.notice.say(f"Taken back.{left}")

    def _forget_plan(self) -> None:
        """What is shown was for other folders."""
        self._comparison = None
        self.model.show_plan(SyncPlan())

    def _on_status(self, status: Status) -> None:
        self._update()

    def _on_watch(self, notice: WatchNotice) -> None:
        self.note.setText(notice.text)

    def _update(self) -> None:
        """Buttons and the note follow what is ticked and what goes on."""
        busy = self._operation is not None
        connected = self._session.status.state.connected
        chosen = self.model.chosen
        planned = self._comparison is not None
        self.compiled.setEnabled(self.pair.direction is Direction.TO_BOARD)
        self.compare_button.setEnabled(connected and not busy)
        self.compare_button.setDefault(not planned)
        self.apply_button.setEnabled(connected and not busy and not chosen.is_empty)
        self.cancel_button.setVisible(busy)
        self._undo.setEnabled(self._can_undo and not busy)
        self._tick.setEnabled(bool(self._rows()))
        conflicts = bool(self._open_conflicts()) and not busy
        for action, button in zip((self._mine, self._its), self._conflict_buttons, strict=True):
            action.setEnabled(conflicts)
            button.setVisible(conflicts)
        self.watch.setChecked(self._watches.find(self._session, self.pair.local) is not None)
        if not connected:
            self.note.setText(_NOT_CONNECTED)
        elif planned and not busy:
            empty = self.model.plan.is_empty and not self.model.plan.conflicts
            told = totals(replace(chosen, actions=chosen.actions + self.model.plan.conflicts))
            self.note.setText(f"Nothing to do: {told}." if empty else f"{told}.")
        elif not busy and self.note.text() in ("", _NOT_CONNECTED):
            self.note.setText(_READY)


def _list(paths: tuple[str, ...]) -> str:
    """The first ones by name; the rest by number."""
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
