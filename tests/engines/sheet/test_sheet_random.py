"""Whatever is entered in whatever order: the values are those of a fresh calculation."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.sheet.document import SheetDocument
from engines.sheet.kernel_side import views
from engines.sheet.kernel_side.workbook import Workbook
from engines.sheet.references import WHOLE, Rect, cell_name

SIZE = 5
places = st.tuples(st.integers(1, SIZE), st.integers(1, SIZE))
names = places.map(lambda cell: cell_name(*cell))


@st.composite
def formulas(draw: st.DrawFn) -> str:
    one, two = draw(names), draw(names)
    form = draw(
        st.sampled_from(
            [
                "={0}+{1}",
                "={0}*2",
                "=SUM({0}:{1})",
                "=IF({0}, {1}, 3)",
                "=1/{0}",
                "=IFERROR({0}, {1})",
                "={0}&1",
                "=n+{0}",
            ]
        )
    )
    return form.format(one, two)


texts = st.one_of(st.sampled_from(["", "0", "1", "2.5", "x"]), formulas())
edits = st.dictionaries(places, texts, min_size=1, max_size=4)


def displayed(book: Workbook) -> list[Any]:
    return sorted(views.display(book, "S", WHOLE))


def fresh(texts: dict[tuple[int, int], str], workspace: dict[str, Any]) -> Workbook:
    book = Workbook(workspace)
    book.set_cells("S", texts)
    book.recalculate()
    return book


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(edits, st.just("undo"), st.just("redo"), st.integers(1, 9)), max_size=12))
def test_edits_undo_and_redo_give_what_a_fresh_calculation_gives(steps: list[Any]) -> None:
    workspace: dict[str, Any] = {"n": 1}
    book = Workbook(workspace)
    book.add("S")
    document = SheetDocument("S")
    document.changed.connect(lambda change: book.set_cells("S", change.texts))
    for step in steps:
        changed: list[str] = []
        if step == "undo":
            document.history.undo()
        elif step == "redo":
            document.history.redo()
        elif isinstance(step, int):
            workspace["n"] = step
            changed = ["n"]
        else:
            document.edit(step)
        before = {(row, column): rest for row, column, *rest in displayed(book)}
        changes = book.recalculate(changed)
        after = {(row, column): rest for row, column, *rest in displayed(book)}
        rects = changes.changed.get("S", [])
        for row, column in before.keys() | after.keys():
            stale = before.get((row, column), [""])[-1] == "stale"
            if not stale and before.get((row, column)) != after.get((row, column)):
                assert any(rect.holds(column, row) for rect in rects)
    assert book.texts("S") == document.texts
    assert displayed(book) == displayed(fresh(dict(document.texts), workspace))


@settings(deadline=None)
@given(st.lists(edits, min_size=1, max_size=6))
def test_undoing_everything_is_the_beginning(steps: list[dict[tuple[int, int], str]]) -> None:
    document = SheetDocument("S", {(1, 1): "start"})
    for step in steps:
        document.edit(step)
    end = dict(document.texts)
    count = 0
    while document.history.undo():
        count += 1
    assert document.texts == {(1, 1): "start"}
    for _ in range(count):
        document.history.redo()
    assert document.texts == end


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 60), st.integers(0, 60)), max_size=60),
    st.randoms(),
)
def test_any_graph_without_circles_computes_as_in_order(
    operations: list[tuple[str, int, int]], random: Any
) -> None:
    values: list[int] = [2, 3]
    entered = {(1, 1): "2", (1, 2): "3"}
    for sign, *inputs in operations:
        one, two = (number % len(values) for number in inputs)
        row = len(values) + 1
        entered[1, row] = f"=(A{one + 1}{sign}A{two + 1}) % 1009"
        values.append(eval(f"({values[one]}{sign}{values[two]}) % 1009"))
    shuffled = list(entered.items())
    random.shuffle(shuffled)
    book = fresh(dict(shuffled), {})
    column = book.source.column_values("S", 1, 1, len(values))
    assert column == values
    assert book.grid("S").used(WHOLE) == Rect(1, 1, 1, len(values))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.dictionaries(places, st.one_of(texts, names.map(lambda name: f"=[{name}, 1, 2]")), min_size=1),
        max_size=8,
    )
)
def test_spills_that_compete_come_to_rest(steps: list[dict[tuple[int, int], str]]) -> None:
    book = Workbook({"n": 1})
    for step in steps:
        book.set_cells("S", step)
        changes = book.recalculate()
        assert changes.unfinished == []
        assert all(kind != "stale" for *_, kind in displayed(book))
