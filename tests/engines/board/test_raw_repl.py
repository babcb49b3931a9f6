"""The raw REPL against a model of the board: any pieces, frames anywhere, old firmware, a vanishing port."""

from __future__ import annotations

import pytest
from board_model import ModelBoard
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.board.connection.link import Link
from engines.board.connection.port_errors import PortError
from engines.board.errors import ProtocolError
from engines.board.repl import RawRepl
from engines.board.streams.samples import SampleReader
from engines.workspace.streams.store import StreamStore

SOURCES = st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=300)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory):
    store = StreamStore(tmp_path_factory.mktemp("streams") / "s", capacity=4096)
    yield store
    store.close()


def run(board: ModelBoard, store: StreamStore, *texts: str) -> tuple[list[str], SampleReader]:
    samples = SampleReader(store)
    link = Link(board, samples)
    repl = RawRepl(link)
    repl.enter()
    printed = [repl.exec(f"print({text!a})").output.decode() for text in texts]
    assert repl.leave() == b""
    while board.frames_sent > samples.samples:
        link.read(0.01)
    return printed, samples


@pytest.mark.feature("raw REPL")
@settings(deadline=None, max_examples=40)
@given(texts=st.lists(SOURCES, min_size=1, max_size=3), seed=st.integers(), raw_paste=st.booleans())
def test_any_pieces_with_frames_anywhere(shared_store, texts, seed, raw_paste):
    board = ModelBoard(raw_paste=raw_paste, seed=seed)
    printed, samples = run(board, shared_store, *texts)
    assert printed == [text + "\r\n" for text in texts]
    assert (samples.samples, samples.lost) == (board.frames_sent, 0)


def test_old_firmware_is_asked_once_only(shared_store, monkeypatch):
    board = ModelBoard(raw_paste=False)
    written = []
    monkeypatch.setattr(board, "write", lambda data: (written.append(data), ModelBoard.write(board, data))[1])
    run(board, shared_store, "a", "b")
    assert b"".join(written).count(b"\x05A\x01") == 1


@settings(deadline=None, max_examples=40)
@given(count=st.integers(0, 400))
def test_a_port_that_vanishes_anywhere_ends_it(shared_store, count):
    board = ModelBoard(dies_after=count)
    try:
        run(board, shared_store, "x" * 100, "y" * 100)
    except PortError as error:
        assert error.gone
    else:
        assert count > 200


def test_what_is_no_micropython_is_shown(shared_store):
    board = ModelBoard()
    board.write = lambda data: (board.print(b"login: "), len(data))[1]
    repl = RawRepl(Link(board, SampleReader(shared_store)))
    with pytest.raises(ProtocolError, match="login"):
        repl.enter(timeout=0.05)


class Starting(ModelBoard):
    """A board that says a lot when it starts, and only then listens; its maker has a word, too."""

    def __init__(self, missed: int) -> None:
        super().__init__()
        self._missed = missed
        self.print(b"rst:0x1 (POWERON_RESET),boot:0x13\r\nload:0x3fff0018,len:4\r\n")

    def write(self, data: bytes) -> int:
        if b"\x01" in data and self._missed:
            self._missed -= 1
            self.print(b"Vendor OS 4.2 is starting ...\r\n" * 20)
            return len(data)
        return super().write(data)


@pytest.mark.parametrize("missed", [0, 1])
def test_a_board_that_is_still_starting_is_asked_again(shared_store, missed):
    repl = RawRepl(Link(Starting(missed), SampleReader(shared_store)))
    repl.enter(timeout=0.05)
    assert repl.exec("print(6 * 7)").output == b"42\r\n"


def test_the_bytes_of_a_refusal_are_shown(shared_store):
    repl = RawRepl(Link(Starting(99), SampleReader(shared_store)))
    with pytest.raises(ProtocolError, match=r"Vendor OS 4\.2 is starting") as error:
        repl.enter(timeout=0.05)
    assert b"POWERON_RESET" in error.value.answer


def test_a_board_that_calls_the_paste_off_is_heard(shared_store):
    """A syntax error or lack of memory ends a raw-paste early; the host has to say that it understood."""

    class Refusing(ModelBoard):
        def _paste(self, byte: int) -> None:
            if byte == 4:
                self._mode = self._raw
                self.print(b"\x04SyntaxError: invalid syntax\r\n\x04>")
                return
            self._line.append(byte)
            if len(self._line) == 40:
                self.print(b"\x04")

    repl = RawRepl(Link(Refusing(), SampleReader(shared_store)))
    repl.enter()
    assert b"SyntaxError" in repl.exec("x = 1\n" * 500).error


@pytest.mark.parametrize("raw_paste", [True, False])
def test_what_was_said_to_a_program_too_late_is_not_part_of_the_next_one(shared_store, raw_paste):
    board = ModelBoard(raw_paste=raw_paste)
    link = Link(board, SampleReader(shared_store))
    repl = RawRepl(link)
    repl.enter()
    repl.begin("x = 1")
    link.write(b"B\x80\x80 a block that was sent twice \x00\x00")
    assert repl.finish_noisy() == b""
    written = []
    board_write = board.write
    board.write = lambda data: (written.append(data), board_write(data))[1]
    assert repl.exec("print(x)").output == b"1\r\n"
    assert b"".join(written).count(b"\x05A\x01") == raw_paste
