"""Several boards, one store of streams: two that send a stream of the same name must not mix."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engines.workspace.events import Event
from engines.workspace.streams.ring import RingWriter
from engines.workspace.streams.store import StreamStore, stream_name


@dataclass(frozen=True)
class Renamed:
    """A board's stream has got a longer name, for another board has its own one."""

    board: str
    stream: str
    name: str
    owner: str


class StreamNames:
    """Who sends which stream. A name belongs to the board that used it first, for as long as that one is
    there; the stream of another board is called ``<board>_<stream>``.

    ``renamed`` is emitted on the thread of the board that came second.
    """

    def __init__(self, store: StreamStore) -> None:
        self._store = store
        self._owners: dict[str, str] = {}
        """Board by public name."""
        self._guard = threading.Lock()
        self.renamed: Event[Renamed] = Event()

    def of(self, board: str) -> BoardStreams:
        """The store as this board sees it."""
        return BoardStreams(self._store, self, board)

    def claim(self, board: str, stream: str) -> str:
        """The public name for a board's stream; always the same one while it keeps it."""
        renamed = None
        with self._guard:
            owner = self._owners.setdefault(stream, board)
            if owner == board:
                return stream
            name = stream_name(f"{board}_{stream}")
            while self._owners.setdefault(name, board) != board:
                name += "_"
            renamed = Renamed(board, stream, name, owner)
        self.renamed.emit(renamed)
        return name

    def release(self, board: str) -> None:
        """The board is gone: its streams stay to be read, their names are free."""
        with self._guard:
            self._owners = {name: owner for name, owner in self._owners.items() if owner != board}

    def rename(self, board: str, name: str) -> None:
        """A board has another name; its streams keep theirs."""
        with self._guard:
            self._owners = {
                stream: name if owner == board else owner for stream, owner in self._owners.items()
            }


class BoardStreams:
    """A ``StreamStore`` for one board's readers, which know their streams by the board's own names."""

    def __init__(self, store: StreamStore, names: StreamNames, board: str) -> None:
        self._store = store
        self._names = names
        self.board = board
        self._public: dict[str, str] = {}

    def public_name(self, name: str) -> str:
        """The name under which the workspace knows a stream of this board."""
        if name not in self._public:
            self._public[name] = self._names.claim(self.board, name)
        return self._public[name]

    def names(self) -> tuple[str, ...]:
        """The streams of this board that are there."""
        there = set(self._store.names())
        return tuple(name for name, public in self._public.items() if public in there)

    def open(self, name: str, columns: Sequence[str], units: Sequence[str] = ()) -> RingWriter:
        return self._store.open(self.public_name(name), columns, units)

    def __getattr__(self, method: str) -> Any:
        """``append``, ``gap``, ``reset`` ...: whatever else takes a stream's name first."""
        call = getattr(self._store, method)
        return lambda name, *args, **options: call(self.public_name(name), *args, **options)
