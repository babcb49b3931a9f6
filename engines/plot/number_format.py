"""Numbers as tick labels write them.

The automatic form follows plotly.js (``src/plots/cartesian/axes.js``, ``numFormat`` and ``autoTickRound``):
as many digits as the step needs, SI prefixes beyond thousands and thousandths. ``tickformat`` is the part
of d3-format (https://d3js.org/d3-format) without fill, alignment and locales.
"""

from __future__ import annotations

import math
import re

MINUS = "\N{MINUS SIGN}"
SI_PREFIXES = ("f", "p", "n", "μ", "m", "", "k", "M", "G", "T")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_D3 = re.compile(
    r"(?P<sign>[+( -])?(?P<zero>0)?(?P<width>\d+)?(?P<comma>,)?"
    r"(?:\.(?P<digits>\d+))?(?P<trim>~)?(?P<kind>[a-zA-Z%])?$"
)


def shared_exponent(largest: float, style: str) -> int:
    """The power of ten that all labels of an axis share: 0 up to 9999, then in steps of three for SI
    styles.
    """
    if style == "none" or largest <= 0 or not math.isfinite(largest):
        return 0
    exponent = math.floor(math.log10(largest) + 0.01)
    if abs(exponent) <= 3:
        return 0
    if style in ("SI", "B") and not _beyond_si(exponent):
        return 3 * math.floor((exponent - 1) / 3 + 0.5)
    return exponent


def _beyond_si(exponent: float) -> bool:
    return exponent > 14 or exponent < -15


def digits_for(step: float, largest: float) -> int:
    """How many decimals tell neighbouring ticks apart (``autoTickRound``: two digits of the step)."""
    if step <= 0 or not math.isfinite(step):
        return 2
    return 2 - math.floor(math.log10(step) + 0.01)


def auto(value: float, step: float, largest: float, style: str = "B", commas: bool = False) -> str:
    """A label for ``value`` on an axis with this step between ticks and this largest absolute value."""
    exponent = shared_exponent(largest, style)
    digits = digits_for(step, largest)
    scaled = abs(value) / 10.0**exponent
    decimals = digits + exponent
    rounded = f"{scaled:.{max(0, min(decimals, 20))}f}"
    if "." in rounded:
        rounded = rounded.rstrip("0").rstrip(".")
    if commas:
        whole, dot, rest = rounded.partition(".")
        rounded = f"{int(whole):,}{dot}{rest}"
    if float(rounded.replace(",", "")) == 0:
        return "0"
    return (MINUS if value < 0 else "") + rounded + suffix(exponent, style)


def suffix(exponent: int, style: str) -> str:
    """``k``, ``μ``, ``×10⁻²⁰``, ``e+20``: how a power of ten is written behind a number."""
    if exponent == 0:
        return ""
    if style == "B" and exponent == 9:
        return "B"
    if style in ("SI", "B") and not _beyond_si(exponent) and exponent % 3 == 0:
        return SI_PREFIXES[exponent // 3 + 5]
    if style in ("e", "E"):
        return f"{style}{'+' if exponent > 0 else MINUS}{abs(exponent)}"
    return f"×10{superscript(exponent)}"


def superscript(exponent: int) -> str:
    return str(exponent).translate(_SUPERSCRIPTS)


def d3(value: float, spec: str) -> str | None:
    """``value`` in a d3 format such as ``.2f``, ``,.0f``, ``.3s``, ``.1%``, ``+.2e``; None if it is not
    understood.
    """
    match = _D3.match(spec)
    if match is None or (match["kind"] and match["kind"] not in "efgrs%dxXobpn"):
        return None
    kind, digits = match["kind"], match["digits"]
    precision = int(digits) if digits else (12 if kind is None else 6)
    text = _d3_body(abs(value), kind, precision, bool(match["comma"]) or kind == "n")
    if text is None:
        return None
    if match["trim"] or kind is None:
        text = re.sub(r"(\.\d*?)0+(?=\D*$)", r"\1", text)
        text = re.sub(r"\.(?=\D*$)", "", text)
    negative = value < 0 and any(digit in text for digit in "123456789")
    sign = MINUS if negative else match["sign"] if match["sign"] in ("+", " ") else ""
    if match["width"]:
        text = text.rjust(int(match["width"]) - len(sign), "0" if match["zero"] else " ")
    return f"{sign}{text}"


def _d3_body(size: float, kind: str | None, precision: int, commas: bool) -> str | None:
    comma = "," if commas else ""
    if kind in ("%", "p"):
        places = precision if kind == "%" else max(0, precision - 1 - _magnitude(size * 100))
        return f"{size * 100:{comma}.{places}f}%"
    if kind == "s":
        return _si(size, precision)
    if kind == "r":
        return f"{size:{comma}.{max(0, precision - 1 - _magnitude(size))}f}"
    if kind in ("d", "x", "X", "o", "b"):
        return f"{round(size):{comma if kind == 'd' else ''}{kind}}"
    if kind == "e":
        return re.sub(r"e([+-])0*(\d)", r"e\1\2", f"{size:.{precision}e}").replace("-", MINUS)
    if kind == "f":
        return f"{size:{comma}.{precision}f}"
    return f"{size:{comma}.{max(precision, 1)}g}"


def _magnitude(size: float) -> int:
    return math.floor(math.log10(size)) if size > 0 else 0


def _si(size: float, precision: int) -> str:
    rounded = float(f"{size:.{max(precision, 1) - 1}e}")
    exponent = max(-15, min(12, 3 * math.floor(_magnitude(rounded) / 3)))
    scaled = size / 10.0**exponent
    places = max(0, precision - 1 - _magnitude(rounded) + exponent)
    return f"{scaled:.{places}f}{SI_PREFIXES[exponent // 3 + 5]}"
