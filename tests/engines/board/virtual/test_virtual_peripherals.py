"""What a program finds on the virtual pyboard: buses, converters, channels, errors, asyncio."""

from __future__ import annotations

import pytest


def prints(board, source: str) -> str:
    output, error = board.raw(source.encode())
    assert error == b"", error.decode()
    return output.decode().replace("\r\n", "\n").strip()


def test_a_uart_gives_back_what_is_sent(raw_board):
    assert prints(
        raw_board,
        "import pyb\nu = pyb.UART(1, 9600)\nprint(u.write('one\\ntwo'), u.any(), u.readline(), u.readchar(), u)\n"
        "b = bytearray(5)\nprint(u.readinto(b), b, u.any())\nu.init(9600, timeout=0)\nprint(u.read())",
    ) == (
        "7 7 b'one\\n' 116 UART(1, baudrate=9600, bits=8, parity=None, stop=1, timeout=1000)\n"
        "2 bytearray(b'wo\\x00\\x00\\x00') 0\nNone"
    )
    assert (
        prints(raw_board, "u.init(9600, read_buf_len=8); u.write(b'0123456789'); print(u.read())")
        == "b'01234567'"
    )
    assert prints(
        raw_board,
        "import machine, select\nm = machine.UART(4, 115200)\np = select.poll(); p.register(m, select.POLLIN)\n"
        "print(len(p.poll(0)))\nm.irq(lambda port: print('came', port.any()), m.IRQ_RXIDLE)\nm.write('x')\n"
        "for _ in range(9): pass\nprint(len(p.poll(0)))",
    ) == ("0\ncame 1\n1")
    assert b"ValueError: UART(9) doesn't exist" in raw_board.raw(b"pyb.UART(9)")[1]


def test_the_accelerometer_sits_on_its_bus(raw_board):
    assert prints(
        raw_board,
        "import pyb, machine\ni = pyb.I2C(1, pyb.I2C.CONTROLLER)\nprint(i.scan(), i.is_ready(0x4c), i.mem_read(3, 0x4c, 0))\n"
        "m = machine.I2C(1)\nm.writeto(0x4c, b'\\x02')\nprint(m.readfrom(0x4c, 1), m.scan(), machine.I2C(2).scan())\n"
        "a = pyb.Accel(); a.write(7, 1); print(a.read(7), a.read(2))",
    ) == ("[76] True b'\\x00\\x00\\x15'\nb'\\x15' [76] []\n1 21")
    assert b"OSError: [Errno 19] ENODEV" in raw_board.raw(b"i.recv(1, 0x20)")[1]
    assert b"controller only" in raw_board.raw(b"pyb.I2C(1, pyb.I2C.PERIPHERAL)")[1]


def test_spi_is_wired_to_itself(raw_board):
    assert prints(
        raw_board,
        "import pyb, machine\ns = pyb.SPI(1, pyb.SPI.CONTROLLER, baudrate=1000000)\nprint(s.send_recv(b'abc'))\n"
        "b = bytearray(2); machine.SPI(2).write_readinto(b'xy', b); print(b)",
    ) == ("b'abc'\nbytearray(b'xy')")


def test_what_the_dac_gives_the_adc_reads(raw_board):
    assert prints(
        raw_board,
        "import pyb\nd = pyb.DAC(1); d.write(255); print(pyb.ADC('X5').read())\n"
        "d = pyb.DAC('X6', bits=12); d.write(2048); print(pyb.ADC(pyb.Pin('X6')).read())",
    ) == ("4095\n2048")
    assert prints(
        raw_board,
        "t = pyb.ADCAll(12, 0x70000)\nprint(t.read_core_temp(), t.read_core_vbat(), t.read_vref(), t.read_channel(4))\n"
        "b = bytearray(4); pyb.ADC('X5').read_timed(b, 1000); print(b)",
    ) == ("25.0 3.0 3.3 4095\nbytearray(b'\\xff\\xff\\xff\\xff')")
    assert b"doesn't have ADC" in raw_board.raw(b"pyb.ADC('Y1')")[1]


def test_timer_channels_servo_and_pwm(raw_board):
    assert prints(
        raw_board,
        "import pyb, machine\nt = pyb.Timer(2, freq=1000)\nc = t.channel(1, pyb.Timer.PWM, pin=pyb.Pin('X1'))\n"
        "c.pulse_width_percent(25)\nprint(round(c.pulse_width_percent()), c.pulse_width() * 4 // (t.period() + 1))\n"
        "s = pyb.Servo(2); s.angle(-45, 1000); print(s.angle(), s.pulse_width() < 1500)\n"
        "p = machine.PWM('Y1', freq=50, duty_u16=32768); print(p.freq(), p.duty_u16(), p.duty_ns() // 1000)",
    ) == ("25 1\n-45 True\n50 32768 10000")
    assert b"capture nothing" in raw_board.raw(b"t.channel(2, pyb.Timer.IC)")[1]
    assert (
        prints(
            raw_board,
            "n = 0\ndef f(t):\n global n\n n += 1\nt.channel(3, pyb.Timer.OC_TIMING, callback=f)\npyb.delay(100)\nprint(n > 5)",
        )
        == "True"
    )


def test_pins_share_their_state_and_know_their_names(raw_board):
    assert prints(
        raw_board,
        "import pyb\npyb.Pin('X1', pyb.Pin.OUT_PP).high()\nprint(pyb.Pin('A0')(), pyb.Pin.board.X1, pyb.Pin.cpu.A0.names())\n"
        "p = pyb.Pin('SW', pyb.Pin.IN); print(p(), p.names(), p.port(), p.pin())",
    ) == ("1 Pin(Pin.cpu.A0, mode=Pin.OUT) ['A0', 'X1']\n1 ['B3', 'X17', 'SW'] 1 3")


def test_the_rtc_wakes_and_a_watchdog_bites(raw_board):
    assert (
        prints(
            raw_board,
            "import pyb\nn = [0, 0]\ndef f(line):\n n[0] += 1; n[1] = line\n"
            "pyb.RTC().wakeup(20, f)\npyb.delay(200)\npyb.RTC().wakeup(None)\nprint(n[0] > 2, n[1])",
        )
        == "True 22"
    )
    raw_board.send(b"import machine\nw = machine.WDT(timeout=50)\nwhile True: pass\x04")
    raw_board.expect(b"Virtual pyboard with WASM\r\n")


def test_error_numbers_are_micropythons(raw_board):
    assert prints(
        raw_board,
        "import errno, os\nprint(errno.ENOENT, errno.EEXIST, errno.EISDIR, errno.errorcode[2], errno.errorcode[110])\n"
        "os.mkdir('d')\n"
        "for act in (lambda: open('none'), lambda: os.mkdir('d'), lambda: open('d', 'w'), lambda: open('/rom/x', 'w')):\n"
        "  try: act()\n  except OSError as e: print(e.errno, e)",
    ) == ("2 17 21 ENOENT ETIMEDOUT\n2 [Errno 2] ENOENT\n17 [Errno 17] EEXIST\n21 [Errno 21] EISDIR\n30 30")


def test_what_there_is_not_says_so(raw_board):
    assert b"AttributeError: the virtual pyboard has no CAN" in raw_board.raw(b"import pyb; pyb.CAN")[1]
    assert (
        prints(raw_board, "print(hasattr(pyb, 'LCD'), pyb.usb_mode(), pyb.USB_VCP().isconnected())")
        == "False VCP True"
    )


def test_the_program_disk_has_only_what_programs_import(raw_board):
    assert prints(
        raw_board, "import os, vfs; print(os.listdir('/rom'), [path for disk, path in vfs.mount()])"
    ) == ("['asyncio.py', 'stream.py', 'uasyncio.py'] ['/flash', '/rom']")
    assert b"ENOENT" in raw_board.raw(b"os.stat('/rom/virtual/pyb.py')")[1]


def test_the_bootloader_ends_it_with_a_word(raw_board):
    raw_board.send(b"import pyb; pyb.bootloader()\x04")
    raw_board.expect(b"waits for new firmware.\r\n")
    assert raw_board.process.wait(20) == 0
    assert b"in its bootloader" in raw_board.process.stderr.read()


ASYNC = """
import asyncio
out = []
async def count(name, ms):
    for i in range(3):
        await asyncio.sleep_ms(ms)
        out.append(name + str(i))
    return name
async def fails():
    await asyncio.sleep_ms(1)
    raise ValueError("bad")
"""


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            "print(await asyncio.gather(count('a', 2), count('b', 30)), out)",
            "['a', 'b'] ['a0', 'a1', 'a2', 'b0', 'b1', 'b2']",
        ),
        (
            "print(await asyncio.gather(fails(), count('a', 1), return_exceptions=True))",
            "[ValueError('bad',), 'a']",
        ),
        (
            "try:\n  await asyncio.wait_for(asyncio.sleep(60), 0.05)\n except asyncio.TimeoutError:\n  print('late')",
            "late",
        ),
        ("print(await asyncio.wait_for(count('c', 1), 30))", "c"),
        (
            "t = asyncio.create_task(asyncio.sleep(60)) if False else asyncio.create_task(count('d', 9000))\n"
            " await asyncio.sleep_ms(1)\n t.cancel()\n try:\n  await t\n except asyncio.CancelledError:\n  print(t.done())",
            "True",
        ),
        (
            "e = asyncio.Event()\n async def later():\n  await asyncio.sleep_ms(5)\n  e.set()\n"
            " asyncio.create_task(later())\n print(await e.wait(), e.is_set())",
            "True True",
        ),
        (
            "import pyb\n f = asyncio.ThreadSafeFlag()\n t = pyb.Timer(4, freq=100, callback=lambda t: f.set())\n"
            " await f.wait()\n t.deinit()\n print('flag')",
            "flag",
        ),
        (
            "import pyb\n u = pyb.UART(1, 9600)\n r = asyncio.StreamReader(u)\n async def send():\n  await asyncio.sleep_ms(5)\n"
            "  u.write('line\\n')\n asyncio.create_task(send())\n print(await r.readline())",
            "b'line\\n'",
        ),
        (
            "l = asyncio.Lock()\n async def use(n):\n  async with l:\n   out.append(n)\n   await asyncio.sleep_ms(2)\n   out.append(n)\n"
            " await asyncio.gather(use(1), use(2))\n print(out)",
            "[1, 1, 2, 2]",
        ),
    ],
)
def test_asyncio(raw_board, body, shown):
    assert prints(raw_board, f"{ASYNC}async def main():\n {body}\nasyncio.run(main())") == shown


def test_asyncio_tells_the_result_the_error_and_what_nobody_awaited(raw_board):
    assert prints(raw_board, ASYNC + "print(asyncio.run(count('x', 1)))") == "x"
    assert raw_board.raw(b"asyncio.run(fails())")[1].endswith(b"ValueError: bad\r\n")
    shown = prints(
        raw_board,
        "async def main():\n asyncio.create_task(fails())\n await asyncio.sleep_ms(20)\nasyncio.run(main())",
    )
    assert shown.startswith("Task exception wasn't retrieved")
    raw_board.send(b"asyncio.run(asyncio.sleep(60))\x04")
    raw_board.expect(b"OK")
    raw_board.send(b"\x03")
    assert raw_board.raw_reply()[1].endswith(b"KeyboardInterrupt: \r\n")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("pyb.Pin('X1') is pyb.Pin('A0') is pyb.Pin.board.X1 is machine.Pin(pyb.Pin.cpu.A0)", "True"),
        ("pyb.Pin('X1') == pyb.Pin('X2')", "False"),
        ("{pyb.Pin('X1'): 7}[pyb.Pin('A0')]", "7"),
        ("pyb.Pin('Y3', pyb.Pin.OUT, value=1), pyb.Pin('Y3').value()", "(Pin(Pin.cpu.B8, mode=Pin.OUT), 1)"),
        ("pyb.Pin('X1').af_list()[:2]", "[Pin.AF1_TIM2, Pin.AF2_TIM5]"),
        ("pyb.Pin('X1').af_list()[1].index(), pyb.Pin('SW').af_list()[0].name()", "(2, 'AF1_TIM2')"),
        ("pyb.Pin('LED_RED').af_list()", "[]"),
        ("pyb.Pin('Y3', pyb.Pin.AF_PP, af=pyb.Pin.AF2_TIM4).af()", "2"),
        ("hex(pyb.Pin('Y3').gpio())", "0x40020400"),
        ("machine.Signal(pyb.Pin('X2', pyb.Pin.OUT), invert=True).value()", "1"),
        ("machine.freq()", "(168000000, 168000000, 42000000, 84000000)"),
        ("machine.freq(84000000), machine.freq()[:3], pyb.Timer(2).source_freq(), pyb.Timer(1).source_freq()",
         "(None, (84000000, 84000000, 21000000), 42000000, 84000000)"),
        ("select.select([sys.stdin], [sys.stdout], [], 0) == ([], [sys.stdout], [])", "True"),
        ("select.select([sys.stdin], [], [], 0.01) == ([], [], [])", "True"),
        ("uasyncio.run is asyncio.run", "True"),
        ("machine.mem32[id(sys.platform) + 8]", "7"),
    ],
)  # fmt: skip
def test_drivers_find_what_they_look_for(raw_board, expression, value):
    modules = "import asyncio, machine, pyb, select, sys, uasyncio"
    assert prints(raw_board, f"{modules}\nvalue = {expression}\nprint(value)") == value


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("machine.mem32[0x40020014]", "ValueError: the virtual pyboard has nothing at 0x40020014"),
        ("machine.mem8[0x40020014] = 1", "ValueError: the virtual pyboard has nothing at 0x40020014"),
        ("machine.mem16[-2]", "ValueError: the virtual pyboard has nothing at -0x2"),
        ("machine.freq(7)", "ValueError: invalid freq"),
    ],
)
def test_what_is_not_there_is_an_exception_and_no_fault(raw_board, source, error):
    assert raw_board.raw(f"import machine\n{source}".encode())[1].decode().endswith(error + "\r\n")
    assert prints(raw_board, "print(1)") == "1"


def test_a_timers_counter_can_be_set_and_a_soft_timer_has_ticks(raw_board):
    assert (
        prints(
            raw_board,
            "import machine, pyb, time\nt = pyb.Timer(2, prescaler=8399, period=65535)\n"  # ticks of 0.1 ms
            "t.counter(30000)\na = t.counter()\ntime.sleep_ms(20)\nprint(0 <= a - 30000 < 5000, t.counter() - a >= 200)\n"
            "n = 0\ndef f(t):\n global n\n n += 1\n"
            "m = machine.Timer(period=200, tick_hz=10000, callback=f)\ntime.sleep_ms(210)\nm.deinit()\nprint(5 <= n <= 11)",
        )
        == "True True\nTrue"
    )
