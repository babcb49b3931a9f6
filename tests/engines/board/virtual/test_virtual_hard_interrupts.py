"""What a hard interrupt of a pyboard forbids is forbidden here: memory in it, and itself while it is disabled."""

from __future__ import annotations

import pytest

START = {
    "Timer(4)": "timer = pyb.Timer(4, freq=100, callback=call)",
    "Timer(5) channel 1": "channel = pyb.Timer(5, freq=100).channel(1, pyb.Timer.OC_TIMING, callback=call)",
    "ExtInt line 4": "pyb.ExtInt('X5', pyb.ExtInt.IRQ_RISING, pyb.Pin.PULL_NONE, call).swint()",
    "Pin.irq line 4": "pyb.Pin('X5').irq(call, hard=True)()",
    "Switch": "s = pyb.Switch(); s.callback(lambda: call(None)); s._pressed()",
}
NAMES = {
    "Timer(4)": b"Timer(4) interrupt handler",
    "Timer(5) channel 1": b"Timer(5) channel 1 interrupt handler",
    "ExtInt line 4": b"ExtInt interrupt handler line 4",
    "Pin.irq line 4": b"ExtInt interrupt handler line 4",
    "Switch": b"ExtInt interrupt handler line 3",
}
SOFT = {
    "machine.Timer": "machine.Timer(period=10, callback=call)",
    "Pin.irq": "pyb.Pin('X5').irq(call)()",
    "scheduled": "pyb.Timer(4, freq=100, callback=lambda _: micropython.schedule(call, 0))",
}
USES_MEMORY = {"a list": "[n]", "a float": "n / 3", "a text": "'%d' % n", "a big number": "n << 40"}


def program(expression: str, start: str) -> bytes:
    return (
        "import machine, micropython, pyb, time\nn = 1\ncalls = 0\n"
        f"def call(source):\n    global calls\n    calls += 1\n    {expression}\n"
        f"{start}\ntime.sleep_ms(100)\nprint('calls', calls)"
    ).encode()


@pytest.mark.parametrize("source", START)
@pytest.mark.parametrize("expression", USES_MEMORY.values(), ids=list(USES_MEMORY))
def test_a_hard_interrupt_may_use_no_memory_and_is_switched_off(raw_board, source, expression):
    output, error = raw_board.raw(program(expression, START[source]))
    assert error == b""
    assert output.startswith(b"uncaught exception in " + NAMES[source] + b"\r\nTraceback")
    assert b"MemoryError: memory allocation failed, heap is locked\r\n" in output
    assert b"/firmware" not in output
    assert output.endswith(b"calls 1\r\n")
    assert raw_board.raw(b"print([1.5] * 2)") == (b"[1.5, 1.5]\r\n", b"")


@pytest.mark.parametrize("source", SOFT)
def test_what_is_scheduled_may_use_memory(raw_board, source):
    output, error = raw_board.raw(program("[n, n / 3, '%d' % n]", SOFT[source]))
    assert error == b""
    assert output.startswith(b"calls ")
    assert output != b"calls 0\r\n"


def test_what_is_scheduled_and_fails_says_so_and_comes_again(raw_board):
    output, _ = raw_board.raw(program("1 // (n - 1)", SOFT["machine.Timer"]))
    assert output.startswith(b'Traceback (most recent call last):\r\n  File "<stdin>"')
    assert output.count(b"ZeroDivisionError: divide by zero\r\n") > 1
    assert b"uncaught" not in output


def test_what_is_written_in_c_on_a_pyboard_needs_no_memory_in_an_interrupt(raw_board):
    output, error = raw_board.raw(
        b"import machine, pyb, time\n"
        b"led, pin, adc, accel = pyb.LED(1), pyb.Pin('X3', pyb.Pin.OUT), pyb.ADC('X19'), pyb.Accel()\n"
        b"servo, dac, switch, pwm = pyb.Servo(1), pyb.DAC(1), pyb.Switch(), machine.PWM('X8')\n"
        b"i2c, uart, buffer = pyb.I2C(1, pyb.I2C.MASTER), pyb.UART(1, 9600), bytearray(2)\n"
        b"edge = pyb.ExtInt('X20', 3, 0, lambda line: None)\n"
        b"channel = pyb.Timer(5, freq=1000).channel(1, pyb.Timer.PWM, pin=pyb.Pin('X2'))\n"
        b"def call(timer):\n"
        b"    led.on(); led.off(); led.toggle(); led.intensity(9)\n"
        b"    pin.value(1); pin.high(); pin.off(); pin.toggle(); pin(1); pin()\n"
        b"    adc.read(); dac.write(3); servo.angle(10); pwm.duty_u16(10); switch()\n"
        b"    accel.x(); accel.tilt(); accel.filtered_x()\n"
        b"    timer.counter(); timer.period(1000); channel.pulse_width(100); edge.disable(); edge.enable()\n"
        b"    i2c.mem_read(buffer, 0x4c, 0); uart.writechar(65); uart.readchar()\n"
        b"    pyb.enable_irq(pyb.disable_irq()); pyb.millis(); pyb.elapsed_micros(0)\n"
        b"    timer.callback(None); timer.deinit(); print('done')\n"
        b"timer = pyb.Timer(4, freq=100, callback=call)\ntime.sleep_ms(100)\nprint(pin.value())"
    )
    assert (output, error) == (b"done\r\n1\r\n", b"")


def test_disabled_interrupts_wait_until_they_are_enabled(raw_board):
    output, error = raw_board.raw(
        b"import machine, pyb, time\nn = 0\n"
        b"def call(timer):\n    global n\n    n += 1\n"
        b"timer = pyb.Timer(4, freq=200, callback=call)\n"
        b"state = machine.disable_irq()\nbefore = n\n"
        b"inner = machine.disable_irq()\nmachine.enable_irq(inner)\n"
        b"end = time.ticks_ms() + 60\nwhile time.ticks_ms() < end: pass\n"
        b"within = n - before\ntimer.callback(None)\ntimer.callback(call)\ntime.sleep_ms(20)\nlater = n - before\n"
        b"machine.enable_irq(state)\ntime.sleep_ms(60)\nprint(state, inner, within, later, n - before > 2)"
    )
    assert (output, error) == (b"True False 0 0 True\r\n", b"")


def test_one_interrupt_that_was_held_back_comes_at_once(raw_board):
    output, error = raw_board.raw(
        b"import machine, pyb, time\nn = 0\n"
        b"def call(timer):\n    global n\n    n += 1\n"
        b"timer = pyb.Timer(4, freq=20, callback=call)\n"
        b"state = machine.disable_irq()\ntime.sleep_ms(220)\nmachine.enable_irq(state)\n"
        b"for _ in range(100): pass\nprint(n)"
    )
    assert (output, error) == (b"1\r\n", b"")


def test_ctrl_c_and_a_watchdog_come_while_interrupts_are_disabled(raw_board):
    raw_board.send(b"import machine\nmachine.disable_irq()\nprint('in')\nwhile True: pass\x04")
    raw_board.expect(b"in\r\n")
    raw_board.send(b"\x03")
    assert raw_board.raw_reply()[1].endswith(b"KeyboardInterrupt: \r\n")
    raw_board.send(b"machine.WDT(timeout=20)\nwhile True: pass\x04")
    raw_board.expect(b">>> ")
    assert raw_board.run(b"import machine; machine.reset_cause() == machine.WDT_RESET") == b"True\r\n"


def test_a_program_that_leaves_the_heap_locked_leaves_a_prompt(raw_board):
    _, error = raw_board.raw(b"import micropython\nmicropython.heap_lock()\nx = [1]")
    assert error.endswith(b"MemoryError: memory allocation failed, heap is locked\r\n")
    assert raw_board.raw(b"micropython.heap_lock()") == (b"", b"")
    assert raw_board.raw(b"print([2.5])") == (b"[2.5]\r\n", b"")


def test_an_emergency_buffer_can_be_asked_for(raw_board):
    assert raw_board.raw(b"import micropython; micropython.alloc_emergency_exception_buf(100)") == (b"", b"")


def test_what_is_scheduled_may_use_memory_at_every_moment_of_a_driver(raw_board):
    output, error = raw_board.raw(
        b"import machine, pyb, time\npin, led = pyb.Pin('X3', pyb.Pin.OUT), pyb.LED(1)\n"
        b"calls, n = [None] * 300, 0\n"  # in one piece: many small lists leave no room for a long one
        b"def call(timer):\n    global n\n    calls[n % 300] = [timer, 1.5 * n]\n    n += 1\n"
        b"machine.Timer(freq=1000, callback=call)\n"
        b"while n < 300:\n    pin.toggle(); led.toggle(); pin()\nprint('done')"
    )
    assert (output, error) == (b"done\r\n", b"")


def test_an_interrupt_comes_while_the_program_has_locked_the_heap(raw_board):
    output, error = raw_board.raw(
        b"import micropython, pyb\nn = 0\ndef call(timer):\n    global n\n    n += 1\n"
        b"timer = pyb.Timer(4, freq=200, callback=call)\n"
        b"micropython.heap_lock()\nwhile n < 5: pass\nprint(micropython.heap_unlock(), n)"
    )
    assert (output, error) == (b"0 5\r\n", b"")
