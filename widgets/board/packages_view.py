"""The board's packages: what is in its lib folder, install from anywhere, remove with undo."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engines.board import errors
from engines.board.files.kept_copies import KeptCopies
from engines.board.operations import Progress
from engines.board.packages.installed import Installed, Listing, list_packages
from engines.board.packages.packages import Installation, Removal, put_back, remove
from engines.board.packages.source import meant_in
from engines.board.session import BoardSession
from engines.board.status import State, Status
from widgets.board.gui_calls import GuiCalls
from widgets.board.notice_bar import NoticeBar
from widgets.workspace.text import muted

_NOT_CONNECTED = "Connect a board to see its packages."
_RUNNING = "A program is running. The packages are listed as soon as it ends."
_EMPTY = "No packages are in {lib} yet. Give a name, a file or an address above, and install it."
_FULL = 1000
_WIDTHS = (160, 80)


class PackagesView(QWidget):
    """One board's page. Nothing is fetched from a network but by the Install button.

    Args:
        folder: where files of this computer are looked for first.
        memory: what was chosen the last time.
    """

    def __init__(
        self,
        session: BoardSession,
        folder: Path,
        parent: QWidget | None = None,
        memory: MutableMapping[str, str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = folder
        self._memory = {} if memory is None else memory
        self._calls = GuiCalls(self)
        self._kept = KeptCopies()
        self.destroyed.connect(self._kept.close)
        self._removal: Removal | None = None
        self._broken_off: Removal | None = None
        """One that was cancelled, or failed, in the middle."""
        self._cancel: Callable[[], object] | None = None
        """Ends what is going on; None: nothing is."""
        self._listed = False
        self.setAcceptDrops(True)
        self._make_fields()
        self._make_table()
        self._lay_out()
        self._calls.listen(session.status_changed, self._on_status)
        self._on_status(session.status)
        self._colour()

    def _make_fields(self) -> None:
        self.spec = QLineEdit(self)
        self.spec.setPlaceholderText("name, file, folder, URL, or github:user/repository")
        self.spec.setAccessibleName("Package to install")
        self.spec.setClearButtonEnabled(True)
        self.spec.returnPressed.connect(self.install)
        self.spec.textChanged.connect(lambda text: self._update())
        self._choose = QPushButton("File …", self)
        self._choose.setToolTip("Choose a wheel, a package.json or a module of this computer")
        self._choose.clicked.connect(self._choose_file)
        self.index = QComboBox(self)
        self.index.setEditable(True)
        self.index.addItems(["micropython.org", *filter(None, [self._memory.get("packages.index", "")])])
        self.index.setCurrentText(self._memory.get("packages.index", "micropython.org"))
        self.index.setAccessibleName("Index that names are looked up in")
        self.index.setToolTip("URL or folder of the index that names are looked up in")
        self.compiled = QCheckBox("As .mpy", self)
        self.compiled.setChecked(True)
        self.compiled.setToolTip("Compiled modules take less memory; without it the .py files are copied")
        self.install_button = QPushButton("Install", self)
        self.install_button.setDefault(True)
        self.install_button.clicked.connect(self.install)

    def _make_table(self) -> None:
        self.table = QTreeWidget(self)
        self.table.setHeaderLabels(["Package", "Version", "From"])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(True)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setAccessibleName("Packages on the board")
        self.table.itemSelectionChanged.connect(self._update)
        self._remove = self._action("Remove", QKeySequence.StandardKey.Delete, self.remove)
        self._undo = self._action("Undo", QKeySequence.StandardKey.Undo, self.undo)
        self._refresh = self._action("Refresh", QKeySequence.StandardKey.Refresh, self.refresh)
        self.table.addActions([self._remove, self._undo, self._refresh])
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.notice = NoticeBar(self)
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setMaximum(_FULL)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self.progress.hide()
        self.remove_button = QPushButton("Remove", self)
        self.remove_button.setToolTip("Delete the chosen package from the board; it can be put back")
        self.remove_button.clicked.connect(self.remove)
        self.cancel_button = QPushButton("Cancel", self)
        self.cancel_button.clicked.connect(self.cancel)

    def _action(self, text: str, key: QKeySequence.StandardKey, do: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda checked=False: do())
        return action

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setContentsMargins(8, 8, 8, 4)
        fields.setHorizontalSpacing(8)
        fields.setVerticalSpacing(4)
        fields.setColumnStretch(1, 1)
        fields.addWidget(QLabel("Package", self), 0, 0)
        fields.addWidget(self.spec, 0, 1)
        fields.addWidget(self._choose, 0, 2)
        fields.addWidget(self.install_button, 0, 3)
        fields.addWidget(QLabel("Index", self), 1, 0)
        fields.addWidget(self.index, 1, 1)
        fields.addWidget(self.compiled, 1, 2, 1, 2)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        foot.setSpacing(8)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.remove_button)
        foot.addWidget(self.cancel_button)
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

    def install(self) -> None:
        """Install what the field says."""
        spec = self.spec.text().strip()
        if not spec or not self.install_button.isEnabled():
            return
        index = self.index.currentText().strip()
        folder = self._folder
        self._memory["packages.index"] = index
        installation = Installation(
            self._session,
            meant_in(folder, spec),
            index=meant_in(folder, index),
            compiled=self.compiled.isChecked(),
        )
        self._calls.listen(installation.said, self.note.setText)
        self._calls.listen(installation.progress, self._on_progress)
        self._begin(installation.title, installation.result, installation.cancel, self._installed)

    def remove(self) -> None:
        """Remove the chosen package."""
        name = self.chosen
        if name is None or not self.remove_button.isEnabled():
            return
        operation = remove(
            self._session,
            name,
            self._kept,
            stopped=self._stopped,
        )
        self._begin(f"Removing {name}", operation, operation.cancel, self._removed)

    def undo(self) -> None:
        """Put back what was removed last."""
        if self._removal is None or self._cancel is not None:
            return
        operation = put_back(self._session, self._removal)
        self._begin(operation.title, operation, operation.cancel, lambda nothing: self._put_back())

    def refresh(self) -> None:
        """List the packages again."""
        if self._cancel is None and self._session.status.state.connected:
            operation = list_packages(self._session)
            self._begin("Looking for packages", operation, operation.cancel, self._show)

    def cancel(self) -> None:
        if self._cancel is not None:
            self._cancel()

    @property
    def chosen(self) -> str | None:
        """Name of the chosen package."""
        items = self.table.selectedItems()
        return items[0].text(0) if items else None

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "A package of this computer", str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Packages (*.whl *.json *.py *.mpy);;All files (*)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.spec.setText)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            self.spec.setText(files[0])
            self.spec.setFocus()
            event.acceptProposedAction()

    # What comes of it

    def _begin(
        self, title: str, future: Future[Any], cancel: Callable[[], object], then: Callable[[Any], object]
    ) -> None:
        self._cancel = cancel
        self.note.setText(f"{title} …")
        self._calls.when_done(future, lambda done: self._ended(done, then))
        self._update()

    def _ended(self, future: Future[Any], then: Callable[[Any], object]) -> None:
        self._cancel = None
        self.progress.hide()
        try:
            result = future.result()
        except (CancelledError, errors.CancelledError):
            self.note.setText("Cancelled.")
        except errors.BoardBusyError:
            self.note.setText("A program is running on the board. Its packages show as soon as it ends.")
        except Exception as error:
            self.note.setText(str(error))
        else:
            then(result)
        if self._broken_off is not None:
            self._removal, self._broken_off = self._broken_off, None
            sentence = f"Only a part of {self._removal.package.name} was removed. Undo puts it back."
            self._changed(sentence, ("Undo", self.undo))
        self._update()

    def _on_progress(self, progress: Progress) -> None:
        if self._cancel is not None:
            self.progress.show()
            self.progress.setValue(_FULL * progress.done // max(progress.total, 1))

    def _installed(self, installed: tuple[Installed, ...]) -> None:
        self.spec.clear()
        names = ", ".join(f"{each.name} {each.version}".strip() for each in installed)
        needs = ", ".join(need for each in installed for need in each.needs)
        self._changed(f"Installed: {names}." + (f" Not installed with it: {needs}." if needs else ""))

    def _removed(self, removal: Removal) -> None:
        self._removal = removal
        self._changed(f"{removal.package.name} was removed.", ("Undo", self.undo))

    def _stopped(self, removal: Removal) -> None:
        self._broken_off = removal

    def _put_back(self) -> None:
        removal, self._removal = self._removal, None
        self._changed(f"{removal.package.name} is back." if removal else "It is back.")

    def _changed(self, sentence: str, *choices: tuple[str, Callable[[], object]]) -> None:
        self.notice.say(sentence, *choices)
        self.refresh()

    def _show(self, listing: Listing) -> None:
        self._listed = True
        chosen = self.chosen
        self.table.clear()
        for package in listing.packages:
            item = QTreeWidgetItem([package.name, package.version, package.source or "copied by hand"])
            item.setToolTip(0, "\n".join(package.files))
            self.table.addTopLevelItem(item)
            item.setSelected(package.name == chosen)
        for column, least in enumerate(_WIDTHS):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, max(least, self.table.columnWidth(column) + 16))
        count = len(listing.packages)
        found = f"1 package in {listing.lib}" if count == 1 else f"{count} packages in {listing.lib}"
        self.note.setText(found if count else _EMPTY.format(lib=listing.lib))
        if listing.problem:
            self.notice.say(listing.problem)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._list_if_seen()

    def _list_if_seen(self) -> None:
        if self.isVisible() and not self._listed and self._session.status.state is State.PROMPT:
            self.refresh()

    def _on_status(self, status: Status) -> None:
        if not status.state.connected:
            self._listed = False
            self.table.clear()
            self.note.setText(_NOT_CONNECTED)
        elif not self._listed and status.state is State.RUNNING:
            self.note.setText(_RUNNING)
        self._list_if_seen()
        self._update()

    def _update(self) -> None:
        connected, busy = self._session.status.state.connected, self._cancel is not None
        self.install_button.setEnabled(connected and not busy and bool(self.spec.text().strip()))
        self.remove_button.setEnabled(connected and not busy and self.chosen is not None)
        self._remove.setEnabled(self.remove_button.isEnabled())
        self._undo.setEnabled(self._removal is not None and not busy)
        self._refresh.setEnabled(connected and not busy)
        self.cancel_button.setVisible(busy)
        if not connected and not self.note.text():
            self.note.setText(_NOT_CONNECTED)
