"""Figures as files: PNG, SVG and PDF through the same painter as the screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPainter

from engines.plot.scene import Scene
from engines.workspace.files import write_atomically
from widgets.plot.fonts import scene_font
from widgets.plot.painter import paint_scene

CSS_DPI = 96
PDF_DPI = 1200
MOST_PIXELS = 100_000_000


def to_image(scene: Scene, scale: float = 1.0) -> QImage:
    """The scene as pixels, ``scale`` of them for each of the scene's.

    Raises:
        ValueError: the image would be too large.
    """
    width, height = max(1, round(scene.width * scale)), max(1, round(scene.height * scale))
    if width * height > MOST_PIXELS:
        raise ValueError(f"an image of {width} x {height} pixels is too large; choose a smaller scale")
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.scale(scale, scale)
    paint_scene(painter, scene)
    painter.end()
    return image


def png_bytes(scene: Scene, scale: float = 1.0) -> bytes:
    image = to_image(scene, scale)
    image.setDotsPerMeterX(round(CSS_DPI * scale / 0.0254))
    image.setDotsPerMeterY(round(CSS_DPI * scale / 0.0254))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def svg_bytes(scene: Scene, title: str = "Figure") -> bytes:
    """SVG 1.1: text stays text, markers stay shapes, the plotting area is a clip path."""
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(CSS_DPI)
    generator.setSize(QSize(round(scene.width), round(scene.height)))
    generator.setViewBox(QRectF(0, 0, scene.width, scene.height))
    generator.setTitle(title)
    generator.setDescription("")
    painter = QPainter(generator)
    paint_scene(painter, scene, vector=True)
    painter.end()
    return _with_fallback(bytes(buffer.data().data()))


def _with_fallback(svg: bytes) -> bytes:
    """Other machines may lack the font; a viewer then takes its own sans-serif one rather than a book
    face.
    """
    family = scene_font(12).family().encode()
    return svg.replace(b'font-family="' + family + b'"', b'font-family="' + family + b', sans-serif"')


def pdf_bytes(scene: Scene, title: str = "Figure") -> bytes:
    """One page of the scene's size (96 pixels are an inch)."""
    from PySide6.QtCore import QMarginsF
    from PySide6.QtGui import QPageSize, QPdfWriter

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("Dirigent")
    writer.setResolution(PDF_DPI)
    points = QSizeF(scene.width * 72 / CSS_DPI, scene.height * 72 / CSS_DPI)
    writer.setPageSize(
        QPageSize(points, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    painter.scale(PDF_DPI / CSS_DPI, PDF_DPI / CSS_DPI)
    paint_scene(painter, scene, vector=True)
    painter.end()
    return bytes(buffer.data().data())


def to_png(path: Path, scene: Scene, scale: float = 1.0) -> None:
    """Raises OSError where the file cannot be written, ValueError where it would be too large."""
    write_atomically(path, png_bytes(scene, scale))


def to_svg(path: Path, scene: Scene) -> None:
    write_atomically(path, svg_bytes(scene, path.stem))


def to_pdf(path: Path, scene: Scene) -> None:
    write_atomically(path, pdf_bytes(scene, path.stem))
