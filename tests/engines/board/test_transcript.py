"""Terminals that are made late still show what the board said."""

from __future__ import annotations

from engines.board.terminal.transcript import KEPT, Transcript


def test_a_late_listener_hears_what_was_said_once_and_in_order() -> None:
    said = Transcript()
    early: list[str] = []
    late: list[str] = []
    said.connect(early.append)
    said.emit("banner\r\n>>> ")
    stop = said.connect(late.append)
    said.emit("1+1")
    stop()
    said.emit("not heard")
    assert early == ["banner\r\n>>> ", "1+1", "not heard"]
    assert late == ["banner\r\n>>> ", "1+1"]


def test_what_is_kept_is_bounded_and_begins_with_a_line() -> None:
    said = Transcript()
    for number in range(5000):
        said.emit(f"\x1b[31mline {number}\r\n")
    heard: list[str] = []
    said.connect(heard.append)
    assert len(heard[0]) <= KEPT
    assert heard[0].startswith("\x1b[31mline ") and heard[0].endswith("line 4999\r\n")
