"""Dirigent's one entrance: choose a mode by the arguments, nothing else."""

from __future__ import annotations

import sys
from importlib import import_module


def main(arguments: list[str]) -> int:
    """Run one mode and return the exit code."""
    # These come first and never import Qt: a frozen program is its own kernel, board and helper.
    if arguments[:1] == ["--kernel"]:
        from app.kernel_main import main as run_kernel

        run_kernel(arguments[1:])
        return 0
    if arguments[:1] == ["--virtual"]:
        from engines.board.virtual import main as run_board

        return run_board(arguments[1:])
    if arguments[:1] == ["--python-cell"]:
        from engines.board.compare.python_cell import main as run_cell

        return run_cell()
    if arguments[:1] == ["--esptool"]:
        from engines.board.firmware.esptool_process import run_esptool

        return run_esptool(arguments[1:])
    if arguments[:1] == ["--code-helper"]:
        from engines.board.code.helper_process import serve

        return serve(arguments[1:])

    from app.arguments import parse

    options = parse(arguments)
    mode = import_module(f"app.{options.mode}_main")  # each mode imports only what it needs
    code: int = mode.main(options)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
