"""Finding text in sources."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engines.notebook.cells import Cell, CellKind
from engines.notebook.search import Match, find_all

CELLS = (Cell("a", CellKind.CODE, "gain = Gain()"), Cell("b", CellKind.MARKDOWN, "the gain"))


def test_small_letters_find_every_case_and_capitals_their_own():
    assert find_all(CELLS, "gain") == (Match("a", 0, 4), Match("a", 7, 11), Match("b", 4, 8))
    assert find_all(CELLS, "Gain") == (Match("a", 7, 11),)
    assert find_all(CELLS, "") == ()


@given(st.text(max_size=30), st.text(min_size=1, max_size=3))
def test_what_is_found_is_there(source, wanted):
    for match in find_all([Cell("a", CellKind.CODE, source)], wanted):
        found = source[match.start : match.end]
        assert found == wanted or found.lower() == wanted
