"""The figure document: Plotly's JSON with bindings, edited by undoable changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from engines.plot import text_form
from engines.plot.bindings import expressions
from engines.plot.data import Data, resolved
from engines.plot.defaults import supply_defaults
from engines.plot.paths import Insert, Move, Operation, Path, PathError, Remove, Set, apply, dotted, lookup
from engines.plot.theme import LIGHT
from engines.plot.typed_arrays import plain
from engines.workspace.events import Event
from engines.workspace.files import DocumentError
from engines.workspace.history import Change, History

SUFFIX = ".plot.json"
Operations = tuple[Operation, ...]


@dataclass(frozen=True)
class FigureChanged:
    """``paths``: the places that were set, removed, inserted or moved."""

    paths: tuple[Path, ...]


class FigureDocument:
    """A figure in Plotly's schema, ``{"data": [...], "layout": {...}}``, in which any array attribute may
    be a binding,
    ``{"expr": "accel.t"}``. What is not understood stays in it and is told by `ignored`.

    `figure` is the document's own data: read it, and edit through the methods.
    """

    suffix = SUFFIX

    def __init__(self, name: str, figure: dict[str, Any] | None = None) -> None:
        """Take over a copy of a figure, as plotly.py writes it; numpy arrays are welcome.

        Raises:
            ValueError: it is not built like a figure (`structure_error` says where).
        """
        given = plain(figure or {})
        problem = structure_error(given)
        if problem:
            path, text = problem
            raise ValueError(f"{dotted(path) or 'the figure'}: {text}")
        self.name = name
        self.figure: dict[str, Any] = {"data": [], "layout": {}} | given
        self.revision = 0
        self.changed: Event[FigureChanged] = Event()
        self.history: History[Operations] = History(self._apply)

    @classmethod
    def from_text(cls, text: str, path: FilePath | str) -> FigureDocument:
        """Read a figure's file; its name is the file's without ``.plot.json``.

        Raises:
            DocumentError: the text is no JSON or no figure; it names the file and the line.
        """
        try:
            figure = json.loads(text)
        except json.JSONDecodeError as error:
            raise DocumentError(path, f"not JSON: {error.msg} (column {error.colno})", error.lineno) from None
        except RecursionError:
            raise DocumentError(path, "not a figure: nested too deeply") from None
        problem = structure_error(figure)
        if problem:
            where, words = problem
            place = f"{dotted(where)}: " if where else ""
            raise DocumentError(path, f"not a figure: {place}{words}", text_form.line_of(text, where))
        return cls(FilePath(path).name.removesuffix(SUFFIX).removesuffix(".json"), figure)

    def to_text(self) -> str:
        """The text of the figure's file; equal figures have equal texts."""
        return text_form.write(self.figure)

    def snapshot(self) -> Callable[[], str]:
        return partial(text_form.write, _frozen(self.figure))

    @property
    def ignored(self) -> list[str]:
        """What the figure says that is not understood, one line for each attribute; it is kept and written
        again.
        """
        return list(supply_defaults(self.figure, LIGHT).ignored)

    def expressions(self) -> dict[tuple[int, str], str]:
        """``(trace index, dotted attribute path) -> expression`` of every binding."""
        return expressions(self.figure)

    def to_plotly(self, data: Data) -> dict[str, Any]:
        """The figure as plain Plotly JSON: bindings replaced by the arrays they stand for."""
        return plain(resolved(self.figure, data))

    def get(self, path: Path, default: Any = None) -> Any:
        return copy.deepcopy(lookup(self.figure, path, default))

    def edit(self, label: str, operations: Iterable[Operation], merge: bool = False) -> None:
        """Perform operations as one undo step. With ``merge``, the next edit of the same places joins the
        step.

        Raises:
            PathError: an operation leads nowhere; then none of them was performed.
            ValueError: the figure would no longer be one; then none of them was performed.
        """
        forward = tuple(_plain_operation(operation) for operation in operations)
        backward = self._perform(forward)
        problem = structure_error(self.figure)
        if problem:
            self._perform(backward)
            raise ValueError(f"{dotted(problem[0])}: {problem[1]}")
        if not backward:
            return
        key = repr([operation.path for operation in forward]) if merge else None
        self.history.remember(Change(label, forward, backward, key))
        self._announce(forward)

    def set(self, path: Sequence[str | int], value: Any, merge: bool = False) -> None:
        """Set one value, such as ``(("layout", "xaxis", "range"), [0, 1])``."""
        where = tuple(path)
        self.edit(f"Set {dotted(where)}", [Set(where, value)], merge)

    def remove(self, path: Sequence[str | int]) -> None:
        where = tuple(path)
        self.edit(f"Remove {dotted(where)}", [Remove(where)])

    def add_trace(self, trace: dict[str, Any], index: int | None = None) -> int:
        """Add a trace, at the end or before the one at ``index``; returns its index."""
        at = len(self.figure["data"]) if index is None else index
        self.edit(f"Add {trace.get('name', 'trace')}", [Insert(("data", at), trace)])
        return at

    def remove_trace(self, index: int) -> None:
        self.edit(f"Remove trace {index}", [Remove(("data", index))])

    def move_trace(self, index: int, to: int) -> None:
        self.edit(f"Move trace {index}", [Move(("data", index), to)])

    def replace(self, figure: dict[str, Any], label: str = "Replace figure") -> None:
        """Take over another figure's data and layout as one undo step."""
        self.edit(label, [Set(("data",), figure.get("data", [])), Set(("layout",), figure.get("layout", {}))])

    def _perform(self, operations: Operations) -> Operations:
        """Perform all or none, and return what takes them back."""
        backward: list[Operation] = []
        for operation in operations:
            try:
                backward = apply(self.figure, operation) + backward
            except PathError:
                for undo in backward:
                    apply(self.figure, undo)
                raise
        return tuple(backward)

    def _apply(self, operations: Operations) -> None:
        self._perform(operations)
        self._announce(operations)

    def _announce(self, operations: Operations) -> None:
        self.revision += 1
        self.changed.emit(FigureChanged(tuple(operation.path for operation in operations)))


def _plain_operation(operation: Operation) -> Operation:
    if isinstance(operation, Set):
        return Set(operation.path, plain(operation.value))
    if isinstance(operation, Insert):
        return Insert(operation.path, plain(operation.value))
    return operation


def _frozen(node: Any) -> Any:
    """A copy that shares only what nobody can change."""
    if isinstance(node, dict):
        return {key: _frozen(value) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    if any(isinstance(value, dict | list) for value in node):
        return [_frozen(value) for value in node]
    return node.copy()  # long arrays of numbers are copied fast


def structure_error(figure: Any) -> tuple[Path, str] | None:
    """Where and why something is not built like a figure, or None. Attributes are not looked at."""
    if not isinstance(figure, dict):
        return (), 'a figure is an object, {"data": [...], "layout": {...}}'
    if not isinstance(figure.get("layout", {}), dict):
        return ("layout",), "the layout is an object of attributes"
    traces = figure.get("data", [])
    if not isinstance(traces, list):
        return ("data",), "data is a list of traces"
    for index, trace in enumerate(traces):
        if not isinstance(trace, dict):
            return ("data", index), f"a trace is an object of attributes, not {trace!r:.40}"
    return None
