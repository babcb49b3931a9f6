"""Formulas as pictures: ziamath draws them as SVG in a thread, Qt paints them."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from types import ModuleType

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, QThreadPool, Signal
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

CACHED = 2_000
LONGEST = 10_000  # characters of TeX
SIDE = 1  # pixels left free: Qt may place an image between two pixels and then drops a column


@dataclass(frozen=True)
class Formula:
    """What to draw: TeX, whether on a line of its own, font size in pixels, colour as #rrggbb."""

    tex: str
    display: bool
    size: float
    colour: str


@dataclass(frozen=True)
class MathPicture:
    """A drawn formula, or ``error`` when the TeX could not be read. Sizes in pixels."""

    svg: bytes = b""
    width: float = 0
    height: float = 0
    depth: float = 0
    """How far it reaches below the baseline."""
    error: str = ""


def draw_formula(formula: Formula) -> MathPicture:
    """Draw with ziamath (STIX Two Math); never raises."""
    try:
        latex = _ziamath().Latex
        inline = not formula.display
        element = latex(
            formula.tex[:LONGEST], size=formula.size, color=formula.colour, inline=inline
        ).svgxml()
        _, top, width, height = (float(number) for number in element.attrib["viewBox"].split())
    except Exception as error:  # whatever TeX people write, the notebook shows its source instead
        return MathPicture(error=f"{type(error).__name__}: {error}")
    from xml.etree import ElementTree

    return MathPicture(ElementTree.tostring(element), width, height, top + height)


@lru_cache(maxsize=1)
def _ziamath() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of importlib.resources.path, at import on Python 3.11
        import ziamath
    ziamath.config.svg2 = False  # plain paths: Qt does not draw the symbols of SVG 2
    for parameters in ziamath.operators.operators.values():
        if parameters.get("largeop") == "true":  # sums do not stretch in TeX; stretched, their fences
            parameters.pop("stretchy", None)  # would be measured as 2000 pixels high
    return ziamath


class MathPictures(QObject):
    """Draws each formula once. What is not drawn yet comes later, announced by ``drawn``."""

    drawn = Signal()
    """Formulas that were asked for are ready."""
    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures: OrderedDict[Formula, MathPicture] = OrderedDict()
        self._waiting: set[Formula] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def picture(self, formula: Formula) -> MathPicture | None:
        """The picture, or None while it is being drawn."""
        found = self._pictures.get(formula)
        if found is not None:
            self._pictures.move_to_end(formula)
            return found
        if formula not in self._waiting:
            self._waiting.add(formula)
            self._pool.start(lambda: self._done.emit(formula, draw_formula(formula)))
        return None

    def close(self) -> None:
        """Stop drawing: call before the owner goes away."""
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, formula: Formula, picture: MathPicture) -> None:
        self._waiting.discard(formula)
        self._pictures[formula] = picture
        if len(self._pictures) > CACHED:
            self._pictures.popitem(last=False)
        if not self._waiting:
            self.drawn.emit()


def inline_image(picture: MathPicture, ratio: float, font: QFontMetrics) -> QImage:
    """The picture for a text line, padded so that Qt's "middle" alignment puts its baseline on the text's.

    Qt gives such an image a box around the height of a quarter x above the baseline, and paints it in the
    middle of the line (QTextDocumentLayout::resizeInlineObject, QTextLine::draw). Both are the same place
    when no text reaches beyond the box.
    """
    middle = font.xHeight() / 4
    above = max(picture.height - picture.depth, font.ascent() + 1)
    below = max(picture.depth, font.descent() + 1)
    height = ceil(2 * max(above - middle, below + middle))
    top = height / 2 + middle - (picture.height - picture.depth)
    width = ceil(picture.width) + 2 * SIDE
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    renderer = QSvgRenderer(QByteArray(picture.svg))
    renderer.render(painter, QRectF(SIDE, top, picture.width, picture.height))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
