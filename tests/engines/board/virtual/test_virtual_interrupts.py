"""Ctrl-C and timers: they reach a guest wherever it is, and its state survives."""

from __future__ import annotations

import os
import re
import statistics
import time
from pathlib import Path

import pytest

BUSY = {
    "empty loop": b"while True: pass",
    "sleep": b"import time; print('in'); time.sleep(10)",
    "sleep_ms": b"import time; print('in'); time.sleep_ms(10000)",
    "printing": b"while True: print('busy')",
    "input": b"print('in'); input('? ')",
    "stdin": b"import sys; print('in'); sys.stdin.read(5)",
    "allocating": b"x=0\nwhile True: x=[x,1]; x=x[1]",
    "poll": b"import select,sys; p=select.poll(); p.register(sys.stdin,1); print('in'); p.poll(10000)",
}


@pytest.mark.parametrize("program", BUSY.values(), ids=list(BUSY))
def test_ctrl_c_ends_a_program_and_keeps_its_names(raw_board, program):
    raw_board.raw(b"kept = 42")
    raw_board.send(program + b"\x04")
    raw_board.expect(b"OK")
    if b"print" in program:
        raw_board.expect(b"\r\n")
    time_sent = time.monotonic()
    raw_board.send(b"\x03" * 1)
    _, error = raw_board.raw_reply(timeout=10)
    assert time.monotonic() - time_sent < 8
    assert error.endswith(b"KeyboardInterrupt: \r\n")
    assert raw_board.raw(b"print(kept)") == (b"42\r\n", b"")


def test_a_program_may_catch_ctrl_c(raw_board):
    raw_board.send(b"try:\n  print('go')\n  while True: pass\nexcept KeyboardInterrupt: print('caught')\x04")
    raw_board.expect(b"go\r\n")
    raw_board.send(b"\x03")
    assert raw_board.raw_reply() == (b"caught\r\n", b"")


def test_ctrl_c_at_the_prompt_cancels_the_line(board):
    board.send(b"1 + \x03")
    assert board.expect(b">>> ") == b"1 + \r\n>>> "


def test_kbd_intr_turns_ctrl_c_into_data(raw_board):
    raw_board.send(
        b"import sys, micropython\nmicropython.kbd_intr(-1)\nprint('go')\n"
        b"print(sys.stdin.buffer.read(3))\nmicropython.kbd_intr(3)\n\x04"
    )
    raw_board.expect(b"go\r\n")
    raw_board.send(b"a\x03b")
    assert raw_board.raw_reply() == (b"b'a\\x03b'\r\n", b"")


SAMPLER = b"""
import pyb, sys
n = 0
record = bytearray(b'<00000>')
write = sys.stdout.buffer.write
def tick(timer):  # without memory, as a hard interrupt has to be
    global n
    rest = n
    for i in range(5, 0, -1):
        record[i] = 48 + rest % 10
        rest //= 10
    write(record)
    n += 1
timer = pyb.Timer(4, freq=100)
timer.callback(tick)
"""


def _check_records(data: bytes, seconds: float) -> None:
    """All ticks that came are whole and in order, and never too many; a busy machine drops some."""
    numbers = [int(match) for match in re.findall(rb"<(\d{5})>", data)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert 50 * seconds <= len(numbers) <= 110 * seconds + 2, (len(numbers), seconds)
    assert data.count(b"<") == len(numbers) == data.count(b">"), "a record was torn"


WHILE = {
    "idle at the prompt": None,
    "in a busy loop": b"while True: pass",
    "in a sleep": b"import time; time.sleep(30)",
    "while allocating": b"while True: [1]*100",
}


@pytest.mark.parametrize("program", WHILE.values(), ids=list(WHILE))
def test_a_timer_ticks_whatever_the_board_does(raw_board, program):
    raw_board.raw(SAMPLER)
    if program:
        raw_board.send(program + b"\x04")
    start = time.monotonic()
    raw_board.gather(lambda data: data.count(b">") > 20)
    with raw_board.arrived:
        raw_board.received.clear()
    begun = time.monotonic()
    raw_board.gather(lambda data: time.monotonic() - begun > 1.0)
    data = raw_board.gather(lambda data: True)
    elapsed = time.monotonic() - begun
    assert begun - start < 2
    _check_records(data[data.find(b"<") : data.rfind(b">") + 1], elapsed)


def test_a_timer_ticks_during_a_raw_paste_transfer(start_board):
    raw_board = start_board("--heap", "1M")
    raw_board.expect(b">>> ")
    raw_board.enter_raw()
    raw_board.raw(SAMPLER)
    raw_board.send(b"\x05A\x01")
    raw_board.expect(b"R\x01\x80\x00\x01")
    source = b"data = 1\n" * 12000
    begun = time.monotonic()
    with raw_board.arrived:
        raw_board.received.clear()
    for start in range(0, len(source), 1280):  # paced to about a second
        raw_board.send(source[start : start + 1280])
        wanted = start // 128
        raw_board.gather(lambda data, wanted=wanted: data.count(b"\x01") >= wanted)
        raw_board.gather(lambda data, due=begun + start / 100_000: time.monotonic() > due, 1)
    raw_board.send(b"\x04")
    data = raw_board.gather(lambda data: data.count(b"\x04") >= 3)
    elapsed = time.monotonic() - begun
    records = b"".join(re.findall(rb"<\d{5}>", data))
    _check_records(records, elapsed)
    assert re.sub(rb"<\d{5}>", b"", data).strip(b"\x01").startswith(b"\x04\x04\x04>")


def test_a_timer_stays_on_its_grid(raw_board):
    output, error = raw_board.raw(
        b"import array, pyb, time\nt, n = array.array('i', bytes(400)), 0\n"
        b"def tick(_):\n  global n\n  t[n] = time.ticks_us()\n  n += 1\n"
        b"timer = pyb.Timer(2, freq=50, callback=tick)\n"
        b"time.sleep(1)\ntimer.deinit()\nprint(*[late - t[0] for late in t[:n]])"
    )
    times = [int(number) for number in output.split()]
    assert not error
    assert 25 <= len(times) <= 51
    # A loaded machine delays single ticks, the first one, too; a timer that counts from each to the next would
    # drift through all phases of the grid, half of which are 5 ms away from any.
    assert min(_usual_distance(times, start) for start in times) < 3_000


def _usual_distance(times: list[int], start: int) -> float:
    """From the grid of 20 ms that begins at ``start``, in microseconds."""
    return statistics.median(abs(time - start - 20_000 * round((time - start) / 20_000)) for time in times)


def test_a_failing_callback_is_printed_and_its_timer_stops(raw_board):
    output, _ = raw_board.raw(
        b"import pyb, time\nn = 0\ndef f(t):\n  global n\n  n += 1\n  1/0\n"
        b"pyb.Timer(5, freq=100, callback=f)\ntime.sleep(0.3)\nprint('n', n)"
    )
    assert output.startswith(b"uncaught exception in Timer(5) interrupt handler\r\nTraceback")
    assert output.endswith(b"ZeroDivisionError: divide by zero\r\nn 1\r\n")


def test_a_second_ctrl_c_ends_a_callback_that_does_not_end(raw_board):
    raw_board.send(
        b"import pyb\ndef f(t):\n  t.deinit()\n  print('in')\n  while True: pass\n"
        b"pyb.Timer(5, freq=100, callback=f)\nwhile True: pass\x04"
    )
    raw_board.expect(b"in\r\n")
    for _ in range(3):
        raw_board.send(b"\x03")
        data = raw_board.gather(lambda data: data.count(b"\x04") >= 2, 0.3)
    assert data.count(b"KeyboardInterrupt: \r\n") >= 2
    assert data.endswith(b"\x04>")


def test_machine_timers_one_shot_and_periodic(raw_board):
    output, error = raw_board.raw(
        b"import machine, time\none, many = [], []\n"
        b"machine.Timer(mode=machine.Timer.ONE_SHOT, period=20, callback=one.append)\n"
        b"m = machine.Timer(period=20, callback=lambda t: many.append(t))\n"
        b"time.sleep_ms(210)\nm.deinit()\ncount = len(many)\ntime.sleep_ms(60)\n"
        b"print(len(one), 8 <= count <= 11, len(many) == count)"
    )
    assert (output, error) == (b"1 True True\r\n", b"")


def test_a_soft_reset_stops_the_timers(raw_board):
    raw_board.raw(SAMPLER)
    raw_board.send(b"\x04")
    raw_board.expect(b"MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>")
    assert raw_board.raw(b"import time; time.sleep(0.1)\nprint('n' in globals())") == (b"False\r\n", b"")


def test_prints_and_timer_records_do_not_tear_each_other(raw_board):
    raw_board.raw(SAMPLER.replace(b"freq=100", b"freq=500"))
    raw_board.send(b"for i in range(3000): print('line', i)\x04")
    data = raw_board.gather(lambda data: data.count(b"\x04") >= 2)
    text = re.sub(rb"<\d{5}>", b"", data)
    lines = text[text.index(b"line") :].partition(b"\x04")[0].split(b"\r\n")
    assert lines[:-1] == [b"line %d" % i for i in range(3000)]


def test_an_idle_board_uses_no_processor(board):
    board.run(b"1")
    ticks = os.sysconf("SC_CLK_TCK")

    def used() -> float:
        with Path(f"/proc/{board.process.pid}/stat").open() as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / ticks

    before = used()
    board.gather(lambda data: False, timeout=1.0)
    assert used() - before <= 0.05
