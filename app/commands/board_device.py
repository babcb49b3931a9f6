"""The device: what a board tells of itself, its clock, and what the world does to the virtual board."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.board import board_of, show_page, then
from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from engines.board.virtual import World

GROUP = "board"


@command("Show the board's files", menu="Board", separator=True)
def show_files(app: Application, board: str = "") -> None:
    """The files of this computer and of the board side by side."""
    show_page(app, board, "Files")


@command("Show the device page", menu="Board")
def show_device(app: Application, board: str = "") -> None:
    """What the board is, how full it is, and what its pins do."""
    show_page(app, board, "Device")


@command("Show the board's variables", menu="Board")
def show_variables(app: Application, board: str = "") -> None:
    """What is defined on the board: names, types and values."""
    show_page(app, board, "Variables")


@command("Tell about the device")
def device(app: Application, board: str = "") -> Future[dict[str, Any]]:
    """What the board tells of itself: name, version, memory, clock, disks, pins; null where it does not."""
    from engines.board.device.device import DeviceFacts, read_facts

    return then(board_of(app, board).submit("Reading the device", read_facts), DeviceFacts.as_json)


@command("Set the board's clock", menu="Board")
def set_clock(app: Application, board: str = "") -> Future[str]:
    """Give the board this computer's date and time; what was set."""
    from engines.board.device.device import set_rtc_now

    return then(board_of(app, board).submit("Setting the clock", set_rtc_now), datetime.isoformat)


@command("Measure a pin of the board")
def measure(app: Application, pin: str, board: str = "") -> Future[float]:
    """The voltage at a pyboard's pin (X19); the pin becomes an analog input."""
    from engines.board.device.device import read_volts

    return board_of(app, board).submit(f"Measuring {pin}", lambda bench: read_volts(bench, pin))


@command("Press the virtual board's switch")
def press_switch(app: Application, pressed: bool | None = None, board: str = "") -> None:
    """Press and let go the USR switch; with true or false only the one or the other."""
    world = _world(app, board)
    for act in (True, False) if pressed is None else (pressed,):
        world.press(act)


@command("Tilt the virtual board")
def tilt(app: Application, x: float, y: float, z: float, board: str = "") -> None:
    """Let its accelerometer feel x, y and z in g; flat on the table is 0 0 1."""
    _world(app, board).tilt(x, y, z)


@command("Apply volts to a pin of the virtual board")
def apply_volts(app: Application, pin: str, volts: float | None = None, board: str = "") -> None:
    """Connect a voltage to a pin (X19); without one the pin is left open."""
    from engines.board.device.pinout import IO_NAMES

    if pin not in IO_NAMES:
        raise CommandError(f"there is no pin {pin!r}; the pins are {', '.join(IO_NAMES)}")
    if volts is not None and not 0 <= volts <= 5:
        raise CommandError(f"a pin takes 0 to 5 volts, not {volts:g}")
    _world(app, board).apply(pin, volts)


@command("Replay a recording on the virtual board")
def replay(app: Application, path: Path | None = None, board: str = "") -> Future[None]:
    """Let its accelerometer feel a recording (CSV or .stream); without one it ends."""
    from engines.board.virtual.recordings import Recording

    world, done = _world(app, board), Future[None]()

    def play() -> None:
        try:
            if path is not None:
                Recording.load(path)  # who asked is told what is wrong with it
            world.replay(path)
            done.set_result(None)
        except Exception as error:
            done.set_exception(error)

    threading.Thread(target=play, name="board-replay", daemon=True).start()
    return done


def _world(app: Application, board: str) -> World:
    session = board_of(app, board)
    world: World | None = session.world
    if world is None:
        raise CommandError(f"{session.name} is not a virtual pyboard; connect it by board.connect_virtual")
    return world
