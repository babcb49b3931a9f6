"""Reading a source into its editor and saving it again, with everything that can come between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from engines.board.code.file import (
    NEW,
    ChangedElsewhereError,
    CodeFile,
    SourceError,
    decode,
    digest_of,
    encode,
)
from engines.board.code.recovery import Unsaved
from engines.board.errors import BoardBusyError, BoardError, DisconnectedError
from widgets.board.ask_bar import AskBar
from widgets.board.gui_calls import GuiCalls
from widgets.board.notice_bar import Choice, NoticeBar
from widgets.workspace.code_editor import CodeEditor

OpenFile = Callable[[str], CodeFile]
"""A file by its place (``board:/flash/main.py`` or a path). Raises ValueError for a board there is not."""


class CodeSaving(QObject):
    """What of the editor's text lies in its file.

    ``changed``: title, place or the state of being saved is another. ``loaded``: the text is there.
    """

    changed = Signal()
    loaded = Signal()
    saved = Signal(str)
    """The place that was written to."""

    def __init__(self, editor: CodeEditor, notice: NoticeBar, ask: AskBar, open_file: OpenFile) -> None:
        super().__init__(editor)
        self._editor, self._notice, self._ask = editor, notice, ask
        self._open_file = open_file
        self._calls = GuiCalls(editor)
        self.file: CodeFile | None = None
        """None for a source that was never saved."""
        self._new_title = ""
        self._base: str | None = None
        """Digest of the file as it was read or written last; None: it was never read."""
        self._line_end = "\n"
        self._saved_text: str | None = ""
        """The text that lies in the file; None when it is not known."""
        self._busy = False
        self._dirty = False
        editor.edited.connect(lambda source: self._look())

    # What it is

    @property
    def title(self) -> str:
        return self.file.place.name if self.file else self._new_title

    @property
    def place(self) -> str:
        """As ``open_file`` reads it; '' when it was never saved."""
        return str(self.file.place) if self.file else ""

    @property
    def dirty(self) -> bool:
        return self._dirty

    def unsaved(self) -> Unsaved | None:
        """What a recovery file has to hold, or None when all is saved."""
        if not self._dirty:
            return None
        return Unsaved(self.place, self.title, self._editor.source(), self._line_end, self._base)

    # Reading

    def begin(self, title: str, text: str = "") -> None:
        """A new source without a file."""
        self._new_title = title
        self._editor.set_source(text)
        self._look()
        self.loaded.emit()

    def restore(self, unsaved: Unsaved) -> None:
        """Go on with what an earlier session could not save."""
        self.file = self._open_file(unsaved.place) if unsaved.place else None
        self._new_title = unsaved.title
        self._base, self._line_end, self._saved_text = unsaved.base, unsaved.line_end, None
        self._editor.set_source(unsaved.text)
        self._look()
        self.loaded.emit()

    def load(self, file: CodeFile) -> None:
        """Read a file; until it is there the editor cannot be typed into."""
        self.file = file
        self._editor.setReadOnly(True)
        self._editor.setPlaceholderText(f"Reading {file.place} …")
        self.changed.emit()
        self._calls.when_done(file.read(), self._read)

    def _read(self, reading: Future[bytes]) -> None:
        assert self.file is not None
        self._editor.setPlaceholderText("")
        try:
            data = reading.result()
            text, self._line_end = decode(self.file.place, data)
        except Exception as error:
            self._notice.say(_sentence(error), ("Try again", lambda: self.load(self.file)))
            return
        known = self._base is not None
        self._base, self._saved_text = digest_of(data), text
        self._editor.setReadOnly(False)
        if known:  # what was typed comes back with undo
            self._editor.replace(0, len(self._editor.source()), text)
        else:
            self._editor.set_source(text)
        self._notice.hide()
        self._look()
        self.loaded.emit()

    # Saving

    def save(self, *, overwrite: bool = False, interrupt: bool = False) -> None:
        """Write the text into its file; a new source is asked where it shall go."""
        if self.file is None:
            self.save_as()
            return
        if self._busy or self._editor.isReadOnly():
            return
        self._busy = True
        text, base = self._editor.source(), None if overwrite else self._base
        self._notice.hide()
        writing = self.file.save(encode(text, self._line_end), base, interrupt=interrupt)
        self._calls.when_done(writing, lambda done: self._written(done, text))

    def _written(self, writing: Future[str], text: str) -> None:
        self._busy = False
        try:
            self._base = writing.result()
        except ChangedElsewhereError as error:
            self._notice.say(f"{error}. It was not saved.", *self._conflict_choices())
            return
        except Exception as error:
            self._notice.say(*self._failure(error))
            return
        self._saved_text = text
        self._look()
        self.saved.emit(self.place)

    def _conflict_choices(self) -> tuple[Choice, ...]:
        file = self.file
        assert file is not None
        return (
            ("Overwrite theirs", lambda: self.save(overwrite=True)),
            ("Take theirs", lambda: self.load(file)),
            ("Save a copy …", self.save_copy),
        )

    def _failure(self, error: Exception) -> tuple[str, *tuple[Choice, ...]]:
        again: Choice = ("Try again", self.save)
        copy: Choice = ("Save a copy …", self.save_copy)
        if isinstance(error, BoardBusyError):
            said = f"A program is running on the board; {self.title} is not saved yet."
            return said, ("Interrupt and save", lambda: self.save(interrupt=True)), again, copy
        if isinstance(error, DisconnectedError):
            said = f"The board is not connected; {self.title} is not saved. Its text is kept here."
            return said, again, copy
        return f"{self.title} is not saved. {_sentence(error)}", again, copy

    def save_as(self) -> None:
        """Ask for a place and go on there."""
        question = "Save as: a path of this computer, or board:/flash/name.py for the board"
        self._ask.ask_text(question, "Save", self._suggestion(), self.save_to)

    def save_copy(self) -> None:
        """Ask for a place and write the text there; this source stays where it is."""
        question = "Save a copy as: a path of this computer, or board:/flash/name.py for the board"
        self._ask.ask_text(question, "Save", self._suggestion(), self.copy_to)

    def save_to(self, place: str, *, overwrite: bool = False) -> None:
        """Write to another place, which becomes this source's own."""

        def done(file: CodeFile, text: str, digest: str) -> None:
            self.file, self._base, self._saved_text = file, digest, text
            self._look()
            self.changed.emit()
            self.saved.emit(self.place)

        self._write(place, done, lambda: self.save_to(place, overwrite=True), overwrite)

    def copy_to(self, place: str, *, overwrite: bool = False) -> None:
        """Write a copy."""

        def done(file: CodeFile, text: str, digest: str) -> None:
            self._notice.say(f"A copy was saved as {file.place}.")

        self._write(place, done, lambda: self.copy_to(place, overwrite=True), overwrite)

    def _write(
        self,
        place: str,
        done: Callable[[CodeFile, str, str], object],
        anyway: Callable[[], object],
        overwrite: bool,
    ) -> None:
        try:
            file = self._open_file(place)
        except ValueError as error:
            self._notice.say(str(error))
            return
        text = self._editor.source()

        def written(writing: Future[str]) -> None:
            try:
                digest = writing.result()
            except ChangedElsewhereError:
                self._notice.say(f"There is a file {place} already.", ("Replace it", anyway))
            except Exception as error:
                self._notice.say(f"{place} is not saved. {_sentence(error)}")
            else:
                done(file, text, digest)

        data = encode(text, self._line_end)
        self._calls.when_done(file.save(data, None if overwrite else NEW), written)

    def _suggestion(self) -> str:
        name = self.title if self.title.endswith(".py") else f"{self.title.replace(' ', '_')}.py"
        return name if self.file is None or self.file.place.board else f"copy_of_{name}"

    def _look(self) -> None:
        """Whether the text is the file's."""
        self._dirty = self._editor.source() != self._saved_text
        self.changed.emit()


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    if isinstance(error, BoardError | SourceError | ChangedElsewhereError):
        return str(error)
    return f"{type(error).__name__}: {error}"
