"""Figures as PNG, SVG and PDF: the same picture, texts as texts, markers as shapes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from engines.plot.document import FigureDocument
from engines.plot.theme import DARK
from widgets.plot import render
from widgets.plot.export import export_figure, figure_scene
from widgets.plot.painter import paint_scene

SVG = "{http://www.w3.org/2000/svg}"
FIGURE: dict[str, Any] = {
    "data": [
        {"x": list(range(9)), "y": [3, 1, 4, 1, 5, 9, 2, 6, 5], "mode": "lines+markers", "name": "digits"},
        {"y": {"expr": "v"}, "mode": "markers", "marker": {"symbol": "diamond"}, "name": "höhe < 2 m²"},
        {"y": [1, 2, 3], "line": {"shape": "hv", "dash": "dot"}, "fill": "tozeroy", "name": "steps"},
    ],
    "layout": {"title": "Files", "yaxis": {"title": "height (m<sup>2</sup>)"}},
}
DATA = {"v": np.linspace(0, 8, 700)}


@pytest.fixture
def document(qapp) -> FigureDocument:
    return FigureDocument("Files", FIGURE)


def test_svg_keeps_texts_shapes_and_clipping(document: FigureDocument, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    export_figure(document, DATA, path, (600, 400))
    root = ET.parse(path).getroot()
    texts = ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]
    assert {"Files", "height (m²)", "digits", "höhe < 2 m²", "8"} <= set(texts)
    assert list(root.iter(f"{SVG}image")) == [], "markers are no pictures"
    assert list(root.iter(f"{SVG}clipPath"))
    diamonds = [node for node in root.iter(f"{SVG}path") if node.get("d", "").count("L") == 4]
    assert len(diamonds) >= 700
    assert root.get("viewBox") == "0 0 600 400"
    assert root.get("width") == "158.75mm"
    assert b"sans-serif" in path.read_bytes()


def test_png_has_the_size_and_the_scale(document: FigureDocument, tmp_path: Path) -> None:
    for scale in (1.0, 2.0):
        path = tmp_path / f"figure{scale}.png"
        export_figure(document, DATA, path, (300, 200), scale)
        image = QImage(str(path))
        assert (image.width(), image.height()) == (300 * scale, 200 * scale)
        assert image.dotsPerMeterX() == round(96 * scale / 0.0254)


def test_the_figures_own_size_is_taken(document: FigureDocument) -> None:
    document.set(("layout", "width"), 320)
    scene = figure_scene(document, DATA)
    assert (scene.width, scene.height) == (320, 600)


def test_pdf_is_one_page_of_text_and_shapes(document: FigureDocument, tmp_path: Path) -> None:
    path = tmp_path / "figure.pdf"
    export_figure(document, DATA, path, (600, 400))
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/MediaBox [0 0 450" in content or b"/MediaBox [0 0 449" in content
    assert b"/Subtype /Image" not in content
    assert b"/Font" in content


def grey(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return pixels[:, : image.width()].astype(float)


def test_svg_looks_like_the_png(document: FigureDocument) -> None:
    from PySide6.QtSvg import QSvgRenderer

    scene = figure_scene(document, DATA, (500, 300))
    drawn = QImage(500, 300, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(0)
    painter = QPainter(drawn)
    QSvgRenderer(render.svg_bytes(scene)).render(painter)
    painter.end()
    expected = render.to_image(scene)

    difference = np.abs(grey(drawn) - grey(expected))
    assert difference.mean() < 4
    assert (difference > 100).mean() < 0.02


def test_dense_lines_look_as_if_every_step_were_painted(qapp) -> None:
    x = np.linspace(0, 1, 60_000)
    ripple = np.arange(len(x)) % 37 / 200
    steep, walk = np.sin(x * 12), np.cumsum(np.random.default_rng(3).normal(size=len(x))) / 300
    document = FigureDocument(
        "Dense", {"data": [{"x": {"expr": "x"}, "y": {"expr": name}, "mode": "lines"} for name in "abc"]}
    )
    scene = figure_scene(document, {"x": x, "a": steep + ripple, "b": walk, "c": steep - 3}, (700, 400))

    def painted(vector: bool) -> np.ndarray:
        image = QImage(700, 400, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        paint_scene(painter, scene, vector)
        painter.end()
        return grey(image)

    difference = np.abs(painted(False) - painted(True))
    assert difference.mean() < 2
    assert (difference > 100).mean() < 0.005


def test_a_million_points_make_a_small_file(qapp, tmp_path: Path) -> None:
    document = FigureDocument("Big", {"data": [{"y": {"expr": "v"}, "mode": "lines"}]})
    values = np.cumsum(np.random.default_rng(0).normal(size=1_000_000))
    path = tmp_path / "big.svg"
    export_figure(document, {"v": values}, path, (1000, 600))
    assert path.stat().st_size < 250_000


def test_both_themes_have_their_ground(document: FigureDocument) -> None:
    scene = figure_scene(document, DATA, (300, 200), DARK)
    assert render.to_image(scene).pixelColor(1, 1).getRgb() == DARK.paper


def test_what_cannot_be_written_is_told(document: FigureDocument, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot write .gif; use .png, .svg, .pdf, .json"):
        export_figure(document, DATA, tmp_path / "figure.gif")
    with pytest.raises(ValueError, match="too large"):
        export_figure(document, DATA, tmp_path / "figure.png", (20_000, 20_000), 4)
    assert list(tmp_path.iterdir()) == []
