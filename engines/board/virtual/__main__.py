"""``python -m engines.board.virtual``: the virtual pyboard on this process's standard input and output."""

from __future__ import annotations

import sys

from engines.board.virtual.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
