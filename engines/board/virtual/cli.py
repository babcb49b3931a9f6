"""Starting the virtual pyboard: its command line, as a child process or as a port for other programs."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HEAP = "192K"
"""As much memory as a pyboard has. About a quarter holds what is written in C there (pyb, machine)."""
MIN_HEAP, MAX_HEAP = 96 << 10, 64 << 20
Port = Literal["pipe", "pty", "tcp"]

_GUEST_STACK = 32 << 20
ROM = frozenset({"asyncio.py", "stream.py", "uasyncio.py"})
"""What of the shipped board-side files a program may import; the others are sent to boards when needed."""
RESOURCES = Path(__file__).resolve().parents[3] / "resources" / "board"


@dataclass(frozen=True)
class Setting:
    """How a virtual board is set up."""

    flash: Path
    sd: Path | None = None
    recording: Path | None = None
    modules: Path = RESOURCES
    heap: str = HEAP
    control: str | None = None
    """``HOST:PORT`` of the program that plays the world around it (see ``control``)."""
    port: Port = "pipe"


def command(
    flash: Path, *, sd: Path | None = None, recording: Path | None = None, control: str | None = None
) -> list[str]:
    """What to pass to ``main`` for a board on pipes: the arguments after the program's own."""
    arguments = ["--flash", str(flash)]
    arguments += ["--sd", str(sd)] if sd else []
    arguments += ["--recording", str(recording)] if recording else []
    arguments += ["--control", control] if control else []
    return arguments


def main(argv: list[str]) -> int:
    """Run a virtual pyboard until its link ends; the exit code."""
    parser = argparse.ArgumentParser(
        prog="board", description="A virtual pyboard on standard input and output."
    )
    parser.add_argument("--flash", type=Path, required=True, help="the folder that is the board's /flash")
    parser.add_argument("--sd", type=Path, help="the folder that is its /sd")
    parser.add_argument("--recording", type=Path, help="what its accelerometer replays: CSV or .stream")
    parser.add_argument(
        "--modules", type=Path, default=RESOURCES, help="board-side modules, read-only in /rom"
    )
    parser.add_argument(
        "--heap", type=heap_size, default=HEAP, help="MicroPython's memory (default %(default)s)"
    )
    parser.add_argument("--control", metavar="HOST:PORT", help="where the world around the board is played")
    port = parser.add_mutually_exclusive_group()
    port.add_argument("--pty", action="store_true", help="serve a serial port of its own and print its name")
    port.add_argument(
        "--tcp", action="store_true", help="serve a TCP port of this computer and print its name"
    )
    options = vars(parser.parse_args(argv))
    pty, tcp = options.pop("pty"), options.pop("tcp")
    return _run(Setting(**options, port="tcp" if tcp else default_port() if pty else "pipe"))


def serve(
    flash: Path,
    *,
    sd: Path | None = None,
    recording: Path | None = None,
    heap: str = HEAP,
    port: Port | None = None,
) -> int:
    """Offer a virtual pyboard to other programs: print its port, serve it until SIGTERM or SIGINT."""
    return _run(Setting(flash, sd, recording, heap=heap, port=port or default_port()))


def heap_size(text: str) -> str:
    """``192K``, ``1M`` or a number of bytes, as MicroPython takes it. Raises ValueError."""
    match = re.fullmatch(r"(\d+)([KM]?)", text.upper())
    if (
        match is None
        or not MIN_HEAP <= int(match[1]) * {"": 1, "K": 1 << 10, "M": 1 << 20}[match[2]] <= 1 << 26
    ):
        raise ValueError(f"{text!r} is no size from {MIN_HEAP // 1024}K to 64M; for example 192K")
    return text.upper()


def default_port() -> Port:
    """A pseudo-terminal where the system has them."""
    return "tcp" if sys.platform == "win32" else "pty"


def _run(setting: Setting) -> int:
    try:
        return _serve(setting)
    except (OSError, ValueError, RuntimeError) as error:
        named = isinstance(error, OSError) and error.filename and error.strerror
        _report(f"{error.filename}: {error.strerror}" if named else str(error))  # type: ignore[union-attr]
        return 1


def _report(text: str) -> None:
    print(f"virtual board: {text}", file=sys.stderr)  # noqa: T201 (the process's only report)


def _serve(setting: Setting) -> int:
    from engines.board.virtual import artifact, offsets
    from engines.board.virtual.board import Board
    from engines.board.virtual.console import Console
    from engines.board.virtual.control import answer_to
    from engines.board.virtual.device_state import DeviceState
    from engines.board.virtual.guest import Machine
    from engines.board.virtual.links import connect, open_link
    from engines.board.virtual.recordings import Recording
    from engines.board.virtual.session import probe_imports

    files = _mounts(setting.flash, setting.sd, setting.modules)
    state = DeviceState(Recording.load(setting.recording) if setting.recording else None)
    build = artifact.load()
    machine = Machine(build)
    places = offsets.of(build, machine, probe_imports)
    link = open_link(setting.port)
    console = Console(link.patience)
    board = Board(machine, places, files, console, state, heap_size(setting.heap))
    _stop_at_signals(board)
    if link.name:
        print(link.name, flush=True)  # noqa: T201 (the port is this command's result)
    connect(link, console, board.stop)
    if setting.control:
        answer_to(setting.control, board)
    try:
        _live(board)
    finally:
        console.flush(0.5)
        console.close()
        link.close()
    sys.stdout.flush()
    if board.in_bootloader:
        _report("it is in its bootloader, where a pyboard waits for new firmware; start it again")
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
    mounts["rom"] = Mount(modules.resolve(), writable=False, only=ROM if modules == RESOURCES else None)
    mounts["firmware"] = Mount(RESOURCES / "virtual", writable=False, hidden=True)
    return Files(mounts)


def _stop_at_signals(board: Any) -> None:
    def stop(_number: int, _frame: object) -> None:
        threading.Thread(target=board.stop, name="board-stop", daemon=True).start()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
