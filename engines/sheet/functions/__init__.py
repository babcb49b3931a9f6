"""Sheet functions with their spreadsheet meaning, by their names in capitals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engines.sheet.functions import dates, logic, lookup, mathematics, statistics, text

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **mathematics.FUNCTIONS,
    **statistics.FUNCTIONS,
    **logic.FUNCTIONS,
    **text.FUNCTIONS,
    **dates.FUNCTIONS,
    **lookup.FUNCTIONS,
}
FUNCTION_NAMES = frozenset(FUNCTIONS) | {"IF"}
VOLATILE = frozenset({"NOW", "TODAY"})
"""Functions whose value changes with nothing that the formula reads."""
