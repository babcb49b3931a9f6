"""The kernel mode of the program (``main.py --kernel -f FILE``). Imports no Qt."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Serve the workspace, with the scripting names of all four tools, until the app ends it."""
    from engines.workspace.kernel_side.parent import end_with_parent

    end_with_parent()
    from engines.board import scripting as board
    from engines.plot import scripting as plot
    from engines.sheet import scripting as sheet
    from engines.workspace.kernel_side import scripting as workspace
    from engines.workspace.kernel_side.kernel import launch

    launch(arguments, [workspace.install, sheet.install, plot.install, board.install])
