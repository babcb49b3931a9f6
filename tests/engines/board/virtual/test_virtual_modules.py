"""pyb, machine, time and the streams as a program on a pyboard knows them."""

from __future__ import annotations

import hashlib
import os
import time

import pytest


def prints(board, source: str) -> str:
    output, error = board.raw(source.encode())
    assert error == b"", error.decode()
    return output.decode().replace("\r\n", "\n").strip()


def test_print_is_cooked_and_binary_output_is_not(raw_board):
    data = bytes(value for value in range(256) if value != 4)
    output, _ = raw_board.raw(
        b"import sys\nprint('a\\nb')\nsys.stdout.write('c\\n')\nsys.stdout.buffer.write(%r)" % data
    )
    assert output == b"a\r\nb\r\nc\r\n" + data


def test_a_program_reads_what_is_typed_while_it_runs(raw_board):
    raw_board.send(
        b"import sys\nprint('go')\na = sys.stdin.read(2)\nb = sys.stdin.readline()\n"
        b"c = sys.stdin.buffer.read(4)\nprint(repr((a, b, c)))\x04"
    )
    raw_board.expect(b"go\r\n")
    raw_board.send(b"xyline\r\r\n\xff\x00")
    assert raw_board.raw_reply() == (b"('xy', 'line\\n', b'\\r\\n\\xff\\x00')\r\n", b"")


def test_what_is_typed_ahead_of_a_program_is_its_input(raw_board):
    raw_board.send(b"import sys; print(sys.stdin.read(3))\x04abc")
    raw_board.expect(b"OK")
    assert raw_board.raw_reply() == (b"abc\r\n", b"")


def test_input_edits_a_line(raw_board):
    raw_board.send(b"print(repr(input('name? ')))\x04")
    raw_board.expect(b"name? ")
    raw_board.send(b"Adb\x7fa\r")
    assert raw_board.raw_reply()[0].endswith(b"'Ada'\r\n")
    raw_board.send(b"input()\x04")
    raw_board.expect(b"OK")
    raw_board.send(b"\x04")
    assert raw_board.raw_reply()[1].endswith(b"EOFError: \r\n")


def test_select_poll_sees_typed_bytes(raw_board):
    raw_board.send(
        b"import select, sys\np = select.poll()\np.register(sys.stdin, select.POLLIN)\n"
        b"print(len(p.poll(0)))\nprint('go')\nprint(len(p.poll(5000)), sys.stdin.read(1))\x04"
    )
    assert raw_board.expect(b"go\r\n").endswith(b"0\r\ngo\r\n")
    raw_board.send(b"k")
    assert raw_board.raw_reply() == (b"1 k\r\n", b"")


def test_the_accelerometer_lies_flat_without_a_recording(raw_board):
    assert prints(raw_board, "import pyb; a = pyb.Accel(); print(a.x(), a.y(), a.z())") == "0 0 21"
    assert prints(raw_board, "for _ in range(9): a.filtered_xyz()\nprint(a.filtered_xyz())") == "(0, 0, 210)"
    assert prints(raw_board, "print(a.tilt() & 3)") == "1"


def test_the_accelerometer_replays_a_recording(start_board, tmp_path):
    recording = tmp_path / "tilt.csv"
    recording.write_text("t,ax,ay,az\n0.0,0.5,-1,0\n0.5,0.5,-1,3\n1.0,0.5,-1,-3\n")
    board = start_board("--recording", str(recording))
    board.expect(b">>> ")
    board.enter_raw()
    assert prints(board, "import pyb; a = pyb.Accel(); print(a.x(), a.y())") == "11 -21"
    values = [
        int(value)
        for value in prints(board, "import time\nfor _ in range(60): print(a.z()); time.sleep_ms(30)").split()
    ]
    assert max(values) >= 28
    assert min(values) <= -28
    assert all(-32 <= value <= 31 for value in values)
    assert len(set(values)) > 8, "only the three recorded values, or few more: nothing is interpolated"


@pytest.mark.parametrize("freq", [1, 10, 100, 1000, 44100])
def test_a_timer_has_the_frequency_asked_for(raw_board, freq):
    got = float(prints(raw_board, f"import pyb; t = pyb.Timer(4, freq={freq}); print(t.freq())"))
    assert got == pytest.approx(freq, rel=0.001)


def test_timer_registers(raw_board):
    assert prints(raw_board, "import pyb; print(pyb.Timer(4, freq=10))") == (
        "Timer(4, freq=10, prescaler=624, period=13439, mode=UP, div=1)"
    )
    assert (
        prints(raw_board, "t = pyb.Timer(2, prescaler=83, period=999); print(t.freq(), t.period())")
        == "1000 999"
    )
    _, error = raw_board.raw(b"pyb.Timer(3)")
    assert b"ValueError: Timer(3) doesn't exist" in error


def test_leds_switch_pins_and_adc(raw_board):
    assert prints(
        raw_board,
        "import pyb; l = pyb.LED(4); l.on(); print(l.intensity(), l); l.toggle(); print(l.intensity())",
    ) == ("255 LED(4)\n0")
    assert prints(raw_board, "print(pyb.Switch()())") == "False"
    assert prints(
        raw_board, "p = pyb.Pin('X1', pyb.Pin.OUT); p.high(); print(p.value(), p()); p.low(); print(p())"
    ) == ("1 1\n0")
    assert prints(
        raw_board, "print(pyb.Pin('Y1', pyb.Pin.IN, pyb.Pin.PULL_UP).value(), pyb.Pin.board.X3)"
    ) == ("1 Pin(Pin.cpu.A2, mode=Pin.IN)")
    assert (
        prints(raw_board, "import machine; s = machine.Signal(p, invert=True); s.on(); print(p.value())")
        == "0"
    )
    assert prints(raw_board, "print(pyb.ADC(pyb.Pin('X19')).read(), machine.ADC('X19').read_u16())") == "0 0"
    _, error = raw_board.raw(b"pyb.Pin('Z9')")
    assert b"ValueError: Pin('Z9') doesn't exist" in error


def test_the_clock_is_local_time_since_2000(raw_board):
    now = time.localtime()
    shown = prints(
        raw_board,
        "import time; t = time.localtime(); print(t[0], t[1], t[2], len(t), time.mktime(t) - time.time())",
    )
    year, month, day, length, off = (int(number) for number in shown.split())
    assert (year, month, day) == (now.tm_year, now.tm_mon, now.tm_mday)
    assert length == 8
    assert off in (-1, 0)
    assert prints(raw_board, "print(time.localtime(0))") == "(2000, 1, 1, 0, 0, 0, 5, 1)"


def test_the_rtc_can_be_set(raw_board):
    assert (
        prints(
            raw_board,
            "import pyb, time; r = pyb.RTC(); r.datetime((2024, 2, 29, 4, 12, 30, 0, 0))\n"
            "print(r.datetime()[:6], time.localtime()[:5])",
        )
        == "(2024, 2, 29, 4, 12, 30) (2024, 2, 29, 12, 30)"
    )


def test_sleeps_take_their_time(raw_board):
    shown = prints(
        raw_board,
        "import time, pyb\nt = time.ticks_ms()\n"
        "time.sleep(0.05)\ntime.sleep_ms(50)\ntime.sleep_us(50000)\npyb.delay(50)\n"
        "pyb.udelay(1000)\nprint(time.ticks_diff(time.ticks_ms(), t), pyb.elapsed_millis(t) >= 200)",
    )
    elapsed, more = shown.split()
    assert 200 <= int(elapsed) < 400
    assert more == "True"


def test_the_board_tells_who_it_is(raw_board):
    assert prints(raw_board, "import os; u = os.uname(); print(u.sysname, u[4], u.machine)") == (
        "pyboard Virtual pyboard with WASM Virtual pyboard with WASM"
    )
    assert prints(
        raw_board, "import pyb, machine; print(len(pyb.unique_id()), machine.freq()[0], pyb.freq()[1])"
    ) == ("12 168000000 168000000")
    assert "GC:" in prints(raw_board, "pyb.info()")
    assert prints(raw_board, "print(0 <= pyb.rng() < 2**30, pyb.rng() != pyb.rng())") == "True True"


def test_library_modules(raw_board):
    digest = hashlib.sha256(b"board").hexdigest()
    assert (
        prints(
            raw_board,
            "import binascii, hashlib; print(binascii.hexlify(hashlib.sha256(b'board').digest()).decode())",
        )
        == digest
    )
    assert prints(raw_board, "print(hex(binascii.crc32(b'123456789')))") == "0xcbf43926"
    assert (
        prints(
            raw_board,
            "import struct, json, random\n"
            "packed = struct.pack('<hI', -2, 7)\n"
            "print(struct.unpack('<hI', packed), json.loads('[1]'), 0 <= random.random() < 1)",
        )
        == "(-2, 7) [1] True"
    )
    assert (
        prints(
            raw_board,
            "import micropython; print(micropython.const(5))\n"
            "micropython.schedule(print, 'scheduled')\nfor _ in range(9): pass",
        )
        == "5\nscheduled"
    )


def test_shipped_modules_are_on_the_path(start_board, tmp_path):
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "helper.py").write_text("VALUE = 7\ndef fail(): raise ValueError('here')\n")
    board = start_board("--modules", str(modules))
    board.expect(b">>> ")
    board.enter_raw()
    assert prints(board, "import helper; print(helper.VALUE, helper.__file__)") == "7 /rom/helper.py"
    assert b'File "/rom/helper.py", line 2, in fail' in board.raw(b"helper.fail()")[1]
    assert b"OSError" in board.raw(b"open('/rom/x.py', 'w')")[1]


def test_raw_sources_of_64_kilobytes(start_board):
    raw_board = start_board("--heap", "512K")
    raw_board.expect(b">>> ")
    raw_board.enter_raw()
    lines = b"def f(*a, **k): pass\nx = 1\n" + b"f(x, 'text', [1, 2, 3], y=5)\n" * 2260 + b"print('end')"
    assert len(lines) > 65000
    assert raw_board.raw(lines, timeout=60) == (b"end\r\n", b"")
    raw_board.send(b"\x05A\x01")
    raw_board.expect(b"R\x01\x80\x00\x01")
    raw_board.send(lines + b"\x04")
    raw_board.expect(b"\x04")
    assert raw_board.raw_reply(60) == (b"end\r\n", b"")


def test_a_bulk_transfer_in_both_directions(raw_board):
    data = os.urandom(256 * 1024)
    raw_board.send(
        b"import sys, micropython, hashlib\nmicropython.kbd_intr(-1)\n"
        b"h = hashlib.sha256()\nb = bytearray(2048)\n"
        b"print('go')\nfor _ in range(128):\n"
        b"  sys.stdin.buffer.readinto(b)\n  h.update(b)\n  sys.stdout.buffer.write(b)\n"
        b"micropython.kbd_intr(3)\nprint(h.digest())\x04"
    )
    raw_board.expect(b"go\r\n")
    raw_board.send(data)
    received = raw_board.gather(lambda got: len(got) > len(data) and got.endswith(b"\x04>"), 60)
    assert received[: len(data)] == data
    assert repr(hashlib.sha256(data).digest()).encode() in received[len(data) :]
