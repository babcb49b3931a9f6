from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.references import Rect
from engines.sheet.rewriting import cycled, following_move, shifted


@pytest.mark.parametrize(
    ("text", "by", "result"),
    [
        ("=A1+$B$2", (1, 2), "=B3+$B$2"),
        ("=$A1 + A$1", (1, 1), "=$A2 + B$1"),
        ("=sum( a1:B2 )", (0, 1), "=sum( A2:B3 )"),
        ("=SUM(B:B)+SUM(3:3)+SUM($B:C)", (1, 1), "=SUM(C:C)+SUM(4:4)+SUM($B:D)"),
        ("='My sheet'!A1", (1, 0), "='My sheet'!B1"),
        ("=A1", (-1, 0), "=#REF!"),
        ("=A1:B2", (0, -1), "=#REF!"),
        ('="A1" & obj.A1 # A1', (1, 1), '="A1" & obj.A1 # A1'),
        ("=x[A1:A2]", (1, 0), "=x[B1:B2]"),
        ("=1 +* A1", (0, 1), "=1 +* A2"),
        ("A1", (1, 1), "A1"),
    ],
)
def test_copied_formula(text: str, by: tuple[int, int], result: str) -> None:
    assert shifted(text, *by) == result


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_copying_back_gives_the_formula(columns: int, rows: int) -> None:
    text = "=E5 + $E$5*SUM(F6:G$9) - E:E + 'It''s'!$F7"
    assert shifted(shifted(text, columns, rows), -columns, -rows) == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("=A1+A3", "=D6+A3"),
        ("=$A$1", "=$D$6"),
        ("=SUM(A1:B2)", "=SUM(D6:E7)"),
        ("=SUM(A1:B3)", "=SUM(A1:B3)"),
        ("=Other!A1", "=Other!A1"),
        ("=data!A1", "=data!D6"),
    ],
)
def test_references_into_moved_cells_follow(text: str, result: str) -> None:
    assert following_move(text, "Data", "Data", Rect(1, 1, 2, 2), 3, 5) == result


def test_f4_goes_round() -> None:
    text, seen = "=A1+b2", []
    position = 5
    for _ in range(4):
        text, position = cycled(text, position)
        seen.append(text)
    assert seen == ["=A1+$B$2", "=A1+B$2", "=A1+$B2", "=A1+B2"]
    assert cycled("=SUM(B:B)", 6) == ("=SUM($B:$B)", 10)
    assert cycled("=1+2", 2) == ("=1+2", 2)
    assert cycled("A1", 1) == ("A1", 1)
