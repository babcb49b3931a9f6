"""A pyboard without the board: MicroPython in WebAssembly behind the byte stream of a serial port.

The application starts it as a child process (``command``); ``serve`` offers it to other programs on a port
of its own. The parts: ``guest`` (wasmtime), ``wasi`` (system calls), ``console`` and ``links`` (the serial
line), ``repl`` and ``readline`` (the prompt), ``interrupts`` (Ctrl-C and timers), ``chip`` and
``device_state`` (peripherals), ``control`` (the world that acts on them from another process), ``board`` (one
life from reset to reset). What runs inside the guest is in
``resources/board/virtual``.
"""

from engines.board.virtual.cli import command, main, serve
from engines.board.virtual.control import World

__all__ = ["World", "command", "main", "serve"]
