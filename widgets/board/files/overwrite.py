"""What to do with names that are taken where files are copied or moved to: asked at the foot of the view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from widgets.board.ask_bar import AskBar

REPLACE, KEEP_BOTH, SKIP = "Replace", "Keep both", "Skip"


@dataclass(frozen=True)
class Placed:
    """Where one of the things goes: under which name, and whether what has that name gives way."""

    name: str
    target: str
    replaces: bool = False


class Overwrite:
    """Asks about one taken name after the other, until an answer is for all of them.

    Args:
        where: the place, as the question says it: "/flash".
        taken: the names that are there.
        then: gets what is to be done; what was skipped is left out. Not called when the user cancels.
    """

    def __init__(
        self,
        ask: AskBar,
        names: Sequence[str],
        taken: Iterable[str],
        where: str,
        then: Callable[[list[Placed]], object],
    ) -> None:
        self._ask = ask
        self._names = list(names)
        self._taken = set(taken)
        self._where = where
        self._then = then
        self._placed: list[Placed] = []
        self._for_all: str | None = None

    def begin(self) -> None:
        while self._names:
            name = self._names[0]
            if name not in self._taken:
                self._place(name, name)
            elif self._for_all is not None:
                self._decide(self._for_all)
            else:
                self._ask_about(name)
                return
        self._then(self._placed)

    def _ask_about(self, name: str) -> None:
        more = sum(each in self._taken for each in self._names) > 1
        self._ask.choose(
            f"{self._where} holds {name} already.", (REPLACE, KEEP_BOTH, SKIP), self._answer, for_all=more
        )

    def _answer(self, choice: str, for_all: bool) -> None:
        if for_all:
            self._for_all = choice
        self._decide(choice)
        self.begin()

    def _decide(self, choice: str) -> None:
        name = self._names[0]
        if choice == SKIP:
            self._names.pop(0)
        elif choice == REPLACE:
            self._place(name, name, replaces=True)
        else:
            self._place(name, free_name(name, self._taken))

    def _place(self, name: str, target: str, *, replaces: bool = False) -> None:
        self._names.pop(0)
        self._taken.add(target)
        self._placed.append(Placed(name, target, replaces))


def free_name(name: str, taken: Iterable[str]) -> str:
    """A name like ``main-2.py`` that nothing has."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    used = set(taken)
    number = 2
    while f"{stem}-{number}{dot}{suffix}" in used:
        number += 1
    return f"{stem}-{number}{dot}{suffix}"
