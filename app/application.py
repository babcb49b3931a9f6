"""The running application: its settings, its one window and project, and the commands that act on them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from app.boot import Backstage, open_backstage
from app.commands import COMMAND_MODULES
from app.commands.board_firmware import refuse_while_flashing
from app.commands.registry import CommandError, NothingToDo, Registry, sentence
from app.loop import QtLoop
from app.notices import Notices
from app.settings import Settings
from app.theme import apply_theme, follow_system
from engines.workspace.events import Event
from engines.workspace.files import DocumentError

if TYPE_CHECKING:
    from app.conductor import Conductor
    from app.window import Window
    from engines.workspace.document import Document


class Application:
    """What every command gets as its first argument."""

    def __init__(self, qt: QApplication, settings: Settings, *, theme: str | None = None) -> None:
        self.qt = qt
        self.settings = settings
        self.loop = QtLoop()
        self.notices = Notices()
        self.registry = Registry(COMMAND_MODULES)
        self.conductor: Conductor | None = None
        self.window: Window | None = None
        self.filled: Event[None] = Event()
        """The window's panels have their documents."""
        self._backstage: Backstage | None = None
        self.times: dict[str, float] = {"start": time.time()}
        """Unix time of: start, window (first painted), kernel (ready), live (first samples drawn)."""
        self.theme = theme or settings.theme
        apply_theme(qt, self.theme)
        follow_system(qt, lambda: self.theme)

    @property
    def project(self) -> Conductor:
        """The open project.

        Raises:
            CommandError: none is open.
        """
        if self.conductor is None:
            raise CommandError("no project is open; open one with File > Open project")
        return self.conductor

    def open_project(self, folder: Path) -> None:
        """Show a project in the window, in place of the one that is open.

        The window is painted first, with its panels still empty; then the documents fill them.

        Raises:
            CommandError: the window must stay, for a board is being written.
        """
        from app.window import Window

        refuse_while_flashing(self)
        self.close_project()
        folder = folder.resolve()
        self._backstage = open_backstage(folder, self.loop)
        if self.settings.is_trusted(folder):
            self._backstage.kernel.boot()
        self.settings.remember_project(folder)
        self.window = Window(self, folder)
        self.window.painted.connect(self._fill_window)
        self.window.filled.connect(lambda: self.filled.emit(None))
        self.window.show()

    def close_project(self) -> None:
        """Close the window's project; unsaved work stays in its recovery folder."""
        if self.window is not None:
            self.window.dismantle()
            self.window.deleteLater()
            self.window = None
        if self.conductor is not None:
            self.conductor.close()
            self.conductor = None
        elif self._backstage is not None:
            self._backstage.close()
        self._backstage = None

    def start_project(self) -> None:
        """Let the open project run: kernel, board, start-up notebooks."""
        self.project.kernel.ready.connect(lambda nothing: self.times.setdefault("kernel", time.time()))
        self.project.start()
        if self.window is not None:
            self.window.project_started()

    def _fill_window(self) -> None:
        """The first picture is on the screen: now the parts that take longer."""
        self.times.setdefault("window", time.time())
        if self.window is None or self._backstage is None:
            return
        from app.conductor import Conductor

        folder = self.window.folder
        self.conductor = Conductor(folder, self.loop, self.notices, self._backstage)
        self.conductor.open()
        trusted = self.conductor.trusted = self.settings.is_trusted(folder)
        if trusted:
            self.conductor.start_board()
        self.window.fill(self.conductor)
        if trusted:
            self.start_project()
        else:
            self.notices.warn(
                "This project is new here: nothing runs until you trust it.", "file.trust_project"
            )

    def call(self, name: str, arguments: list[str] | None = None) -> Any:
        """Call a command by name; for menus, keys, palette and the door. Errors become CommandError."""
        folder = self.conductor.project.folder if self.conductor is not None else None
        try:
            return self.registry.call(name, self, arguments or [], folder)
        except (DocumentError, OSError, LookupError, ValueError) as error:
            raise CommandError(sentence(error)) from error

    def run(self, name: str) -> None:
        """Call a command for the user: what goes wrong is shown, not raised."""
        self.run_with(name, [])

    def run_with(self, name: str, arguments: list[str]) -> None:
        """Like ``run``, with arguments."""
        try:
            value = self.call(name, arguments)
        except NothingToDo as nothing:
            self.notices.info(str(nothing))
            return
        except CommandError as error:
            self.notices.error(str(error))
            return
        if isinstance(value, Future):
            value.add_done_callback(lambda done: self.loop.deliver(lambda: self._show_outcome(done)))

    def when_filled(self, function: Callable[[], Any]) -> Future[Any]:
        """Call a function as soon as the project's documents are there."""
        done: Future[Any] = Future()

        def filled(nothing: None) -> None:
            stop()
            try:
                value = function()
            except (CommandError, DocumentError, OSError, LookupError, ValueError) as error:
                done.set_exception(error)
                return
            done.set_result(value)

        stop = self.filled.connect(filled)
        return done

    def has_focus(self, document: Document) -> bool:
        """Whether the keyboard is in the document's panel."""
        return (
            self.window is not None
            and self.window.is_filled
            and (self.window.panels.focused_document() is document)
        )

    def raise_window(self) -> None:
        if self.window is not None:
            self.window.show()
            self.window.raise_()
            self.window.activateWindow()

    def close(self) -> None:
        self.close_project()
        self.settings.save()
        self.loop.close()

    def _show_outcome(self, done: Future[Any]) -> None:
        error = done.exception()
        if error is not None:
            self.notices.error(sentence(error))
