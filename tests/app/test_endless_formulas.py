"""Formulas that never end are remembered with the project."""

from __future__ import annotations

from types import SimpleNamespace

from app.endless_formulas import FILE, EndlessFormulas
from engines.sheet.document import SheetDocument


def session(document: SheetDocument, *endless: tuple[int, int]) -> SimpleNamespace:
    return SimpleNamespace(name=document.name, document=document, endless=set(endless))


def test_they_are_known_again_while_their_texts_stay(tmp_path):
    document = SheetDocument("Data", {(6, 1): "=forever()", (1, 1): "=1"})
    EndlessFormulas(tmp_path).keep([session(document, (6, 1))])
    again = EndlessFormulas(tmp_path)
    assert again.known(document) == [(6, 1)]
    assert again.known(SheetDocument("Data", {(6, 1): "=never()"})) == []
    assert again.known(SheetDocument("Other", {(6, 1): "=forever()"})) == []


def test_others_stay_and_an_empty_memory_is_no_file(tmp_path):
    one, two = SheetDocument("One", {(1, 1): "=f()"}), SheetDocument("Two", {(1, 1): "=f()"})
    memory = EndlessFormulas(tmp_path)
    memory.keep([session(one, (1, 1)), session(two, (1, 1))])
    memory.keep([session(one)])
    assert EndlessFormulas(tmp_path).known(two) == [(1, 1)]
    memory.keep([session(two)])
    assert not (tmp_path / FILE).exists()


def test_a_damaged_file_counts_as_absent(tmp_path):
    for text in ("[1]", "{", '{"Data": 3}'):
        (tmp_path / FILE).write_text(text)
        assert EndlessFormulas(tmp_path).known(SheetDocument("Data", {(1, 1): "=f()"})) == []
