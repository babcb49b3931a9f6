from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.sheet.fitting import fitted_number


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("0.3333333333", 6, "0.3333"),
        ("-0.5758066", 6, "-0.576"),
        ("123456", 6, "123456"),
        ("1234567", 6, "1e+06"),
        ("1234567", 4, "####"),
        ("1/3000000", 4, "####"),
        ("5", 0, "5"[:0] or "#"),
    ],
)
def test_fitted(text: str, room: int, shown: str) -> None:
    assert fitted_number(text, room) == shown


@given(st.floats(-1e300, 1e300), st.integers(1, 20))
def test_never_another_number(number: float, room: int) -> None:
    shown = fitted_number(f"{number:.10g}", room)
    assert len(shown) <= room
    if "#" not in shown:
        assert float(shown) == pytest.approx(number, rel=0.5)
