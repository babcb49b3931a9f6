"""One board: one thread owns its connection, watches what comes and does what is asked, in turn."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from engines.board import rescue_duty
from engines.board import status as say
from engines.board.attendant import Attendant
from engines.board.bench import KEPT_OUTPUT, RawBench
from engines.board.cell_runs import CellRuns
from engines.board.connection import bootloaders
from engines.board.connection.link import Link, Traffic
from engines.board.connection.opening import Openings
from engines.board.connection.port_errors import MISSING, PortError
from engines.board.connection.sleep import SleepWatch
from engines.board.connection.transport import Target, Transport
from engines.board.errors import DisconnectedError
from engines.board.files.file_operations import FileOperations
from engines.board.files.mass_storage import DiskGuard
from engines.board.main_file import offer_to_disable
from engines.board.operation_queue import OperationQueue
from engines.board.operations import Operation
from engines.board.prompt import PROMPT
from engines.board.repl import INTERRUPT
from engines.board.rescue_duty import RescueDuty
from engines.board.status import Remedy, Status
from engines.board.storage.mount import BoardMount
from engines.board.streams.printed import PrintedReader
from engines.board.streams.samples import SampleReader
from engines.board.terminal.feed import TerminalFeed
from engines.board.terminal.transcript import Transcript
from engines.workspace.events import Event
from engines.workspace.streams.store import StreamStore

T = TypeVar("T")
_RETRY_PERIOD = 0.5
_IDLE = 0.5
_QUICK = 0.25


class BoardSession:
    """A board under a name, connected or not.

    Connecting never interrupts a program and never resets. Operations are queued; each returns an
    ``Operation`` (a future). They need the board's prompt: while a program runs they fail with
    BoardBusyError, unless asked with ``interrupt=True``. A sampler on a timer leaves the prompt free, and
    loses nothing.

    Args:
        name: the board's name in ``boards[name]``.
        store: where its samples go.
        look_for_bootloaders: what boards in their bootloaders there are, as (place, description).

    Events (``status_changed``, ``output``) are emitted on the session's thread.
    """

    def __init__(
        self,
        name: str,
        store: StreamStore,
        look_for_bootloaders: bootloaders.Look = bootloaders.look,
    ) -> None:
        self.name = name
        self.status: Status = say.DISCONNECTED
        self.status_changed: Event[Status] = Event()
        self.output: Event[str] = Transcript()
        """Text for the terminal, at most 25 times a second; who listens late hears first what came lately."""
        self.files = FileOperations(self.submit)
        self.disk_guard = DiskGuard()
        """Refuses to write while this computer has mounted the board's disk."""
        self.sync_memory: Path | None = None
        """Where syncing remembers what was the same the last time; see ``sync.compare.Pair``."""
        self.last_sync: Any = None
        """What ``sync.undo_last`` takes back."""
        self.services: dict[int, Callable[[bytes], bytes]] = {}
        """What answers the board's own requests, by the kind of their frames."""
        self.remote = BoardMount(self)
        self.cell_runs = CellRuns(self)
        self._samples = SampleReader(store)
        self._printed = PrintedReader(store)
        self._feed = TerminalFeed()
        self._target: Target | None = None
        self._connection = 0
        """Counts wishes to connect, so that the thread notices a new one."""
        self._operations = OperationQueue(self.status.refusal)
        self._typed: deque[bytes] = deque()
        self._link: Link | None = None
        self._attendant: Attendant | None = None
        self._rescue = RescueDuty(self._tell)
        self._bootloaders = bootloaders.Newcomers(look_for_bootloaders)
        self._sleep = SleepWatch()
        self._public_name: Callable[[str], str] = getattr(store, "public_name", str)
        self._traffic = Traffic()
        self._met = ""
        """Name of the target that the streams are from."""
        self._closing = False
        self._insist = False
        self._pulse = False
        """The board's reset line is to be pulsed."""
        self._owed = 0
        """See ``Link.owed``: of the connection before."""
        self._offered: Callable[[], object] = _nothing
        self._wakeup = threading.Event()
        self._openings = Openings(self._wakeup)
        self._thread = threading.Thread(target=self._run, name=f"board-{name}", daemon=True)
        self._thread.start()

    # Connecting

    @property
    def target(self) -> Target | None:
        """What it is, or was last, connected to."""
        return self._target

    @property
    def streams(self) -> tuple[str, ...]:
        """Names of the streams that come from the board that is (or was last) connected."""
        return tuple(self._public_name(name) for name in (*self._samples.names, *self._printed.names))

    @property
    def prompt(self) -> str:
        """What the prompt of the board looks like."""
        attendant = self._attendant
        return attendant.prompt if attendant else PROMPT.decode()

    @property
    def world(self) -> Any:
        """What acts on the virtual board that is connected (``engines.board.virtual.World``), else None."""
        link = self._link
        return link.world if link else None

    @property
    def traffic(self) -> Traffic:
        """What arrived since the connection was made."""
        traffic, printed = self._link.traffic if self._link else self._traffic, self._printed
        return replace(traffic, unread=printed.unread, unread_line=printed.unread_line)

    def connect(self, target: Target) -> None:
        """Connect to something (else). How it goes is told by ``status_changed``."""
        self._target = target
        self._reconnect()

    def restart(self) -> None:
        """Connect anew to the same: starts the virtual board's process again, retries a port now."""
        if self._target:
            self._reconnect()

    def disconnect(self) -> None:
        self._target = None
        self._reconnect()

    def close(self, timeout: float = 5.0) -> None:
        """Let the board go and end the thread."""
        self._closing = True
        self._reconnect()
        self._thread.join(timeout)

    def _reconnect(self) -> None:
        self._connection += 1
        self.cancel()
        self._wake()

    # The terminal

    def type(self, data: bytes) -> None:
        """Keystrokes for the board. During an operation they wait, but Ctrl-C interrupts code it runs."""
        current = self._operations.current
        if current is not None and current.user_code and INTERRUPT in data:
            self.interrupt()
            data = data.replace(INTERRUPT, b"")
        if data:
            self._typed.append(data)
            self._wake()

    # Operations

    def exec(
        self,
        source: str,
        *,
        timeout: float | None = None,
        interrupt: bool = False,
        on_output: Callable[[bytes], object] | None = None,
    ) -> Operation[str]:
        """Run a program in the board's raw REPL; the result is what it printed, or a RemoteError.

        With ``on_output``, which takes the output as it comes, the result is the end of it.
        """
        return self.submit(
            "Running a program",
            lambda bench: bench.exec(source, on_output, KEPT_OUTPUT if on_output else None),
            timeout=timeout,
            interrupt=interrupt,
            user_code=True,
        )

    def run(self, source: str, title: str = "a program", *, interrupt: bool = False) -> Operation[str]:
        """Run a program with its output and traceback shown in the terminal."""
        return self.submit(
            f"Running {title}",
            lambda bench: bench.exec_shown(source),
            timeout=None,
            interrupt=interrupt,
            user_code=True,
        )

    def eval(
        self, expression: str, *, timeout: float | None = 30.0, interrupt: bool = False
    ) -> Operation[str]:
        """The ``repr`` of an expression on the board. What it prints besides is shown in the terminal."""
        return self.submit(
            "Evaluating",
            lambda bench: bench.eval(expression),
            timeout=timeout,
            interrupt=interrupt,
            user_code=True,
        )

    def reset(self, *, hard: bool = False, interrupt: bool = False) -> Operation[None]:
        """Soft reset (^D: main.py runs), or a reset of the whole board. Never done but on request."""
        return self.submit(
            "Resetting the board",
            lambda bench: bench.reset(hard),
            interrupt=interrupt or hard,
        )

    def press_reset(self) -> None:
        """Reset the whole board in whatever way there is: by a line of its own, by its MicroPython, or by
        starting its process again.
        """
        if self._link is not None and self._link.has_reset_line:
            self._pulse = True
            self._wake()
        elif self._target is not None and self._target.returns:
            self.reset(hard=True)
        else:
            self.restart()

    def interrupt(self) -> None:
        """Ctrl-C for whatever runs, at once; repeated when the program does not end."""
        if self._link is None:
            return
        if (program := self._operations.meant_by_interrupt()) is not None:
            program.interrupted.set()
        else:
            self._insist = True
        self._wake()

    def cancel(self) -> None:
        """Call off the operation that runs, and a rescue."""
        self._operations.cancel_current()
        if (rescue := self._rescue.operation) is not None:
            rescue.cancel()

    def rescue(self, timeout: float = rescue_duty.SECONDS) -> Operation[str]:
        """Free the board from a program that locks everyone out; see ``rescue``. Also while it is not there.

        The result is the path of its main.py ('' for none); renaming that is offered beside the status.
        """
        self.cancel()
        operation = self._rescue.ask(timeout, self._wake)
        if self._target is None or self._closing:
            self._rescue.operation = None
            operation.begin()
            operation.set_exception(DisconnectedError(f"{operation.title}: {self.status.refusal}"))
        self._wake()
        return operation

    def offer(self, text: str, remedy: Remedy, take: Callable[[], object]) -> None:
        """Beside the prompt, until it is taken or something is typed. On the session's thread."""
        if self._attendant is not None:
            self._offered = take
            self._attendant.offer = say.offering(text, remedy)
            self._tell(self._attendant.status())

    def take_offer(self) -> None:
        """Do what ``offer`` has offered."""
        take, self._offered = self._offered, _nothing
        if self._attendant is not None:
            self._attendant.offer = None
        take()

    def submit(
        self,
        title: str,
        work: Callable[[RawBench], T],
        *,
        timeout: float | None = 30.0,
        interrupt: bool = False,
        user_code: bool = False,
    ) -> Operation[T]:
        """Queue anything that needs the open raw REPL; see ``Operation`` for the arguments."""
        operation: Operation[T] = Operation(
            title, work, timeout=timeout, interrupt=interrupt, user_code=user_code, wake=self._wake
        )
        self._operations.add(operation)
        self._wake()
        return operation

    # The thread

    def _wake(self) -> None:
        self._wakeup.set()
        if link := self._link:
            link.wake()

    def _run(self) -> None:
        was_there = False
        while not self._closing:
            self._wakeup.clear()
            target, connection = self._target, self._connection
            if target is None:
                self._tell(say.DISCONNECTED)
                self._fail_all()
                was_there = False
                self._wakeup.wait()
                continue
            try:
                was_there = self._attend(target, connection, was_there)
            except Exception:  # a fault of our own must not be the end of the board
                was_there = False
                self._report_fault(target, connection)
        self._tell(say.DISCONNECTED)
        self._fail_all()

    def _report_fault(self, target: Target, connection: int) -> None:
        error, thread = sys.exc_info(), threading.current_thread()
        threading.excepthook(threading.ExceptHookArgs((*error, thread)))
        self._tell(say.faulted(target.name))
        self._fail_all()
        self._rest(connection, None)

    def _attend(self, target: Target, connection: int, was_there: bool) -> bool:
        """One connection from its opening to its end; whether the port is worth another try by itself."""
        if not was_there:
            self._tell(say.connecting(target.name))
        self._fail_all()
        try:
            transport = self._open(target, connection)
        except PortError as error:
            if not was_there:
                self._tell(say.refused(error))
            away = was_there or error.cause == MISSING
            if away and (newcomer := self._bootloaders.description()):
                self._tell(say.bootloader(target.name, newcomer))
            retry = target.returns and away
            self._rest(connection, _RETRY_PERIOD if retry else None)
            return retry and connection == self._connection
        if transport is None:
            return was_there and connection == self._connection
        self._bootloaders.remember()
        self._meet(target)
        link = Link(transport, self._samples)
        link.services = self.services
        attendant = Attendant(
            link,
            transport.starts_board,
            self._feed,
            self._printed,
            bootloader=target.bootloader,
            owed=self._owed,
        )
        self.disk_guard.new_connection()
        attendant.before_write = self.disk_guard.check
        self._link, self._attendant = link, attendant
        try:
            self._serve(attendant, link, connection)
            return False
        except PortError as error:
            self._lose(error, target)
            self._rest(connection, _RETRY_PERIOD if target.returns else None)
            return target.returns and connection == self._connection
        finally:
            self._samples.interrupted(time.monotonic())
            self._traffic, self._owed = link.traffic, link.owed
            self._link = self._attendant = None
            link.close()

    def _open(self, target: Target, connection: int) -> Transport | None:
        """Open a port; None when something else is wanted meanwhile. Raises PortError."""
        if self._rescue.operation is not None:
            return self._rescue.open(target)
        return self._openings.open(target, lambda: not self._wished(connection))

    def _wished(self, connection: int) -> bool:
        """Nothing else is wanted meanwhile."""
        return connection == self._connection and not self._closing and self._rescue.operation is None

    def _meet(self, target: Target) -> None:
        """A connection is there. To another target than before: what streams now is another board's."""
        if target.name != self._met:
            self._met, self._owed = target.name, 0
            self._samples.another_board()
            self._printed.another_board()

    def _lose(self, error: PortError, target: Target) -> None:
        self._tell(say.lost(error, target.returns))
        self._link = None
        self._fail_all()
        self._emit(flush=True)

    def _rest(self, connection: int, seconds: float | None) -> None:
        """Wait for a wish, or for the time to try again by oneself."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while self._wished(connection):
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            self._wakeup.wait(left)
            self._wakeup.clear()

    def _serve(self, attendant: Attendant, link: Link, connection: int) -> None:
        self._tell(attendant.status())
        self._sleep.refresh()
        while connection == self._connection and not self._closing:
            if self._sleep.slept() and link.stale():
                raise PortError(link.name, "this computer slept", "It is connected again.", gone=True)
            if self._rescue.operation is not None and (target := self._target) is not None:
                attendant.leave_raw_repl()
                freed = partial(offer_to_disable, self)
                self._rescue.perform(attendant, link, target, emit=self._emit, freed=freed)
                self._sleep.refresh()
            if self._insist:
                self._insist = False
                attendant.interrupt()
            if self._pulse:
                self._pulse = False
                attendant.press_reset()
            if self._typed:
                attendant.type(self._typed.popleft())
            elif self._operations and not attendant.typing:
                self._perform(attendant, self._operations.take())
                self._operations.finish()
            waiting = bool(self._typed or (self._operations and not attendant.typing))
            attendant.listen(0 if waiting else self._patience(attendant))
            self._tell(attendant.status())
            self._emit()
        attendant.leave_raw_repl()

    def _patience(self, attendant: Attendant) -> float:
        """How long the thread may sleep when nothing arrives."""
        due = self._feed.due(time.monotonic())
        return min(_IDLE, attendant.patience(), _IDLE if due is None else due)

    def _perform(self, attendant: Attendant, operation: Operation[Any]) -> None:
        if not operation.begin():
            return
        began = time.monotonic()

        def check() -> None:
            self._emit()
            if time.monotonic() - began > _QUICK:
                self._tell(say.busy(operation.title))
            operation.check()

        result, failure = None, None
        try:
            result = attendant.perform(operation, check)
        except Exception as error:
            failure = error
        self._operations.finish()
        self._sleep.refresh()
        if isinstance(failure, PortError):
            if target := self._target:
                self._tell(say.lost(failure, target.returns))
            operation.set_exception(DisconnectedError(f"{operation.title}: {failure}"))
            raise failure
        self._tell(attendant.status())  # who waits for the result finds the board as it is
        if failure is not None:
            operation.set_exception(failure)
        else:
            operation.set_result(result)

    def _emit(self, flush: bool = False) -> None:
        while text := self._feed.take(float("inf") if flush else time.monotonic()):
            self.output.emit(text)

    def _tell(self, status: Status) -> None:
        if status == self.status:
            return
        self._operations.set_refusal("" if status.state.connected else status.refusal)
        self.status = status
        self.status_changed.emit(status)

    def _fail_all(self) -> None:
        self._typed.clear()
        self._operations.fail_all()


def _nothing() -> None:
    return None
