"""Undo and redo that fail."""

from __future__ import annotations

import pytest

from engines.workspace.history import Change, History


class Document:
    def __init__(self) -> None:
        self.value = 0
        self.broken = False
        self.history: History[int] = History(self._apply)

    def _apply(self, by: int) -> None:
        if self.broken:
            raise OSError("the disk is full")
        self.value += by


def test_a_change_that_cannot_be_taken_back_now_can_be_later():
    document = Document()
    document.history.do(Change("one", 1, -1))
    document.broken = True
    with pytest.raises(OSError, match="full"):
        document.history.undo()
    assert (document.history.undo_label, document.history.redo_label) == ("one", None)
    document.broken = False
    assert document.history.undo() == "one"
    document.broken = True
    with pytest.raises(OSError, match="full"):
        document.history.redo()
    assert (document.history.undo_label, document.history.redo_label) == (None, "one")
    document.broken = False
    document.history.redo()
    assert document.value == 1


def test_a_change_can_be_dropped_for_the_one_before_it():
    document = Document()
    document.history.do(Change("one", 1, -1))
    document.history.do(Change("two", 2, -2))
    document.history.drop_undo()
    assert document.history.undo() == "one"
    assert document.value == 2
    document.history.drop_redo()
    assert document.history.redo() is None
