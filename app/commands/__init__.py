"""Everything a user can do is a command: a plain function with a title, typed arguments and a docstring.

Menus, shortcuts, the palette, ``main.py send`` and the end-to-end tests all go through the same registry.
"""

from app.commands import (
    app,
    board,
    board_device,
    board_disks,
    board_firmware,
    board_sync,
    code,
    edit,
    file,
    kernel,
    notebook,
    notebook_cells,
    plot,
    sheet,
    stream,
    terminal,
    view,
    window,
)
from app.commands import help as help_commands

COMMAND_MODULES = (
    file,
    edit,
    view,
    board,
    board_device,
    board_firmware,
    board_sync,
    code,
    terminal,
    board_disks,
    stream,
    sheet,
    plot,
    notebook_cells,
    notebook,
    kernel,
    window,
    help_commands,
    app,
)
