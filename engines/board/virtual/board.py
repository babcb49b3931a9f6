"""The virtual pyboard: power it on, run boot.py and main.py, serve the prompt, through any number of resets."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from engines.board.virtual.chip import Chip
from engines.board.virtual.console import CTRL_C, Console
from engines.board.virtual.device_state import DeviceState
from engines.board.virtual.files import Files
from engines.board.virtual.guest import GuestFault, GuestStopped, Import, Machine, Memory
from engines.board.virtual.handles import Device, Handle
from engines.board.virtual.interrupts import Interrupts
from engines.board.virtual.offsets import Offsets
from engines.board.virtual.repl import (
    Complete,
    Execute,
    ExecutePaste,
    ExecuteStream,
    Interrupt,
    Mode,
    Repl,
    Request,
    SoftReset,
)
from engines.board.virtual.wasi import Interrupted, Wasi

MACHINE_NAME = "Virtual pyboard with WASM"
HEAP = "384K"
FIRMWARE = "__import__('sys').path[:] = ['/firmware']; __import__('firmware').run()"
# Descriptors of sys.stdout.buffer and sys.stdin.buffer; the text ones are 0 and 1. firmware.py knows them too.
RAW_OUTPUT, RAW_INPUT = 4, 5

_FIRMWARE_FRAME = re.compile(rb'  File "/firmware/[^\n]*\n')
_EMPTY_TRACEBACK = re.compile(rb"Traceback \(most recent call last\):\n(?!  )")


@dataclass(frozen=True)
class Job:
    """Something the guest has to do: an operation letter (see firmware.py) and its text."""

    operation: bytes
    text: bytes = b""
    streamed: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a job ended: ``ok``, ``error`` (with its traceback) or ``exit`` (SystemExit)."""

    kind: str
    traceback: bytes = b""
    answer: str = ""


Script = Generator["Job | None", "Outcome | None", None]


class Board:
    """One board; ``run`` is its life and wants a thread with a big stack."""

    def __init__(
        self, machine: Machine, offsets: Offsets, files: Files, console: Console, state: DeviceState
    ) -> None:
        self.state = state
        self.interrupts = Interrupts(offsets, self._ring)
        self._machine = machine
        self._files = files
        self._console = console
        console.on_interrupt = self.interrupts.keyboard

    def run(self) -> None:
        """Until ``stop("off")``; every other end of a guest is followed by the next one."""
        mode, safe, note = Mode.FRIENDLY, False, b""
        while True:
            self.interrupts.clear()
            self.state.reset()
            session = _Session(self, mode, safe)
            self._console.write(note)
            reason = session.run(self._machine)
            self._console.interrupt_char = -1
            if reason == "off":
                return
            safe, note = False, b""
            if reason == "soft":
                mode, note = session.repl_mode, b"MPY: soft reboot\r\n"
            elif reason == "hard":
                mode = Mode.FRIENDLY
            else:
                mode, safe = Mode.FRIENDLY, True
                note = f"\r\nMPY: fault: {reason}; restarted without boot.py and main.py\r\n".encode()

    def stop(self, reason: str = "off") -> None:
        """From any thread: ``off`` ends ``run``, ``hard`` restarts the chip."""
        self._console.drop_output(reason == "off")
        self.interrupts.stop(reason)

    def press_switch(self, pressed: bool) -> None:
        self.state.switch_pressed = pressed
        if pressed:
            self.interrupts.trigger("switch")

    def _ring(self) -> None:
        self._machine.interrupt()
        with self._console.bell:
            self._console.bell.notify_all()

    @property
    def console(self) -> Console:
        return self._console

    @property
    def files(self) -> Files:
        return self._files


class _Session:
    """From one reset to the next: one guest, one REPL."""

    def __init__(self, board: Board, mode: Mode, safe: bool) -> None:
        self._board = board
        self._console = board.console
        self._interrupts = board.interrupts
        self._state = board.state
        self._safe = safe
        self._repl = Repl(board.console, mode, b"")
        self._main = "main.py"
        self._script = self._life()
        self._job: Job | None = None
        self._outcome: Outcome | None = None
        self._traceback = bytearray()
        self._source = b""
        self._answer: bytes | None = None
        self._memory: Memory | None = None
        self._chip = Chip(
            board.state,
            board.interrupts,
            board.files,
            {"hello": self._hello, "done": self._done, "kbd_intr": self._kbd_intr, "input": self._start_input,
                "main": self._set_main},
        )

    @property
    def repl_mode(self) -> Mode:
        return self._repl.mode

    def run(self, machine: Machine) -> str:
        """Why the guest ended: ``off``, ``hard``, ``soft``, or the text of a fault."""
        wasi = Wasi(
            ["micropython", "-X", f"heapsize={HEAP}", "-c", FIRMWARE],
            self._board.files,
            self,
            self._standard(),
            self._devices(),
        )
        imports: dict[str, Import] = {**wasi.imports(), **self._chip.imports()}
        try:
            machine.run(imports, self._on_interrupt, self._on_start)
        except GuestStopped as end:
            return end.reason
        except GuestFault as fault:
            return str(fault)
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
        import os

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
        return time.monotonic_ns()

    def sleep_until(self, monotonic_ns: int | None, ready: Callable[[], bool]) -> bool:
        return self._wait(ready, monotonic_ns)

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
        self._source = job.text
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
            data, self._source = self._source[:count], self._source[count:]
            return data

        def filled() -> bool:
            while len(self._source) < count:
                data = self._repl.read_paste(count - len(self._source))
                if not data:
                    return data is not None
                self._source += data
            return True

        try:
            self._wait(filled)
        except Interrupt:
            self._interrupts.keyboard()
            self._wait(lambda: False)
        if self._repl.paste_ended:
            self._console.interrupt_char = CTRL_C
        data, self._source = self._source, b""
        return data

    def _hello(self, text: str) -> str:
        """The guest is up: ``version, first prompt, second prompt``."""
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
        self._main = name
        return ""

    # input()

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

            self._wait(entered)
            self._answer = found[0]
        data, self._answer = self._answer[:count], self._answer[count:]
        return data

    # what happens from the reset on

    def _life(self) -> Script:
        healthy = not self._safe
        if healthy:
            healthy = yield from self._run_file("boot.py")
        if healthy and self._repl.mode is Mode.FRIENDLY:
            yield from self._run_file(self._main)
        self._repl.start()
        while True:
            request = self._repl.next_request()
            if request is None:
                yield None
            else:
                yield from self._serve(request)

    def _run_file(self, name: str) -> Generator[Job | None, Outcome | None, bool]:
        """Run a file of /flash if it is there; whether what comes next may run."""
        try:
            place = self._board.files.place(f"/flash/{name}")
            present = place.path is not None and place.path.is_file()
        except OSError:
            present = False
        if not present:
            return True
        outcome = yield from self._perform(Job(b"f", name.encode()))
        self._console.write_text(outcome.traceback)
        return not outcome.traceback

    def _serve(self, request: Request) -> Script:
        if isinstance(request, Complete):
            text = b"import" if request.after_import else request.path
            outcome = yield from self._perform(Job(b"c", text))
            self._repl.completed(outcome.answer.encode().split())
            return
        error = b""
        for job in _jobs(request):
            error = (yield from self._perform(job)).traceback
            if error:
                break
        self._repl.finished(error)

    def _perform(self, job: Job) -> Generator[Job | None, Outcome | None, Outcome]:
        outcome = yield job
        assert outcome is not None
        if outcome.kind == "exit":
            self._repl.left()
            raise SoftReset
        return outcome


def _jobs(request: Execute | ExecutePaste | ExecuteStream) -> list[Job]:
    if isinstance(request, Execute):
        return [Job(b"s" if request.single else b"x", request.source)]
    if isinstance(request, ExecutePaste):
        return [Job(b"k", request.source), *(Job(b"s", part) for part in request.parts)]
    return [Job(b"x", streamed=True)]


def clean_traceback(text: bytes) -> bytes:
    """Without the frames of the board's own firmware, which on a pyboard is not written in Python."""
    return _EMPTY_TRACEBACK.sub(b"", _FIRMWARE_FRAME.sub(b"", text))


def probe_imports(code: str, host_call: Import) -> dict[str, Import]:
    """The imports of a guest that only runs a probe (see ``offsets``); it has no files, and prints nothing."""
    silent: Handle = Device(read=lambda _count: b"", write=lambda _data: None)

    class _Now:
        realtime_ns = staticmethod(time.time_ns)
        monotonic_ns = staticmethod(time.monotonic_ns)

        def sleep_until(self, _deadline: int | None, ready: Callable[[], bool]) -> bool:
            return ready()

    wasi = Wasi(["micropython", "-c", code], Files({}), _Now(), {0: silent, 1: silent, 2: silent}, {})
    return {**wasi.imports(), "host_call": host_call, "host_result_cap": lambda _memory: 64}
