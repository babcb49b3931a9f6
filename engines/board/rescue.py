"""Freeing a board whose main.py locks everyone out.

Ctrl-C is sent many times a second, also while the port goes and comes back (the board is unplugged and
plugged in again), so that one of them meets the moment between the start of the board and that of its
program. Then the raw REPL is opened without a reset, for a reset would start main.py again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from engines.board.connection.link import Link
from engines.board.connection.port_errors import PortError
from engines.board.connection.transport import Target, Transport
from engines.board.prompt import Place, PromptWatch
from engines.board.repl import ENTER_RAW, INTERRUPT, RAW_BANNER

PERIOD = 0.01
_RAW_EVERY = 5
"""Every so many beats the raw REPL is tried, for the board may have a prompt of its own."""
_PATIENCE = 3.0
"""After so long the user is asked for help."""
_KEPT = 400
AT_WORK = "Interrupting the board …"
HELP = "Unplug the board and plug it in again while this goes on, or press its reset button."
WAITING = "The port is gone; plug the board in. Its program will be interrupted at once."


def open_soon(target: Target, check: Callable[[], object]) -> Transport:
    """Open a port as soon as it is there; what ``check`` raises ends the waiting."""
    while True:
        check()
        try:
            return target.open()
        except PortError:
            time.sleep(PERIOD)


def free(link: Link, target: Target, check: Callable[[], object], tell: Callable[[str], object]) -> None:
    """Interrupt the board until its raw REPL is open; the link is made anew whenever it breaks.

    Args:
        check: raises when it has to end (cancelled, out of time).
        tell: takes a sentence for the user about what goes on.
    """
    began = time.monotonic()
    tell(AT_WORK)
    while True:
        try:
            _hammer(link, check, lambda: tell(HELP if time.monotonic() - began > _PATIENCE else AT_WORK))
            return
        except PortError:
            if not target.returns:
                raise
            tell(WAITING)
            link.close()
            link.renew(open_soon(target, check))


def _hammer(link: Link, check: Callable[[], object], tell: Callable[[], object]) -> None:
    """^C and ^A in turn: at the prompt ^A opens the raw REPL, where ^C does no harm."""
    watch, seen = PromptWatch(), b""
    beat = 0
    while RAW_BANNER not in seen:
        check()
        tell()
        link.forget_outgoing()  # a board that takes nothing must not find a pile later
        raw = beat % _RAW_EVERY == 0 or watch.place is Place.PROMPT
        link.write(ENTER_RAW if raw and beat else INTERRUPT)
        text = link.read(PERIOD)
        watch.saw(text)
        seen = (seen + text)[-_KEPT:]
        beat += 1
    while link.read(5 * PERIOD):  # answers to the last Ctrl-C
        check()
