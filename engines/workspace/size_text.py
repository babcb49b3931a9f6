"""Numbers of bytes in words."""

from __future__ import annotations


def size_text(size: int) -> str:
    """Bytes as a person reads them: 950 B, 12.3 kB, 123 MB; '' for less than none."""
    if size < 0:
        return ""
    value, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
