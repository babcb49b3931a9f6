"""Operations on cells, and their undo."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.notebook.cells import Cell, CellKind
from engines.notebook.document import CellsReplaced, NotebookDocument, OutputsChanged, SourceEdited
from engines.notebook.fileformat import NotebookContent

OUTPUT = {"output_type": "stream", "name": "stdout", "text": "7\n"}


def notebook(*sources: str) -> NotebookDocument:
    cells = tuple(Cell(f"c{n}", CellKind.CODE, source) for n, source in enumerate(sources))
    return NotebookDocument("Test", NotebookContent(cells, {}))


def sources(document: NotebookDocument) -> list[str]:
    return [cell.source for cell in document.cells]


def test_a_new_notebook_has_one_empty_code_cell():
    (cell,) = NotebookDocument("New").cells
    assert (cell.kind, cell.source) == (CellKind.CODE, "")


def test_insert_delete_and_undo_say_what_changed():
    document = notebook("a", "b")
    seen = []
    document.changed.connect(seen.append)
    new = document.insert(1, CellKind.MARKDOWN, "text")
    document.delete(["c0"])
    assert sources(document) == ["text", "b"]
    assert document.history.undo() == "Delete cell"
    assert document.history.undo() == "Insert cell"
    assert seen == [
        CellsReplaced(1, (), (new,)),
        CellsReplaced(0, ("c0",), ()),
        CellsReplaced(0, (), ("c0",)),
        CellsReplaced(1, (new,), ()),
    ]


def test_undoing_a_deletion_brings_the_outputs_back():
    document = notebook("1 + 6")
    document.set_outputs("c0", [OUTPUT], 3)
    document.delete(["c0"])
    document.history.undo()
    assert document.cell("c0").outputs == (OUTPUT,)
    assert document.cell("c0").execution_count == 3


def test_outputs_that_arrive_while_a_cell_is_deleted_are_there_when_it_comes_back():
    document = notebook("1 + 6")
    document.delete(["c0"])
    document.set_outputs("c0", [OUTPUT], 4)
    document.history.undo()
    assert document.cell("c0").outputs == (OUTPUT,)


def test_outputs_are_no_undo_steps():
    document = notebook("x")
    document.edit("c0", "x = 1")
    seen = []
    document.changed.connect(seen.append)
    document.set_outputs("c0", [OUTPUT], 1)
    document.history.undo()
    assert seen == [OutputsChanged("c0"), SourceEdited("c0")]
    assert (document.cell("c0").source, document.cell("c0").outputs) == ("x", (OUTPUT,))


def test_a_markdown_cell_loses_its_outputs_and_gets_them_back_as_code():
    document = notebook("1 + 6")
    document.set_outputs("c0", [OUTPUT], 1)
    document.set_kind("c0", CellKind.MARKDOWN)
    assert document.cell("c0").outputs == ()
    document.history.undo()
    assert document.cell("c0").outputs == (OUTPUT,)


def test_split_leaves_id_and_outputs_with_the_second_part_and_merge_joins_again():
    document = notebook("a = 1\nb = 2")
    document.set_outputs("c0", [OUTPUT], 1)
    first = document.split("c0", 6)
    assert sources(document) == ["a = 1", "b = 2"]
    assert [cell.outputs for cell in document.cells] == [(), (OUTPUT,)]
    assert document.merge([first, "c0"]) == "c0"
    assert sources(document) == ["a = 1\nb = 2"]
    assert document.merge(["c0"]) is None


def test_merge_takes_the_kind_of_the_first_and_all_attachments():
    picture = {"p.png": {"image/png": "AA=="}}
    cells = (
        Cell("a", CellKind.MARKDOWN, "one", extra={"attachments": picture}),
        Cell("b", CellKind.CODE, "two", (OUTPUT,), 1),
    )
    document = NotebookDocument("Test", NotebookContent(cells, {}))
    document.merge(["a", "b"])
    (merged,) = document.cells
    assert (merged.kind, merged.source, merged.outputs) == (CellKind.MARKDOWN, "one\n\ntwo", ())
    assert merged.attachments == picture
    document.history.undo()
    assert document.cells == cells


def test_move_keeps_the_order_and_touches_only_what_moves():
    document = notebook(*"abcde")
    seen = []
    document.changed.connect(seen.append)
    document.move(["c3", "c1"], 0)
    assert sources(document) == list("bdace")
    assert seen == [CellsReplaced(0, ("c0", "c1", "c2", "c3"), ("c1", "c3", "c0", "c2"))]
    document.move(["c1", "c3"], 1)
    assert len(seen) == 1, "they stand there already"
    document.move(["c1"], 5)
    assert sources(document) == list("daceb")


def test_paste_gives_new_ids_to_copies():
    document = notebook("a", "b")
    pasted = document.paste(2, document.cells)
    assert sources(document) == ["a", "b", "a", "b"]
    assert len({cell.id for cell in document.cells}) == 4
    assert pasted == tuple(cell.id for cell in document.cells[2:])


def test_typing_in_one_place_is_one_step():
    document = notebook("")
    for end in range(1, 6):
        document.edit("c0", "hello"[:end])
    document.edit("c0", "hell")
    document.edit("c0", "hel")
    assert document.history.undo() == "Typing"
    assert sources(document) == ["hello"], "what was erased is a step of its own"
    document.history.undo()
    assert sources(document) == [""]
    assert document.history.redo() and document.history.redo()
    assert sources(document) == ["hel"]


def test_typing_elsewhere_or_after_a_pause_is_another_step():
    document = notebook("", "")
    document.edit("c0", "a")
    document.edit("c1", "b")
    document.edit("c0", "ab")
    document.history.seal()
    document.edit("c0", "abc")
    undone = []
    while document.history.undo():
        undone.append("|".join(sources(document)))
    assert undone == ["ab|b", "a|b", "a|", "|"]


def test_collapsed_outputs_are_written_as_jupyterlab_does():
    document = notebook("a")
    document.set_outputs_hidden("c0", True)
    assert document.cell("c0").metadata == {"collapsed": True, "jupyter": {"outputs_hidden": True}}
    assert document.cell("c0").outputs_hidden
    document.set_outputs_hidden("c0", False)
    assert document.cell("c0").metadata == {}


def test_an_unknown_cell_is_a_key_error():
    with pytest.raises(KeyError):
        notebook("a").cell("nobody")


KINDS = st.sampled_from(CellKind)
TEXTS = st.text(alphabet="ab\n é", max_size=8)
PLACES = st.integers(0, 6)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_undoing_everything_gives_the_original_and_redoing_the_result(data):
    cells = data.draw(
        st.lists(st.builds(Cell, id=st.just(""), kind=KINDS, source=TEXTS), min_size=1, max_size=5)
    )
    named = tuple(
        Cell(f"c{n}", cell.kind, cell.source, (OUTPUT,) if cell.kind is CellKind.CODE else ())
        for n, cell in enumerate(cells)
    )
    document = NotebookDocument("Test", NotebookContent(named, {}))
    steps = data.draw(st.lists(st.tuples(st.integers(0, 6), PLACES, PLACES, TEXTS, KINDS), max_size=20))
    for verb, here, there, text, kind in steps:
        ids = [cell.id for cell in document.cells]
        if not ids:
            document.insert(0, kind, text)
            continue
        cell_id, other = ids[here % len(ids)], ids[there % len(ids)]
        match verb:
            case 0:
                document.insert(here, kind, text)
            case 1:
                document.delete({cell_id, other})
            case 2:
                document.move({cell_id, other}, there)
            case 3:
                document.split(cell_id, there)
            case 4:
                document.merge({cell_id, other})
            case 5:
                document.set_kind(cell_id, kind)
            case 6:
                document.edit(cell_id, text)
    result = document.cells
    assert len({cell.id for cell in result}) == len(result)
    while document.history.undo():
        pass
    assert document.cells == named
    while document.history.redo():
        pass
    assert document.cells == result


@given(st.lists(TEXTS, min_size=2, max_size=12))
def test_every_undo_of_an_edit_returns_to_a_text_that_was_there(texts):
    document = notebook(texts[0])
    for text in texts[1:]:
        document.edit("c0", text)
    while document.history.undo():
        assert document.cell("c0").source in texts
    assert document.cell("c0").source == texts[0]
