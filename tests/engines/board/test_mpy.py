"""Compiled modules: made for a board, and refused when the board could not load them."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.board.connection.transport import serial_target
from engines.board.packages.mpy import (
    ARCHITECTURES,
    MpyError,
    MpyFormat,
    board_format,
    check,
    compile_source,
    compiler_format,
)
from engines.board.status import State

PLAIN = """
def f(a, *b, c="a text of more than a few letters", **d):
    class Inner:
        x = (1, 2.5, 3j, None, ..., b"bytes", 10**40)
    return [lambda: (yield q) for q in b]
"""
NATIVE = """
import micropython
@micropython.native
def n(a, b=3, *c):
    def inner(q):
        return [q for i in range(q)]
    return a + b, inner
@micropython.viper
def v(x: int) -> int:
    return x + 1
"""


def pyboard(arch: str = "armv7emsp", sub_version: int | None = None) -> MpyFormat:
    made = compiler_format()
    return MpyFormat(made.version, made.sub_version if sub_version is None else sub_version, arch)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(PLAIN)
    return path


def test_a_boards_number_is_decoded():
    assert MpyFormat.of_board(0xB06) == MpyFormat(6, 3, "x64")
    assert MpyFormat.of_board(6 | 2 << 8 | 7 << 10) == MpyFormat(6, 2, "armv7emsp")
    assert MpyFormat.of_board(6 | 3 << 8 | 11 << 10 | 5 << 16) == MpyFormat(6, 3, "rv32imc", 5)
    assert MpyFormat.of_board(0).version == 0


def test_plain_code_runs_on_every_board_of_the_version(source):
    data = compile_source(source, pyboard())
    for arch in ARCHITECTURES:
        check(data, pyboard(arch))
    assert data[2] >> 2 == 0


@pytest.mark.parametrize("arch", [arch for arch in ARCHITECTURES if arch and arch != "rv64imc"])
def test_native_code_is_for_one_architecture(source, arch):
    source.write_text(NATIVE + PLAIN)
    data = compile_source(source, pyboard(arch))
    check(data, pyboard(arch))
    other = "x86" if arch != "x86" else "x64"
    with pytest.raises(MpyError, match=f"native code for {arch}; the board is {other}"):
        check(data, pyboard(other))


def test_a_later_arm_core_runs_what_an_earlier_one_does(source):
    source.write_text(NATIVE)
    data = compile_source(source, pyboard("armv6m"))
    check(data, pyboard("armv7emdp"))
    with pytest.raises(MpyError, match="native code"):
        check(compile_source(source, pyboard("armv7emdp")), pyboard("armv6m"))


def test_native_code_needs_a_board_that_runs_it(source):
    source.write_text(NATIVE)
    with pytest.raises(MpyError, match="loads none"):
        compile_source(source, pyboard(""))
    with pytest.raises(MpyError, match=r"of version 6\.\d; the board loads version 6\.0"):
        compile_source(source, pyboard(sub_version=0))


def test_another_version_is_refused_with_both_named(source):
    with pytest.raises(MpyError, match=r"mpy-cross makes version 6 .* the board loads version 5"):
        compile_source(source, MpyFormat(5))
    with pytest.raises(MpyError, match=r"x\.mpy is of version 6 .* loads version 5"):
        check(compile_source(source, pyboard()), MpyFormat(5), "x.mpy")
    with pytest.raises(MpyError, match=r"loads no \.mpy files"):
        compile_source(source, MpyFormat(0))


def test_an_error_in_the_code_has_its_file_and_line(source):
    source.write_text("x = 1\ndef f(:\n")
    with pytest.raises(SyntaxError) as error:
        compile_source(source, pyboard())
    assert (error.value.filename, error.value.lineno, error.value.text) == (str(source), 2, "def f(:")


def compiled(tmp_path_factory, text: str) -> bytes:
    path = tmp_path_factory.mktemp("mpy") / "m.py"
    path.write_text(text)
    return compile_source(path, pyboard())


@pytest.mark.parametrize("text", [PLAIN, NATIVE, "", NATIVE + PLAIN])
def test_every_truncation_is_refused(tmp_path_factory, text):
    data = compiled(tmp_path_factory, text)
    check(data, pyboard())
    for length in range(len(data)):
        with pytest.raises(MpyError):
            check(data[:length], pyboard())
    with pytest.raises(MpyError, match="damaged"):
        check(data + b"\0", pyboard())


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_refused_or_understood(data, header):
    """Never another exception, and never an endless walk."""
    try:
        check(b"M\x06\x03\x1f" + data if header else data, pyboard())
    except MpyError as error:
        assert str(error)


@pytest.mark.feature("mpy-cross")
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_real_board_runs_what_was_made_for_it(session, unix_board, board_folder, source):
    session.connect(serial_target(unix_board.path))
    session.watcher.until_state(State.PROMPT)
    format_ = session.submit("asking", board_format).result(10)
    source.write_text(NATIVE)
    data = compile_source(source, format_)
    check(data, format_)
    session.files.put("module.mpy", data).result(10)
    assert session.exec("import module\nprint(module.v(41), module.n(1)[0])").result(10) == "42 4\n"
