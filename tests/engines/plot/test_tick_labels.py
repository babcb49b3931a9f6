"""Ticks and their texts, against cases of plotly.js; and properties that hold for any range."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engines.plot.attributes import complete
from engines.plot.coordinates import date_text, range_from, to_axis
from engines.plot.layout_schema import AXIS
from engines.plot.number_format import d3
from engines.plot.ticks import MOST_TICKS, automatic_step, ticks


def axis(**given: Any) -> dict[str, Any]:
    return complete(given, None, AXIS, "axis", [])


def texts(low: float, high: float, kind: str = "linear", wanted: float = 6, **given: Any) -> list[str]:
    return [tick.text for tick in ticks(low, high, kind, wanted, axis(**given))]


def date_texts(low: str, high: str, wanted: float = 7, **given: Any) -> list[str]:
    ends = range_from([low, high], "date")
    assert ends
    return texts(*ends, "date", wanted, **given)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-1.1, 1.1, ["−1", "−0.5", "0", "0.5", "1"]),
        (0, 5000, ["0", "1000", "2000", "3000", "4000", "5000"]),
        (0, 20000, ["0", "5k", "10k", "15k", "20k"]),
        (0, 3e6, ["0", "0.5M", "1M", "1.5M", "2M", "2.5M", "3M"]),
        (0, 2e10, ["0", "5B", "10B", "15B", "20B"]),
        (0, 0.0005, ["0", "100μ", "200μ", "300μ", "400μ", "500μ"]),
        (1000.1, 1000.6, ["1000.1", "1000.2", "1000.3", "1000.4", "1000.5", "1000.6"]),
    ],
)
def test_linear_labels_are_minimal(low: float, high: float, expected: list[str]) -> None:
    assert texts(low, high) == expected


def test_the_exponent_format_can_be_chosen() -> None:
    assert texts(0, 2e10, exponentformat="SI")[1] == "5G"
    assert texts(0, 20000, exponentformat="none", separatethousands=True)[-1] == "20,000"
    assert texts(0, 2e10, exponentformat="e")[-1] == "2e+10"
    assert texts(0, 2e10, exponentformat="power")[-1] == "2×10¹⁰"
    assert texts(0, 4e20)[-1] == "4×10²⁰"


def test_affixes_and_formats() -> None:
    assert texts(0, 4, ticksuffix=" V", tickprefix="±")[1] == "±1 V"
    assert texts(0, 1, tickformat=".1%")[:2] == ["0.0%", "20.0%"]
    assert texts(0, 4, tickvals=[1, 3, 9], ticktext=["one", "three", "nine"]) == ["one", "three"]
    assert texts(0, 4, dtick=1.5, tick0=0.5) == ["0.5", "2", "3.5"]


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (3.14159, ".2f", "3.14"),
        (1234567, ",.0f", "1,234,567"),
        (1500, ".2s", "1.5k"),
        (0.00012, ".2s", "120μ"),
        (-0.0004, ".2f", "0.00"),
        (-2, "+.1f", "−2.0"),
        (2, "+.1f", "+2.0"),
        (0.256, ".0%", "26%"),
        (42, "d", "42"),
        (1234.5, ".3r", "1234"),
        (255, "x", "ff"),
        (12345, ".2e", "1.23e+4"),
        (1.5, ".3~f", "1.5"),
        (7, "03d", "007"),
        (999.9, ".2s", "1.0k"),
        (3, "what", None),
    ],
)
def test_d3_formats(value: float, spec: str, expected: str | None) -> None:
    assert d3(value, spec) == expected


def test_log_labels() -> None:
    assert texts(0, 4, "log", 9) == ["1", "2", "5", "10", "2", "5", "100", "2", "5", "1000", "2", "5", "10k"]
    assert texts(-2, 8, "log", 6) == ["0.01", "1", "100", "10k", "1M", "100M"]
    assert texts(0, 1, "log", 9)[:4] == ["1", "2", "3", "4"]
    assert texts(2, 2.3, "log", 6) == ["100", "120", "140", "160", "180"]
    assert texts(-20, 20, "log", 5, exponentformat="power")[0] == "10⁻¹⁶"


def test_date_labels_say_the_day_where_it_changes() -> None:
    assert date_texts("2024-03-01", "2024-03-02 12:00") == [
        "00:00<br>Mar 1, 2024", "06:00", "12:00", "18:00", "00:00<br>Mar 2, 2024", "06:00", "12:00",
    ]  # fmt: skip
    assert date_texts("2024-01-01", "2024-12-31", 6)[:3] == ["Jan 2024", "Mar 2024", "May 2024"]
    assert date_texts("2001-01-01", "2024-01-01", 6) == ["2005", "2010", "2015", "2020"]
    assert date_texts("2024-03-01", "2024-03-10", 5)[0] == "Mar 2<br>2024"
    assert date_texts("2024-03-01 12:00:00", "2024-03-01 12:00:20", 5)[:2] == [
        "12:00:00<br>Mar 1, 2024",
        "12:00:05",
    ]
    assert date_texts("2024-03-01 12:00:00", "2024-03-01 12:00:01", 5)[1] == "12:00:00.2"
    assert date_texts("2024-03-01", "2024-03-02", 3, tickformat="%d.%m. %H h")[0] == "01.03. 00 h"


def test_dates_are_read_in_all_of_plotlys_forms() -> None:
    given = [
        "2024",
        "2024-03",
        "2024-03-01",
        "2024-03-01 12",
        "2024-3-1 1:30",
        "2024-03-01T12:00:00.250Z",
        "no date",
        None,
    ]
    read = to_axis(given, "date")
    texts_read = [None if np.isnan(at) else date_text(at) for at in read]
    assert texts_read[:4] == ["2024-01-01", "2024-03-01", "2024-03-01", "2024-03-01 12:00"]
    assert texts_read[4:] == ["2024-03-01 01:30", "2024-03-01 12:00:00.25", None, None]


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12), st.sampled_from(["linear", "date"]), st.floats(4, 12))
def test_ticks_cover_the_range_and_rise(low: float, span: float, kind: str, wanted: float) -> None:
    assume(span > abs(low) * 1e-9)
    if kind == "date":
        span = max(span, 1.0)
    found = [tick.at for tick in ticks(low, low + span, kind, wanted, axis())]
    assert all(one < two for one, two in itertools.pairwise(found))
    assert all(low - span * 1e-6 <= at <= low + span * (1 + 1e-6) for at in found)
    step = automatic_step(low, low + span, kind, wanted)
    size = step.size * 31 * 86_400_000 if step.kind == "months" else step.size
    edges = [low, *found, low + span]
    assert max(two - one for one, two in itertools.pairwise(edges)) <= size * 1.001
    assert len(found) <= MOST_TICKS


@given(st.floats(-30, 30), st.floats(0.01, 60), st.floats(4, 12))
def test_log_ticks_rise_within_the_range(low: float, span: float, wanted: float) -> None:
    found = [tick.at for tick in ticks(low, low + span, "log", wanted, axis())]
    assert found
    assert all(one < two for one, two in itertools.pairwise(found))
    assert all(low - 1e-6 <= at <= low + span + 1e-6 for at in found)
