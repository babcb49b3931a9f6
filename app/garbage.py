"""Cyclic garbage is collected in the GUI thread only.

Python collects in whichever thread happens to allocate, and a board's thread allocates much. A widget that is
freed in another thread than Qt's ends the process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.loop import Loop

PERIOD = 0.5


def collect_in(loop: Loop) -> Callable[[], None]:
    """From now on the loop's thread collects; the returned function makes it as it was."""
    was_enabled = gc.isenabled()
    gc.disable()
    end = loop.every(PERIOD, collect_due)

    def stop() -> None:
        end()
        if was_enabled:
            gc.enable()

    return stop


def collect_due() -> None:
    """Collect the oldest generation that Python would collect by itself now."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return
