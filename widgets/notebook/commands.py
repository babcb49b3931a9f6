"""What a user can do with a notebook: one list that feeds keys, menus, toolbar and the app's palette."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotebookCommand:
    """``method`` is a method of ``NotebookView`` without arguments; ``keys`` work in command mode.

    A key is one press ("a", "Shift+M", "Ctrl+Return") or two ("D D"). Those in ``edit_keys`` work while a
    cell is edited too.
    """

    name: str
    title: str
    method: str
    keys: tuple[str, ...] = ()
    edit_keys: tuple[str, ...] = ()
    in_menu: bool = False
    """Whether the cells' context menu has it."""


def _command(
    name: str,
    title: str,
    keys: tuple[str, ...] = (),
    edit_keys: tuple[str, ...] = (),
    *,
    in_menu: bool = False,
) -> NotebookCommand:
    return NotebookCommand(f"notebook.{name}", title, name, (*keys, *edit_keys), edit_keys, in_menu)


COMMANDS: tuple[NotebookCommand, ...] = (
    _command("run_and_advance", "Run cell and go to the next", (), ("Shift+Return", "Shift+Enter")),
    _command("run_in_place", "Run cell", (), ("Ctrl+Return", "Ctrl+Enter"), in_menu=True),
    _command("run_and_insert", "Run cell and insert one below", (), ("Alt+Return", "Alt+Enter")),
    _command("run_all", "Run all cells"),
    _command("run_above", "Run the cells above", in_menu=True),
    _command("run_below", "Run this cell and those below", in_menu=True),
    _command("run_stale", "Run stale cells"),
    _command("interrupt", "Interrupt the running cell", ("I I",)),
    _command("restart", "Restart the kernel", ("0 0",)),
    _command("edit_cell", "Edit cell", ("Return", "Enter")),
    _command("leave_cell", "Leave the cell (command mode)", (), ("Esc", "Ctrl+M")),
    _command("select_previous", "Select the cell above", ("K", "Up")),
    _command("select_next", "Select the cell below", ("J", "Down")),
    _command("extend_up", "Extend the selection up", ("Shift+K", "Shift+Up")),
    _command("extend_down", "Extend the selection down", ("Shift+J", "Shift+Down")),
    _command("select_first", "Go to the first cell", ("Home", "Ctrl+Home", "Ctrl+Up")),
    _command("select_last", "Go to the last cell", ("End", "Ctrl+End", "Ctrl+Down")),
    _command("select_all", "Select all cells", ("Ctrl+A",)),
    _command("insert_above", "Insert a cell above", ("A",)),
    _command("insert_below", "Insert a cell below", ("B",)),
    _command("cut", "Cut cells", ("X", "Ctrl+X"), in_menu=True),
    _command("copy", "Copy cells", ("C", "Ctrl+C"), in_menu=True),
    _command("paste_below", "Paste cells below", ("V", "Ctrl+V"), in_menu=True),
    _command("paste_above", "Paste cells above", ("Shift+V",)),
    _command("delete", "Delete cells", ("D D",), in_menu=True),
    _command("move_up", "Move cells up", (), ("Ctrl+Shift+Up",)),
    _command("move_down", "Move cells down", (), ("Ctrl+Shift+Down",)),
    _command("undo", "Undo", ("Z", "Ctrl+Z")),
    _command("redo", "Redo", ("Shift+Z", "Ctrl+Shift+Z", "Ctrl+Y")),
    _command("split", "Split the cell at the cursor", (), ("Ctrl+Shift+-", "Ctrl+Shift+_", "Ctrl+_")),
    _command("merge", "Merge cells", ("Shift+M",), in_menu=True),
    _command("make_markdown", "Change to text", ("M",), in_menu=True),
    _command("make_code", "Change to code", ("Y",), in_menu=True),
    _command("make_raw", "Change to raw", ("R",)),
    _command("toggle_line_numbers", "Line numbers", ("L",)),
    _command("toggle_output", "Hide or show the output", ("O",), in_menu=True),
    _command("clear_output", "Clear the output", in_menu=True),
    _command("clear_all_outputs", "Clear all outputs"),
    _command("find", "Find in the notebook", (), ("Ctrl+F",)),
)


def key_table(edit_mode: bool) -> dict[str, str]:
    """Keys, as Qt writes them, to method names."""
    return {
        key: command.method
        for command in COMMANDS
        for key in (command.edit_keys if edit_mode else command.keys)
    }
