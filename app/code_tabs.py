"""The editors of Python files: opening, finding, running and keeping them over a kill of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QDockWidget

from app.boot import program
from app.project import PRIVATE_FOLDER
from app.recovery import JOURNAL_SECONDS
from app.version import APPLICATION
from engines.board.code.file import BoardCodeFile, CodeFile, LocalCodeFile
from engines.board.code.helper import CodeHelper
from engines.board.code.place import Place, parse
from engines.board.code.recovery import CodeRecovery
from engines.board.code.run import run_source
from engines.board.code.tracebacks import STDIN, find_on_board
from engines.board.operations import Operation
from engines.board.session import BoardSession

if TYPE_CHECKING:
    from app.application import Application
    from app.conductor import Conductor
    from app.docks import Docks
    from engines.board.code.recovery import Unsaved
    from widgets.board.code_tab import CodeTab, RunWanted

KIND = "code"
BESIDE = (KIND, "notebook", "sheet", "plot")
"""Kinds of panels beside which an editor appears."""


class CodeTabs(QObject):
    """The open editors of one window, each in a dock of the kind ``code``."""

    def __init__(self, app: Application, conductor: Conductor, docks: Docks) -> None:
        super().__init__()
        self._app, self._conductor, self._docks = app, conductor, docks
        folder = conductor.project.folder
        self._recovery = CodeRecovery(folder / PRIVATE_FOLDER / "recovery" / "code")
        cache = Path(platformdirs.user_cache_dir(APPLICATION)) / "micropython"
        self._helper = CodeHelper([*program(), "--code-helper", str(cache), str(folder)])
        self._tabs: dict[str, CodeTab] = {}
        """By the name of the dock."""
        self._last: CodeTab | None = None
        self._ran: dict[str, CodeTab] = {}
        """Whose text was run, by the name that tracebacks give it; ``<stdin>`` is the last of them."""
        self._touched: dict[str, CodeTab] = {}
        self._kept: dict[str, str] = {}
        """The recovery file of each dock's text, where there is one."""
        self._opened = 0
        self._stops = [
            conductor.loop.every(JOURNAL_SECONDS, self.journal),
            self._follow_focus(),
        ]

    def __iter__(self) -> Iterator[CodeTab]:
        return iter(self._tabs.values())

    # -- opening -----------------------------------------------------------------------------------------

    def open(self, place: str, line: int | None = None) -> CodeTab:
        """Show a file in its editor, at a line.

        Raises:
            ValueError: there is no board of that name.
        """
        file = self.file(place)
        found = self._find(str(file.place))
        tab = found[1] if found else self._add()[1]
        if tab.saving.file is None:
            tab.saving.load(file)
        if line is not None:
            tab.go_to_line(line)
        self.show(tab)
        return tab

    def new(self, text: str = "") -> CodeTab:
        """Show an empty editor."""
        titles = {tab.saving.title for tab in self}
        number = next(each for each in range(1, len(titles) + 2) if f"untitled {each}" not in titles)
        _, tab = self._add()
        tab.saving.begin(f"untitled {number}", text)
        self.show(tab)
        return tab

    def file(self, place: str) -> CodeFile:
        """A file by its place: ``board:/flash/main.py``, or a path, from the project's folder on.

        Raises:
            ValueError: there is no board of that name.
        """
        where = parse(place, self._conductor.project.folder)
        if where.board:
            return BoardCodeFile(where, self._session(where.board))
        return LocalCodeFile(where)

    def restore(self) -> None:
        """Open what an earlier session could not save."""
        found, problems = self._recovery.restore()
        for problem in problems:
            self._app.notices.error(problem)
        for unsaved in found:
            self._restore(unsaved)
        if found:
            names = ", ".join(each.title for each in found)
            self._app.notices.warn(f"Unsaved code was brought back: {names}. Save it to keep it.")

    def _restore(self, unsaved: Unsaved) -> None:
        name, tab = self._add()
        self._kept[name] = unsaved.place or unsaved.title
        try:
            tab.saving.restore(unsaved)
        except ValueError:  # its board is not there any more
            tab.saving.begin(unsaved.title, unsaved.text)

    def _add(self) -> tuple[str, CodeTab]:
        from widgets.board.code_help import Services
        from widgets.board.code_tab import CodeTab

        services = Services(self._helper.complete, self._helper.help, self._helper.check)
        tab = CodeTab(services, self.file)
        self._opened += 1
        name = f"{KIND}:{self._opened}"
        self._tabs[name] = tab
        dock = self._docks.add(name, "", tab, beside=BESIDE)
        dock.installEventFilter(self)
        tab.changed.connect(partial(self._show_title, name, dock))
        tab.edited.connect(partial(self._touch, name))
        tab.saving.loaded.connect(partial(self._touch, name))
        tab.saving.saved.connect(lambda place: self._touch(name))
        tab.close_wanted.connect(partial(self.close_tab, tab))
        tab.run_wanted.connect(partial(self.run, tab))
        return name, tab

    def _show_title(self, name: str, dock: QDockWidget) -> None:
        dock.setWindowTitle(self._tabs[name].title)

    # -- finding -----------------------------------------------------------------------------------------

    def find(self, place: str) -> CodeTab | None:
        """The editor of a file, if it is open."""
        found = self._find(str(parse(place, self._conductor.project.folder)))
        return found[1] if found else None

    def current(self) -> CodeTab | None:
        """The editor that is, or was last, in use."""
        return self._last or next(iter(self), None)

    def focused(self) -> CodeTab | None:
        """The editor that has the keyboard."""
        focus = QApplication.focusWidget()
        return next((tab for tab in self if focus is not None and tab.isAncestorOf(focus)), None)

    def show(self, tab: CodeTab) -> None:
        """Bring an editor to the front and give it the keyboard."""
        self._last = tab
        self._docks.show(self._name(tab))

    def _name(self, tab: CodeTab) -> str:
        return next(name for name, each in self._tabs.items() if each is tab)

    def _find(self, place: str) -> tuple[str, CodeTab] | None:
        return next(((name, tab) for name, tab in self._tabs.items() if tab.saving.place == place), None)

    def _follow_focus(self) -> Callable[[], None]:
        def look() -> None:
            self._last = self.focused() or self._last

        def stop() -> None:
            self._app.qt.focusChanged.disconnect(look)

        self._app.qt.focusChanged.connect(look)
        return stop

    # -- closing -----------------------------------------------------------------------------------------

    def close_tab(self, tab: CodeTab) -> None:
        """Close an editor; what is unsaved in it is given up."""
        name = self._name(tab)
        del self._tabs[name]
        self._touched.pop(name, None)
        self._forget(name)
        self._last = None if self._last is tab else self._last
        self._ran = {each: ran for each, ran in self._ran.items() if ran is not tab}
        self._docks.remove(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An editor whose dock is closed goes away, unless something in it is not saved."""
        if event.type() == QEvent.Type.Close and isinstance(watched, QDockWidget):
            tab = self._tabs.get(watched.objectName())
            if tab is not None and not tab.saving.dirty:
                self._conductor.loop.later(0, lambda: self._close_if_clean(tab))
            elif tab is not None:
                self._app.notices.info(f"{tab.name} is not saved; it waits in View > Panels.")
        return super().eventFilter(watched, event)

    def _close_if_clean(self, tab: CodeTab) -> None:
        if tab in self._tabs.values() and not tab.saving.dirty:
            self.close_tab(tab)

    def close(self) -> None:
        """The window closes: what is unsaved waits in the recovery folder."""
        for stop in self._stops:
            stop()
        self.journal()
        self._helper.close()

    # -- keeping -----------------------------------------------------------------------------------------

    def journal(self) -> None:
        """Write down what was typed since the last call."""
        touched, self._touched = self._touched, {}
        for name, tab in touched.items():
            self._keep(name, tab)

    def save_all(self) -> list[str]:
        """Save every changed file that has a place; how it went is told by its editor."""
        dirty = [tab for tab in self if tab.saving.dirty and tab.saving.file is not None]
        for tab in dirty:
            tab.save()
        return [tab.name for tab in dirty]

    def _touch(self, name: str) -> None:
        if name in self._tabs:
            self._touched[name] = self._tabs[name]

    def _keep(self, name: str, tab: CodeTab) -> None:
        unsaved = tab.saving.unsaved()
        if unsaved is None or self._kept.get(name) != (unsaved.place or unsaved.title):
            self._forget(name)
        if unsaved is None:
            return
        try:
            self._recovery.keep(unsaved)
            self._kept[name] = unsaved.place or unsaved.title
        except OSError as error:
            self._app.notices.error(
                f"{error.filename}: unsaved code cannot be journalled: {error.strerror}. Save often."
            )

    def _forget(self, name: str) -> None:
        if name in self._kept:
            self._recovery.discard(self._kept.pop(name))

    # -- running -----------------------------------------------------------------------------------------

    def run(self, tab: CodeTab, wanted: RunWanted) -> Operation[str] | None:
        """Run a source on the board that it lives on, or the first one; output comes in the terminal."""
        session = self._session(wanted.board) if wanted.board else self._conductor.boards.first
        if not session.status.state.connected:
            tab.notice.say(
                "No board is connected.",
                ("Connect the virtual pyboard", lambda: self._app.run("board.connect_virtual")),
            )
            return None
        self._ran[wanted.name] = self._ran[STDIN] = tab
        self._docks.reveal(f"board:{session.name}")
        operation = run_source(
            session,
            wanted.source,
            wanted.name,
            first_line=wanted.first_line,
            soft_reset=wanted.soft_reset,
            show_value=wanted.is_part,
        )
        operation.add_done_callback(
            lambda done: self._conductor.loop.deliver(lambda: self._ended(tab, operation))
        )
        return operation

    def _ended(self, tab: CodeTab, operation: Operation[str]) -> None:
        error = None if operation.cancelled() else operation.exception()
        if error is not None and tab in self._tabs.values():
            tab.notice.say(f"{error}")

    def _session(self, board: str) -> BoardSession:
        if board not in self._conductor.boards.names:
            raise ValueError(f"There is no board {board!r}.")
        return self._conductor.boards[board]

    # -- tracebacks --------------------------------------------------------------------------------------

    def go_to(self, session: BoardSession, file: str, line: int) -> None:
        """Show the place that a traceback of a board names."""
        if file in self._ran:
            self._show_line(self._ran[file], line)
        elif file == STDIN:
            self._app.notices.info("What raised this was typed or sent; no open file has it.")
        elif file.startswith("/"):
            self.open(str(Place(file, session.name)), line)
        else:
            self._look_on_board(session, file, line)

    def _look_on_board(self, session: BoardSession, file: str, line: int) -> None:
        def found(operation: Operation[str | None]) -> None:
            error = None if operation.cancelled() else operation.exception()
            path = None if error or operation.cancelled() else operation.result()
            if path is not None:
                self.open(str(Place(path, session.name)), line)
                return
            near = next((tab for tab in self if tab.saving.title == file.rpartition("/")[2]), None)
            if near is not None:
                self._show_line(near, line)
            elif error is not None:
                self._app.notices.error(f"{file} cannot be looked for on the board: {error}")
            else:
                self._app.notices.info(
                    f"{file} is not among the board's files; it may be part of the firmware."
                )

        operation = find_on_board(session, file)
        operation.add_done_callback(lambda done: self._conductor.loop.deliver(lambda: found(operation)))

    def _show_line(self, tab: CodeTab, line: int) -> None:
        self.show(tab)
        tab.go_to_line(line)
