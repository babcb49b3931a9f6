"""Dirigent's one entrance: choose a mode by the arguments, nothing else."""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> int:
    # The kernel mode comes first: a frozen program is its own kernel and must not open another window.
    if arguments[:1] == ["--kernel"]:
        from app.kernel_main import main as run_kernel

        run_kernel(arguments[1:])
        return 0
    raise SystemExit(2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
