"""The console: qtconsole's widget as a second client of the same kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QStackedLayout, QWidget

WAITING = "The console starts with the kernel."


class ConsoleView(QWidget):
    """Shows the console once ``attach`` is given a connection file and somebody looks.

    ``interrupt`` and ``restart`` are asked for by the console's own keys (Ctrl+C, Ctrl+.).
    """

    def __init__(
        self, interrupt: Callable[[], object], restart: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._interrupt = interrupt
        self._restart = restart
        self._connection_file: Path | None = None
        self._client: object | None = None
        self._console: QWidget | None = None
        self._layout = QStackedLayout(self)
        hint = QLabel(WAITING)
        hint.setContentsMargins(12, 12, 12, 12)
        self._layout.addWidget(hint)

    def attach(self, connection_file: Path) -> None:
        """The kernel is ready. The console connects when it is first looked at: it takes a while."""
        self._connection_file = connection_file
        if self._console is not None:
            self._console.meet()
        elif self.isVisible():
            self._start()

    def hold(self) -> None:
        """The kernel is gone or restarts: what is entered waits for ``attach``."""
        if self._console is not None:
            self._console.hold()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._connection_file is not None:
            QTimer.singleShot(0, self, self._start)

    def _start(self) -> None:
        """Once only: a restarted kernel keeps its connection file."""
        if self._client is not None or self._connection_file is None:
            return
        from widgets.workspace.console_client import ConsoleClient
        from widgets.workspace.jupyter_console import JupyterConsole

        client = ConsoleClient(connection_file=str(self._connection_file))
        client.load_connection_file()
        client.start_channels(hb=False)
        console = JupyterConsole()
        console.banner = ""
        console.include_other_output = False
        console.custom_interrupt = True
        console.custom_interrupt_requested.connect(self._interrupt)
        console.custom_restart = True
        console.custom_restart_requested.connect(self._restart)
        console.kernel_client = client
        console.hold()
        console.meet()
        self._client, self._console = client, console
        self._colour()
        self._layout.addWidget(console)
        self._layout.setCurrentWidget(console)
        wanted = self.hasFocus()
        self.setFocusProxy(console._control)
        if wanted:  # somebody came here to type while it started
            console._control.setFocus()

    def run(self, code: str) -> None:
        """Execute as if typed here."""
        if self._console is not None:
            self._console.execute(code)

    def text(self) -> str:
        return self._console._control.toPlainText() if self._console is not None else ""

    def close_client(self) -> None:
        """Disconnect; call it before the kernel is ended."""
        if self._client is not None and self._console is not None:
            self._console.part()
            self._client.stop_channels()
            self._client = None
        self._connection_file = None

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange):
            self._colour()
        super().changeEvent(event)

    def _colour(self) -> None:
        if self._console is not None:
            self._console.use_palette(self.palette())
