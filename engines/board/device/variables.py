"""The names in a board's workspace, with short values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engines.board.board_program import call_resource

if TYPE_CHECKING:
    from engines.board.bench import RawBench

_PROGRAM = "variables.py"


@dataclass(frozen=True)
class Variable:
    """``size`` is its length, None for what has none; ``value`` a short ``repr``, '' for large things."""

    name: str
    type: str
    size: int | None
    value: str


def read_variables(bench: RawBench) -> list[Variable]:
    """The names of the board's ``__main__``, sorted, without those that begin with an underscore."""
    return _variables(bench.ask(call_resource(_PROGRAM, "variables")))


def read_attributes(bench: RawBench, expression: str) -> list[Variable]:
    """What an object on the board has. Raises RemoteError when the expression fails."""
    return _variables(bench.ask(call_resource(_PROGRAM, "attributes", expression)))


def _variables(rows: list[Any]) -> list[Variable]:
    return [Variable(name, kind, None if size < 0 else size, value) for name, kind, size, value in rows]
