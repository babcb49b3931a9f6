"""Undo and redo for every document: a change is a pair of plain operations and a label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Change(Generic[T]):
    """One undo step. ``forward`` and ``backward`` are whatever the document's ``apply`` understands."""

    label: str
    forward: T
    backward: T
    merge_key: str | None = None
    """Two changes in a row with the same key become one step (typing, dragging)."""


class History(Generic[T]):
    """The undo and redo stacks of one document.

    ``apply`` performs an operation on the document; it is the only way the history touches it.
    """

    def __init__(self, apply: Callable[[T], object]) -> None:
        self._apply = apply
        self._done: list[Change[T]] = []
        self._undone: list[Change[T]] = []

    def do(self, change: Change[T]) -> None:
        """Apply a change and remember it; what was undone before can no longer be redone."""
        self._apply(change.forward)
        self.remember(change)

    def remember(self, change: Change[T]) -> None:
        """Remember a change whose forward operation is applied already."""
        last = self._done[-1] if self._done and not self._undone else None
        self._undone.clear()
        if last is not None and change.merge_key is not None and last.merge_key == change.merge_key:
            self._done[-1] = Change(last.label, change.forward, last.backward, change.merge_key)
            return
        self._done.append(change)

    def undo(self) -> str | None:
        """Take the last change back; its label, or None when there is nothing to undo.

        When ``apply`` raises, the change stays where it is and can be tried again.
        """
        if not self._done:
            return None
        change = self._done.pop()
        try:
            self._apply(change.backward)
        except BaseException:
            self._done.append(change)
            raise
        self._undone.append(change)
        return change.label

    def redo(self) -> str | None:
        """Do again what was undone last; its label, or None when there is nothing to redo. See ``undo``."""
        if not self._undone:
            return None
        change = self._undone.pop()
        try:
            self._apply(change.forward)
        except BaseException:
            self._undone.append(change)
            raise
        self._done.append(change)
        return change.label

    def drop_undo(self) -> None:
        """Forget the last change without taking it back: it cannot be."""
        if self._done:
            self._done.pop()

    def drop_redo(self) -> None:
        """Forget what was undone last without doing it again: it cannot be."""
        if self._undone:
            self._undone.pop()

    @property
    def undo_label(self) -> str | None:
        return self._done[-1].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        return self._undone[-1].label if self._undone else None

    def seal(self) -> None:
        """End merging: the next change starts a step of its own (focus left, run pressed)."""
        if self._done and self._done[-1].merge_key is not None:
            last = self._done[-1]
            self._done[-1] = Change(last.label, last.forward, last.backward)

    def clear(self) -> None:
        self._done.clear()
        self._undone.clear()
