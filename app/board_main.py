"""``main.py board``: the virtual pyboard alone, on a port that any other program can open."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from engines.board.virtual import serve
from engines.board.virtual.cli import HEAP


def main(options: argparse.Namespace) -> int:
    """Serve until the process is ended. Without ``--flash`` its /flash is empty and it streams nothing."""
    if options.flash is not None:
        options.flash.mkdir(parents=True, exist_ok=True)
        return _serve(options, options.flash)
    with tempfile.TemporaryDirectory(prefix="dirigent-flash-") as folder:
        return _serve(options, Path(folder))


def _serve(options: argparse.Namespace, flash: Path) -> int:
    return serve(
        flash,
        sd=options.sd,
        recording=options.recording,
        heap=options.heap or HEAP,
        port="tcp" if options.tcp else None,
    )
