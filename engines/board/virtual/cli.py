"""Starting the virtual pyboard: its command line, as a child process or as a port for other programs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, Literal

Port = Literal["pipe", "pty", "tcp"]

_GUEST_STACK = 32 << 20
RESOURCES = Path(__file__).resolve().parents[3] / "resources" / "board"


def command(flash: Path, *, sd: Path | None = None, recording: Path | None = None) -> list[str]:
    """What to pass to ``main`` for a board on pipes: the arguments after the program's own."""
    arguments = ["--flash", str(flash)]
    arguments += ["--sd", str(sd)] if sd else []
    arguments += ["--recording", str(recording)] if recording else []
    return arguments


def main(argv: list[str]) -> int:
    """Run a virtual pyboard until its link ends; the exit code."""
    parser = argparse.ArgumentParser(
        prog="board", description="A virtual pyboard on standard input and output."
    )
    parser.add_argument("--flash", type=Path, required=True, help="the folder that is the board's /flash")
    parser.add_argument("--sd", type=Path, help="the folder that is its /sd")
    parser.add_argument("--recording", type=Path, help="CSV (t, ax, ay, az in s and g) for its accelerometer")
    parser.add_argument(
        "--modules", type=Path, default=RESOURCES, help="board-side modules, read-only in /rom"
    )
    parser.add_argument(
        "--pty", action="store_true", help="serve a serial port of its own and print its name"
    )
    options = parser.parse_args(argv)
    port: Port = "pipe" if not options.pty else default_port()
    return _run(options.flash, options.sd, options.recording, options.modules, port)


def serve(
    flash: Path, *, sd: Path | None = None, recording: Path | None = None, port: Port | None = None
) -> int:
    """Offer a virtual pyboard to other programs: print its port, serve it until SIGTERM or SIGINT."""
    return _run(flash, sd, recording, RESOURCES, port or default_port())


def default_port() -> Port:
    """A pseudo-terminal where the system has them."""
    return "tcp" if sys.platform == "win32" else "pty"


def _run(flash: Path, sd: Path | None, recording: Path | None, modules: Path, port: Port) -> int:
    try:
        return _serve(flash, sd, recording, modules, port)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"virtual board: {error}", file=sys.stderr)  # noqa: T201 (the process's only report)
        return 1


def _serve(flash: Path, sd: Path | None, recording: Path | None, modules: Path, port: Port) -> int:
    from engines.board.virtual import artifact, offsets
    from engines.board.virtual.board import Board
    from engines.board.virtual.console import Console
    from engines.board.virtual.device_state import DeviceState, Recording
    from engines.board.virtual.guest import Machine
    from engines.board.virtual.links import connect, open_link
    from engines.board.virtual.session import probe_imports

    files = _mounts(flash, sd, modules)
    state = DeviceState(Recording.load(recording) if recording else None)
    build = artifact.load()
    machine = Machine(build)
    places = offsets.of(build, machine, probe_imports)
    link = open_link(port)
    console = Console(link.patience)
    board = Board(machine, places, files, console, state)
    _stop_at_signals(board)
    if link.name:
        print(link.name, flush=True)  # noqa: T201 (the port is this command's result)
    connect(link, console, board.stop)
    try:
        _live(board)
    finally:
        console.flush(0.5)
        console.close()
        link.close()
    sys.stdout.flush()
    return 0


def _live(board: Any) -> None:
    """Run the guest in a thread with a stack that is deeper than MicroPython's own limit."""
    threading.Thread(target=board.interrupts.run_clock, name="board-clock", daemon=True).start()
    failures: list[BaseException] = []

    def life() -> None:
        try:
            board.run()
        except BaseException as error:
            failures.append(error)

    previous = threading.stack_size(_GUEST_STACK)
    guest = threading.Thread(target=life, name="board-guest", daemon=True)
    guest.start()
    threading.stack_size(previous)
    while guest.is_alive():
        guest.join(None if os.name != "nt" else 0.5)  # on Windows a signal does not wake a join
    board.interrupts.close()
    if failures:
        raise RuntimeError(f"the board stopped: {failures[0]!r}") from failures[0]


def _mounts(flash: Path, sd: Path | None, modules: Path) -> Any:
    from engines.board.virtual.files import Files, Mount

    for option, folder in (("--flash", flash), ("--sd", sd), ("--modules", modules)):
        if folder is not None and not folder.is_dir():
            raise ValueError(f"{option} {folder} is not a folder; create it or name another one")
    mounts = {"flash": Mount(flash.resolve())}
    if sd is not None:
        mounts["sd"] = Mount(sd.resolve())
    mounts["rom"] = Mount(modules.resolve(), writable=False)
    mounts["firmware"] = Mount(RESOURCES / "virtual", writable=False, hidden=True)
    return Files(mounts)


def _stop_at_signals(board: Any) -> None:
    def stop(_number: int, _frame: object) -> None:
        threading.Thread(target=board.stop, name="board-stop", daemon=True).start()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
