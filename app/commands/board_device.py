"""The device: what a board tells of itself, its clock, and what the world does to the virtual board."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.board import board_of
from app.commands.registry import CommandError, command
from engines.board.device import DeviceFacts, read_facts, read_volts, set_rtc_now
from engines.board.pinout import IO_NAMES

if TYPE_CHECKING:
    from app.application import Application
    from engines.board.virtual import World

GROUP = "board"


@command("Show the device page", menu="Board", separator=True)
def show_device(app: Application, board: str = "") -> None:
    """What the board is, how full it is, and what its pins do."""
    if app.window is None:
        raise CommandError("there is no window")
    app.window.show_board_page(board_of(app, board), "Device")


@command("Tell about the device")
def device(app: Application, board: str = "") -> Future[dict[str, Any]]:
    """What the board tells of itself: name, version, memory, clock, disks, pins; null where it does not."""
    return _then(board_of(app, board).submit("Reading the device", read_facts), DeviceFacts.as_json)


@command("Set the board's clock", menu="Board")
def set_clock(app: Application, board: str = "") -> Future[str]:
    """Give the board this computer's date and time; what was set."""
    return _then(board_of(app, board).submit("Setting the clock", set_rtc_now), datetime.isoformat)


@command("Measure a pin of the board")
def measure(app: Application, pin: str, board: str = "") -> Future[float]:
    """The voltage at a pyboard's pin (X19); the pin becomes an analog input."""
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
    if pin not in IO_NAMES:
        raise CommandError(f"there is no pin {pin!r}; the pins are {', '.join(IO_NAMES)}")
    _world(app, board).apply(pin, volts)


@command("Replay a recording on the virtual board")
def replay(app: Application, path: Path | None = None, board: str = "") -> None:
    """Let its accelerometer feel a recording (CSV or .stream in the project); without one it ends."""
    if path is not None:
        path = app.project.project.folder / path
        if not path.is_file():
            raise CommandError(f"{path}: there is no such file")
    _world(app, board).replay(path)


def _world(app: Application, board: str) -> World:
    session = board_of(app, board)
    world: World | None = session.world
    if world is None:
        raise CommandError(f"{session.name} is not a virtual pyboard; connect it by board.connect_virtual")
    return world


def _then(operation: Future[Any], make: Any) -> Future[Any]:
    """The result of an operation in another form."""
    made: Future[Any] = Future()

    def done(operation: Future[Any]) -> None:
        try:
            made.set_result(make(operation.result()))
        except Exception as error:
            made.set_exception(error)

    operation.add_done_callback(done)
    return made
