"""Conducts the four tools of one project: opens its documents, passes changes on, survives the kernel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from app.background import Background, tell_if_slow
from app.board_memory import BoardMemory
from app.boot import Backstage
from app.expression_reads import STREAMS
from app.lineage import lineage
from app.loop import Loop
from app.notices import Notices
from app.project import PRIVATE_FOLDER, WAYS_OUT, OpenDocument, Project
from app.project_boards import ProjectBoards
from app.questions import Questions
from app.recovery import JOURNAL_SECONDS, Recovery, Restored
from app.saving import Saving
from app.stage import Stage
from app.tools.boards import Boards
from app.tools.figure_store import ProjectFigures
from app.tools.figures import Figures
from app.tools.notebooks import Notebooks
from app.tools.recordings import Recordings
from app.tools.sheets import Sheets
from app.tools.syncs import Syncs
from engines.board.connection.transport import Target
from engines.notebook.document import NotebookDocument, OutputsChanged
from engines.plot.document import FigureDocument
from engines.sheet.csv_files import read_csv
from engines.sheet.document import SheetDocument
from engines.sheet.xlsx_files import read_xlsx
from engines.workspace.document import Document
from engines.workspace.events import Event
from engines.workspace.graph import Graph, name_node
from engines.workspace.kernel_api import Executed
from engines.workspace.kernel_messages import KernelEvent
from engines.workspace.kernel_process import Death
from engines.workspace.names import check_name, made_fit

READERS: dict[str, Callable[[str, Path], Document]] = {
    ".ipynb": lambda text, path: NotebookDocument.from_text(text, path.name.removesuffix(".ipynb"), path),
    ".sheet.json": SheetDocument.from_text,
    ".plot.json": FigureDocument.from_text,
}
IMPORTS: dict[str, Callable[[Path], list[SheetDocument]]] = {
    ".csv": lambda path: [read_csv(path)],
    ".xlsx": read_xlsx,
}
START_PERIOD = 0.05


class Conductor:
    """One project at work: make it, ``open`` the project's documents, ``start`` everything."""

    def __init__(self, folder: Path, loop: Loop, notices: Notices, backstage: Backstage) -> None:
        self.loop = loop
        self.notices = notices
        self._backstage = backstage
        self.streams = backstage.streams
        self.kernel = backstage.kernel
        self.graph = Graph()
        self.stage = Stage(loop, self.kernel, self.streams, self.graph, notices)
        self.project = Project(folder, READERS)
        self._writer = Background(loop.deliver)
        self.background = Background(loop.deliver)
        """For what takes long and is no journal: imports and exports."""
        self.recovery = Recovery(self.project, self._writer)
        self._saving = Saving(self.project, self.recovery, self._writer, loop, notices)
        self.boards = Boards(self.stage)
        memory = BoardMemory(folder / PRIVATE_FOLDER)
        self.project_boards = ProjectBoards(self.project, self.boards, memory, loop, lambda: self.trusted)
        self.syncs = Syncs(self.boards, self.stage, folder / PRIVATE_FOLDER)
        self.recordings = Recordings(self.stage, folder)
        self.sheets = Sheets(self.stage, folder / PRIVATE_FOLDER)
        self.figures = Figures(self.stage)
        self.notebooks = Notebooks(
            self.stage, folder / PRIVATE_FOLDER / "outputs", lambda: [sheet.name for sheet in self.sheets]
        )
        self.sheets.created.connect(self.add)
        self.sheets.removed.connect(self.close_document)
        self.opened: Event[Document] = Event()
        self.closed: Event[Document] = Event()
        self.figure_store = ProjectFigures(self)
        self.questions = Questions(self)
        self.parameters: dict[str, Any] = {}
        self._journal_problem: str | None = None
        self._lives = 0
        self._run_stale_when_ready = False
        self.trusted = False
        """Whether the project's code may run; until then its board program is not even offered."""
        self._timers: list[Callable[[], None]] = []

    # -- opening -----------------------------------------------------------------------------------------

    def open(self) -> None:
        """Open the project's documents, with what an earlier session could not save."""
        self.project.open()
        self.project_boards.open()
        restored = self.recovery.restore()
        for opened in tuple(self.project.documents):
            self._take_in(opened)
        for problem in self.project.problems:
            self.notices.error(problem)
        self._tell(restored)

    def _tell(self, restored: Restored) -> None:
        if restored.outdated:
            names = ", ".join(restored.outdated)
            self.notices.warn(
                f"{names}: another program has changed the file, so the last session's outputs were not kept."
            )
        if restored.edited:
            names = ", ".join(restored.edited)
            self.notices.warn(f"Unsaved work was brought back: {names}. Save it to keep it.")
        if restored.changed:
            names = ", ".join(restored.changed)
            self.notices.warn(
                f"{names}: unsaved work was brought back, but another program has changed the file since. "
                f"It will not be overwritten by itself. {WAYS_OUT}."
            )

    def add(self, document: Document) -> Document:
        """Take a new document into the project.

        Raises:
            ValueError: its name cannot be a document's.
            DocumentError: one of its kind and name is open.
        """
        self._take_in(self.project.add(document))
        return document

    def open_file(self, path: Path) -> Document:
        """Open one more document.

        Raises:
            DocumentError: it cannot be read; the message names file and line.
        """
        path = path.resolve()
        known = next((each for each in self.project.documents if each.path.resolve() == path), None)
        if known is not None:
            return known.document
        opened = self.project.open_file(path)
        self._take_in(opened)
        return opened.document

    def imports(self, path: Path) -> bool:
        """Whether a file holds tables of another program."""
        return path.suffix.lower() in IMPORTS

    def import_sheets(self, path: Path) -> Future[Document]:
        """Tables of other programs come in as new sheets of the project; the first of them.

        The future, done on the loop's thread, raises DocumentError where the file cannot be read.
        """
        be_quiet = tell_if_slow(self.loop, self.notices, f"Reading {path.name} …")
        read = IMPORTS[path.suffix.lower()]

        added = self.background.run(lambda: read(path), self.add_tables)
        added.add_done_callback(lambda done: be_quiet())
        return added

    def add_tables(self, documents: list[SheetDocument]) -> Document:
        """Tables of another program as new sheets of the project; the first of them."""
        for document in documents:
            document.name = self.free_name(made_fit(document.name), document.suffix)
            self.add(document)
        return documents[0]

    def free_name(self, wanted: str, suffix: str) -> str:
        """The wanted name, or with a number behind it when a document or a file has it.

        Raises:
            ValueError: the name cannot be a document's.
        """
        name, number = check_name(wanted), 1
        while self.project.find(name, suffix) or (self.project.folder / f"{name}{suffix}").exists():
            number += 1
            name = f"{wanted} {number}"
        return name

    def close_document(self, document: Document) -> None:
        self._tool_of(document).remove(document)
        self.recovery.discard(document)
        self.project.remove(document)
        self.closed.emit(document)

    def _take_in(self, opened: OpenDocument) -> None:
        document = opened.document
        self._tool_of(document).add(document)
        document.changed.connect(lambda change: self._document_changed(opened, change))
        if opened.saved is None:
            self.recovery.touch(document)
        self.opened.emit(document)

    def _document_changed(self, opened: OpenDocument, change: object) -> None:
        opened.edited = opened.edited or not isinstance(change, OutputsChanged)
        self.recovery.touch(opened.document)

    def _tool_of(self, document: Document) -> Any:
        if isinstance(document, SheetDocument):
            return self.sheets
        return self.figures if isinstance(document, FigureDocument) else self.notebooks

    def reload(self, opened: OpenDocument) -> None:
        """Throw away what is unsaved in a document and show its file as it is now.

        Raises:
            DocumentError: the file cannot be read; the document stays as it is.
        """
        fresh = self.project.load(opened.path)
        self.close_document(opened.document)
        self._take_in(self.project.take(fresh))

    def save_all(self, *, overwrite: bool = False) -> Future[list[str]]:
        """Save every changed document (see ``Saving``); notebooks' running output is brought in first."""
        for session in self.notebooks:
            session.collect_all()
        return self._saving.save_all(overwrite=overwrite)

    # -- work --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let everything play: the kernel, the board, and what the project runs at its start."""
        self.kernel.events.connect(self._kernel_event)
        self.kernel.ready.connect(lambda nothing: self._kernel_ready())
        self.kernel.died.connect(self._kernel_died)
        self.kernel.unmoved.connect(lambda nothing: self._kernel_unmoved())
        self.kernel.calls.connect(self.questions.answer)
        self.kernel.start()
        self._timers.append(self.loop.every(JOURNAL_SECONDS, self._journal))
        self.start_board()
        if self.project.settings.run_at_start:
            self.loop.later(START_PERIOD, self._run_at_start)

    def start_board(self) -> None:
        """Connect the project's boards, unless that is done already."""
        if self.trusted:
            self.project_boards.start()

    def connect_board(self, port: str, name: str = "board") -> None:
        """Connect a board to an address; see ``ProjectBoards.connect``."""
        self.project_boards.connect(port, name)

    def board_targets(self, name: str = "board") -> list[Target]:
        """What a board can be connected to. Not for the GUI thread."""
        return self.project_boards.targets(name)

    def restart_kernel(self, *, run_stale: bool = False) -> None:
        """A new kernel with an empty workspace; documents, pictures and outputs stay."""
        self._run_stale_when_ready = run_stale
        self.sheets.kernel_lost()  # edits made meanwhile go with the sheets to the new kernel
        self.kernel.restart()

    def close(self) -> None:
        for stop in self._timers:
            stop()
        self.background.close()
        self.recovery.finish()
        for opened in tuple(self.project.documents):
            if not opened.edited and opened.saved is not None:
                self.recovery.discard(opened.document)
            self._tool_of(opened.document).remove(opened.document)
        self._writer.close()
        self.syncs.close()
        self.boards.close()
        self.recordings.close()
        self._backstage.close()

    # -- what happens ------------------------------------------------------------------------------------

    def _kernel_event(self, event: KernelEvent) -> None:
        if event.event == "names.changed":
            names = [*event.data["changed"], *event.data["deleted"]]
            self.stage.announce(name_node(name) for name in names)
        elif event.event == "streams.changed":
            self.stage.announce(name_node(name) for name in (STREAMS, *event.data["names"]))
        else:
            self.sheets.kernel_event(event.event, event.data)

    def _kernel_ready(self) -> None:
        """The parameters first, for the formulas read them; then the sheets, then who follows."""
        self._lives += 1
        values = {**self.project.settings.parameters, **self.parameters}
        if values:
            code = "\n".join(f"{name} = {value!r}" for name, value in values.items())
            self.kernel.execute(code, on_output=lambda output: None, then=self._parameters_set, silent=True)
        self.sheets.kernel_ready()
        self.figures.kernel_ready()
        if self._lives > 1:
            self.notebooks.kernel_restarted()
            self.notices.info("A new kernel runs. Notebook cells that ran before are stale.")
        if self._run_stale_when_ready:
            self._run_stale_when_ready = False
            for session in self.notebooks:
                session.run_stale()

    def _parameters_set(self, executed: Executed) -> None:
        if executed.error is not None:
            self.notices.error(f"The project's parameters could not be set: {executed.error}")

    def _kernel_died(self, death: Death) -> None:
        self.notebooks.kernel_died()
        where = self.sheets.kernel_died()
        said = f" It said: {death.report.splitlines()[-1]}" if death.report else ""
        self.notices.error(
            f"The kernel is gone: {death}{where}. Nothing but values is lost.{said}",
            "kernel.restart_and_run_stale",
        )

    def _kernel_unmoved(self) -> None:
        """An interrupt did not help; where a formula is the cause, the sheets know what does."""
        if self.kernel.process.running():
            self.sheets.hangs_in(self.kernel.process.running())
            return
        self.notices.error(
            "The interrupt has not ended what the kernel computes; code written in C need not listen. "
            "Wait for its end, or restart the kernel.",
            "kernel.restart",
        )

    def lineage(self, of: str) -> str:
        """Where a name or a sheet cell comes from, back to the board or the file. Raises LookupError."""
        self.boards.enter_sources()
        self.recordings.enter_sources()
        return lineage(self.graph, of)

    def _journal(self) -> None:
        self.recovery.write()
        if self.recovery.problem != self._journal_problem:
            self._journal_problem = self.recovery.problem
            if self._journal_problem is not None:
                self.notices.error(self._journal_problem)

    def _run_at_start(self) -> None:
        settings = self.project.settings
        if not all(self._samples(name) >= count for name, count in settings.start_after.items()):
            self.loop.later(START_PERIOD, self._run_at_start)
            return
        for session in self.notebooks:
            if f"{session.document.name}{session.document.suffix}" in settings.run_at_start:
                session.run_all()

    def _samples(self, stream: str) -> int:
        if stream not in self.streams.names():
            return 0
        reader = self.streams.reader(stream)
        try:
            return reader.total
        finally:
            reader.close()
