from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.sheet.references import (
    MAX_COLUMN,
    MAX_ROW,
    Corner,
    Rect,
    Reference,
    bounding,
    cell_name,
    column_name,
    column_number,
    parse_reference,
    rectangles,
)

columns = st.integers(1, MAX_COLUMN)
rows = st.integers(1, MAX_ROW)
sheet_names = st.none() | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12
).filter(lambda name: name == name.strip())


@st.composite
def references(draw: st.DrawFn) -> Reference:
    flags = st.booleans()
    kind = draw(st.sampled_from(["cell", "area", "columns", "rows"]))
    sheet = draw(sheet_names)
    if kind == "columns":
        ends = [Corner(draw(columns), None, draw(flags)) for _ in range(2)]
    elif kind == "rows":
        ends = [Corner(None, draw(rows), False, draw(flags)) for _ in range(2)]
    else:
        ends = [Corner(draw(columns), draw(rows), draw(flags), draw(flags)) for _ in range(2)]
    return Reference(ends[0], None if kind == "cell" else ends[1], sheet)


@given(references())
def test_reference_text_reads_back(reference: Reference) -> None:
    assert parse_reference(str(reference)) == reference


@given(references())
def test_any_case_is_the_same_reference(reference: Reference) -> None:
    assert parse_reference(str(Reference(reference.first, reference.last)).lower()).rect == reference.rect


@given(columns)
def test_column_names_count_like_letters(number: int) -> None:
    assert column_number(column_name(number)) == number


@pytest.mark.parametrize(
    "text", ["", "A", "1", "A0", "XFE1", "A1048577", "AAAA1", "A1:", "A1:B", "1A", "!A1", "A1 B2"]
)
def test_what_is_no_reference(text: str) -> None:
    assert parse_reference(text) is None


def test_corners_in_any_order() -> None:
    assert parse_reference("C5:A2").rect == Rect(1, 2, 3, 5)
    assert parse_reference("B:B").rect == Rect(2, 1, 2, MAX_ROW)
    assert parse_reference("'It''s'!3:3") == Reference(Corner(None, 3), Corner(None, 3), "It's")


@given(st.sets(st.tuples(st.integers(1, 8), st.integers(1, 8))))
def test_rectangles_cover_the_cells_and_nothing_else(cells: set[tuple[int, int]]) -> None:
    found = [cell for rect in rectangles(cells) for cell in rect.cells()]
    assert sorted(found) == sorted(cells)


def test_many_scattered_cells_become_one_rectangle() -> None:
    cells = {(column, column) for column in range(1, 200)}
    assert rectangles(cells) == [bounding(cells)] == [Rect(1, 1, 199, 199)]


def test_cell_names() -> None:
    assert [cell_name(*cell) for cell in [(1, 1), (27, 10), (16384, 1048576)]] == ["A1", "AA10", "XFD1048576"]
