# ruff: noqa
# asyncio for the virtual pyboard: tasks, sleeps, gather, wait_for, Event, Lock, ThreadSafeFlag and streams, on the
# interpreter's own Task and TaskQueue (module _asyncio). Real boards have MicroPython's own.

import select
import sys
from _asyncio import Task, TaskQueue
from time import sleep_ms as _pause
from time import ticks_add, ticks_diff
from time import ticks_ms as ticks


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


# The interpreter's Task looks these three up by name: cur_task, _task_queue, CancelledError.
cur_task = None
_task_queue = TaskQueue()
_POLL_MS = 5  # how often a task that waits for bytes looks for them


def create_task(coroutine):
    if not hasattr(coroutine, "send"):
        raise TypeError("coroutine expected")
    task = Task(coroutine, globals())
    _task_queue.push(task)
    return task


def current_task():
    if cur_task is None:
        raise RuntimeError("no running event loop")
    return cur_task


def sleep_ms(ms):
    _task_queue.push(cur_task, ticks_add(ticks(), max(0, ms)))
    yield


def sleep(seconds):
    return sleep_ms(int(seconds * 1000))


def run(coroutine):
    """Run a coroutine to its end; its result."""
    return _run_until(create_task(coroutine))


def _run_until(main):
    global cur_task
    while True:
        task = _task_queue.peek()
        if task is None:
            if main is None or main.done():
                return None
            _pause(_POLL_MS)  # everything waits for a flag that an interrupt sets
            continue
        wait = ticks_diff(task.ph_key, ticks())
        if wait > 0:
            _pause(min(wait, _POLL_MS * 4))
            continue
        task = cur_task = _task_queue.pop()
        error, task.data = task.data, None
        try:
            task.coro.throw(error) if error else task.coro.send(None)
        except BaseException as end:
            cur_task = None
            if task is main:
                task.state = False
                if isinstance(end, StopIteration):
                    return end.value
                raise end
            _ended(task, end)
        cur_task = None


def _ended(task, end):
    waiting = task.state
    task.data = end
    if isinstance(waiting, TaskQueue):
        task.state = None
        while waiting.peek():
            _task_queue.push(waiting.pop())
        return
    task.state = False
    if callable(waiting):
        waiting(task, end)
    elif not isinstance(end, (StopIteration, CancelledError)):
        print("Task exception wasn't retrieved")
        sys.print_exception(end)


class Event:
    def __init__(self):
        self._set = False
        self._waiting = TaskQueue()

    def is_set(self):
        return self._set

    def set(self):
        """From a task; an interrupt uses a ThreadSafeFlag."""
        self._set = True
        while self._waiting.peek():
            _task_queue.push(self._waiting.pop())

    def clear(self):
        self._set = False

    def wait(self):
        if not self._set:
            self._waiting.push(cur_task)
            cur_task.data = self._waiting  # cancel() takes the task out of there
            yield
        return True


class ThreadSafeFlag:
    """Set by an interrupt's callback, awaited by one task."""

    def __init__(self):
        self._set = False

    def set(self):
        self._set = True

    def clear(self):
        self._set = False

    async def wait(self):
        while not self._set:
            await sleep_ms(1)
        self._set = False


class Lock:
    def __init__(self):
        self._owner = None
        self._free = Event()

    def locked(self):
        return self._owner is not None

    async def acquire(self):
        while self._owner is not None:
            self._free.clear()
            await self._free.wait()
        self._owner = cur_task
        return True

    def release(self):
        if self._owner is None:
            raise RuntimeError("Lock not acquired")
        self._owner = None
        self._free.set()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, kind, error, traceback):
        self.release()


async def wait_for(awaitable, seconds):
    """The result of something within so many seconds, else TimeoutError; it is cancelled then."""
    return await wait_for_ms(awaitable, None if seconds is None else int(seconds * 1000))


async def wait_for_ms(awaitable, ms):
    if ms is None:
        return await awaitable
    outer = cur_task
    late = []

    async def watch():
        await sleep_ms(ms)
        late.append(True)
        outer.cancel()

    clock = create_task(watch())
    try:
        return await awaitable
    except CancelledError:
        if late:
            raise TimeoutError
        raise
    finally:
        if not late:
            clock.cancel()


async def gather(*awaitables, return_exceptions=False):
    """The results of all, in order. The first error is raised when all have ended, or stands in its place."""
    tasks = [thing if isinstance(thing, Task) else create_task(thing) for thing in awaitables]
    results = []
    first = None
    try:
        for task in tasks:
            try:
                results.append(await task)
            except Exception as error:
                results.append(error)
                first = first or error
    except CancelledError:
        for task in tasks:
            if not task.done():
                task.cancel()
        raise
    if first and not return_exceptions:
        raise first
    return results


class StreamReader:
    """Reads and writes a stream that select.poll knows (a UART, sys.stdin.buffer) without stopping other tasks."""

    def __init__(self, s, extra=None):
        self.s = s
        self._poll = select.poll()
        self._poll.register(s, select.POLLIN)

    async def _ready(self):
        while not self._poll.poll(0):
            await sleep_ms(_POLL_MS)

    async def read(self, count=-1):
        await self._ready()
        return self.s.read(count)

    async def readexactly(self, count):
        data = b""
        while len(data) < count:
            await self._ready()
            data += self.s.read(1) or b""
        return data

    async def readline(self):
        data = b""
        while not data.endswith(b"\n"):
            await self._ready()
            data += self.s.read(1) or b""
        return data

    def write(self, data):
        self.s.write(data)

    async def drain(self):
        await sleep_ms(0)


StreamWriter = StreamReader


class _Loop:
    def create_task(self, coroutine):
        return create_task(coroutine)

    def run_until_complete(self, coroutine):
        return run(coroutine)

    def run_forever(self):
        _run_until(create_task(_for_ever()))


async def _for_ever():
    while True:
        await sleep_ms(1000)


def get_event_loop():
    return _Loop()


def new_event_loop():
    """Forget all tasks."""
    global _task_queue, cur_task
    _task_queue = TaskQueue()
    cur_task = None
    return _Loop()
