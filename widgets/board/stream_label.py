"""Which streams come in, how fast, what was lost and what is recorded; its menu records and exports."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from engines.board.connection.link import Traffic
from engines.workspace.size_text import size_text
from engines.workspace.streams.recorder import RecordingState

_PERIOD = 500
_RECORDING = "●"


class StreamLabel(QToolButton):
    """Counts at most twice a second, and only while it is seen.

    ``command_wanted``: something that the application does, by its command and arguments.

    Args:
        names: the streams to show.
        count: samples received and lost of a stream; raises KeyError when it is gone.
        traffic: what arrived, with what could not be understood.
    """

    command_wanted = Signal(str, list)

    def __init__(
        self,
        names: Callable[[], tuple[str, ...]],
        count: Callable[[str], tuple[int, int]],
        parent: QWidget | None = None,
        traffic: Callable[[], Traffic] = Traffic,
    ) -> None:
        super().__init__(parent)
        self.recording: Callable[[str], RecordingState | None] = lambda name: None
        """How the recording of a stream goes."""
        self.folder = Path.home()
        """Where exported files are offered to go."""
        self._names = names
        self._count = count
        self._traffic = traffic
        self._before: dict[str, tuple[float, int]] = {}
        self._timer = QTimer(self, interval=_PERIOD)
        self._timer.timeout.connect(self.refresh)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.fill_menu)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setAccessibleName("Streams")
        self.setMinimumWidth(1)  # a long text is cut in a narrow panel
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def refresh(self) -> None:
        now = time.monotonic()
        parts, lines = [], []
        for name in self._names():
            try:
                total, lost = self._count(name)
            except KeyError:
                continue
            when, before = self._before.get(name, (now, total))
            self._before[name] = (now, total)
            rate = (total - before) / (now - when) if now > when else 0.0
            recorded = self._recorded(name)
            lines.append(f"{name}: {total} samples, {lost} lost{_told(recorded)}")
            if rate > 0 or lost or recorded:
                mark = f"{_RECORDING} " if recorded else ""
                size = f", {size_text(recorded.size)}" if recorded else ""
                parts.append(f"{mark}{name} {rate:.0f}/s" + (f", {lost} lost" if lost else "") + size)
        traffic = self._traffic()
        if traffic.malformed:
            parts.append(f"{traffic.malformed} frames not understood")
            lines.append(f"{traffic.malformed} frames could not be understood: {traffic.problem}")
        if traffic.unread and lines:
            lines.append(
                f"{traffic.unread} printed lines with numbers were not read, such as: {traffic.unread_line}"
            )
        self.setText(" · ".join(parts) or ("Streams" if lines else "No streams yet"))
        self.setToolTip("\n".join(lines) or "A program that sends samples or prints numbers makes a stream")
        self.setEnabled(bool(lines))

    def fill_menu(self) -> None:
        """What can be done with the streams that there are now."""
        self._menu.clear()
        for name in self._names():
            recorded = self._recorded(name)
            if recorded:
                title = f"■ Stop recording {name}  ({size_text(recorded.size)})"
                action = self._entry(title, "stream.stop", name)
                action.setToolTip(f"Recording to {recorded.path}")
            else:
                action = self._entry(f"{_RECORDING} Record {name}", "stream.record", name)
                action.setToolTip("Write it to a file of the project, from now on")
                title = f"{_RECORDING} Record {name} from its beginning"
                action = self._entry(title, "stream.record", name, "past=yes")
                action.setToolTip("Also write the samples that are still in memory")
            self._menu.addAction(f"Export {name} …", lambda name=name: self._choose_export(name))
            self._menu.addSeparator()

    def _entry(self, title: str, command: str, *arguments: str) -> QAction:
        return self._menu.addAction(title, lambda: self.command_wanted.emit(command, list(arguments)))

    def _recorded(self, name: str) -> RecordingState | None:
        state = self.recording(name)
        return state if state is not None and state.running else None

    def _choose_export(self, name: str) -> None:
        dialog = QFileDialog(self, f"Export {name}", str(self.folder / f"{name}.csv"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["CSV (*.csv)", "Parquet (*.parquet)"])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{name}.csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.command_wanted.emit("stream.export", [name, path]))
        dialog.open()


def _told(recorded: RecordingState | None) -> str:
    if recorded is None:
        return ""
    missed = f", {recorded.missed} missed" if recorded.missed else ""
    return f"\n    recording {recorded.rows} samples ({size_text(recorded.size)}{missed}) to {recorded.path}"
