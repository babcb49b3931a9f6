"""HTML and markdown as Qt shows them, as high as the content; nothing is loaded from a network."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QPalette,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from engines.notebook.markdown import math_source, render_markdown
from widgets.notebook.math_pictures import Formula, MathPictures, inline_image
from widgets.workspace.highlight import highlighted_html
from widgets.workspace.text import blend, is_dark, monospace_font, muted

LARGEST_IMAGE = 50_000_000  # bytes of a file that is decoded for a text


@dataclass(frozen=True)
class Pictures:
    """Where the images of a text come from: attachments of its cell, and files beside the notebook."""

    attachments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folder: Path | None = None

    def load(self, address: str) -> QImage | None:
        """The image at an address; None for everything that is not at hand."""
        name = unquote(address)
        if name.startswith("data:"):
            return _decoded(name.partition(",")[2])
        if name.startswith("attachment:"):
            bundle = self.attachments.get(name.removeprefix("attachment:"), {})
            return _decoded(next((data for data in bundle.values() if isinstance(data, str)), ""))
        if self.folder is None or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+:", name) or name.startswith("//"):
            return None
        path = self.folder / name
        if not path.is_file() or path.stat().st_size > LARGEST_IMAGE:
            return None
        image = QImage(str(path))
        return None if image.isNull() else image


def _decoded(text: str) -> QImage | None:
    try:
        image = QImage.fromData(base64.b64decode(text))
    except (binascii.Error, ValueError):
        return None
    return None if image.isNull() else image


class RichText(QTextBrowser):
    """Read-only text with links and pictures, without scroll bars. Links open when the user clicks them."""

    def __init__(self, maths: MathPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maths = maths
        self._pictures = Pictures()
        self._markdown: str | None = None
        self._html = ""
        self._formulas: list[Formula] = []
        self._rendered_width = 0
        self._outdated = self._awaits_math = self._has_images = False
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.anchorClicked.connect(_open_link)

    def show_markdown(self, source: str, pictures: Pictures | None = None) -> None:
        """Render markdown; formulas that are not drawn yet show their TeX until ``refresh_math``."""
        self._markdown, self._pictures = source, pictures or Pictures()
        self._outdated = True

    def show_html(self, text: str, pictures: Pictures | None = None) -> None:
        """Show HTML, as far as Qt's rich text goes (no scripts, no network)."""
        self._markdown, self._html, self._pictures = None, text, pictures or Pictures()
        self._outdated = True

    def refresh_math(self) -> bool:
        """Formulas were drawn: show them at the next ``height_for``; whether there are any."""
        self._outdated = self._outdated or self._awaits_math
        return self._awaits_math

    def height_for(self, width: int) -> int:
        """Render for this width, when that has to be done again; the height of the whole text."""
        if width != self.width():
            self.resize(width, self.height())  # first: a table is laid out once only
        if self._outdated or (self._has_images and width != self._rendered_width):
            self._render(width)
        elif self.document().textWidth() != width:
            self.document().setTextWidth(width)
        return round(self.document().size().height() + 0.49)

    def sizeHint(self) -> QSize:
        return QSize(400, self.height_for(400))

    # Qt's side

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the notebook scrolls

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.textCursor().hasSelection():
            self.copy()
        else:
            event.ignore()  # every other key is the notebook's

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_formulas"):
            self._outdated = True
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._outdated:
            self._render(self.width())
        super().paintEvent(event)

    def loadResource(self, kind: int, address: QUrl) -> object:
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        name = address.toString()
        if name.startswith("math:"):
            return self._math_image(int(name.removeprefix("math:")))
        image = self._pictures.load(name)
        if image is None:
            return QImage(1, 1, QImage.Format.Format_ARGB32)  # an empty place instead of Qt's broken sign
        widest = self._rendered_width
        if image.width() > widest > 0:
            image = image.scaledToWidth(widest, Qt.TransformationMode.SmoothTransformation)
        return image

    def _render(self, width: int) -> None:
        self._rendered_width = width
        self._formulas.clear()
        self._outdated = self._awaits_math = False
        text = self._html
        if self._markdown is not None:
            dark = is_dark(self.palette())
            text = render_markdown(
                self._markdown,
                self._math_html,
                lambda code, language, _: highlighted_html(code, language, dark),
            )
        text = _for_qt(text)
        self._has_images = "<img" in text
        document = self.document()
        document.clear()
        document.setDefaultFont(self.font())
        document.setIndentWidth(20)
        document.setDefaultStyleSheet(style_sheet(self.palette()))
        document.setTextWidth(width)
        document.setHtml(text)

    def _math_html(self, tex: str, display: bool) -> str:
        colour = self.palette().color(QPalette.ColorRole.Text).name()
        size = QFontMetricsF(self.font()).height() * (0.95 if display else 0.85)
        formula = Formula(tex, display, round(size, 1), colour)
        picture = self._maths.picture(formula)
        self._awaits_math = self._awaits_math or picture is None
        if picture is None or picture.error:
            return math_source(tex, display)
        self._formulas.append(formula)
        address = f"math:{len(self._formulas) - 1}"
        return f'<img src="{address}" style="vertical-align: middle" alt="{html.escape(tex)}">'

    def _math_image(self, number: int) -> QImage | None:
        if number >= len(self._formulas):
            return None
        picture = self._maths.picture(self._formulas[number])
        if picture is None:
            return None
        return inline_image(picture, self.devicePixelRatioF(), self.fontMetrics())


def _open_link(address: QUrl) -> None:
    if address.scheme() in ("http", "https", "mailto", "file"):
        QDesktopServices.openUrl(address)


# What Qt's rich text does not know, in words that it does.
_FOR_QT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"<script\b.*?</script\s*>|<style\s+scoped\b.*?</style\s*>|<hr class=\"footnotes-sep\"[^>]*>", ""),
        (r"<input\b(?=[^>]*\bcheckbox\b)(?=[^>]*\bchecked=)[^>]*>", "☑ "),
        (r"<input\b(?=[^>]*\bcheckbox\b)[^>]*>", "☐ "),
        (r"<table\b[^>]*\bclass=\"dataframe\"[^>]*>", '<table class="dataframe">'),
        (r"(<t[hdr]\b[^>]*?)\sstyle=\"text-align:\s*(left|right|center);?\"", r'\1 align="\2"'),
        (
            r'<div class="highlight"><pre>(.*?)</pre></div>',
            r'<table class="code" width="100%"><tr><td class="code"><pre>\1</pre></td></tr></table>',
        ),
        (r"<table\b(?![^>]*\bcellspacing)", '<table cellspacing="0"'),
    )
)


def _for_qt(text: str) -> str:
    for pattern, replacement in _FOR_QT:
        text = pattern.sub(replacement, text)
    return text


def style_sheet(palette: QPalette) -> str:
    """The look of rendered text, from the palette."""
    base, text = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
    line, shade = blend(base, text, 0.2).name(), blend(base, text, 0.06).name()
    quiet, link = muted(palette).name(), palette.color(QPalette.ColorRole.Link).name()
    mono = monospace_font().family()
    return f"""
        a {{ color: {link}; text-decoration: none; }}
        h1 {{ font-size: 20pt; font-weight: 600; margin: 8px 0 8px 0; }}
        h2 {{ font-size: 16pt; font-weight: 600; margin: 12px 0 6px 0; }}
        h3 {{ font-size: 13pt; font-weight: 600; margin: 8px 0 4px 0; }}
        h4, h5, h6 {{ font-size: 11pt; font-weight: 600; margin: 8px 0 4px 0; }}
        p {{ margin: 4px 0 8px 0; line-height: 125%; }}
        li {{ margin: 0 0 4px 0; }}
        code, pre {{ font-family: "{mono}"; }}
        code {{ background-color: {shade}; }}
        pre {{ margin: 0; }}
        ul, ol {{ margin: 4px 0 8px 0; }}
        ul.contains-task-list {{ list-style-type: none; }}
        blockquote {{ color: {quiet}; margin: 4px 24px 8px 24px; }}
        table {{ border-color: {line}; margin: 4px 0 8px 0; }}
        th, td {{ padding: 4px 12px; border-bottom: 1px solid {line}; }}
        thead th {{ border-bottom: 1px solid {quiet}; font-weight: 600; }}
        .dataframe th, .dataframe td {{ text-align: right; }}
        td.code {{ padding: 8px; border: none; background-color: {shade}; }}
    """
