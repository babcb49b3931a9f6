"""Numbers in narrow cells."""

from __future__ import annotations


def fitted_number(text: str, room: int) -> str:
    """The number in at most ``room`` characters: with fewer digits, never cut to another number.

    Where even its size does not fit, ``#`` signs.
    """
    if len(text) <= room:
        return text
    try:
        number = float(text)
    except ValueError:  # complex, or a fraction
        return "#" * max(room, 1)
    for digits in range(min(room, 10), 0, -1):
        shorter = f"{number:.{digits}g}"
        if len(shorter) <= room:
            return shorter
    return "#" * max(room, 1)
