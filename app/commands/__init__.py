"""Everything a user can do is a command: a plain function with a title, typed arguments and a docstring.

Menus, shortcuts, the palette, ``main.py send`` and the end-to-end tests all go through the same registry.
"""

from app.commands import app, board, edit, file, kernel, notebook, plot, sheet, view, window
from app.commands import help as help_commands

COMMAND_MODULES = (file, edit, view, board, sheet, plot, notebook, kernel, window, help_commands, app)
