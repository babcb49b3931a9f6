"""Painting a scene with QPainter: on the screen, on images, on SVG and on PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPixmap, QTransform

from engines.plot.colors import Color
from engines.plot.scene import (
    Box,
    Clip,
    Fill,
    Image,
    Item,
    Line,
    Markers,
    Polyline,
    Rect,
    Scene,
    Stroke,
    Text,
)
from engines.plot.strokes import covering_segments
from engines.plot.symbols import SYMBOLS
from widgets.plot.fonts import ascent_and_descent, measure, scene_font
from widgets.plot.qt_arrays import draw_segments, draw_stamps, pieces, polygon

# A stroker that joins a thick line costs the raster engine 15 times what single segments do (45 ms instead
# of 3 for three lines of 2,000 points); where points are dense, nobody sees the joins.
DENSE = 400
MANY_MARKERS = 400


def paint_scene(painter: QPainter, scene: Scene, vector: bool = False) -> None:
    """Paint the whole scene. ``vector``: the device keeps shapes (SVG, PDF), so nothing is simplified for
    speed.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    _paint(painter, scene.items, vector)


def _paint(painter: QPainter, items: Iterable[Item], vector: bool) -> None:
    for item in items:
        _PAINT[type(item)](painter, item, vector)


def qcolor(color: Color) -> QColor:
    return QColor(*color)


def qrect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def pen(stroke: Stroke, cap: Qt.PenCapStyle = Qt.PenCapStyle.FlatCap) -> QPen:
    made = QPen(qcolor(stroke.color), stroke.width, Qt.PenStyle.SolidLine, cap, Qt.PenJoinStyle.BevelJoin)
    if stroke.dash and stroke.width > 0:
        made.setDashPattern([max(part / stroke.width, 0.01) for part in stroke.dash])
    return made


def _polyline(painter: QPainter, item: Polyline, vector: bool) -> None:
    if len(item.xs) < 2:
        return
    stroke = item.stroke
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not vector and stroke.width > 1 and not stroke.dash and len(item.xs) > DENSE:
        opaque = stroke.color[3] == 255
        painter.setPen(pen(stroke, Qt.PenCapStyle.SquareCap if opaque else Qt.PenCapStyle.FlatCap))
        draw_segments(painter, covering_segments(item.xs, item.ys, _ratio(painter)))
        return
    painter.setPen(pen(stroke))
    for xs, ys in pieces(item.xs, item.ys):
        if len(xs) > 1:
            painter.drawPolyline(polygon(xs, ys))


def _fill(painter: QPainter, item: Fill, vector: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(qcolor(item.color))
    for xs, ys in pieces(item.xs, item.ys):
        painter.drawPolygon(polygon(xs, ys), Qt.FillRule.WindingFill)


def _line(painter: QPainter, item: Line, vector: bool) -> None:
    upright, level = item.x1 == item.x2, item.y1 == item.y2
    if not vector and item.stroke.width == 1 and not item.stroke.dash and upright != level:
        _thin_line(painter, item, upright)
        return
    painter.setPen(pen(item.stroke))
    painter.drawLine(QLineF(item.x1, item.y1, item.x2, item.y2))


def _thin_line(painter: QPainter, item: Line, upright: bool) -> None:
    """On whole pixels: one sharp row instead of two grey ones, and filling is much faster than stroking."""
    left, right = sorted((item.x1, item.x2))
    top, bottom = sorted((item.y1, item.y2))
    if upright:
        box = QRectF(_edge(painter, left), top, 1.0, bottom - top)
    else:
        box = QRectF(left, _edge(painter, top), right - left, 1.0)
    painter.fillRect(box, qcolor(item.stroke.color))


def _edge(painter: QPainter, middle: float) -> float:
    """Where a line of one pixel's width around this place begins, on the edge of a device pixel."""
    ratio = _ratio(painter)
    return np.floor((middle - 0.5) * ratio + 0.5) / ratio if ratio else middle - 0.5


def _ratio(painter: QPainter) -> float:
    """Device pixels in one pixel of the scene."""
    return float(painter.device().devicePixelRatio() * painter.transform().m11())


def _rect(painter: QPainter, item: Rect, vector: bool) -> None:
    if item.fill and not item.stroke and not vector:
        painter.fillRect(qrect(item.box), qcolor(item.fill))
        return
    painter.setPen(pen(item.stroke) if item.stroke else Qt.PenStyle.NoPen)
    painter.setBrush(qcolor(item.fill) if item.fill else QBrush())
    painter.drawRect(qrect(item.box))


def _text(painter: QPainter, item: Text, vector: bool) -> None:
    painter.setFont(scene_font(item.size, item.family))
    painter.setPen(qcolor(item.color))
    x, y = _text_offset(item)
    if not item.angle:
        painter.drawText(QPointF(item.x + x, item.y + y), item.text)
        return
    painter.save()
    painter.translate(item.x, item.y)
    painter.rotate(item.angle)
    painter.drawText(QPointF(x, y), item.text)
    painter.restore()


def _text_offset(item: Text) -> tuple[float, float]:
    """From the anchor to the left end of the base line."""
    width = measure(item.text, item.size)[0]
    ascent, descent = ascent_and_descent(item.size, item.family)
    x = {"left": 0.0, "center": -width / 2, "right": -width}[item.halign]
    y = {"top": ascent, "middle": (ascent - descent) / 2, "bottom": -descent}[item.valign]
    return x, y


def _image(painter: QPainter, item: Image, vector: bool) -> None:
    rows, columns = item.pixels.shape[:2]
    pixels = np.ascontiguousarray(item.pixels)
    painter.drawImage(
        qrect(item.box), QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_RGBA8888)
    )


def _clip(painter: QPainter, item: Clip, vector: bool) -> None:
    painter.save()
    painter.setClipRect(qrect(item.box), Qt.ClipOperation.IntersectClip)
    _paint(painter, item.items, vector)
    painter.restore()


def symbol_path(symbol: str) -> QPainterPath:
    """A marker symbol of diameter 1 around the origin."""
    path = QPainterPath()
    corners = SYMBOLS[symbol]
    if not corners:
        path.addEllipse(QPointF(0, 0), 0.5, 0.5)
        return path
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.closeSubpath()
    return path


def _markers(painter: QPainter, item: Markers, vector: bool) -> None:
    uniform = isinstance(item.sizes, int | float) and isinstance(item.colors[0], int)
    if uniform and not vector and len(item.xs) > MANY_MARKERS:
        _stamped(painter, item)
        return
    path = symbol_path(item.symbol)
    sizes = np.broadcast_to(np.asarray(item.sizes, float), item.xs.shape)
    painter.setPen(pen(item.outline) if item.outline else Qt.PenStyle.NoPen)
    if uniform:
        painter.setBrush(qcolor(item.colors))  # type: ignore[arg-type]
    scaled: dict[float, QPainterPath] = {}
    for index, (x, y, size) in enumerate(
        zip(item.xs.tolist(), item.ys.tolist(), sizes.tolist(), strict=True)
    ):
        if not uniform and not isinstance(item.colors[0], int):
            painter.setBrush(qcolor(item.colors[index]))  # type: ignore[arg-type]
        elif not uniform and index == 0:
            painter.setBrush(qcolor(item.colors))  # type: ignore[arg-type]
        shape = scaled.get(size)
        if shape is None:
            shape = scaled[size] = _scaled(path, size)
        painter.drawPath(shape.translated(x, y))


def _scaled(path: QPainterPath, size: float) -> QPainterPath:
    return QTransform.fromScale(size, size).map(path)


def _stamped(painter: QPainter, item: Markers) -> None:
    """Very many equal markers: one is painted, the others are copies of its pixels."""
    ratio = _ratio(painter)
    edge = item.outline.width if item.outline else 0.0
    size = int(np.ceil((float(np.max(item.sizes)) * 1.4 + edge) * ratio)) + 2
    stamp = QPixmap(size, size)
    stamp.fill(Qt.GlobalColor.transparent)
    inner = QPainter(stamp)
    inner.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner.translate(size / 2, size / 2)
    inner.scale(ratio, ratio)
    single = Markers(np.zeros(1), np.zeros(1), item.symbol, item.sizes, item.colors, item.outline)
    _markers(inner, single, False)
    inner.end()
    draw_stamps(painter, item.xs, item.ys, stamp, size, ratio)


_PAINT: dict[type, Callable[..., None]] = {
    Polyline: _polyline,
    Fill: _fill,
    Line: _line,
    Rect: _rect,
    Text: _text,
    Image: _image,
    Clip: _clip,
    Markers: _markers,
}
