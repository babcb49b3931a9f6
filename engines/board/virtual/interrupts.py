"""The board's interrupts (Ctrl-C, timers, switch, resets), delivered through MicroPython's own scheduler.

Any thread may raise one; it is carried out on the guest's thread, either while the guest waits in a host
call or, in the middle of running code, at its next loop turn or function call (``Machine.interrupt``). What
is done there is what ``mp_sched_keyboard_interrupt`` and ``mp_sched_schedule`` do (py/scheduler.c): write
the pending exception or the function into the interpreter's state and mark the scheduler pending; the VM
runs it at its next jump.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from engines.board.virtual.guest import GuestStopped, Memory
from engines.board.virtual.offsets import Offsets

PENDING = 0
"""``sched_state``: above it idle, below it locked (py/mpstate.h)."""
_TICK_PATIENCE = 0.005


@dataclass
class _Line:
    """An interrupt source: a guest function, called with a small int; periodic when it has a period."""

    function: int
    """Its address; 0: the whole chip is reset instead, for the reason that is the line's name."""
    argument: int
    period: float | None = None
    due: float = 0.0
    raised: bool = False


class Interrupts:
    """What is due, and its delivery into the guest. ``ring`` wakes the guest wherever it is."""

    def __init__(
        self, offsets: Offsets, ring: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._offsets = offsets
        self._ring = ring
        self._clock = clock
        self._lock = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._held = False
        self._keyboard = False
        self._stop: str | None = None
        self._closed = False

    # from any thread

    def keyboard(self) -> None:
        """Raise KeyboardInterrupt in the guest."""
        self._keyboard = True
        self._ring()

    def stop(self, reason: str) -> None:
        """End the guest's run with ``GuestStopped(reason)``."""
        self._stop = reason
        self._ring()

    def trigger(self, name: str) -> None:
        """Call the function of a line once (a pin edge, the switch)."""
        with self._lock:
            line = self._lines.get(name)
            if line is None:
                return
            line.raised = True
        self._ring()

    def run_clock(self) -> None:
        """The ticker thread's work: ring whenever a periodic line is due, until ``close``."""
        with self._lock:
            while not self._closed:
                due = min((line.due for line in self._lines.values() if line.period), default=None)
                wait = None if due is None else due - self._clock()
                if wait is None or wait > 0:
                    self._lock.wait(wait)
                    continue
                self._lock.release()
                try:
                    self._ring()
                finally:
                    self._lock.acquire()
                self._lock.wait(_TICK_PATIENCE)  # until deliver() has set the next deadline

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    # on the guest's thread

    def attach(self, name: str, function: int, argument: int, period: float | None = None) -> None:
        """Connect a guest function (its address) to a line; with a period (seconds) it fires by itself."""
        with self._lock:
            self._lines[name] = _Line(function, argument, period, self._clock() + (period or 0.0))
            self._lock.notify_all()

    def detach(self, name: str) -> None:
        with self._lock:
            self._lines.pop(name, None)
            self._lock.notify_all()

    def hold(self, held: bool) -> None:
        """Keep what the lines raise for later (``disable_irq``); Ctrl-C and resets come all the same."""
        self._held = held
        self._ring()

    def clear(self) -> None:
        """A new guest: no lines, nothing pending but a stop, which may have been asked for meanwhile."""
        with self._lock:
            self._lines.clear()
            self._held = False
            self._keyboard = False
            self._lock.notify_all()

    def deliver(self, memory: Memory) -> None:
        """Carry out what is due.

        Raises:
            GuestStopped: a stop was asked for, or a line that resets the chip is due.
        """
        if self._stop is not None:
            reason, self._stop = self._stop, None
            raise GuestStopped(reason)
        if self._keyboard:
            self._keyboard = False
            self._raise_keyboard_interrupt(memory)
        if not self._lines:
            return
        with self._lock:
            now = self._clock()
            for name, line in self._lines.items():
                if line.period and line.due <= now:
                    # A tick that could not be taken in time is dropped; the deadlines stay on their grid.
                    line.due += line.period * (int((now - line.due) / line.period) + 1)
                    line.raised = True
                if line.raised and not line.function:
                    raise GuestStopped(name)
                if line.raised and not self._held:
                    line.raised = False
                    self._schedule(memory, line)
            self._lock.notify_all()

    def pending(self, memory: Memory) -> bool:
        """Whether the guest has something to run before it may go on waiting."""
        return memory.read(self._offsets.sched_state, 2) == b"\0\0"

    def forget_keyboard(self, memory: Memory) -> None:
        """Drop a KeyboardInterrupt that came too late for the program it was meant for."""
        self._keyboard = False
        memory.write_u32(self._offsets.pending_exception, 0)

    def _raise_keyboard_interrupt(self, memory: Memory) -> None:
        if memory.u32(self._offsets.pending_exception) == self._offsets.keyboard_exception:
            # The last Ctrl-C was not taken: a callback runs for ever, with the scheduler locked. Unlock it.
            memory.write(self._offsets.sched_state, PENDING.to_bytes(2, "little"))
            return
        memory.write_u32(self._offsets.keyboard_exception + 8, 0)  # its old traceback
        memory.write_u32(self._offsets.pending_exception, self._offsets.keyboard_exception)
        self._mark_pending(memory)

    def _schedule(self, memory: Memory, line: _Line) -> None:
        where = self._offsets
        length, first = memory.read(where.sched_len, 2)
        call = line.function.to_bytes(4, "little") + (line.argument << 1 | 1).to_bytes(4, "little")
        queued = (
            memory.read(where.sched_queue + 8 * ((first + i) % where.sched_depth), 8) for i in range(length)
        )
        if length == where.sched_depth or call in queued:
            return
        memory.write(where.sched_queue + 8 * ((first + length) % where.sched_depth), call)
        memory.write(where.sched_len, bytes([length + 1]))
        self._mark_pending(memory)

    def _mark_pending(self, memory: Memory) -> None:
        if int.from_bytes(memory.read(self._offsets.sched_state, 2), "little", signed=True) > PENDING:
            memory.write(self._offsets.sched_state, PENDING.to_bytes(2, "little"))
