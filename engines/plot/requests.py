"""The application's answers to `engines.plot.scripting`: one function for each verb, over whatever keeps
the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, Protocol

from engines.plot.data import Data, resolved
from engines.plot.document import FigureDocument
from engines.plot.paths import Insert, Move, Operation, Remove, Set
from engines.plot.typed_arrays import attach, detach, plain

Buffers = Sequence[bytes | memoryview]
Answer = tuple[Any, list[bytes]]


class FigureStore(Protocol):
    """The figures of the application, as it keeps them."""

    def names(self) -> list[str]:
        """In the order they are shown."""

    def get(self, name: str) -> FigureDocument | None: ...

    def active(self) -> str | None: ...

    def new(self, name: str | None, figure: dict[str, Any]) -> FigureDocument:
        """Add a figure; without a name it gets a free one. Raises ValueError when the name is taken."""

    def open(self, path: FilePath) -> FigureDocument:
        """Open a file. Raises DocumentError or OSError."""

    def remove(self, name: str) -> None: ...

    def data(self, document: FigureDocument) -> Data:
        """The values of the document's expressions now."""

    def computed(self, document: FigureDocument) -> dict[str, Any]:
        """What is drawn of it: `Scene.computed` of its panel, or of a picture made for this."""

    def write(self, document: FigureDocument, path: FilePath, options: Mapping[str, Any]) -> None:
        """Export it. ``options``: width, height, scale. Raises ValueError or OSError."""


def answer(store: FigureStore, verb: str, arguments: dict[str, Any], buffers: Buffers = ()) -> Answer:
    """Perform a request of the kernel; returns its value and the buffers that go with it.

    Raises:
        KeyError: an unknown verb, or no such figure.
        ValueError: the request makes no sense; the message is for the person who wrote the code.
    """
    if verb not in REQUESTS:
        raise KeyError(f"unknown request {verb!r}")
    return REQUESTS[verb](store, arguments, buffers)


def _document(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> FigureDocument:
    """The named document, or one made of the figure that the request brings along."""
    if "figure" in arguments:
        return FigureDocument("figure", attach(arguments["figure"], buffers))
    found = store.get(arguments["name"])
    if found is None:
        raise KeyError(f"no figure {arguments['name']!r}; there are {', '.join(store.names()) or 'none'}")
    return found


def names(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    return store.names(), []


def active(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    return store.active(), []


def get(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    """The figure's JSON; with ``resolve``, arrays in place of bindings, as buffers."""
    document = _document(store, arguments, buffers)
    if not arguments.get("resolve"):
        return document.get((), document.figure), []
    return detach(resolved(document.figure, store.data(document)))


def new(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    figure = plain(attach(arguments.get("figure") or {}, buffers))
    return store.new(arguments.get("name"), figure).name, []


def open_file(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    return store.open(FilePath(arguments["path"])).name, []


def remove(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    _document(store, arguments, buffers)
    store.remove(arguments["name"])
    return None, []


def edit(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    """Perform operations as one undo step."""
    document = _document(store, arguments, buffers)
    operations = [_operation(one) for one in attach(arguments["operations"], buffers)]
    document.edit(arguments.get("label") or "Edit by code", operations)
    return None, []


def _operation(data: list[Any]) -> Operation:
    kind, path = data[0], tuple(data[1])
    makers: dict[str, Callable[[], Operation]] = {
        "set": lambda: Set(path, data[2]),
        "insert": lambda: Insert(path, data[2]),
        "move": lambda: Move(path, int(data[2])),
        "remove": lambda: Remove(path),
    }
    if kind not in makers:
        raise ValueError(f"unknown operation {kind!r}")
    return makers[kind]()


def computed(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    return store.computed(_document(store, arguments, buffers)), []


def write(store: FigureStore, arguments: dict[str, Any], buffers: Buffers) -> Answer:
    document = _document(store, arguments, buffers)
    store.write(document, FilePath(arguments["path"]), arguments.get("options") or {})
    return None, []


REQUESTS: dict[str, Callable[[FigureStore, dict[str, Any], Buffers], Answer]] = {
    "figure.names": names,
    "figure.active": active,
    "figure.get": get,
    "figure.new": new,
    "figure.open": open_file,
    "figure.remove": remove,
    "figure.edit": edit,
    "figure.computed": computed,
    "figure.write": write,
}
