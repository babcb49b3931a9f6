"""Lines and markers: Plotly's ``scatter`` (https://plotly.com/javascript/reference/scatter/)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engines.plot import lines
from engines.plot.attributes import (
    Attribute,
    Schema,
    anything,
    boolean,
    color,
    data,
    matching,
    number,
    one_of,
    or_array,
)
from engines.plot.autorange import Extent
from engines.plot.colors import Color, faded, parse
from engines.plot.coordinates import to_axis
from engines.plot.data import Column
from engines.plot.density import density_image
from engines.plot.scene import Box, Fill, Item, Line, Markers, Polyline, Stroke
from engines.plot.symbols import SYMBOLS, symbol_name
from engines.plot.traces.base import COMMON, Plane, Series, Trace, TraceType

FEW_POINTS = 20  # below it Plotly's default mode shows markers, too
MOST_MARKERS = 20_000  # more of them in view are drawn as their density
DASHES = {
    "solid": (),
    "dot": (1, 1),
    "dash": (3, 3),
    "longdash": (5, 5),
    "dashdot": (3, 1, 1, 1),
    "longdashdot": (5, 2, 1, 2),
}


def _is_mode(value: str) -> bool:
    return value == "none" or set(value.split("+")) <= {"lines", "markers", "text"}


def _is_dash(value: str) -> bool:
    return value in DASHES or all(
        part.removesuffix("px").replace(".", "", 1).isdigit() for part in _dash_parts(value)
    )


def _dash_parts(value: str) -> list[str]:
    return value.replace(",", " ").split()


ATTRIBUTES: Schema = {
    **COMMON,
    "x": data(),
    "y": data(),
    "x0": anything(0),
    "dx": number(1),
    "y0": anything(0),
    "dy": number(1),
    "mode": matching(_is_mode, "lines, markers, lines+markers or none"),
    "line": {
        "color": color(),
        "width": number(2, 0),
        "dash": matching(_is_dash, "a dash style or a list of pixel lengths", "solid"),
        "shape": one_of("linear", "hv", "vh", "hvh", "vhv"),
        "simplify": anything(),
    },
    "marker": {
        "color": or_array(color()),
        "size": or_array(number(6, 0)),
        "sizemode": one_of("diameter", "area"),
        "sizeref": number(1, 0),
        "sizemin": number(0, 0),
        "symbol": Attribute(
            lambda value: symbol_name(value) in SYMBOLS, f"one of {', '.join(SYMBOLS)}", "circle"
        ),
        "opacity": number(None, 0, 1),
        "line": {"color": color(), "width": number(0, 0)},
    },
    "connectgaps": boolean(False),
    "fill": one_of("none", "tozeroy"),
    "fillcolor": color(),
    "cliponaxis": anything(),
}


def mode(trace: Trace, count: int) -> set[str]:
    """``lines`` and ``markers``, as the figure says or as Plotly chooses by the number of points."""
    given = trace.full["mode"] or ("lines+markers" if count < FEW_POINTS else "lines")
    return set(given.split("+"))


def calculate(trace: Trace, columns: Mapping[str, Column], types: tuple[str, str]) -> Series:
    x_column, y_column = columns.get("x"), columns.get("y")
    if x_column is None and y_column is None:
        raise ValueError("it has neither x nor y")
    xs = to_axis(x_column.values, types[0]) if x_column else None
    ys = to_axis(y_column.values, types[1]) if y_column else None
    count = min(len(values) for values in (xs, ys) if values is not None)
    notes = []
    if xs is not None and ys is not None and len(xs) != len(ys):
        notes.append(f"x has {len(xs)} values and y has {len(ys)}: the first {count} are drawn")
    if xs is None:
        xs = _counted(trace, "x", count, types[0])
    if ys is None:
        ys = _counted(trace, "y", count, types[1])
    if xs.ndim != 1 or ys.ndim != 1:
        raise ValueError("x and y must be lists of values, not tables")
    breaks = np.unique(np.concatenate([one.breaks for one in (x_column, y_column) if one is not None]))
    parts = {name: np.asarray(columns[name].values)[:count] for name in columns if name not in ("x", "y")}
    short = [name for name, values in parts.items() if len(values) < count]
    if short:
        count = min(len(parts[name]) for name in short)
        notes.append(f"{short[0]} has fewer values than x and y: the first {count} are drawn")
    if "marker.color" in parts and parts["marker.color"].dtype.kind in "biuf":
        del parts["marker.color"]
        notes.append(
            "marker.color: numbers need a colour scale, which is not drawn yet; all markers have one colour"
        )
    breaks = breaks[(breaks > 0) & (breaks < count)].astype(np.intp)
    xs, ys = xs[:count], ys[:count]
    if _known_whole(x_column, xs, "is_rising") and _known_whole(y_column, ys, "is_finite"):
        return Series(xs, ys, breaks, True, breaks[:0], parts, tuple(notes))
    series = _without_gaps(xs, ys, breaks, bool(trace.full["connectgaps"]), parts)
    return Series(
        series.x, series.y, series.breaks, series.is_sorted, series.falls, series.parts, tuple(notes)
    )


def _known_whole(column: Column | None, values: np.ndarray, fact: str) -> bool:
    """Whether the fact is known of these axis coordinates: those of the column as they are."""
    return column is not None and getattr(column, fact) and np.may_share_memory(values, column.values)


def _counted(trace: Trace, letter: str, count: int, axis_type: str) -> np.ndarray:
    start = to_axis([trace.full[f"{letter}0"]], "date" if axis_type == "date" else "linear")[0]
    return to_axis(start + trace.full[f"d{letter}"] * np.arange(count), axis_type)


def _without_gaps(
    xs: np.ndarray, ys: np.ndarray, breaks: np.ndarray, connect: bool, parts: dict[str, np.ndarray]
) -> Series:
    """Take out points without a place, leaving a break where each was."""
    rises = xs[1:] >= xs[:-1]
    rising = bool(rises.all())
    # What rises from one finite number to another holds nothing else.
    finite = rising and len(xs) > 0 and bool(np.isfinite(xs[0]) and np.isfinite(xs[-1]))
    good = np.isfinite(ys) if finite else np.isfinite(xs) & np.isfinite(ys)
    if not good.all():
        before = np.cumsum(good)
        lost = np.flatnonzero(~good)
        after_loss = before[lost]
        shifted = np.where(breaks > 0, before[breaks - 1], 0)
        breaks = shifted if connect else np.union1d(shifted, after_loss)
        xs, ys = xs[good], ys[good]
        parts = {name: values[: len(good)][good] for name, values in parts.items()}
        breaks = np.unique(breaks[(breaks > 0) & (breaks < len(xs))])
        rises = xs[1:] >= xs[:-1]
        rising = bool(rises.all())
    falls = np.zeros(0, np.intp) if rising else np.flatnonzero(~rises) + 1
    is_sorted = bool(np.isin(falls, breaks).all()) if len(falls) else True
    return Series(xs, ys, breaks, is_sorted, falls if is_sorted else falls[:0], parts)


def extent(trace: Trace, series: Series, letter: str, window: tuple[float, float] | None) -> Extent | None:
    values = series.x if letter == "x" else series.y
    if window is not None:
        values = values[_within(series, *window)]
    if not len(values):
        return None
    shown = mode(trace, len(series))
    fills = trace.full["fill"] == "tozeroy"
    pad = _marker_pad(trace, series) if "markers" in shown else 0.0
    padded = letter == "y" or ("markers" in shown and not fills)
    if not padded:
        pad = 0.0
    return Extent(float(values.min()), float(values.max()), pad, padded, fills and letter == "y")


def _within(series: Series, low: float, high: float) -> slice | np.ndarray:
    """The points whose x lies in [low, high]."""
    if not series.is_sorted or len(series.falls):
        return (series.x >= low) & (series.x <= high)
    return slice(int(np.searchsorted(series.x, low, "left")), int(np.searchsorted(series.x, high, "right")))


def _marker_pad(trace: Trace, series: Series) -> float:
    """Pixels that plotly.js keeps free for markers."""
    sizes = _sizes(trace, series)
    return max(float(np.max(sizes)) / 1.6, 3.0) if np.size(sizes) else 3.0


def _sizes(trace: Trace, series: Series) -> float | np.ndarray:
    """Diameters in pixels (https://plotly.com/javascript/reference/scatter/#scatter-marker-sizeref)."""
    given = series.parts.get("marker.size")
    marker = trace.full["marker"]
    if given is None:
        return float(marker["size"])
    with np.errstate(invalid="ignore"):
        scaled = np.nan_to_num(given.astype(float)) / (marker["sizeref"] or 1)
        diameters = np.sqrt(np.maximum(scaled, 0)) if marker["sizemode"] == "area" else scaled
    return np.maximum(diameters, marker["sizemin"])


def draw(trace: Trace, series: Series, plane: Plane) -> list[Item]:
    shown = mode(trace, len(series))
    items: list[Item] = []
    if not len(series):
        return items
    fills = trace.full["fill"] == "tozeroy"
    if "lines" in shown or fills:
        xs, ys = lines.visible_line(series, plane)
        xs, ys = lines.near(*lines.steps(xs, ys, trace.full["line"]["shape"]), plane.box)
        if fills:
            items.append(Fill(*lines.under(xs, ys, _zero(plane)), _fill_color(trace)))
        if "lines" in shown and trace.full["line"]["width"] > 0:
            items.append(Polyline(xs, ys, _stroke(trace)))
    if "markers" in shown:
        items += _markers(trace, series, plane)
    return items


def _zero(plane: Plane) -> float:
    if plane.y.type != "linear":
        return plane.box.bottom
    return float(np.clip(plane.y.to_pixel(0.0), plane.box.y - lines.FAR, plane.box.bottom + lines.FAR))


def _line_color(trace: Trace) -> Color:
    given = trace.full["line"]["color"]
    if given is None and isinstance(trace.full["marker"]["color"], str):
        given = trace.full["marker"]["color"]
    return (parse(given) if given else None) or trace.color


def _stroke(trace: Trace) -> Stroke:
    line = trace.full["line"]
    unit = max(line["width"], 3.0)
    known = DASHES.get(line["dash"])
    dash = [unit * part for part in known] if known is not None else []
    if known is None:
        dash = [float(part.removesuffix("px")) for part in _dash_parts(line["dash"])]
    return Stroke(faded(_line_color(trace), trace.full["opacity"]), line["width"], tuple(dash))


def _fill_color(trace: Trace) -> Color:
    given = trace.full["fillcolor"]
    color_ = (parse(given) if given else None) or faded(_line_color(trace), 0.5)
    return faded(color_, trace.full["opacity"])


def _markers(trace: Trace, series: Series, plane: Plane) -> list[Item]:
    xs, ys = plane.x.to_pixel(series.x), plane.y.to_pixel(series.y)
    sizes = _sizes(trace, series)
    reach = float(np.max(sizes)) if np.size(sizes) else 0.0
    box = plane.box
    seen = (xs > box.x - reach) & (xs < box.right + reach) & (ys > box.y - reach) & (ys < box.bottom + reach)
    xs, ys = xs[seen], ys[seen]
    if not len(xs):
        return []
    if len(xs) > MOST_MARKERS:
        return [density_image(xs, ys, box, plane.ratio, marker_color(trace))]
    if isinstance(sizes, np.ndarray):
        sizes = sizes[seen]
    given = series.parts.get("marker.color")
    colors: Color | tuple[Color, ...] = marker_color(trace)
    if given is not None:
        colors = tuple(_faded(trace, parse(str(one)) or trace.color) for one in given[seen])
    return [Markers(xs, ys, symbol_name(trace.full["marker"]["symbol"]), sizes, colors, _outline(trace))]


def _outline(trace: Trace) -> Stroke | None:
    line = trace.full["marker"]["line"]
    if not line["width"]:
        return None
    return Stroke((parse(line["color"]) if line["color"] else None) or trace.color, line["width"])


def marker_color(trace: Trace) -> Color:
    given = trace.full["marker"]["color"]
    own = parse(given) if isinstance(given, str) else None
    line = trace.full["line"]["color"]
    return _faded(trace, own or (parse(line) if line else None) or trace.color)


def _faded(trace: Trace, one: Color) -> Color:
    opacity = trace.full["marker"]["opacity"]
    if opacity is None:  # Plotly makes bubbles see-through
        opacity = 1.0 if isinstance(trace.full["marker"]["size"], int | float) else 0.7
    return faded(one, trace.full["opacity"] * opacity)


def symbol(trace: Trace, series: Series | None, box: Box) -> list[Item]:
    shown = mode(trace, len(series) if series is not None else FEW_POINTS)
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    items: list[Item] = []
    if trace.full["fill"] == "tozeroy":
        xs = np.array([box.x, box.right, box.right, box.x])
        ys = np.array([middle_y, middle_y, middle_y + 5, middle_y + 5])
        items.append(Fill(xs, ys, _fill_color(trace)))
    if "lines" in shown:
        items.append(Line(box.x, middle_y, box.right, middle_y, _stroke(trace)))
    if "markers" in shown:
        size = trace.full["marker"]["size"]
        diameter = float(np.clip(size, 2, 16)) if isinstance(size, int | float) else 8.0
        items.append(
            Markers(
                np.array([middle_x]),
                np.array([middle_y]),
                symbol_name(trace.full["marker"]["symbol"]),
                diameter,
                marker_color(trace),
                _outline(trace),
            )
        )
    return items


ARRAYS: Sequence[str] = ("x", "y", "marker.size", "marker.color")
TYPE = TraceType(ATTRIBUTES, ARRAYS, calculate, extent, draw, symbol)
