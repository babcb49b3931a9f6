"""Folders and packages on the board: sync, watch, compile, install."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.board import board_of, show_page, then
from app.commands.registry import CommandError, NothingToDo, command

if TYPE_CHECKING:
    from app.application import Application
    from engines.board.packages.installed import Installed, Listing
    from engines.board.packages.packages import Removal

GROUP = "board"


@command("Sync a folder …", menu="Board", separator=True)
def show_sync(app: Application, board: str = "") -> None:
    """Compare a folder with the board, look at the plan, then do it."""
    show_page(app, board, "Sync")


@command("Packages …", menu="Board")
def show_packages(app: Application, board: str = "") -> None:
    """What is installed on the board; install and remove."""
    show_page(app, board, "Packages")


@command("Sync a folder with the board")
def sync(
    app: Application,
    folder: Path,
    path: str = "",
    direction: str = "to_board",
    delete: bool = False,
    compiled: bool = False,
    dry_run: bool = False,
    board: str = "",
) -> Future[dict[str, Any]]:
    """Make a folder and one of the board (PATH) the same: DIRECTION is to_board, from_board or both.

    What was changed on both sides is left alone and told. dry_run=yes only tells what would be done.
    """
    from engines.board.sync import sync as sync_engine
    from engines.board.sync.sync import Direction, Pair

    pair = Pair(folder, path, Direction(direction), delete=delete, compiled=compiled)
    return sync_engine.run(board_of(app, board), pair, dry_run=dry_run)


@command("Undo the last sync", menu="Board")
def undo_sync(app: Application, board: str = "") -> Future[tuple[str, ...]]:
    """Take back what the last sync did on both sides; names the files that were changed since and stay."""
    from engines.board.errors import BoardError
    from engines.board.sync import sync as sync_engine

    try:
        return sync_engine.undo_last(board_of(app, board))
    except BoardError as error:
        raise NothingToDo(str(error)) from error


@command("Put saved files onto the board")
def watch(
    app: Application,
    folder: Path,
    state: str = "toggle",
    path: str = "",
    restart: bool = False,
    compiled: bool = False,
    board: str = "",
) -> str:
    """Watch a folder: every saved file is put onto the board (into PATH) at once. STATE is on, off or toggle.

    A running program is waited for; restart=yes interrupts it and resets the board after the files are put.
    """
    from engines.board.errors import BoardError

    session, watches = board_of(app, board), app.project.syncs.watches
    if state not in ("on", "off", "toggle"):
        raise CommandError(f"watch a folder on, off or toggle; not {state!r}")
    if state == "off" or (state == "toggle" and watches.find(session, folder)):
        watches.stop(session, folder)
        return f"{folder} is not watched."
    try:
        watches.start(session, folder, path, restart=restart, compiled=compiled)
    except BoardError as error:
        raise CommandError(str(error)) from error
    return f"{folder} is watched: saved files are put onto the board."


@command("List the watched folders")
def watches(app: Application) -> list[list[str]]:
    """Folders whose saved files are put onto a board, each with the board's name."""
    return [[str(each.folder), each.session.name] for each in app.project.syncs.watches]


@command("Compile a file and copy it to the board")
def put_compiled(app: Application, local: Path, remote: str = "", board: str = "") -> Future[str]:
    """Put a Python file as .mpy, made for this board; by default beside its programs, under its own name."""
    from engines.board.sync import sync as sync_engine

    return sync_engine.put_compiled(board_of(app, board), local, remote)


@command("List the board's packages")
def packages(app: Application, board: str = "") -> Future[dict[str, Any]]:
    """The lib folder, and the names, versions and files of the packages in it."""
    from engines.board.packages.installed import list_packages

    return then(list_packages(board_of(app, board)), _listing_data)


@command("Install a package on the board")
def install(
    app: Application,
    spec: str,
    index: str = "",
    version: str = "",
    compiled: bool = True,
    target: str = "",
    board: str = "",
) -> Future[list[dict[str, Any]]]:
    """Install a folder, a wheel, a module, package.json, a URL, github:user/repository, or a name of an INDEX
    (its URL or folder, or micropython.org)."""
    from engines.board.packages.packages import Installation
    from engines.board.packages.source import meant_in

    folder = app.project.project.folder
    installation = Installation(
        board_of(app, board),
        meant_in(folder, spec),
        index=meant_in(folder, index),
        version=version,
        compiled=compiled,
        target=target,
    )
    return then(installation.result, lambda installed: [_package_data(each) for each in installed])


@command("Remove a package from the board")
def remove_package(app: Application, name: str, board: str = "") -> Future[str]:
    """Delete a package's files from the board; board.put_package_back puts them back."""
    from engines.board.packages.packages import remove as remove_from_board

    session, syncs = board_of(app, board), app.project.syncs

    def removed(removal: Removal) -> str:
        syncs.removed.append((session, removal))
        return f"{name} was removed from {removal.lib}"

    operation = remove_from_board(
        session, name, syncs.kept, stopped=lambda removal: syncs.removed.append((session, removal))
    )
    return then(operation, removed)


@command("Put the removed package back")
def put_package_back(app: Application) -> Future[str]:
    """Undo the last board.remove_package."""
    from engines.board.packages.packages import put_back

    removed = app.project.syncs.removed
    if not removed:
        raise CommandError("no package was removed")
    last = removed[-1]
    session, removal = last

    def back(nothing: None) -> str:
        removed.remove(last)
        return f"{removal.package.name} is back in {removal.lib}"

    return then(put_back(session, removal), back)


@command("Write although the board's disk is mounted here")
def write_anyway(app: Application, board: str = "") -> None:
    """Until the connection ends, write to a board whose disk this computer has mounted as well."""
    board_of(app, board).disk_guard.allow()


def _package_data(package: Installed) -> dict[str, Any]:
    return {
        "name": package.name,
        "version": package.version,
        "files": list(package.files),
        "needs": list(package.needs),
    }


def _listing_data(listing: Listing) -> dict[str, Any]:
    return {"lib": listing.lib, "packages": [_package_data(each) for each in listing.packages]}
