"""A project is a folder of documents in open formats: open it, save it, notice what others changed."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engines.board.magics import EMBEDDED
from engines.workspace.document import Document
from engines.workspace.files import DocumentError, write_atomically
from engines.workspace.names import check_name

SETTINGS_FILE = "dirigent.toml"
PRIVATE_FOLDER = ".dirigent"
DEFAULT_BOARD = "board"
BOARD_NAME = re.compile(r"\w[\w-]{0,39}")

KINDS = {".sheet.json": "sheet", ".plot.json": "plot", ".ipynb": "notebook"}
"""The kind of panel for each kind of document, by the file name's ending."""

WAYS_OUT = (
    "Overwrite it (file.save_overwriting), keep yours beside it (file.save_copy), or take theirs "
    "(file.reload)"
)
"""What can be done about a file that another program has changed."""

Read = Callable[[str, Path], Document]


@dataclass(frozen=True)
class FileKind:
    suffix: str
    name: str


def kind_of_file(path: Path) -> FileKind | None:
    """What kind of document a file is, by its name."""
    return next(
        (FileKind(suffix, kind) for suffix, kind in KINDS.items() if path.name.endswith(suffix)), None
    )


@dataclass(frozen=True)
class BoardSettings:
    """One board: its port, and what plays its flash and moves its sensor when it is the virtual one."""

    port: str | None = None
    flash: str = "board"
    recording: str | None = None
    sd: str = ""


@dataclass(frozen=True)
class ProjectSettings:
    """What ``dirigent.toml`` says. Paths are relative to the project."""

    title: str = ""
    board_port: str | None = None
    """``virtual``, or a serial port; None: no board until the user connects one."""
    board_flash: str = "board"
    board_recording: str | None = None
    board_sd: str = "sd"
    """The folder that plays the virtual board's SD card, where it exists."""
    boards: dict[str, BoardSettings] = field(default_factory=dict)
    """Boards by name, beside the one above."""
    run_at_start: tuple[str, ...] = ()
    """Notebooks to run once when the project opens ..."""
    start_after: dict[str, int] = field(default_factory=dict)
    """... as soon as these streams have this many samples."""
    parameters: dict[str, Any] = field(default_factory=dict)
    """Names to set in the workspace before anything runs."""

    @property
    def names_a_port(self) -> bool:
        """Whether some board is to be connected by itself."""
        return any(self.board(name).port for name in self.board_names)

    @property
    def board_names(self) -> list[str]:
        """The project's boards, the first one first; there is always one."""
        only_named = self.boards and self.board_port is None
        return [*self.boards] if only_named else list(dict.fromkeys((DEFAULT_BOARD, *self.boards)))

    def board(self, name: str) -> BoardSettings:
        """What is said of a board; nothing where the project does not know it."""
        if name in self.boards:
            return self.boards[name]
        if name == DEFAULT_BOARD:
            return BoardSettings(self.board_port, self.board_flash, self.board_recording, self.board_sd)
        return BoardSettings(flash=f"board-{name}")

    def with_port(self, text: str) -> ProjectSettings:
        """The same with another port: ``PORT`` for the first board, ``NAME=PORT`` for the one of that name.

        Raises:
            ValueError: there is no such board; the message names those there are.
        """
        name, equals, port = text.partition("=")
        if not (equals and BOARD_NAME.fullmatch(name)):
            name, port = self.board_names[0], text
        if name not in self.board_names:
            raise ValueError(
                f"there is no board {name!r} in the project; it has {', '.join(self.board_names)}"
            )
        if name in self.boards:
            return replace(self, boards={**self.boards, name: replace(self.boards[name], port=port)})
        return replace(self, board_port=port)


@dataclass
class OpenDocument:
    """A document and its file.

    ``saved`` is the text as it lies on disk (None: never saved), ``digest`` that of the file when it was read
    or written last (None: there was no file). Whoever saves changes both.
    """

    document: Document
    path: Path
    saved: str | None
    digest: str | None = None
    edited: bool = False
    """Something was typed since it was saved; outputs alone do not count."""

    @property
    def dirty(self) -> bool:
        return self.saved is None or self.document.to_text() != self.saved

    def save(self, text: str, *, overwrite: bool = False) -> None:
        """Write a text of the document to its file. May run on any thread, one at a time.

        Raises:
            DocumentError: the file was changed by someone else and ``overwrite`` is not given, or it
                cannot be written; nothing is lost either way.
        """
        data = text.encode()
        try:
            if not overwrite and digest_of(self.path) not in (self.digest, None):
                problem = "was changed by another program" if self.digest else "is there already"
                raise DocumentError(self.path, f"{problem}. {WAYS_OUT}")
            write_atomically(self.path, data)
        except OSError as error:
            raise DocumentError(self.path, f"cannot be written: {error.strerror}") from error
        self.saved, self.digest = text, _digest(data)


class Project:
    """The open documents of one folder.

    ``readers`` maps a file name's ending to ``read(text, path) -> Document``.
    """

    def __init__(self, folder: Path, readers: dict[str, Read]) -> None:
        self.folder = folder
        self.settings = ProjectSettings()
        self.documents: list[OpenDocument] = []
        self.problems: list[str] = []
        """What could not be opened, one clear sentence each; the rest is open."""
        self._readers = readers

    def open(self) -> None:
        """Read the settings and every document in the folder; problems are kept, not raised."""
        self._try(self.read_settings)
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if path.is_file() and self.suffix_of(path):
                self._try(lambda path=path: self.open_file(path))  # type: ignore[misc]

    def suffix_of(self, path: Path) -> str | None:
        return next((suffix for suffix in self._readers if path.name.endswith(suffix)), None)

    def read(self, text: str, path: Path) -> Document:
        """A document from its file's text, by the reader for its kind."""
        return self._readers[self.suffix_of(path) or ""](text, path)

    def load(self, path: Path) -> OpenDocument:
        """Read a document's file; it is not among the project's documents yet.

        Raises:
            DocumentError: it cannot be read; the message names file and line.
        """
        if self.suffix_of(path) is None:
            raise DocumentError(path, f"Dirigent opens {', '.join(self._readers)}; this is none of them")
        try:
            data = path.read_bytes()
            text = data.decode("utf-8")
        except OSError as error:
            raise DocumentError(path, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise DocumentError(path, "is not UTF-8 text; it may be damaged", line) from error
        try:
            document = self.read(text, path)
            own = (
                document.to_text()
            )  # where another tool wrote the file, its form is not an edit of the user's
        except RecursionError as error:
            raise DocumentError(path, "is nested too deeply") from error
        return OpenDocument(document, path, own, _digest(data))

    def open_file(self, path: Path) -> OpenDocument:
        """Open one document.

        Raises:
            DocumentError: it cannot be read, or another of its name is open.
        """
        return self.take(self.load(path))

    def take(self, opened: OpenDocument) -> OpenDocument:
        """Take in a document with its file.

        Raises:
            DocumentError: one of its kind and name is open; panels and code know documents by these.
        """
        document = opened.document
        other = self.find(document.name, document.suffix)
        if other is not None:
            kind = KINDS.get(document.suffix, "document")
            problem = f"a {kind} named {other.name} is open already ({self.of(other).path})"
            raise DocumentError(opened.path, f"{problem}; close that one first, or rename the file")
        self.documents.append(opened)
        return opened

    def add(self, document: Document) -> OpenDocument:
        """Take in a new document; its file is written at the first save.

        Raises:
            ValueError: the name cannot be a document's.
            DocumentError: one of its kind and name is open.
        """
        path = self.folder / f"{check_name(document.name)}{document.suffix}"
        return self.take(OpenDocument(document, path, None, edited=True))

    def remove(self, document: Document) -> None:
        """Close a document; its file stays."""
        self.documents = [each for each in self.documents if each.document is not document]

    def of(self, document: Document) -> OpenDocument:
        return next(each for each in self.documents if each.document is document)

    def find(self, name: str, suffix: str) -> Document | None:
        return next(
            (
                each.document
                for each in self.documents
                if each.document.suffix == suffix and each.document.name.casefold() == name.casefold()
            ),
            None,
        )

    def dirty(self) -> Iterable[OpenDocument]:
        return [opened for opened in self.documents if opened.dirty]

    def _try(self, read: Callable[[], object]) -> None:
        try:
            read()
        except DocumentError as error:
            self.problems.append(str(error))

    def read_settings(self) -> None:
        """Read ``dirigent.toml`` (again). Raises DocumentError."""
        path = self.folder / SETTINGS_FILE
        if path.exists():
            self.settings = read_settings(path)


def read_settings(path: Path) -> ProjectSettings:
    """Read ``dirigent.toml``.

    Raises:
        DocumentError: it is not TOML, or an entry has the wrong type.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DocumentError(path, f"is not valid TOML: {error}", _toml_line(error)) from error
    except OSError as error:
        raise DocumentError(path, f"cannot be read: {error.strerror}") from error
    try:
        board, start = table.get("board", {}), table.get("start", {})
        return ProjectSettings(
            title=str(table.get("project", {}).get("title", "")),
            board_port=_text(board, "port"),
            board_flash=_text(board, "flash") or "board",
            board_recording=_text(board, "recording"),
            board_sd=_text(board, "sd") or "sd",
            boards={str(name): _board(str(name), each) for name, each in table.get("boards", {}).items()},
            run_at_start=tuple(start.get("notebooks", ())),
            start_after={str(name): int(count) for name, count in start.get("after", {}).items()},
            parameters=dict(table.get("parameters", {})),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise DocumentError(path, f"has an entry of the wrong type: {error}") from error


def board_names(folder: Path) -> list[str]:
    """The boards of a project that is about to be opened."""
    path = folder / SETTINGS_FILE
    try:
        settings = read_settings(path) if path.exists() else ProjectSettings()
    except DocumentError:  # told when the project is opened
        settings = ProjectSettings()
    return settings.board_names


def _board(name: str, table: dict[str, Any]) -> BoardSettings:
    if name == EMBEDDED or not BOARD_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a board's name; use letters, digits, _ and -")
    flash = _text(table, "flash") or f"board-{name}"
    return BoardSettings(_text(table, "port"), flash, _text(table, "recording"), _text(table, "sd") or "")


def _text(table: dict[str, Any], key: str) -> str | None:
    value = table.get(key)
    if not isinstance(value, str | None):
        raise TypeError(f"{key} = {value!r} must be a text in quotes")
    return value


def _toml_line(error: Exception) -> int | None:
    words = str(error).replace(",", " ").split()
    after = [words[index + 1] for index, word in enumerate(words[:-1]) if word == "line"]
    return int(after[0]) if after and after[0].isdigit() else None


def digest_of(path: Path) -> str | None:
    """The digest of a file's content; None where there is no file."""
    return _digest(path.read_bytes()) if path.is_file() else None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
