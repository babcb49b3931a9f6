"""One session of the board, from a reset to the next: one guest, and what it opens, asks and waits for."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable

from engines.board.virtual.chip import Chip
from engines.board.virtual.console import CTRL_C, Console
from engines.board.virtual.device_state import DeviceState
from engines.board.virtual.files import Files
from engines.board.virtual.guest import GuestError, GuestStopped, Import, Machine, Memory
from engines.board.virtual.handles import Device, Handle
from engines.board.virtual.interrupts import Interrupts
from engines.board.virtual.life import Job, Life, Outcome, clean_traceback
from engines.board.virtual.repl import Interrupt, Mode, Repl, SoftReset
from engines.board.virtual.wasi import Interrupted, Wasi

MACHINE_NAME = "Virtual pyboard with WASM"
FIRMWARE = "__import__('sys').path[:] = ['/firmware']; __import__('firmware').run()"
# Descriptors of sys.stdout.buffer and sys.stdin.buffer (the text ones are 0 and 1); firmware.py has them too.
RAW_OUTPUT, RAW_INPUT = 4, 5


class Session:
    """From one reset to the next: one guest, one REPL."""

    def __init__(
        self,
        console: Console,
        interrupts: Interrupts,
        files: Files,
        state: DeviceState,
        mode: Mode,
        safe: bool,
        heap: str,
    ) -> None:
        self.started = False
        self._began = state.started_ns
        self._heap = heap
        self._console = console
        self._interrupts = interrupts
        self._files = files
        self._state = state
        self._repl = Repl(console, mode, b"")
        self._life = Life(self._repl, console, files, safe)
        self._script = self._life.jobs()
        self._job: Job | None = None
        self._outcome: Outcome | None = None
        self._traceback = bytearray()
        self._source = io.BytesIO()
        self._pasted = bytearray()
        self._answer: bytes | None = None
        self._memory: Memory | None = None
        self._chip = Chip(
            state,
            interrupts,
            files,
            {
                "hello": self._hello,
                "done": self._done,
                "kbd_intr": self._kbd_intr,
                "input": self._start_input,
                "main": self._set_main,
                "memory_size": lambda _text: str(len(self._memory or b"")),
            },
        )

    @property
    def repl_mode(self) -> Mode:
        return self._repl.mode

    def run(self, machine: Machine) -> str:
        """Why the guest ended: ``off``, ``hard``, ``soft``, or the text of a fault."""
        wasi = Wasi(
            ["micropython", "-X", f"heapsize={self._heap}", "-c", FIRMWARE],
            self._files,
            self,
            self._standard(),
            self._devices(),
        )
        imports: dict[str, Import] = {**wasi.imports(), **self._chip.imports()}
        try:
            machine.run(imports, self._on_interrupt, self._on_start)
        except GuestStopped as end:
            return end.reason
        except GuestError as fault:
            return str(fault)
        except Exception as error:  # a fault of the board's own; the port must not die of it
            return f"{type(error).__name__}: {error}"
        finally:
            wasi.close()
        return "MicroPython ended"

    # what the guest opens

    def _standard(self) -> dict[int, Handle]:
        def typed() -> bool:
            return self._console.available > 0

        text_in: Handle = Device(read=lambda count: self._typed(count).replace(b"\r", b"\n"), readable=typed)
        text_out: Handle = Device(write=self._console.write_text)
        return {
            0: text_in,
            1: text_out,
            2: text_out,
            RAW_OUTPUT: Device(write=self._console.write),
            RAW_INPUT: Device(read=self._typed, readable=typed),
        }

    def _devices(self) -> dict[str, Callable[[], Handle]]:
        source = Device(read=self._read_source)
        table: dict[str, Handle] = {
            "dev/request": Device(read=self._read_request),
            "dev/source": source,
            "<stdin>": source,  # by this name in any folder, for it is shown in tracebacks
            "dev/traceback": Device(write=self._traceback.extend),
            "dev/input": Device(read=self._read_input),
            "dev/accel": Device(read=self._chip.accelerometer),
            "dev/random": Device(read=os.urandom),
        }
        return {name: (lambda device=device: device) for name, device in table.items()}  # type: ignore[misc]

    def _typed(self, count: int) -> bytes:
        self._wait(lambda: self._console.available > 0)
        return self._console.take(count)

    # waiting (this is the clock that wasi.Clock describes)

    def realtime_ns(self) -> int:
        local = time.localtime().tm_gmtoff * 1_000_000_000
        return time.time_ns() + local + self._state.clock_offset_ns

    def monotonic_ns(self) -> int:
        """Since the reset, as a board's tick counters."""
        return time.monotonic_ns() - self._began

    def sleep_until(self, monotonic_ns: int | None, ready: Callable[[], bool]) -> bool:
        return self._wait(ready, None if monotonic_ns is None else monotonic_ns + self._began)

    def _wait(
        self, ready: Callable[[], bool], deadline_ns: int | None = None, *, interruptible: bool = True
    ) -> bool:
        """Block the guest until ``ready``; False at the deadline.

        Raises:
            Interrupted: the guest has a callback or KeyboardInterrupt to run first.
            GuestStopped: a reset.
        """
        memory = self._memory
        with self._console.bell:
            while True:
                if memory is not None:
                    self._interrupts.deliver(memory)
                    if interruptible and self._interrupts.pending(memory):
                        raise Interrupted
                if ready():
                    return True
                left = None if deadline_ns is None else (deadline_ns - time.monotonic_ns()) / 1e9
                if left is not None and left <= 0:
                    return False
                self._console.bell.wait(left)

    def _wait_typed(self, ready: Callable[[], bool]) -> None:
        """Wait for typing in which Ctrl-C is a key, and raises KeyboardInterrupt."""
        try:
            self._wait(ready)
        except Interrupt:
            self._interrupts.keyboard()
            self._wait(lambda: False)

    def _on_start(self, memory: Memory) -> None:
        self._memory = memory

    def _on_interrupt(self, memory: Memory) -> None:
        self._interrupts.deliver(memory)

    # the guest's requests

    def _read_request(self, _count: int) -> bytes:
        """Wait for the next job; its operation letter."""
        self._wait(self._has_job)
        job = self._job
        assert job is not None
        self._source = io.BytesIO(job.text)
        self._pasted.clear()
        self._traceback.clear()
        if not job.streamed:
            self._console.interrupt_char = CTRL_C
        return job.operation

    def _has_job(self) -> bool:
        try:
            if self._job is None:
                outcome, self._outcome = self._outcome, None
                self._job = self._script.send(outcome)
        except SoftReset:
            raise GuestStopped("soft") from None
        return self._job is not None

    def _read_source(self, count: int) -> bytes:
        """The next part of the job's text; a streamed one is read as it arrives.

        MicroPython takes a part that is shorter than it asked for as the last one.
        """
        if self._job is None or not self._job.streamed:
            return self._source.read(count)

        def filled() -> bool:
            while len(self._pasted) < count:
                data = self._repl.read_paste(count - len(self._pasted))
                if not data:
                    return data is not None
                self._pasted += data
            return True

        self._wait_typed(filled)
        if self._repl.paste_ended:
            self._console.interrupt_char = CTRL_C
        data = bytes(self._pasted)
        self._pasted.clear()
        return data

    def _hello(self, text: str) -> str:
        """The guest is up: ``version, first prompt, second prompt``."""
        self.started = True
        version, *prompts = text.split("\0")
        self._repl.banner = f"MicroPython {version}; {MACHINE_NAME}".encode()
        self._set_prompts(prompts)
        return ""

    def _done(self, text: str) -> str:
        """A job has ended: ``kind, first prompt, second prompt[, answer]``."""
        kind, first, second, *answer = text.split("\0")
        job, self._job = self._job, None
        self._console.interrupt_char = -1
        if self._memory is not None:
            self._interrupts.forget_keyboard(self._memory)
        self._set_prompts([first, second])
        if job is not None and job.streamed:
            self._wait(self._repl.drain_paste, interruptible=False)
        self._outcome = Outcome(kind, clean_traceback(bytes(self._traceback)), "".join(answer))
        return ""

    def _set_prompts(self, prompts: list[str]) -> None:
        self._repl.prompts = (prompts[0].encode(), prompts[1].encode())

    def _kbd_intr(self, text: str) -> str:
        self._console.interrupt_char = int(text)
        return ""

    def _set_main(self, name: str) -> str:
        self._life.program = name
        return ""

    # the answer to a question of the program

    def _start_input(self, prompt: str) -> str:
        self._repl.ask(prompt.encode())
        self._answer = None
        return ""

    def _read_input(self, count: int) -> bytes:
        """The answer to ``input()``: a line with its newline, or nothing at the end of input."""
        if self._answer is None:
            found: list[bytes] = []

            def entered() -> bool:
                answer = self._repl.next_answer()
                if answer is not None:
                    found.append(answer)
                return answer is not None

            self._wait_typed(entered)
            self._answer = found[0]
        data, self._answer = self._answer[:count], self._answer[count:]
        return data


def probe_imports(code: str, host_call: Import) -> dict[str, Import]:
    """The imports of a guest that only runs a probe (see ``offsets``): no files, no output."""
    silent: Handle = Device(read=lambda _count: b"", write=lambda _data: None)

    class _Now:
        realtime_ns = staticmethod(time.time_ns)
        monotonic_ns = staticmethod(time.monotonic_ns)

        def sleep_until(self, _deadline: int | None, ready: Callable[[], bool]) -> bool:
            return ready()

    wasi = Wasi(["micropython", "-c", code], Files({}), _Now(), {0: silent, 1: silent, 2: silent}, {})
    return {**wasi.imports(), "host_call": host_call, "host_result_cap": lambda _memory: 64}
