"""What a figure looks like where it does not say so itself: light and dark, as data."""

from __future__ import annotations

from dataclasses import dataclass

from engines.plot.colors import Color


@dataclass(frozen=True)
class Theme:
    """Colours and the text size (device-independent pixels) that the defaults are made from."""

    paper: Color
    text: Color
    muted: Color
    grid: Color
    zero: Color
    warning: Color
    colorway: tuple[str, ...]
    font_size: float = 12.0


# Okabe and Ito, "Color Universal Design" (2008), in the order of their contrast on the ground; yellow last.
OKABE_ITO = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6e6e6e", "#b8a800")
OKABE_ITO_ON_DARK = ("#4ba6e3", "#f0803c", "#2bbd93", "#de93bd", "#efb130", "#93cdf3", "#b4b4b4", "#f0e442")

LIGHT = Theme(
    paper=(255, 255, 255, 255),
    text=(45, 48, 52, 255),
    muted=(104, 109, 116, 255),
    grid=(232, 234, 237, 255),
    zero=(176, 180, 186, 255),
    warning=(176, 66, 0, 255),
    colorway=OKABE_ITO,
)
DARK = Theme(
    paper=(30, 31, 34, 255),
    text=(221, 223, 226, 255),
    muted=(154, 158, 165, 255),
    grid=(51, 53, 58, 255),
    zero=(98, 102, 109, 255),
    warning=(240, 150, 90, 255),
    colorway=OKABE_ITO_ON_DARK,
)
