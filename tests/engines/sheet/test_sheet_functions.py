from __future__ import annotations

import datetime
import math
import statistics
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.functions import FUNCTIONS
from engines.sheet.values import undefined

F = FUNCTIONS
mixed = [1, 2.5, "text", True, undefined, 4]


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("SUM", (mixed,), 7.5),
        ("SUM", (mixed, "3", True), 11.5),
        ("SUM", (np.arange(4), 1), 7),
        ("SUM", ([0.1] * 10,), 1.0),
        ("AVERAGE", (mixed,), 2.5),
        ("COUNT", (mixed,), 3),
        ("COUNT", (mixed, "3", "x"), 4),
        ("COUNTA", (mixed,), 5),
        ("MIN", (mixed,), 1),
        ("MAX", (mixed, 9), 9),
        ("MAX", ([],), 0),
        ("MEDIAN", ([3, 1, 2, 10],), 2.5),
        ("STDEV", ([1, 2, 3, 4],), statistics.stdev([1, 2, 3, 4])),
        ("VAR", ([1, 2, 3, 4],), statistics.variance([1, 2, 3, 4])),
        ("ABS", (-3,), 3),
        ("ABS", ([-3, 4],), [3, 4]),
        ("ROUND", (2.5,), 3),
        ("ROUND", (-2.5,), -3),
        ("ROUND", (2.675, 2), 2.68),
        ("ROUND", (1234, -2), 1200),
        ("SQRT", (9,), 3.0),
        ("LN", (math.e,), 1.0),
        ("LOG", (100,), 2.0),
        ("LOG", (8, 2), 3.0),
        ("ATAN2", (1, 0), 0.0),
        ("DEGREES", (math.pi,), 180.0),
        ("PI", (), math.pi),
        ("MOD", (-3, 2), 1),
        ("INT", (-2.5,), -3),
        ("POWER", (2, 10), 1024),
        ("AND", ([True, 1, undefined],), True),
        ("OR", (False, [0, "x"]), False),
        ("CONCATENATE", ("a", 1, 0.1 + 0.2, undefined, True), "a10.3True"),
        ("LEFT", ("hello", 2), "he"),
        ("RIGHT", ("hello", 2), "lo"),
        ("RIGHT", ("hello", 0), ""),
        ("MID", ("hello", 2, 3), "ell"),
        ("LEN", (undefined,), 0),
        ("TRIM", ("  a   b ",), "a b"),
        ("UPPER", ("abc",), "ABC"),
        ("VALUE", ("12.5",), 12.5),
        ("VALUE", ("10%",), 0.1),
        ("TEXT", (1234.567, "#,##0.00"), "1,234.57"),
        ("TEXT", (0.256, "0.0%"), "25.6%"),
        ("TEXT", (7, "000"), "007"),
        ("TEXT", (1.5, "0.##"), "1.5"),
        ("TEXT", (12345, "0.00E+00"), "1.23E+04"),
        ("TEXT", (3, "0 kg"), "3 kg"),
        ("TEXT", (datetime.datetime(2026, 11, 22, 7, 5), "yyyy-mm-dd hh:mm"), "2026-11-22 07:05"),
        ("DATE", (2026, 11, 22), datetime.date(2026, 11, 22)),
        ("INDEX", ([[1, 2], [3, 4]], 2, 1), 3),
        ("INDEX", ([5, 6, 7], 2), 6),
        ("MATCH", (6, [5, 6, 7], 0), 2),
        ("MATCH", (6.5, [5, 6, 7]), 2),
        ("MATCH", ("b*", ["abc", "BCD"], 0), 2),
        ("VLOOKUP", ("b", [["a", 1], ["B", 2]], 2, False), 2),
        ("VLOOKUP", (25, [[10, "low"], [20, "high"]], 2), "high"),
        ("SUMIF", ([1, 5, 10], ">4"), 15),
        ("SUMIF", (["a", "b", "A"], "a", [1, 2, 4]), 5),
        ("COUNTIF", (["apple", "pear", "Apricot"], "ap*"), 2),
        ("COUNTIF", ([1, 2, "2", undefined], 2), 1),
        ("COUNTIF", ([1, 2, 3], "<>2"), 2),
    ],
)
def test_function(name: str, arguments: tuple[Any, ...], value: Any) -> None:
    assert F[name](*arguments) == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("SUM", ("x",), TypeError),
        ("AVERAGE", ([],), ZeroDivisionError),
        ("STDEV", ([1],), ZeroDivisionError),
        ("MATCH", (9, [1, 2], 0), LookupError),
        ("VLOOKUP", (1, [[1, 2]], 3), IndexError),
        ("SQRT", (-1,), ValueError),
        ("LEFT", ("x", -1), ValueError),
    ],
)
def test_function_refuses(name: str, arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        F[name](*arguments)


numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@given(numbers)
def test_statistics_agree_with_numpy(values: list[float]) -> None:
    assert F["AVERAGE"](values) == pytest.approx(np.mean(values), abs=1e-6)
    assert F["MEDIAN"](values) == pytest.approx(np.median(values), abs=1e-6)
    assert F["STDEV"](values) == pytest.approx(np.std(values, ddof=1), abs=1e-4)
    assert F["SUM"](np.array(values)) == pytest.approx(math.fsum(values))
