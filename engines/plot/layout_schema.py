"""The layout attributes that are understood, in Plotly's names and with Plotly's defaults.

Source: the figure reference, https://plotly.com/javascript/reference/layout/ and its ``plot-schema.json``.
"""

from __future__ import annotations

import re

from engines.plot.attributes import (
    Schema,
    anything,
    boolean,
    color,
    listing,
    matching,
    number,
    one_of,
    text,
)

AXIS_NAME = re.compile(r"[xy]axis([2-9]|[1-9][0-9]+)?$")
AXIS_ID = re.compile(r"[xy]([2-9]|[1-9][0-9]+)?$")
X_ID = re.compile(r"x([2-9]|[1-9][0-9]+)?$")
Y_ID = re.compile(r"y([2-9]|[1-9][0-9]+)?$")


def axis_name(axis_id: str) -> str:
    """``x2`` -> ``xaxis2``."""
    return f"{axis_id[0]}axis{axis_id[1:]}"


def axis_id(name: str) -> str:
    """``xaxis2`` -> ``x2``."""
    return name.replace("axis", "")


FONT: Schema = {
    "family": text(),
    "size": number(least=1),
    "color": color(),
    "weight": anything(),
    "style": anything(),
    "variant": anything(),
}

AXIS: Schema = {
    "type": one_of("-", "linear", "log", "date"),
    "title": {"text": text(), "font": FONT, "standoff": number(least=0)},
    "range": listing(2, "a pair [from, to]"),
    "autorange": one_of(None, True, False, "reversed"),
    "rangemode": one_of("normal", "tozero", "nonnegative"),
    "domain": listing(2, "a pair in 0..1"),
    "anchor": matching(
        lambda value: value == "free" or AXIS_ID.match(value), "an axis such as 'y2', or 'free'"
    ),
    "side": one_of(None, "top", "bottom", "left", "right"),
    "overlaying": matching(AXIS_ID.match, "an axis such as 'y'"),
    "position": number(0.0, 0, 1),
    "matches": matching(AXIS_ID.match, "an axis such as 'x'"),
    "visible": boolean(True),
    "showgrid": boolean(True),
    "gridcolor": color(),
    "gridwidth": number(1, 0),
    "zeroline": boolean(True),
    "zerolinecolor": color(),
    "zerolinewidth": number(1, 0),
    "showline": boolean(False),
    "linecolor": color(),
    "linewidth": number(1, 0),
    "ticks": one_of("", "outside", "inside"),
    "ticklen": number(5, 0),
    "tickwidth": number(1, 0),
    "tickcolor": color(),
    "showticklabels": boolean(True),
    "tickfont": FONT,
    "tickangle": number(),
    "tickformat": text(""),
    "tickprefix": text(""),
    "ticksuffix": text(""),
    "exponentformat": one_of("B", "SI", "none", "e", "E", "power"),
    "separatethousands": boolean(False),
    "nticks": number(0, 0),
    "dtick": text(),
    "tick0": text(),
    "tickmode": one_of(None, "auto", "linear", "array"),
    "tickvals": listing(None, "an array"),
    "ticktext": listing(None, "an array of texts"),
    "fixedrange": boolean(False),
    "color": color(),
    "automargin": anything(),
    "layer": anything(),
    "hoverformat": text(""),
    "uirevision": anything(),
}

LEGEND: Schema = {
    "x": number(least=-2, most=3),
    "y": number(least=-2, most=3),
    "xanchor": one_of("left", "auto", "center", "right"),
    "yanchor": one_of("auto", "top", "middle", "bottom"),
    "orientation": one_of("v", "h"),
    "bgcolor": color(),
    "bordercolor": color(),
    "borderwidth": number(0, 0),
    "font": FONT,
    "title": {"text": text(), "font": FONT, "side": anything()},
    "tracegroupgap": anything(),
    "traceorder": one_of("normal", "reversed"),
    "itemsizing": anything(),
}

LAYOUT: Schema = {
    "title": {
        "text": text(),
        "font": FONT,
        "x": number(0.5, 0, 1),
        "y": number(),
        "xanchor": one_of("auto", "left", "center", "right"),
        "yanchor": anything(),
        "pad": anything(),
    },
    "width": number(least=10),
    "height": number(least=10),
    "autosize": anything(),
    "margin": {
        "l": number(least=0),
        "r": number(least=0),
        "t": number(least=0),
        "b": number(least=0),
        "pad": number(0, 0),
        "autoexpand": anything(),
    },
    "font": FONT,
    "paper_bgcolor": color(),
    "plot_bgcolor": color(),
    "colorway": listing(None, "a list of CSS colours"),
    "showlegend": boolean(),
    "legend": LEGEND,
    "hovermode": one_of("closest", "x", "y", "x unified", "y unified", False),
    "dragmode": one_of("zoom", "pan", "select", "lasso", False),
    "separators": anything(),
    "template": anything(),
    "meta": anything(),
    "uirevision": anything(),
    "hoverlabel": anything(),
    "modebar": anything(),
    "datarevision": anything(),
    "selectionrevision": anything(),
    "editrevision": anything(),
    "transition": anything(),
}
