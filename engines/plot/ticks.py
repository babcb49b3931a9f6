"""Where ticks stand and what they say, by the rules of plotly.js (``src/plots/cartesian/axes.js``:
``autoTicks``,
``tickFirst``, ``tickIncrement``, ``tickText``).

Positions are axis coordinates (see `engines.plot.coordinates`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engines.plot import date_format, number_format
from engines.plot.coordinates import to_axis
from engines.plot.date_format import DAY, HOUR, MINUTE, SECOND

MOST_TICKS = 1000
YEAR = 365.25 * DAY
MONTH = YEAR / 12
BASE_10 = (2, 5, 10)
BASE_24 = (1, 2, 3, 6, 12)
BASE_60 = (1, 2, 5, 10, 15, 30)
DAYS = (1, 2, 3, 7, 14)
MONTHS = (1, 2, 3, 6, 12)
SUNDAY = 10_958 * DAY  # 2000-01-02, where Plotly counts days from: weekly ticks stand on Sundays
NARROW_SIGNS = 0.75  # the 2 and 5 between powers of ten are printed smaller


@dataclass(frozen=True)
class Tick:
    """``text`` may hold ``<br>`` between two lines. ``scale`` is the size of the text relative to the axis'
    font.
    """

    at: float
    text: str
    scale: float = 1.0


@dataclass(frozen=True)
class Step:
    """The distance of ticks. ``kind``: ``linear`` (size in axis units), ``months``, ``decades`` (log),
    ``digits`` (log: the digits shown in each decade: 1, 2, 5 for size 2, all for size 1), or ``values``
    (log axis, size in data units)."""

    kind: str
    size: float
    start: float = 0.0


def ticks(low: float, high: float, axis_type: str, wanted: float, axis: dict[str, Any]) -> list[Tick]:
    """The ticks of an axis from ``low`` to ``high`` (either may be the larger), about ``wanted`` of them.

    ``axis`` is the axis' full attributes in Plotly's names.
    """
    low, high = min(low, high), max(low, high)
    if axis["tickvals"] is not None and axis["tickmode"] in (None, "array"):
        return _given(low, high, axis_type, axis)
    step = _own_step(axis, axis_type) or automatic_step(low, high, axis_type, wanted)
    slack = (high - low) * 1e-9
    places = sorted(set(positions(step, low - slack, high + slack)))
    return _labelled(places, step, axis_type, max(abs(low), abs(high)), axis)


def automatic_step(low: float, high: float, axis_type: str, wanted: float) -> Step:
    """The round step nearest above what would give ``wanted`` ticks."""
    rough = (high - low) / wanted
    if axis_type == "date":
        return _date_step(rough)
    if axis_type == "log":
        return _log_step(low, high, rough)
    return Step("linear", _round_up(rough, _power(rough), BASE_10))


def _power(rough: float) -> float:
    return 10.0 ** math.floor(math.log10(rough))


def _round_up(rough: float, base: float, choices: Sequence[int]) -> float:
    return base * next((choice for choice in choices if rough / base <= choice * (1 + 1e-12)), choices[-1])


def _date_step(rough: float) -> Step:
    twice = 2 * rough
    if twice > YEAR:
        years = rough / YEAR
        return Step("months", 12 * max(1, _round_up(years, _power(years), BASE_10)))
    if twice > MONTH:
        return Step("months", _round_up(rough / MONTH, 1, MONTHS))
    if twice > DAY:
        return Step("linear", _round_up(rough, DAY, DAYS), SUNDAY)
    for unit, choices in ((HOUR, BASE_24), (MINUTE, BASE_60), (SECOND, BASE_60)):
        if twice > unit:
            return Step("linear", _round_up(rough, unit, choices))
    return Step("linear", _round_up(rough, _power(rough), BASE_10))


def _log_step(low: float, high: float, rough: float) -> Step:
    if rough > 0.7:
        return Step("decades", math.ceil(rough))
    if high - low < 1:
        count = 1.5 * (high - low) / rough
        value_step = abs(10.0**high - 10.0**low) / count
        return Step("values", _round_up(value_step, _power(value_step), BASE_10))
    return Step("digits", 2 if rough > 0.3 else 1)


def _own_step(axis: dict[str, Any], axis_type: str) -> Step | None:
    """``dtick`` and ``tick0`` of the figure; a nonsensical one counts as none."""
    dtick = axis["dtick"]
    if dtick is None or axis["tickmode"] not in (None, "linear"):
        return None
    letter, number = (
        (dtick[:1], dtick[1:]) if isinstance(dtick, str) and dtick[:1] in ("M", "L", "D") else ("", dtick)
    )
    try:
        size = float(number)
        start = to_axis([axis["tick0"] or 0], "date" if axis_type == "date" else "linear").item()
    except ValueError:
        return None
    if size <= 0:
        return None
    kind = {"M": "months", "L": "values", "D": "digits"}.get(
        letter, "decades" if axis_type == "log" else "linear"
    )
    return Step(kind, size, start if math.isfinite(start) else 0.0)


def positions(step: Step, low: float, high: float) -> list[float]:
    """All ticks of a step between low and high; none where there would be more than a thousand."""
    if step.kind == "months":
        return _month_positions(step, low, high)
    if step.kind == "digits":
        digits = (1, 2, 5) if step.size >= 2 else range(1, 10)
        decades = range(math.floor(low), math.ceil(high) + 1)
        places = (decade + math.log10(digit) for decade in decades for digit in digits)
        return [at for at in places if low <= at <= high] if len(decades) < MOST_TICKS else []
    if step.kind == "values":
        return [math.log10(at) for at in _multiples(step.size, 0.0, 10.0**low, 10.0**high) if at > 0]
    return list(_multiples(step.size, step.start, low, high))


def _multiples(size: float, start: float, low: float, high: float) -> Iterator[float]:
    first, last = math.ceil((low - start) / size), math.floor((high - start) / size)
    if last - first > MOST_TICKS:
        return iter(())
    decimals = max(0, 15 - math.floor(math.log10(max(abs(low), abs(high), size))))
    return (round(start + number * size, min(decimals, 300)) for number in range(first, last + 1))


def _month_positions(step: Step, low: float, high: float) -> list[float]:
    start = date_format.moment(step.start)
    size, first = int(step.size), date_format.moment(low)
    month = (first.year * 12 + first.month - 1 - start.year * 12 - start.month + 1) // size * size
    month += start.year * 12 + start.month - 1
    found: list[float] = []
    while len(found) < MOST_TICKS:
        year, rest = divmod(month, 12)
        if not 1 <= year <= 9999:
            break
        at = date_format.milliseconds(start.replace(year=year, month=rest + 1, day=1))
        if at > high:
            break
        if at >= low:
            found.append(at)
        month += size
    return found


def _given(low: float, high: float, axis_type: str, axis: dict[str, Any]) -> list[Tick]:
    places = to_axis(axis["tickvals"], axis_type).tolist()
    texts = list(axis["ticktext"] or [])
    step = Step("linear", (high - low) / max(len(places), 1))
    written = _labelled(places, step, axis_type, max(abs(low), abs(high)), axis)
    named = [
        Tick(tick.at, str(texts[index]) if index < len(texts) else tick.text)
        for index, tick in enumerate(written)
    ]
    return [tick for tick in named if low <= tick.at <= high]


def _labelled(
    places: list[float], step: Step, axis_type: str, largest: float, axis: dict[str, Any]
) -> list[Tick]:
    if axis_type == "date":
        return _date_ticks(places, step, axis)
    if axis_type == "log":
        return [_log_tick(at, step, axis) for at in places]
    texts = _number_texts(places, step.size, largest, axis)
    return [Tick(at, text) for at, text in zip(places, texts, strict=True)]


def _number_texts(values: list[float], step: float, largest: float, axis: dict[str, Any]) -> list[str]:
    return [affixed(number_text(value, step, largest, axis), axis) for value in values]


def number_text(value: float, step: float, largest: float, axis: dict[str, Any]) -> str:
    if axis["tickformat"]:
        text = number_format.d3(value, str(axis["tickformat"]))
        if text is not None:
            return text
    return number_format.auto(value, step, largest, axis["exponentformat"], axis["separatethousands"])


def affixed(text: str, axis: dict[str, Any]) -> str:
    return f"{axis['tickprefix']}{text}{axis['ticksuffix']}"


def _log_tick(at: float, step: Step, axis: dict[str, Any]) -> Tick:
    value = 10.0**at
    if axis["tickformat"] or step.kind in ("values", "linear"):
        return Tick(at, affixed(number_text(value, step.size, value, axis), axis))
    power = round(at)
    if step.kind == "digits" and abs(at - power) > 0.01:
        return Tick(at, str(round(10 ** (at % 1))), NARROW_SIGNS)
    if axis["exponentformat"] == "power" or power > 14 or power < -15:
        text = {0: "1", 1: "10"}.get(power, f"10{number_format.superscript(power)}")
    else:
        text = number_format.auto(10.0**power, 10.0**power, 10.0**power, axis["exponentformat"])
    return Tick(at, affixed(text, axis))


def _date_ticks(places: list[float], step: Step, axis: dict[str, Any]) -> list[Tick]:
    pattern = str(axis["tickformat"])
    if "%" in pattern:
        return [
            Tick(at, affixed(date_format.strftime(at, pattern).replace("\n", "<br>"), axis)) for at in places
        ]
    found: list[Tick] = []
    shown = ""
    for at in places:
        first, second = date_format.label(at, date_precision(step))
        if second and second != shown:
            shown, first = second, f"{first}<br>{second}"
        found.append(Tick(at, affixed(first, axis)))
    return found


def date_precision(step: Step) -> str:
    """What ticks of this step differ in, for `date_format.label`."""
    if step.kind == "months":
        return "year" if step.size % 12 == 0 else "month"
    for size, precision in ((DAY, "day"), (MINUTE, "minute"), (SECOND, "second")):
        if step.size >= size:
            return precision
    return str(min(6, 3 - math.floor(math.log10(step.size) + 0.01)))
