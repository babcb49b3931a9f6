"""The kernel mode of the program (``main.py --kernel -f FILE``). Imports no Qt."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Serve the workspace until the app ends it."""
    from engines.workspace.kernel_side.kernel import launch

    launch(arguments, [])
