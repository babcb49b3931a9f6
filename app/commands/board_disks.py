"""The board's other places for data: a mounted folder, ROMFS, flash partitions; and its variables."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.board import board_of, then
from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from engines.board.bench import RawBench

GROUP = "board"
_LONG = 600.0


@command("Mount a folder on the board")
def mount(app: Application, folder: Path, writable: bool = False, board: str = "") -> Future[None]:
    """Let the board use a folder of this computer as /remote, without copying."""
    try:
        return board_of(app, board).remote.mount(folder, writable=writable)
    except OSError as error:
        raise CommandError(str(error)) from error


@command("Mount the project's folder on the board", menu="Board", separator=True)
def mount_project(app: Application, board: str = "") -> Future[None]:
    """Let the board read the project's files as /remote; import finds its modules there first."""
    return mount(app, app.project.project.folder, board=board)


@command("Unmount the folder", menu="Board")
def unmount(app: Application, board: str = "") -> Future[None]:
    """Take /remote off the board."""
    return board_of(app, board).remote.unmount()


@command("Format the board's disk …", menu="Board")
def format(app: Application, confirm: bool = False, board: str = "") -> Future[dict[str, Any]] | None:  # noqa: A001
    """Make the disk in the board's flash anew, empty. The window asks first; ``confirm=yes`` says that every
    file on it may be lost."""
    from engines.board.storage.disk_format import format_board

    session = board_of(app, board)
    if confirm:
        return then(format_board(session), asdict)
    if app.window is None:
        raise CommandError("This deletes every file of the board. Say confirm=yes to do it.")
    app.window.show_board_page(session, "Files")
    app.window.panels.ask_format(session)
    return None


@command("Variables of the board")
def variables(app: Application, board: str = "") -> Future[list[dict[str, Any]]]:
    """Names, types, sizes and short values of what is defined on the board."""
    from engines.board.device.variables import read_variables

    return board_of(app, board).submit(
        "Reading variables", lambda bench: [asdict(each) for each in read_variables(bench)]
    )


@command("ROMFS partitions of the board")
def romfs_query(app: Application, board: str = "") -> Future[list[dict[str, Any]]]:
    """Places for ROMFS images, their sizes in bytes and how much is used."""
    from engines.board.storage import romfs

    return board_of(app, board).submit(
        "Looking for ROMFS", lambda bench: [asdict(each) for each in romfs.query(bench)]
    )


@command("Build a ROMFS image")
def romfs_build(app: Application, folder: Path, image: Path) -> int:
    """Write the files of a folder into an image; its size in bytes."""
    from engines.board.storage import romfs

    data = romfs.build(folder)
    image.write_bytes(data)
    return len(data)


@command("Deploy a ROMFS image")
def romfs_deploy(app: Application, source: Path, number: int = 0, board: str = "") -> Future[Any]:
    """Write a folder, or an image made of one, into the board's ROMFS; it is mounted after the next reset."""

    from engines.board.storage import romfs

    def work(bench: RawBench) -> dict[str, Any]:
        image = romfs.build(source) if source.is_dir() else source.read_bytes()
        return asdict(romfs.deploy(bench, image, number))

    return board_of(app, board).submit(f"Deploying {source.name}", work, timeout=_LONG)


@command("Flash partitions of the board")
def list_partitions(app: Application, board: str = "") -> Future[list[dict[str, Any]]]:
    """The partitions of an ESP32 board, with address and size in bytes."""
    from engines.board.storage import partitions

    return board_of(app, board).submit(
        "Reading partitions", lambda bench: [asdict(each) for each in partitions.partitions(bench)]
    )


@command("Read a flash partition")
def read_partition(app: Application, label: str, path: Path, board: str = "") -> Future[int]:
    """Copy the whole content of a partition into a file; its size in bytes."""
    from engines.board.storage import partitions

    return board_of(app, board).submit(
        f"Reading {label}", lambda bench: path.write_bytes(partitions.read(bench, label)), timeout=_LONG
    )


@command("Write a flash partition")
def write_partition(app: Application, label: str, path: Path, confirm: str, board: str = "") -> Future[None]:
    """Overwrite a partition with a file. ``confirm`` repeats the partition's name: what it held is lost."""
    from engines.board.storage import partitions

    if confirm != label:
        raise CommandError(f"This overwrites {label}. Repeat its name as the third argument to do it.")
    data = path.read_bytes()
    return board_of(app, board).submit(
        f"Writing {label}", lambda bench: partitions.write(bench, label, data), timeout=_LONG
    )


@command("Update an ESP32 over its second partition")
def update_firmware(app: Application, path: Path, board: str = "") -> Future[dict[str, Any]]:
    """Write new firmware beside the one that runs; the board starts it at the next reset."""
    from engines.board.storage import partitions

    image = path.read_bytes()
    return board_of(app, board).submit(
        "Updating the firmware", lambda bench: asdict(partitions.update(bench, image)), timeout=_LONG
    )


@command("Confirm an ESP32's new firmware")
def confirm_firmware(app: Application, board: str = "") -> Future[None]:
    """Keep the firmware that runs now, so that the board does not go back to the old one."""
    from engines.board.storage import partitions

    return board_of(app, board).submit("Confirming the firmware", partitions.confirm)
