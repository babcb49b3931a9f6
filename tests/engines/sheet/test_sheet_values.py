from __future__ import annotations

import datetime
import fractions
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.values import ErrorValue, Shown, show, typed, typed_text, undefined


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-007", -7),
        (" 12 ", 12),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("true", True),
        ("FALSE", False),
        ("2026-11-22", datetime.date(2026, 11, 22)),
        ("2026-11-22 07:15", datetime.datetime(2026, 11, 22, 7, 15)),
        ("2026-11-22T07:15:01.5", datetime.datetime(2026, 11, 22, 7, 15, 1, 500000)),
        ("22 Nov 2026", datetime.date(2026, 11, 22)),
        ("November 22, 2026", datetime.date(2026, 11, 22)),
        ("2026-13-22", "2026-13-22"),
        ("12/11/2026", "12/11/2026"),
        ("22 Foo 2026", "22 Foo 2026"),
        ("1,000", "1,000"),
        ("1_000", "1_000"),
        ("hello", "hello"),
        ("'5", "5"),
        ("'", ""),
        ("''a", "'a"),
        ("=", "="),
        ("  ", "  "),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_typed(text: str, value: Any) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_empty_text_is_undefined() -> None:
    assert typed("") is undefined


scalars = st.one_of(
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.text().filter(lambda text: text and not text.startswith("=")),
    st.dates(min_value=datetime.date(1000, 1, 1)),
    st.datetimes(min_value=datetime.datetime(1000, 1, 1)),
)


@given(scalars)
def test_text_of_a_value_reads_back(value: Any) -> None:
    assert typed(typed_text(value)) == value


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (0.1 + 0.2, "0.3", "number"),
        (3.0, "3", "number"),
        (1 / 3, "0.3333333333", "number"),
        (1e300, "1e+300", "number"),
        (float("nan"), "nan", "number"),
        (True, "True", "bool"),
        (np.float32(0.5), "0.5", "number"),
        (np.int64(7), "7", "number"),
        (fractions.Fraction(1, 3), "1/3", "number"),
        (1 + 2j, "1+2j", "number"),
        (undefined, "", "empty"),
        (None, "", "empty"),
        ("x", "x", "text"),
        (datetime.date(2026, 1, 2), "2026-01-02", "date"),
        (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00", "date"),
        (ErrorValue("ValueError", "no"), "ValueError: no", "error"),
        (np.zeros((3, 4)), "ndarray 3 × 4 float64", "object"),
        ({"a": 1}, "{'a': 1}", "object"),
    ],
)
def test_show(value: Any, text: str, kind: str) -> None:
    assert show(value) == Shown(text, kind)


class Angry:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("value", ["x" * 100_000, list(range(10**6)), {"k" * 9999: 1}, Angry()])
def test_what_is_shown_is_short(value: Any) -> None:
    assert len(show(value).text) <= 200


def test_undefined_is_nothing() -> None:
    u = undefined
    assert (u + 1, 1 + u, u - 1, 1 - u, u * 5, 5 * u, -u, abs(u), u**2, u // 3, u % 3) == (
        1, 1, -1, 1, 0, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    assert u + u == 0
    assert (u + "x", "x" + u, str(u), f"{u}", f"{u:.1f}", u.upper()) == ("x", "x", "", "", "0.0", "")
    assert u == 0
    assert u == ""
    assert u != "a"
    assert u < 1
    assert u <= 0
    assert not u
    assert (int(u), float(u), len(u), list(u)) == (0, 0.0, 0, [])
    assert hash(u) == hash(0) == hash("")
    assert pickle.loads(pickle.dumps(u)) is u
    assert (np.arange(3) + u).tolist() == [0, 1, 2]
    assert repr(u) == "<undefined>"
    with pytest.raises(ZeroDivisionError):
        1 / u


def test_a_huge_integer_is_not_written_out() -> None:
    assert show(10**5000) == Shown("an integer of 16610 bits", "number")
