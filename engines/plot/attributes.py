"""The kinds of attributes in Plotly's schema, and the pass that fills in what a figure does not say.

Kinds and their meaning follow Plotly's ``plot-schema.json`` (``valType``). Unlike plotly.js, which corrects
unknown or bad attributes silently, the pass reports each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.plot.bindings import is_binding
from engines.plot.colors import is_color
from engines.plot.typed_arrays import is_array


@dataclass(frozen=True)
class Attribute:
    """What an attribute may be. ``default`` None means: absent, or found out later."""

    accepts: Callable[[Any], bool]
    expected: str
    default: Any = None


Schema = Mapping[str, "Attribute | Schema"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(default: float | None = None, least: float = -math.inf, most: float = math.inf) -> Attribute:
    limits = (
        ""
        if least == -math.inf
        else f" of {least:g} or more"
        if most == math.inf
        else f" in {least:g}..{most:g}"
    )
    return Attribute(lambda value: _is_number(value) and least <= value <= most, f"a number{limits}", default)


def boolean(default: bool | None = None) -> Attribute:
    return Attribute(lambda value: isinstance(value, bool), "true or false", default)


def one_of(default: Any, *values: Any) -> Attribute:
    """An enumerated attribute. ``true`` is not ``1`` here."""
    known = [default, *values]
    texts = ", ".join(str(value) for value in known if value is not None)
    return Attribute(
        lambda value: any(type(value) is type(one) and value == one for one in known),
        f"one of {texts}",
        default,
    )


def text(default: str | None = None) -> Attribute:
    return Attribute(lambda value: isinstance(value, str | int | float), "a text", default)


def color(default: str | None = None) -> Attribute:
    return Attribute(is_color, "a CSS colour", default)


def matching(pattern: Callable[[str], object], expected: str, default: str | None = None) -> Attribute:
    return Attribute(lambda value: isinstance(value, str) and bool(pattern(value)), expected, default)


def data() -> Attribute:
    return Attribute(lambda value: is_array(value) or is_binding(value), "an array or {'expr': ...}")


def or_array(single: Attribute) -> Attribute:
    """One value for all points, or one for each (``arrayOk`` in Plotly's schema)."""
    many = data()
    return Attribute(
        lambda value: single.accepts(value) or many.accepts(value),
        f"{single.expected}, or an array",
        single.default,
    )


def listing(length: int | None, expected: str, default: Any = None) -> Attribute:
    return Attribute(
        lambda value: isinstance(value, list | tuple) and (length is None or len(value) == length),
        expected,
        default,
    )


def anything(default: Any = None) -> Attribute:
    """Kept and never reported: notes, ids, and what only a browser uses."""
    return Attribute(lambda _: True, "anything", default)


def complete(given: Any, template: Any, schema: Schema, where: str, ignored: list[str]) -> dict[str, Any]:
    """A full copy of ``given``: its own values, else the template's, else the defaults.

    ``ignored`` gets a line for every attribute that is unknown, or bad and replaced.
    """
    given = _as_object(given, schema, where, ignored)
    template = _as_object(template, schema, where, [])
    full: dict[str, Any] = {}
    for key, kind in schema.items():
        here = f"{where}.{key}" if where else key
        if not isinstance(kind, Attribute):
            full[key] = complete(given.get(key), template.get(key), kind, here, ignored)
            continue
        full[key] = _first_good(given.get(key), template.get(key), kind, here, ignored)
    ignored.extend(
        f"{where}.{key}: not known here; kept, not drawn"
        if where
        else f"{key}: not known here; kept, not drawn"
        for key in given
        if key not in schema
    )
    return full


def _as_object(given: Any, schema: Schema, where: str, ignored: list[str]) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    if "text" in schema and isinstance(given, str):
        return {"text": given}  # Plotly lets a text stand for a title object
    if given is not None:
        ignored.append(f"{where}: {_short(given)} is not an object of attributes; the defaults are used")
    return {}


def _first_good(given: Any, template: Any, kind: Attribute, here: str, ignored: list[str]) -> Any:
    if given is not None and kind.accepts(given):
        return given
    if given is not None:
        ignored.append(f"{here}: {_short(given)} is not {kind.expected}; the default is used")
    return template if template is not None and kind.accepts(template) else kind.default


def _short(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 40 else words[:37] + "..."
