"""A program that prints for ever fills no memory, and what is left out is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engines.board import cell_runs, repl
from engines.board.cell_runs import CellRun
from engines.board.excerpt import Excerpt
from engines.board.repl import RawRepl


@given(st.lists(st.binary(max_size=30)), st.integers(0, 40), st.integers(1, 20))
def test_an_excerpt_has_the_beginning_and_the_end(pieces, head, tail):
    excerpt, data = Excerpt(head, tail), b"".join(pieces)
    for piece in pieces:
        excerpt.add(piece)
    kept = bytes(excerpt)
    if len(data) <= head + tail:
        assert kept == data
    assert kept.startswith(data[:head])
    assert kept.endswith(data[-tail:] if len(data) > head + tail else data)
    assert len(kept) <= head + 2 * tail + 60


class Flood:
    """A link over which a program prints so many pieces and ends."""

    def __init__(self, count: int) -> None:
        self._left = count

    def read(self, timeout: float) -> bytes:
        self._left -= 1
        return b"x" * 1000 if self._left > 0 else b"last\x04\x04>"


def test_the_result_of_a_program_that_prints_a_lot_is_bounded(monkeypatch):
    monkeypatch.setattr(repl, "_MOST_OUTPUT", 5000)
    output = RawRepl(Flood(1000)).finish().output
    assert len(output) < 16_000
    assert output.endswith(b"xlast")
    assert "bytes left out" in output.decode()


def test_output_that_is_taken_as_it_comes_is_not_kept_as_well():
    taken = []
    output = RawRepl(Flood(1000)).finish(lambda part: taken.append(len(part)), keep=5000).output
    assert sum(taken) == 999_004
    assert len(output) < 11_000


def test_output_that_nobody_fetches_is_bounded(monkeypatch):
    monkeypatch.setattr(cell_runs, "_MOST_WAITING", 1000)
    run, answers = CellRun(""), []
    for _ in range(1000):
        run.heard(b"0123456789" * 10)
        assert len(run._text) <= 2000
    run.read(answers.append)
    (text,) = answers
    told = int(text.split()[1])
    assert text.startswith("\n… ") and told + len(text.split("\n")[2]) == 100_000
    run.heard(b"next")
    run.read(answers.append)
    assert answers[1] == "next"
