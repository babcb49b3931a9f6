"""The board's firmware: write new one, and see which bootloaders wait for it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.board import board_of
from app.commands.registry import CommandError, command

if TYPE_CHECKING:
    from app.application import Application
    from widgets.board.firmware.wizard import FlashWizard

GROUP = "board"


@command("Flash firmware …", menu="Board", separator=True)
def flash(app: Application, file: Path | None = None, board: str = "") -> None:
    """Write MicroPython to a board from a .dfu, .uf2, .bin or .hex file of this computer."""
    from widgets.board.firmware.wizard import FlashWizard

    if app.window is None:
        raise CommandError("the flash wizard needs the window; start Dirigent with its window")
    wizard = _wizard_of(app)
    if wizard is None:
        session = board_of(app, board)
        wizard = FlashWizard(session, app.window)
        wizard.show()
    wizard.raise_()
    wizard.activateWindow()
    if file is not None:
        wizard.choose(file)


@command("List the bootloaders that are plugged in")
def flash_list(app: Application) -> Future[list[dict[str, str]]]:
    """Boards that wait for firmware: kind, name and place of each."""
    done: Future[list[dict[str, str]]] = Future()

    def look() -> None:
        from engines.board.firmware.bootloader import Host, find_bootloaders

        try:
            found = find_bootloaders(Host()).found
            done.set_result(
                [{"kind": each.kind.value, "name": each.name, "where": each.detail} for each in found]
            )
        except Exception as error:  # whatever it is, who asked is told
            done.set_exception(error)

    threading.Thread(target=look, name="board-bootloaders", daemon=True).start()
    return done


def refuse_while_flashing(app: Application) -> None:
    """For whatever would take the window away, or connect boards by itself.

    Raises:
        CommandError: the flash wizard is at work.
    """
    wizard = _wizard_of(app)
    if wizard is not None and wizard.phase.at_work:
        wizard.raise_()
        wizard.activateWindow()
        raise CommandError("a board is being written; wait for the flash wizard's end, then try again")


def _wizard_of(app: Application) -> FlashWizard | None:
    if app.window is None:
        return None
    from widgets.board.firmware.wizard import FlashWizard

    found: FlashWizard | None = app.window.findChild(FlashWizard)
    return found
