"""The command line: which way in, with which arguments."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from app.local_socket import DEFAULT_INSTANCE, LONGEST_INSTANCE

MODES = ("run", "send", "board")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the command line; ``mode`` is ``window``, ``run``, ``send`` or ``board``."""
    if arguments[:1] and arguments[0] in MODES:
        return _parsers()[arguments[0]].parse_args(arguments[1:], argparse.Namespace(mode=arguments[0]))
    return _parsers()["window"].parse_args(arguments, argparse.Namespace(mode="window"))


def _parsers() -> dict[str, argparse.ArgumentParser]:
    return {"window": _window(), "run": _run(), "send": _send(), "board": _board()}


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py",
        description="Dirigent: a board, a sheet, a plot and a notebook over one workspace.",
        epilog="Other ways in: main.py run | send | board, each with --help.",
    )
    parser.add_argument("paths", nargs="*", type=Path, help="a project folder, or files to open")
    parser.add_argument("--example", help="open an example project by name, for instance accelerometer")
    parser.add_argument(
        "--instance",
        type=_instance,
        default=DEFAULT_INSTANCE,
        help="name of this window, for several side by side",
    )
    parser.add_argument("--trust", action="store_true", help="let the project run its code without asking")
    parser.add_argument("--theme", choices=("system", "light", "dark"), help="for this start only")
    return parser


def _run() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py run",
        description="Do a project's work without a window; exit code 0 when all of it worked.",
    )
    parser.add_argument(
        "project", nargs="?", type=Path, help="project folder or file (default: the accelerometer)"
    )
    parser.add_argument("--seconds", type=_seconds, default=5.0, help="how long to stream (default 5)")
    parser.add_argument("--out", type=Path, help="folder for the results (default build/NAME)")
    parser.add_argument(
        "--port",
        dest="ports",
        action="append",
        default=[],
        metavar="[NAME=]PORT",
        help="a serial port, or 'virtual'; with several boards NAME says which, else the first",
    )
    parser.add_argument(
        "-p",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a workspace name first",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"seconds are a number from 0 on, not {text!r}")
    return seconds


def _instance(text: str) -> str:
    """It becomes the name of a socket."""
    if not re.fullmatch(rf"[\w-]{{1,{LONGEST_INSTANCE}}}", text, re.ASCII):
        raise argparse.ArgumentTypeError(
            f"an instance's name is 1 to {LONGEST_INSTANCE} letters, digits, _ and -, not {text!r}"
        )
    return text


def _send() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py send", description="Send one command to the running window; prints its reply as JSON."
    )
    parser.add_argument("command", help="for instance notebook.run_all; help.commands lists them all")
    parser.add_argument("arguments", nargs="*", help="by position or NAME=VALUE")
    parser.add_argument("--instance", type=_instance, default=DEFAULT_INSTANCE)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for the reply")
    return parser


def _board() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="main.py board", description="Start the virtual pyboard alone and print its serial port."
    )
    parser.add_argument("--flash", type=Path, help="folder that plays /flash (default: a new, empty one)")
    parser.add_argument("--sd", type=Path, help="folder that plays /sd")
    parser.add_argument(
        "--recording", type=Path, help="CSV (t,ax,ay,az) or .stream that the accelerometer replays"
    )
    parser.add_argument("--heap", help="MicroPython's memory, for example 512K (default 192K, as a pyboard)")
    parser.add_argument(
        "--tcp", action="store_true", help="serve a TCP port of this computer instead of a PTY"
    )
    return parser
