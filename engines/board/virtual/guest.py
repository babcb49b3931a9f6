"""One run of the MicroPython build on wasmtime: imports, memory, interrupts and the native stack.

wasmtime's Python package has no epoch callback, and its host functions cost three times what they need to,
so this module talks to wasmtime's C API (https://docs.wasmtime.dev/c-api/) through the package's ctypes
bindings. Nothing else of the virtual board knows wasmtime.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Mapping
from typing import Any

import wasmtime
from wasmtime import _ffi as ffi

from engines.board.virtual import artifact as artifacts
from engines.board.virtual.artifact import SAVED_WORDS, Artifact

Import = Callable[..., "int | None"]

_HOST_CALL = ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
)
_EPOCH_CALL = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    ctypes.POINTER(ffi.wasmtime_context_t),
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(ffi.wasmtime_update_deadline_kind_t),
)
_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_FORMATS = {"i32": "I12x", "i64": "Q8x"}


class GuestStopped(Exception):  # noqa: N818 (it ends a run on purpose, it is not an error)
    """Raised by a host function to end the run; ``reason`` says what comes next."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GuestError(RuntimeError):
    """The guest trapped; the message is wasmtime's reason in one line."""


class Memory:
    """The guest's linear memory (little endian), valid while the guest runs."""

    def __init__(self, base: int, size: Callable[[], int]) -> None:
        self._base = base
        self._size = size

    def read(self, address: int, length: int) -> bytes:
        self._check(address, length)
        return ctypes.string_at(self._base + address, length)

    def write(self, address: int, data: bytes) -> None:
        self._check(address, len(data))
        ctypes.memmove(self._base + address, data, len(data))

    def _check(self, address: int, length: int) -> None:
        if address < 0 or address + length > self._size():
            raise GuestError(f"pointer {address:#x} is outside the board's memory")

    def u32(self, address: int) -> int:
        return int.from_bytes(self.read(address, 4), "little")

    def write_u32(self, address: int, value: int) -> None:
        self.write(address, value.to_bytes(4, "little"))

    def write_u64(self, address: int, value: int) -> None:
        self.write(address, (value % 2**64).to_bytes(8, "little"))

    def __len__(self) -> int:
        return self._size()


class Machine:
    """The compiled MicroPython, ready to be started any number of times, one guest at a time."""

    def __init__(self, build: Artifact) -> None:
        config = wasmtime.Config()
        config.wasm_exceptions = True
        config.epoch_interruption = True
        config.max_wasm_stack = 3 << 19
        self.state = build.state
        self.digest = build.digest
        self._engine = wasmtime.Engine(config)
        self._module = artifacts.compiled(self._engine, build)

    def interrupt(self) -> None:
        """Have the running guest call its ``on_interrupt`` at its next loop turn or call. From any thread."""
        self._engine.increment_epoch()

    def run(
        self,
        imports: Mapping[str, Import],
        on_interrupt: Callable[[Memory], None],
        on_start: Callable[[Memory], None] = lambda _memory: None,
    ) -> None:
        """Run a guest to its end, which is always an exception.

        ``imports`` maps WASI and host function names to ``function(memory, *arguments) -> errno``. The thread
        needs a stack of 16 MB or more.

        Raises:
            GuestStopped: one of the functions asked for it.
            GuestError: the guest trapped or called something that is not there.
        """
        run = _Run(self._engine, self._module, imports, on_interrupt)
        on_start(run.memory)
        run.start()


class _Run:
    """One instance; keeps alive what C holds pointers to."""

    def __init__(
        self,
        engine: Any,
        module: Any,
        imports: Mapping[str, Import],
        on_interrupt: Callable[[Memory], None],
    ) -> None:
        self._store = wasmtime.Store(engine)
        self._on_interrupt = on_interrupt
        self._failure: BaseException | None = None
        self._stack_top = 0
        self._callbacks: list[Any] = []
        self._linker = wasmtime.Linker(engine)
        for item in module.imports:
            function = imports.get(item.name) or _missing(item.name)
            self._define(item, function)
        self._watch_epoch()
        instance = self._linker.instantiate(self._store, module)
        exports = instance.exports(self._store)
        self._entry = exports["_start"]
        memory = exports["memory"]
        self.memory = Memory(
            ctypes.addressof(memory.data_ptr(self._store).contents), lambda: memory.data_len(self._store)
        )

    def start(self) -> None:
        try:
            self._entry(self._store)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            if self._failure is not None:
                raise self._failure from None
            raise GuestError(_reason(error)) from error
        finally:
            # 4 GB of address space a guest: not to be left to the collector of cycles
            self._store.close()
        raise GuestError("MicroPython ended by itself")

    def _define(self, item: Any, function: Import) -> None:
        kinds = [str(kind) for kind in item.type.params]
        layout = struct.Struct("<" + "".join(_FORMATS[kind] for kind in kinds))
        if item.name == "proc_exit":
            function = self._exit_or_roots(function)

        def call(_env: int, caller: int, values: int, _count: int) -> int:
            try:
                self._stack_top = self._stack_top or caller
                self._here = caller
                arguments = layout.unpack(ctypes.string_at(values, layout.size)) if kinds else ()
                result = function(self.memory, *arguments)
                if result is not None:
                    ctypes.c_uint32.from_address(values).value = result & 0xFFFFFFFF
            except BaseException as error:  # it must cross C; start() raises it again
                self._failure = error
                return _trap(b"host function failed")
            return 0

        callback = _HOST_CALL(call)
        self._callbacks.append(callback)
        raw = ffi.wasmtime_func_t()
        ffi.wasmtime_func_new_unchecked(
            self._store._context(),
            item.type.ptr(),
            ctypes.cast(callback, ffi.wasmtime_func_unchecked_callback_t),
            None,
            _FINALIZER(),
            ctypes.byref(raw),
        )
        self._linker.define(self._store, item.module, item.name, wasmtime.Func._from_raw(raw))

    def _watch_epoch(self) -> None:
        def reached(_context: Any, _data: Any, delta: Any, kind: Any) -> int:
            delta[0] = 1
            kind[0] = 0  # WASMTIME_UPDATE_DEADLINE_CONTINUE
            try:
                self._on_interrupt(self.memory)
            except BaseException as error:
                self._failure = error
                return ctypes.cast(ffi.wasmtime_error_new(b"stopped"), ctypes.c_void_p).value or 0
            return 0

        callback = _EPOCH_CALL(reached)
        self._callbacks.append(callback)
        ffi.wasmtime_store_epoch_deadline_callback(self._store.ptr(), callback, None, _FINALIZER())
        self._store.set_epoch_deadline(1)

    def _exit_or_roots(self, leave: Import) -> Import:
        """``proc_exit`` serves two callers: exit codes are small, the collector's buffer is an address."""

        def either(memory: Memory, value: int) -> int | None:
            if value < 1024:
                return leave(memory, value)
            self._save_roots(memory, value)
            return None

        return either

    def _save_roots(self, memory: Memory, buffer: int) -> None:
        """Write every word of the native stack that may be a heap pointer into the collector's buffer.

        The stack from a little below this call (saved registers) to a little above the guest's entry is
        taken. A heap block starts at a multiple of 16, which leaves a few dozen words of thousands.
        """
        low = self._here - 2048
        high = self._stack_top + 1024
        words = memoryview(ctypes.string_at(low, (high - low) & ~7)).cast("I")
        limit = len(memory)
        found = {word for word in words if buffer < word < limit and not word & 15}
        if len(found) > SAVED_WORDS:
            raise GuestError("too many live objects on the stack during a garbage collection")
        memory.write(buffer, struct.pack(f"<{SAVED_WORDS}I", *found, *(0,) * (SAVED_WORDS - len(found))))


def _missing(name: str) -> Import:
    def call(*_arguments: int) -> int:
        raise GuestError(f"MicroPython called {name}, which the virtual board does not have")

    return call


def _trap(message: bytes) -> int:
    return ctypes.cast(ffi.wasmtime_trap_new(message, len(message)), ctypes.c_void_p).value or 0


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if "wasm trap:" in line]
    return causes[-1].partition("wasm trap: ")[2] if causes else lines[0] if lines else "unknown fault"
