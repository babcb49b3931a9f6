"""The figure with everything filled in that it leaves out: Plotly's "supplyDefaults".

Precedence, as in Plotly: the figure itself, its template, then the defaults; colours that are still open
come from the application's theme.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engines.plot.attributes import complete
from engines.plot.bindings import is_binding
from engines.plot.colors import Color, parse
from engines.plot.layout_schema import AXIS, AXIS_NAME, LAYOUT, axis_id, axis_name
from engines.plot.paths import lookup
from engines.plot.theme import Theme
from engines.plot.traces import TRACE_TYPES
from engines.plot.traces.base import Trace
from engines.plot.typed_arrays import decode, is_typed_array


@dataclass(frozen=True)
class FullFigure:
    """A figure ready to be drawn.

    ``axes``: axis id -> all its attributes; ``pairs``: the plotting areas; ``live``: x axis id -> seconds
    that it shows;
    ``ignored``: what the figure says that is not understood; ``problems``: trace index -> why it is not
    drawn.
    """

    traces: tuple[Trace, ...]
    layout: Mapping[str, Any]
    axes: Mapping[str, dict[str, Any]]
    pairs: tuple[tuple[str, str], ...]
    live: Mapping[str, float]
    theme: Theme
    ignored: tuple[str, ...]
    problems: Mapping[int, str]


def supply_defaults(figure: dict[str, Any], theme: Theme) -> FullFigure:
    """Fill in the defaults. Never raises for a figure that `FigureDocument` accepts: what is bad is
    reported.
    """
    ignored = [
        f"{key}: not known here; kept, not drawn" for key in figure if key not in ("data", "layout", "config")
    ]
    given = figure.get("layout") or {}
    template = lookup(given, ("template",), {})
    template = template if isinstance(template, dict) else {}
    plain_layout = {key: value for key, value in given.items() if not AXIS_NAME.match(key)}
    layout = complete(plain_layout, template.get("layout"), LAYOUT, "layout", ignored)
    layout["font"]["size"] = layout["font"]["size"] or theme.font_size
    traces, problems = _traces(figure.get("data") or [], template, layout, theme, ignored)
    pairs = tuple(dict.fromkeys((trace.xaxis, trace.yaxis) for trace in traces if trace.visible is not False))
    pairs = pairs or (("x", "y"),)
    axes = _axes(given, template.get("layout") or {}, pairs, ignored)
    live = _live(layout, axes, ignored)
    return FullFigure(tuple(traces), layout, axes, pairs, live, theme, tuple(ignored), problems)


def _traces(
    given: list[Any], template: dict[str, Any], layout: dict[str, Any], theme: Theme, ignored: list[str]
) -> tuple[list[Trace], dict[int, str]]:
    colorway = [one for one in layout["colorway"] or () if isinstance(one, str) and parse(one)] or list(
        theme.colorway
    )
    traces: list[Trace] = []
    problems: dict[int, str] = {}
    for index, one in enumerate(given):
        type_ = one.get("type", "scatter")
        kind = TRACE_TYPES.get({"scattergl": "scatter"}.get(type_, type_)) if isinstance(type_, str) else None
        if kind is None:
            problems[index] = _unknown_type(type_)
            ignored.append(f"data[{index}]: {problems[index]}; kept, not drawn")
            continue
        patterns = lookup(template, ("data", type_), None) or [{}]
        pattern = patterns[index % len(patterns)]
        full = complete(one, pattern, kind.attributes, f"data[{index}]", ignored)
        _decode_arrays(full, problems, index)
        name = str(full["name"]) if full["name"] is not None else f"trace {index}"
        color = parse(colorway[index % len(colorway)]) or theme.text
        trace = Trace(
            index,
            kind,
            full,
            name,
            color,
            full["visible"],
            full["xaxis"],
            full["yaxis"],
            bool(full["showlegend"]),
        )
        traces.append(trace)
    return traces, problems


def _unknown_type(type_: Any) -> str:
    near = difflib.get_close_matches(str(type_), TRACE_TYPES, 1)
    return f"traces of type {type_!r} are not drawn yet" + (f"; did you mean {near[0]!r}?" if near else "")


def _decode_arrays(node: dict[str, Any], problems: dict[int, str], index: int) -> None:
    """Typed arrays are decoded once here, not for every picture."""
    for key, value in node.items():
        if is_typed_array(value):
            try:
                node[key] = decode(value)
            except ValueError as error:
                problems[index] = f"{key}: {error}"
                node[key] = []
        elif isinstance(value, dict) and not is_binding(value):
            _decode_arrays(value, problems, index)


def _axes(
    given: dict[str, Any], template: dict[str, Any], pairs: tuple[tuple[str, str], ...], ignored: list[str]
) -> dict[str, dict[str, Any]]:
    used = list(dict.fromkeys(axis for pair in pairs for axis in pair))
    axes: dict[str, dict[str, Any]] = {}
    for name in sorted(key for key in given if AXIS_NAME.match(key) and axis_id(key) not in used):
        complete(given[name], None, AXIS, f"layout.{name}", ignored)  # for its reports only
    for axis in used:
        name = axis_name(axis)
        axes[axis] = complete(
            given.get(name), template.get(f"{axis[0]}axis"), AXIS, f"layout.{name}", ignored
        )
    for axis, full in axes.items():
        _finish_axis(axis, full, axes, pairs, ignored)
    return axes


def _finish_axis(
    axis: str,
    full: dict[str, Any],
    axes: dict[str, dict[str, Any]],
    pairs: tuple[tuple[str, str], ...],
    ignored: list[str],
) -> None:
    """Defaults that depend on other axes, and references that lead nowhere."""
    is_x = axis[0] == "x"
    partners = [pair[1] if is_x else pair[0] for pair in pairs if axis in pair]
    for key, other_letter in (
        ("anchor", "y" if is_x else "x"),
        ("overlaying", axis[0]),
        ("matches", axis[0]),
    ):
        target = full[key]
        if target is None or (target == "free" and key == "anchor"):
            continue
        if target not in axes or target == axis or target[0] != other_letter:
            ignored.append(
                f"layout.{axis_name(axis)}.{key}: {target!r} is not an axis of this figure that it can use"
            )
            full[key] = None
    full["anchor"] = full["anchor"] or (partners[0] if partners else "free")
    full["side"] = full["side"] or ("bottom" if is_x else "left")
    if full["side"] not in (("top", "bottom") if is_x else ("left", "right")):
        ignored.append(
            f"layout.{axis_name(axis)}.side: {full['side']!r} is no side of this axis; the default is used"
        )
        full["side"] = "bottom" if is_x else "left"
    base = axes.get(full["overlaying"] or "", full)
    full["domain"] = _domain(base["domain"]) or [0.0, 1.0]


def _domain(given: Any) -> list[float] | None:
    try:
        low, high = (min(1.0, max(0.0, float(end))) for end in given)
    except (TypeError, ValueError):
        return None
    return [low, high] if high - low > 0.01 else None


def _live(layout: dict[str, Any], axes: dict[str, dict[str, Any]], ignored: list[str]) -> dict[str, float]:
    """``layout.meta.live = {"xaxis": 10}``: the x axes that show the last so many seconds."""
    wanted = lookup(layout, ("meta", "live"))
    if wanted is None:
        return {}
    live: dict[str, float] = {}
    for name, seconds in wanted.items() if isinstance(wanted, dict) else ():
        axis = axis_id(str(name))
        if axis in axes and axis[0] == "x" and isinstance(seconds, int | float) and seconds > 0:
            if axes[axis]["range"] is None or axes[axis]["autorange"] is True:
                live[axis] = float(seconds)
            continue
        ignored.append(
            f"layout.meta.live.{name}: {seconds!r} is not a number of seconds for an x axis of this figure"
        )
    if not isinstance(wanted, dict):
        ignored.append('layout.meta.live: not an object such as {"xaxis": 10}')
    return live


def font_color(full: Mapping[str, Any], layout: Mapping[str, Any], theme: Theme) -> Color:
    """The colour of a text: its own font's, the figure's, the theme's."""
    for font in (full.get("font"), layout["font"]):
        if font and font["color"]:
            return parse(font["color"]) or theme.text
    return theme.text


def or_theme(given: str | None, default: Color) -> Color:
    return (parse(given) if given else None) or default
