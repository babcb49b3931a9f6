"""Marks for MicroPython sources: what is wrong is found, what only MicroPython knows is not flagged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engines.board.code.check import Severity, check


def found(source: str) -> list[tuple[int, int, int, str]]:
    return [(mark.line, mark.column, mark.length, mark.severity.value) for mark in check(source)]


def test_undefined_and_unused_names():
    marks = check("import os\n\nprint(undefined)\n")
    assert [(mark.line, mark.severity) for mark in marks] == [(1, Severity.WARNING), (3, Severity.ERROR)]
    assert "undefined" in marks[1].message
    assert found("x = 1\nprint(  yy)\n") == [(2, 8, 2, "error")]


def test_a_syntax_error_is_the_only_mark_and_has_its_line():
    (mark,) = check("import os\ndef f(:\n    pass\n")
    assert (mark.line, mark.severity) == (2, Severity.ERROR)
    assert "Syntax error" in mark.message


def test_what_only_micropython_knows_is_not_flagged():
    assert check("X = const(3)\nprint(X)\n") == []
    assert check("@micropython.native\ndef f():\n    return 1\n") == []
    assert check("import micropython\n@micropython.viper\ndef f(p: ptr8) -> int:\n    return p[0]\n") == []
    assembler = "@micropython.asm_thumb\ndef f(r0):\n    label(LOOP)\n    mov(r1, 2)\n    bne(LOOP)\n"
    assert check(assembler) == []


def test_micropython_without_its_import_is_flagged_elsewhere():
    assert found("micropython.mem_info()\n") == [(1, 0, 20, "error")]


def test_columns_count_characters():
    assert found('é = "ü" + wörd\n') == [(1, 10, 4, "error")]


def test_unknown_escapes_are_no_errors():
    assert check('print("\\d")\n') == []


@given(st.text(alphabet="abc =():\n\t'\"#é\0\\@[]{}+1", max_size=60))
def test_whatever_is_typed_marks_lie_in_the_text(source):
    lines = source.split("\n")
    for mark in check(source):
        assert 1 <= mark.line <= len(lines)
        assert 0 <= mark.column <= len(lines[mark.line - 1])
        assert mark.length >= 1
