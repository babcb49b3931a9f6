"""Power-on, boot.py and main.py, soft and hard resets, and what a program finds at each."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BANNER = b"MicroPython v1."


def test_the_banner_and_the_prompt_come_first(start_board):
    board = start_board()
    hello = board.expect(b">>> ")
    assert hello.startswith(BANNER)
    assert hello.endswith(b'; Virtual pyboard with WASM\r\nType "help()" for more information.\r\n>>> ')


def test_boot_then_main_run_and_their_names_stay(start_board):
    board = start_board(
        files={"boot.py": "a = 1\nprint('boot')", "main.py": "print('main', a, __name__)\nb = 2"}
    )
    assert board.expect(b">>> ").startswith(b"boot\r\nmain 1 __main__\r\nMicroPython")
    assert board.run(b"a, b") == b"(1, 2)\r\n"


def test_names_of_the_firmware_are_not_seen(board):
    assert board.run(b"dir()") == b"['__name__']\r\n"
    assert board.run(b"import sys; sys.path") == b"['', '.frozen', '/flash', '/flash/lib', '/rom']\r\n"
    assert board.run(b"sys.argv, sys.platform") == b"([], 'pyboard')\r\n"
    assert board.run(b"sys.platform == 'pyboard', {'pyboard': 1}[sys.platform]") == b"(True, 1)\r\n"


def test_an_error_in_boot_keeps_main_from_running(start_board):
    board = start_board(files={"boot.py": "1/0", "main.py": "print('main')"})
    hello = board.expect(b">>> ")
    assert hello.startswith(
        b'Traceback (most recent call last):\r\n  File "boot.py", line 1, in <module>\r\nZero'
    )
    assert b"main\r\n" not in hello


def test_an_error_in_main_is_shown_and_the_prompt_comes(start_board):
    board = start_board(files={"main.py": "def f():\n  raise ValueError('no')\nf()"})
    hello = board.expect(b">>> ")
    assert (
        b'File "main.py", line 3, in <module>\r\n  File "main.py", line 2, in f\r\nValueError: no\r\n'
        in hello
    )


def test_ctrl_c_in_main_drops_to_the_prompt(start_board):
    board = start_board(files={"main.py": "n = 5\nprint('on')\nwhile True: pass"})
    board.expect(b"on\r\n")
    board.send(b"\x03")
    assert b'File "main.py", line 3, in <module>\r\nKeyboardInterrupt: \r\nMicroPython' in board.expect(
        b">>> "
    )
    assert board.run(b"n") == b"5\r\n"


def test_soft_reset_from_the_friendly_prompt_runs_boot_and_main(start_board):
    board = start_board(files={"boot.py": "print('boot')", "main.py": "print('main')"})
    board.expect(b">>> ")
    board.run(b"kept = 1")
    board.send(b"\x04")
    assert board.expect(b">>> ").startswith(b"\r\nMPY: soft reboot\r\nboot\r\nmain\r\nMicroPython")
    assert b"NameError" in board.run(b"kept")


def test_soft_reset_from_the_raw_prompt_runs_boot_only(start_board):
    board = start_board(files={"boot.py": "print('boot')", "main.py": "print('main')"})
    board.expect(b">>> ")
    board.enter_raw()
    board.send(b"\x04")
    shown = board.expect(b"\r\n>")
    assert shown == b"OK\r\nMPY: soft reboot\r\nboot\r\nraw REPL; CTRL-B to exit\r\n>"


@pytest.mark.parametrize(
    "way", [b"import sys; sys.exit()", b"raise SystemExit", b"import machine; machine.soft_reset()"]
)
def test_system_exit_is_a_soft_reset(raw_board, way):
    raw_board.send(way + b"\x04")
    assert raw_board.expect(b"exit\r\n>") == b"OK\x04\x04MPY: soft reboot\r\nraw REPL; CTRL-B to exit\r\n>"


@pytest.mark.parametrize("way", [b"import machine; machine.reset()", b"import pyb; pyb.hard_reset()"])
def test_hard_reset_starts_anew_at_the_friendly_prompt(start_board, way):
    board = start_board(files={"main.py": "print('main')"})
    board.expect(b">>> ")
    board.enter_raw()
    board.send(way + b"\x04")
    assert board.expect(b">>> ").startswith(b"OKmain\r\nMicroPython")


def test_a_reset_survives_files_and_the_clock_goes_on(raw_board):
    raw_board.raw(b"import time\nwith open('t', 'w') as f: f.write(str(time.ticks_ms()))")
    raw_board.send(b"\x04")
    raw_board.expect(b"exit\r\n>")
    assert raw_board.raw(
        b"import time; print(0 <= time.ticks_diff(time.ticks_ms(), int(open('t').read())) < 9000)"
    ) == (
        b"True\r\n",
        b"",
    )


def test_pyb_main_chooses_another_program(start_board):
    board = start_board(files={"boot.py": "import pyb; pyb.main('other.py')", "other.py": "print('other')"})
    assert board.expect(b">>> ").startswith(b"other\r\nMicroPython")


def test_garbage_collection_keeps_what_running_code_holds(raw_board):
    """The shipped build frees it (see artifact.py); collecting every few allocations shows it at once."""
    source = b"""
import gc, json
gc.threshold(200)
def deep(n):
    x, y, z = [n], (n, n + 1), {"k": n}
    if not n:
        gc.collect()
        return 0
    r = deep(n - 1)
    assert x == [n] and y == (n, n + 1) and z == {"k": n}
    return r + 1
for n in range(40): deep(n)
text = "\\n".join("def f%d(a, b=[%d]): return [q * %d for q in range(a)] + b" % (i, i, i) for i in range(20))
for _ in range(3):
    names = {}
    exec(text, names)
    assert all(names["f%d" % i](3) == [0, i, 2 * i, i] for i in range(20))
data = {str(i): [i, {"a": (i, str(i))}] for i in range(60)}
assert json.loads(json.dumps(data))["7"] == [7, {"a": [7, "7"]}]
x = 3 ** 300
for i in range(100): x = (x * 7 + i) // 3
print(x % 1000003)
"""
    x = 3**300
    for i in range(100):
        x = (x * 7 + i) // 3
    assert raw_board.raw(source, timeout=60) == (b"%d\r\n" % (x % 1000003), b"")


def test_recursion_and_exhausted_memory_are_exceptions(raw_board):
    _, error = raw_board.raw(b"def f(n): return f(n + 1) + 1\nf(0)")
    assert error.endswith(b"RuntimeError: maximum recursion depth exceeded\r\n")
    _, error = raw_board.raw(b"a = []\nwhile True: a.append(bytearray(1000))")
    assert b"MemoryError: memory allocation failed" in error
    assert raw_board.raw(b"del a\nprint('alive')") == (b"alive\r\n", b"")


def test_memory_full_at_the_prompt_does_not_lose_the_board(raw_board):
    raw_board.raw(b"a = []\ntry:\n  while True: a.append(bytearray(64))\nexcept MemoryError: pass")
    raw_board.raw(b"print(1)")  # there may be no memory left even to compile this
    raw_board.send(b"\x04")
    raw_board.expect(b"soft reboot\r\nraw REPL; CTRL-B to exit\r\n>")
    assert raw_board.raw(b"import gc; print(gc.mem_free() > 100_000)") == (b"True\r\n", b"")


def test_the_heap_is_a_pyboards_and_can_be_chosen(start_board):
    sizes = []
    for options in ((), ("--heap", "1M")):
        board = start_board(*options)
        board.expect(b">>> ")
        sizes.append(int(board.run(b"import gc; gc.mem_free() + gc.mem_alloc()")))
    assert 180_000 < sizes[0] <= 192 * 1024 < 1_000_000 < sizes[1]
    board = start_board("--heap", "12")
    assert board.process.wait(20) == 2
    assert b"--heap" in board.process.stderr.read()


def test_a_fault_of_the_guest_is_told_and_the_board_comes_back(start_board):
    board = start_board(files={"main.py": "print('main')"})
    board.expect(b">>> ")
    board.send(b"import uctypes; uctypes.bytearray_at(0x7ffffff0, 1)[0]\r")
    shown = board.expect(b">>> ")
    assert b"\r\nMPY: fault: out of bounds memory access; restarted without boot.py and main.py\r\n" in shown
    assert b"main\r\n" not in shown.partition(b"fault")[2]
    assert board.run(b"1 + 1") == b"2\r\n"


def test_the_end_of_standard_input_ends_it(board):
    board.process.stdin.close()
    assert board.process.wait(10) == 0
    assert board.process.stderr.read() == b""


def test_the_end_of_input_ends_a_busy_board_too(raw_board):
    raw_board.send(b"while True: print('on')\x04")
    raw_board.expect(b"on")
    raw_board.process.stdin.close()
    assert raw_board.process.wait(10) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_kill_leaves_nothing_behind(raw_board):
    raw_board.send(b"print('x')\nwhile True: pass\x04")
    raw_board.expect(b"x\r\n")
    children = Path(f"/proc/{raw_board.process.pid}/task/{raw_board.process.pid}/children")
    assert not children.exists() or children.read_text() == ""
    raw_board.process.send_signal(signal.SIGKILL)
    assert raw_board.process.wait(10) == -signal.SIGKILL


def test_a_megabyte_of_garbage_leaves_a_working_board(board):
    noise = random.Random(1).randbytes(1 << 20).replace(b"\x04", b"\x05")
    for start in range(0, len(noise), 65536):
        board.send(noise[start : start + 65536])
        with board.arrived:
            board.received.clear()
    for _ in range(60):  # a Ctrl-C that comes while some line of the noise runs is that line's
        board.send(b"\x03\x02\x03\rprint('still', 'here')\r")
        if b"still here\r\n" in board.gather(lambda data: b"still here\r\n" in data, 1):
            return
    raise AssertionError(bytes(board.received[-500:]))


def test_invalid_utf8_is_an_error_of_the_line_only(raw_board):
    _, error = raw_board.raw(b"x = '\xff\xfe'\nprint(x)")
    assert b"UnicodeError" in error or error == b""
    assert raw_board.raw(b"print(1)") == (b"1\r\n", b"")


def test_a_missing_flash_folder_is_said_in_one_line(tmp_path):
    root = Path(__file__).resolve().parents[4]
    ended = subprocess.run(
        [sys.executable, "-m", "engines.board.virtual", "--flash", str(tmp_path / "none")],
        cwd=root,
        capture_output=True,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 1
    assert ended.stderr.count(b"\n") == 1
    assert b"is not a folder" in ended.stderr


def test_a_board_that_is_stopped_does_not_wait_for_a_reader():
    from engines.board.virtual.console import OUTPUT_LIMIT, Console

    console = Console(None)  # a reader that never comes is waited for without end
    console.drop_output(True)
    console.write(bytes(OUTPUT_LIMIT + 1))
    console.write(b"dropped at once")
    console.close()


def test_the_reset_cause_says_why_the_board_started(board):
    def cause() -> bytes:
        return board.run(b"import machine; machine.reset_cause()").strip()

    assert cause() == b"1"  # PWRON_RESET
    board.send(b"\x04")
    board.expect(b">>> ")
    assert cause() == b"0"  # SOFT_RESET
    for ends, number in (
        (b"machine.reset()", b"2"),
        (b"machine.deepsleep(10)", b"4"),
        (b"machine.WDT(timeout=10); import time; time.sleep(9)", b"3"),
        (b"import sys; sys.exit()", b"0"),
    ):
        board.send(ends + b"\r")
        board.expect(b">>> ")
        assert cause() == number, ends
