"""How outputs look: types, their order of preference, what is refused."""

from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QFontMetrics, QImage
from PySide6.QtWidgets import QLabel

from engines.notebook.cells import Cell, CellKind
from widgets.notebook.image_output import ImageOutput
from widgets.notebook.math_pictures import Formula, MathPictures, draw_formula, inline_image
from widgets.notebook.mime import SCRIPTS_NOTE, SIZE_NOTE, choose
from widgets.notebook.output_area import QuietLabel
from widgets.notebook.rich_text import Pictures, RichText
from widgets.notebook.text_output import TextOutput

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">'
    '<rect width="60" height="40" fill="red"/></svg>'
)


def png(width: int, height: int) -> str:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0x0072B2)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return base64.b64encode(data.data()).decode()


def display(metadata: dict | None = None, **data) -> dict:
    bundle = {mime.replace("__", "/").replace("_", "+"): value for mime, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": metadata or {}}


@pytest.fixture
def show(open_panel):
    """The cell's widget after it got these outputs."""

    def show(*outputs, **options):
        panel = open_panel("x", **options)
        panel.session.document.set_outputs("c0", outputs, 1)
        cell = panel.view.widget_of("c0")
        cell.panel = panel
        return cell

    return show


def test_the_richest_form_that_can_be_shown_is_chosen():
    plain = {"text/plain": "x"}
    assert choose({**plain, "text/html": "<b>x</b>"}).mime == "text/html"
    assert choose({**plain, "image/png": "", "image/svg+xml": ""}).mime == "image/svg+xml"
    assert choose({**plain, "text/latex": "", "image/png": ""}).mime == "text/latex"
    assert choose({**plain, "application/x": 1}, ["application/x"]).mime == "application/x"
    assert choose({"application/x": 1}).mime == ""
    scripts = choose({**plain, "text/html": "<div><SCRIPT>x</SCRIPT></div>"})
    assert (scripts.mime, scripts.note) == ("text/plain", SCRIPTS_NOTE)
    assert choose({**plain, "text/html": "x" * 2_000_000}).note == SIZE_NOTE


def test_html_tables_are_rich_text(show):
    cell = show(display(text__html="<table><tr><td>1</td><td>two</td></tr></table>"))
    (rich,) = cell.findChildren(RichText)
    assert "two" in rich.toPlainText()
    assert rich.height() > 10


def test_scripts_are_not_run_and_it_is_said(show):
    cell = show(display(text__html="<script>x</script>", text__plain="<Widget>"))
    assert [text.toPlainText() for text in cell.findChildren(TextOutput)] == ["<Widget>"]
    assert SCRIPTS_NOTE in [label.text() for label in cell.findChildren(QuietLabel)]


def test_pictures_have_their_size_and_shrink_to_fit(show):
    cell = show(display(image__png=png(120, 50)), display(image__png=png(4000, 100)))
    small, wide = cell.findChildren(ImageOutput)
    assert small.height() == 50
    assert wide.height() == pytest.approx(100 * wide.width() / 4000, abs=1)


def test_retina_figures_are_shown_at_their_logical_size(show):
    cell = show(display({"image/png": {"width": 60, "height": 25}}, image__png=png(120, 50)))
    (picture,) = cell.findChildren(ImageOutput)
    assert picture.height() == 25


def test_svg_is_drawn(show):
    cell = show(display(image__svg_xml=SVG))
    (picture,) = cell.findChildren(ImageOutput)
    assert picture.height() == 40
    assert picture.grab().toImage().pixelColor(20, 20).red() == 255


def test_a_broken_picture_falls_back_to_text(show):
    cell = show(display(image__png="no base64!", text__plain="<Figure>"))
    assert [text.toPlainText() for text in cell.findChildren(TextOutput)] == ["<Figure>"]
    assert any("cannot be read" in label.text() for label in cell.findChildren(QuietLabel))


def test_json_is_written_out(show):
    cell = show(display(application__json={"a": [1, "é"]}))
    assert '"é"' in cell.findChildren(TextOutput)[0].toPlainText()


def test_a_traceback_has_colours_and_no_escapes(show):
    traceback = ["\x1b[31mZeroDivisionError\x1b[39m: division by zero", "\x1b[1mbold\x1b[0m"]
    cell = show({"output_type": "error", "ename": "Z", "evalue": "d", "traceback": traceback})
    (text,) = cell.findChildren(TextOutput)
    assert text.toPlainText() == "ZeroDivisionError: division by zero\nbold"
    assert text.document().firstBlock().layout().formats()[0].length == len("ZeroDivisionError")
    assert text.height() > 2 * text.fontMetrics().height() - 4


def test_an_own_widget_shows_its_type_and_is_replaced_on_change(show):
    made = []

    def factory(data, parent):
        made.append(data)
        return QLabel(str(data), parent)

    cell = show(display(application__x={"n": 1}), output_widgets={"application/x": factory})
    cell.panel.session.document.set_outputs("c0", [display(application__x={"n": 2})], 1)
    assert made == [{"n": 1}, {"n": 2}]


def test_text_that_grows_keeps_its_widget_and_the_readers_place(show):
    def stream(lines):
        return {"output_type": "stream", "name": "stdout", "text": "".join(f"{n}\n" for n in range(lines))}

    cell = show(stream(100))
    (text,) = cell.findChildren(TextOutput)
    text.verticalScrollBar().setValue(10)
    cell.panel.session.document.set_outputs("c0", [stream(200)], 1)
    assert cell.findChildren(TextOutput) == [text]
    assert text.blockCount() == 200
    assert text.verticalScrollBar().value() == 10


def test_text_of_any_length_from_a_file_is_trimmed_before_qt_sees_it(show):
    cell = show({"output_type": "stream", "name": "stdout", "text": "y" * 5_000_000})
    (text,) = cell.findChildren(TextOutput)
    assert len(text.toPlainText()) < 3_000


def test_every_formula_of_the_list_is_drawn(qapp):
    for tex in (
        r"E = mc^2",
        r"\frac{a}{b}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\int_0^\infty e^{-x^2}\,dx",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\ddot{x} + \operatorname{sinc} \omega t",
    ):
        picture = draw_formula(Formula(tex, False, 14.0, "#112233"))
        assert not picture.error
        image = inline_image(picture, 2.0, QFontMetrics(qapp.font()))
        colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert "#112233" in colours, tex


def test_fences_are_as_high_as_the_sum_inside(qapp):
    picture = draw_formula(Formula(r"\left| \sum_k a_k \right|", True, 14.0, "#000000"))
    assert 20 < picture.height < 60


def test_a_formula_that_cannot_be_read_says_why():
    assert draw_formula(Formula(r"\frac{", False, 14.0, "#000000")).error


def test_formulas_come_when_they_are_drawn_and_bad_ones_show_their_source(open_panel, qtbot):
    panel = open_panel(Cell("m", CellKind.MARKDOWN, r"Good $x^2$ and bad $\frac{$."))
    cell = panel.view.widget_of("m")
    qtbot.waitUntil(lambda: "\ufffc" in cell.rendered_text(), timeout=20_000)
    assert "$x^2$" not in cell.rendered_text()
    assert r"$\frac{$" in cell.rendered_text()


def test_pictures_in_text_come_from_attachments_and_files_but_not_from_the_network(tmp_path, qapp):
    (tmp_path / "a picture.png").write_bytes(base64.b64decode(png(8, 6)))
    pictures = Pictures({"att.png": {"image/png": png(5, 4)}}, tmp_path)
    assert pictures.load("attachment:att.png").width() == 5
    assert pictures.load("a%20picture.png").width() == 8
    assert pictures.load(f"data:image/png;base64,{png(3, 3)}").width() == 3
    assert pictures.load("https://example.org/x.png") is None
    assert pictures.load("//example.org/x.png") is None
    assert pictures.load("missing.png") is None
    assert Pictures().load("a%20picture.png") is None


def test_a_page_engine_is_never_loaded(open_panel):
    import sys

    open_panel("x")
    assert not any("WebEngine" in name for name in sys.modules)


def test_formulas_stand_on_the_baseline_of_the_text(open_panel, qtbot):
    panel = open_panel(Cell("m", CellKind.MARKDOWN, "x $x$"))
    cell = panel.view.widget_of("m")
    qtbot.waitUntil(lambda: "\ufffc" in cell.rendered_text(), timeout=20_000)
    text = cell.rich_text
    image = text.grab().toImage()
    cursor = text.textCursor()
    cursor.setPosition(2)
    middle = text.cursorRect(cursor).x() - 1

    def bottom(left: int, right: int) -> int:
        return max(
            y
            for y in range(image.height())
            if any(image.pixelColor(x, y).lightness() < 200 for x in range(left, right))
        )

    assert bottom(0, middle) == pytest.approx(bottom(middle, middle + 20), abs=1)


def test_a_table_has_its_height_before_it_is_shown(qapp):
    maths = MathPictures()
    rich = RichText(maths)
    rich.show_html("<div><table class='dataframe'>" + "<tr><td>1</td></tr>" * 5 + "</table></div>")
    assert rich.height_for(600) > 5 * rich.fontMetrics().height()
    rich.deleteLater()
    maths.close()


@pytest.mark.parametrize(
    "size", [5, {"width": float("inf")}, {"width": 1e12, "height": 1e300}, {"width": "x"}]
)
def test_an_odd_size_of_a_picture_does_not_count(show, size):
    cell = show(display({"image/png": size}, image__png=png(30, 20)))
    (view,) = cell._outputs._views
    assert view.height_for(400) == 20


def test_an_attachment_that_is_no_picture_shows_none():
    pictures = Pictures(
        {"a": {"application/json": None, "image/png": png(3, 2)}, "b": {"application/json": 1}}
    )
    assert pictures.load("attachment:a").width() == 3
    assert pictures.load("attachment:b") is None
