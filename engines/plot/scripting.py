"""What code in cells and formulas says about figures: ``figures``, ``figure`` and ``plot``.

Kernel-side. A figure named in the application is a document there, and every method here is a request to
it; a figure that
``plot(...)`` makes without a name lives in the cell's output only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from engines.plot.nodes import Node, settings, split_name
from engines.plot.paths import Insert, Remove, Set, apply
from engines.plot.stores import AppStore, LocalStore, Server, Store
from engines.plot.typed_arrays import detach, plain

MIME = "application/vnd.plotly.v1+json"


class Figure:
    """A figure in Plotly's terms. A text where an array is expected is an expression that stays bound:
    ``figure.add_scatter(x="accel.t", y="accel.x")``.
    """

    def __init__(self, server: Server, store: Store, name: str = "") -> None:
        self._server = server
        self._store = store
        self.name = name

    # reading

    @property
    def data(self) -> tuple[Node, ...]:
        """The traces: ``figure.data[0].line.color = "red"``."""
        traces = self._store.read().get("data", [])
        return tuple(
            Node(self._store.read, self._store.edit, ("data", index)) for index in range(len(traces))
        )

    @property
    def layout(self) -> Node:
        """``figure.layout.xaxis.title.text = "time (s)"``."""
        return Node(self._store.read, self._store.edit, ("layout",))

    def to_dict(self) -> dict[str, Any]:
        """Plotly JSON as plain data, bindings kept."""
        return plain(self._store.read())

    to_plotly_json = to_dict

    def to_json(self) -> str:
        """Plotly JSON as a text, arrays in place of bindings, so that any Plotly opens it."""
        return json.dumps(plain(self._store.read(resolve=True)))

    def computed(self) -> dict[str, Any]:
        """What is drawn, as plain data: axes with type, range, ticks and tickvals; legend; traces."""
        where, buffers = self._store.target()
        value, _ = self._server.call("figure.computed", where, buffers)
        return value

    def write(self, path: str | FilePath, **options: Any) -> None:
        """Write to .svg, .png, .pdf or .json. ``width``, ``height`` (pixels) and ``scale`` as in Plotly."""
        where, buffers = self._store.target()
        arguments = {**where, "path": str(FilePath(path).expanduser().absolute()), "options": options}
        self._server.call("figure.write", arguments, buffers)

    write_image = write

    # editing

    def add_trace(self, trace: Any) -> Figure:
        """Add a trace, given as an object of attributes or as one of plotly.py's."""
        made = _bound(trace.to_plotly_json() if hasattr(trace, "to_plotly_json") else dict(trace))
        self._store.edit([Insert(("data", len(self._store.read().get("data", []))), made)])
        return self

    def add_scatter(self, x: Any = None, y: Any = None, **attributes: Any) -> Figure:
        """Add lines or markers: ``add_scatter(t, y, name="y", mode="lines", line_color="teal")``."""
        given = {"x": x, "y": y} | attributes
        return self.add_trace(
            _nested({"type": "scatter"} | {k: v for k, v in given.items() if v is not None})
        )

    def update_layout(self, given: dict[str, Any] | None = None, **more: Any) -> Figure:
        """``update_layout(title="Motion", xaxis_title="time (s)", xaxis_range=[0, 10])``."""
        self._store.edit(settings(("layout",), {**(given or {}), **more}))
        return self

    def update_traces(self, given: dict[str, Any] | None = None, **more: Any) -> Figure:
        """The same attributes for every trace, as one undo step."""
        changes = _bound({**(given or {}), **more})
        self._store.edit(
            [one for index in range(len(self.data)) for one in settings(("data", index), changes)]
        )
        return self

    def update_xaxes(self, **attributes: Any) -> Figure:
        """The same attributes for every x axis."""
        return self._update_axes("xaxis", attributes)

    def update_yaxes(self, **attributes: Any) -> Figure:
        """The same attributes for every y axis."""
        return self._update_axes("yaxis", attributes)

    def _update_axes(self, kind: str, attributes: dict[str, Any]) -> Figure:
        names = {kind, *(key for key in self._store.read().get("layout", {}) if key.startswith(kind))}
        self._store.edit([one for name in sorted(names) for one in settings(("layout", name), attributes)])
        return self

    def remove_trace(self, index: int) -> Figure:
        self._store.edit([Remove(("data", index))])
        return self

    # showing

    def show(self) -> None:
        """Show it in the output of the cell that runs."""
        from IPython.display import display

        display(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: plain(self._store.read(resolve=True)), "text/plain": repr(self)}

    def __repr__(self) -> str:
        traces = self._store.read().get("data", [])
        count = f"{len(traces)} trace" + ("" if len(traces) == 1 else "s")
        names = ", ".join(str(trace.get("name", f"trace {index}")) for index, trace in enumerate(traces[:8]))
        return f"<Figure{f' {self.name!r}' if self.name else ''}: {count}{f' ({names})' if names else ''}>"


class Figures(Mapping[str, Figure]):
    """The figures of the application by name: ``figures["Motion"]``."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def names(self) -> list[str]:
        found, _ = self._server.call("figure.names", {})
        return list(found)

    def __getitem__(self, name: str) -> Figure:
        names = self.names()
        if name not in names:
            known = f"there are {', '.join(map(repr, names))}" if names else "there is none yet"
            raise KeyError(f"no figure {name!r}; {known}. figures.new({name!r}) makes it")
        return Figure(self._server, AppStore(self._server, name), name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def new(self, name: str | None = None, figure: Any = None) -> Figure:
        """A new figure of the application, empty or like another (an object, or plotly.py's)."""
        content, buffers = detach(_figure_data(figure))
        made, _ = self._server.call("figure.new", {"name": name, "figure": content}, buffers)
        return Figure(self._server, AppStore(self._server, made), made)

    def open(self, source: Any, name: str | None = None) -> Figure:
        """Open a figure's file (a path), or a figure given as Plotly JSON, an object, or plotly.py's."""
        if isinstance(source, str | FilePath) and not str(source).lstrip().startswith("{"):
            path = str(FilePath(source).expanduser().absolute())
            made, _ = self._server.call("figure.open", {"path": path})
            return Figure(self._server, AppStore(self._server, made), made)
        return self.new(name, json.loads(source) if isinstance(source, str) else source)

    def remove(self, name: str) -> None:
        """Take a figure out of the application; undo there brings it back."""
        self._server.call("figure.remove", {"name": name})

    def __repr__(self) -> str:
        return f"<figures: {', '.join(map(repr, self.names())) or 'none yet'}>"


def _figure_data(figure: Any) -> dict[str, Any]:
    if figure is None:
        return {"data": [], "layout": {}}
    return figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else dict(figure)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """``{"line_color": "red"}`` -> ``{"line": {"color": "red"}}``."""
    made: dict[str, Any] = {}
    for name, value in flat.items():
        apply(made, Set(split_name(name), value))
    return made


def _bound(trace: dict[str, Any]) -> dict[str, Any]:
    """Texts in place of x and y are expressions."""
    return {
        key: {"expr": value} if key in ("x", "y") and isinstance(value, str) else value
        for key, value in trace.items()
    }


def make_plot(server: Server, user_ns: Mapping[str, Any]) -> Callable[..., Figure]:
    """The function ``plot`` of a namespace."""

    def plot(
        x: Any,
        y: Any = None,
        *more: Any,
        name: str | Sequence[str] | None = None,
        figure: str | Figure | None = None,
        layout: dict[str, Any] | None = None,
        **attributes: Any,
    ) -> Figure:
        """Plot y over x, or x alone over its index; further arguments, and the columns of a table, are more
        lines.

        ``name``: the trace's name, or a list of names. ``figure``: a figure, or the name of one of the
        application's (made when it is new), to add to; without it the plot is shown in the cell. Other
        arguments are the trace's attributes, but ``title``, ``xaxis_...`` and ``yaxis_...`` are the layout's:
        ``plot(t, y, mode="markers", marker_size=4, title="Fall", xaxis_title="time (s)")``. A text is an
        expression: ``plot("accel.t", "accel.x")``.
        """
        around = {
            _long_title(key, attributes[key]): attributes.pop(key)
            for key in list(attributes)
            if _of_layout(key)
        }
        target = _target(server, figure)
        ys = [y, *more] if y is not None else [x]
        xs = x if y is not None else None
        lines = [line for one in ys for line in _lines(one if target.name else _value(one, user_ns))]
        names = [name] if isinstance(name, str) else list(name or ())
        for index, values in enumerate(lines):
            called = names[index] if index < len(names) else None
            along = xs if target.name else _value(xs, user_ns)
            _put(target, {"x": along, "y": values, "name": called, **attributes})
        if around or layout:
            target.update_layout({**around, **(layout or {})})
        return target

    return plot


def _of_layout(attribute: str) -> bool:
    """``xaxis_title`` means the axis; a trace's own ``xaxis`` only names one."""
    return attribute == "title" or attribute.startswith(("title_", "xaxis_", "yaxis_"))


def _long_title(attribute: str, value: Any) -> str:
    return f"{attribute}_text" if attribute.endswith("title") and isinstance(value, str) else attribute


def _target(server: Server, figure: str | Figure | None) -> Figure:
    if isinstance(figure, Figure):
        return figure
    if figure is None:
        return Figure(server, LocalStore({"data": [], "layout": {}}))
    known = Figures(server)
    return known[figure] if figure in known.names() else known.new(figure)


def _value(given: Any, user_ns: Mapping[str, Any]) -> Any:
    """In a cell's own figure nothing stays bound: a text is evaluated now."""
    return eval(given, dict(user_ns)) if isinstance(given, str) else given


def _lines(values: Any) -> list[Any]:
    """One line, or the columns of a table."""
    if isinstance(values, str):
        return [values]
    import numpy as np

    array = np.asarray(values)
    if array.ndim == 2:
        return list(array.T)
    if array.ndim != 1:
        raise ValueError(f"plot needs lists or tables of values, not an array of {array.ndim} dimensions")
    return [array]


def _put(figure: Figure, attributes: dict[str, Any]) -> None:
    """Add a trace, or replace the one of the same name, so that a cell can be run again."""
    given = {key: value for key, value in attributes.items() if value is not None}
    trace = _bound(_nested({"type": "scatter"} | given))
    traces = figure._store.read().get("data", [])
    called = trace.get("name")
    same = [index for index, one in enumerate(traces) if called is not None and one.get("name") == called]
    if same:
        figure._store.edit([Set(("data", same[0]), trace)])
    else:
        figure.add_trace(trace)


class ActiveFigure:
    """``figure``: whichever figure is active in the application when it is used."""

    def __init__(self, server: Server) -> None:
        object.__setattr__(self, "_server", server)

    def _now(self) -> Figure:
        name, _ = self._server.call("figure.active", {})
        if name is None:
            raise LookupError("no figure is active; figures.new('Motion') makes one")
        return Figures(self._server)[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name != "_repr_mimebundle_":
            raise AttributeError(name)
        return getattr(self._now(), name)

    def __repr__(self) -> str:
        try:
            return repr(self._now())
        except LookupError as error:
            return f"<{error}>"


def install(server: Server, user_ns: dict[str, Any]) -> None:
    """Put ``figures``, ``figure`` and ``plot`` into a namespace."""
    user_ns["figures"] = Figures(server)
    user_ns["figure"] = ActiveFigure(server)
    user_ns["plot"] = make_plot(server, user_ns)
