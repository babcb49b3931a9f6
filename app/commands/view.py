"""What is shown and how: palette, layouts, panels, theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.commands.registry import CommandError, command
from app.docks import LAYOUTS
from app.theme import apply_theme

if TYPE_CHECKING:
    from app.application import Application
    from app.window import Window


@command("Command palette …", menu="View", key="Ctrl+Shift+P")
def palette(app: Application) -> None:
    """Find any command by a few letters of its title."""
    _window(app).open_palette()


@command("Layout: everything", menu="View", separator=True)
def layout_everything(app: Application) -> None:
    """Plot and sheet at the left, notebook and panels at the right."""
    layout(app, "Everything")


@command("Layout: board bench", menu="View")
def layout_board(app: Application) -> None:
    """The board large, with plot and sheet beside it."""
    layout(app, "Board bench")


@command("Layout: analysis", menu="View")
def layout_analysis(app: Application) -> None:
    """The plot large, with sheet and variables beside it."""
    layout(app, "Analysis")


@command("Layout: notebook", menu="View")
def layout_notebook(app: Application) -> None:
    """The notebook large, with plot and variables beside it."""
    layout(app, "Notebook")


@command("Layout")
def layout(app: Application, name: str) -> None:
    """Arrange the panels by a named layout."""
    if name not in LAYOUTS:
        raise CommandError(f"there is no layout {name!r}; there are: {', '.join(LAYOUTS)}")
    _window(app).docks.arrange(name)


@command("Show panel")
def panel(app: Application, name: str) -> None:
    """Show a panel and give it the focus; names are like board:board, plot:Motion, console."""
    docks = _window(app).docks
    if name not in docks:
        raise CommandError(f"there is no panel {name!r}; there are: {', '.join(docks.names())}")
    docks.show(name)


@command("Go to the board", menu="View", key="Ctrl+1", separator=True)
def board(app: Application) -> None:
    """Show the board's terminal and files."""
    _show_kind(app, "board")


@command("Go to the sheet", menu="View", key="Ctrl+2")
def sheet(app: Application) -> None:
    """Show the first sheet."""
    _show_kind(app, "sheet")


@command("Go to the plot", menu="View", key="Ctrl+3")
def plot(app: Application) -> None:
    """Show the first figure."""
    _show_kind(app, "plot")


@command("Go to the notebook", menu="View", key="Ctrl+4")
def notebook(app: Application) -> None:
    """Show the first notebook."""
    _show_kind(app, "notebook")


@command("Go to the console", menu="View", key="Ctrl+5")
def console(app: Application) -> None:
    """Show the Python console."""
    panel(app, "console")


@command("Go to the variables", menu="View", key="Ctrl+6")
def variables(app: Application) -> None:
    """Show the variables of the workspace."""
    panel(app, "variables")


@command("Go to the messages", menu="View", key="Ctrl+7")
def messages(app: Application) -> None:
    """Show what was said in this session."""
    panel(app, "messages")


@command("Theme: as the system", menu="View", separator=True)
def theme_system(app: Application) -> None:
    """Follow the system between light and dark."""
    theme(app, "system")


@command("Theme: light", menu="View")
def theme_light(app: Application) -> None:
    """Always light."""
    theme(app, "light")


@command("Theme: dark", menu="View")
def theme_dark(app: Application) -> None:
    """Always dark."""
    theme(app, "dark")


@command("Theme")
def theme(app: Application, name: str) -> None:
    """Choose system, light or dark."""
    if name not in ("system", "light", "dark"):
        raise CommandError(f"a theme is system, light or dark, not {name!r}")
    app.settings.theme = app.theme = name
    apply_theme(app.qt, name)


def _window(app: Application) -> Window:
    if app.window is None:
        raise CommandError("no window is open")
    return app.window


def _show_kind(app: Application, kind: str) -> None:
    found = [name for name in _window(app).docks.names() if name.partition(":")[0] == kind]
    if not found:
        raise CommandError(f"the project has no {kind} yet; make one in the File menu")
    panel(app, found[0])
