"""One cell: gutter, source, outputs. Its parts are made when it comes near the visible area."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from engines.notebook.cells import Cell, CellKind
from engines.notebook.editing import difference
from engines.notebook.runs import CellState
from engines.notebook.session_events import InputRequested
from widgets.notebook import gutter
from widgets.notebook.gutter import Gutter, GutterState
from widgets.notebook.output_area import OutputArea, open_file
from widgets.notebook.rich_text import Pictures, RichText
from widgets.notebook.services import EditorHooks, Services
from widgets.workspace.code_editor import CodeEditor
from widgets.workspace.text import blend

PADDING = 8
RIGHT = 12
EMPTY_MARKDOWN = "*Empty text cell: double click or Enter to write.*"


class CellWidget(QWidget):
    """Shows one cell of the session's document.

    The holder gives it its width and asks ``height_for``; ``resized`` says that the answer has changed.
    """

    pressed = Signal(str, object)
    """Id and keyboard modifiers: the user clicked on the cell, but not to edit it."""
    touched = Signal(str)
    """The user clicked into rendered text or an output, which keep the focus."""
    edit_wanted = Signal(str)
    """The user double clicked on rendered text."""
    editing_began = Signal(str)
    """An editor got the focus."""
    resized = Signal(str)
    caret_moved = Signal(str)

    def __init__(self, cell_id: str, services: Services, hooks: EditorHooks, parent: QWidget) -> None:
        super().__init__(parent)
        self.cell_id = cell_id
        self._services = services
        self._document = services.session.document
        self._hooks = hooks
        self._editor: CodeEditor | None = None
        self.rich_text: RichText | None = None  # made when a text cell is rendered
        self._outputs: OutputArea | None = None
        self._line_numbers = False
        self._height: tuple[int, int] | None = None  # for which width, how high
        self._kind = self.cell.kind
        self.editing_text = False
        self.materialised = False
        self.gutter = Gutter(self)
        self.gutter.top_margin = PADDING * 3 // 2
        self.refresh_state()

    @property
    def cell(self) -> Cell:
        return self._document.cell(self.cell_id)

    @property
    def editor(self) -> CodeEditor:
        """The editor; makes it when there is none yet."""
        if self._editor is None:
            self._editor = self._new_editor()
        return self._editor

    @property
    def has_focused_editor(self) -> bool:
        return self._editor is not None and self._editor.hasFocus()

    @property
    def outputs_top(self) -> int:
        """Where the outputs begin, in the cell's pixels: what is above it may grow without moving them."""
        return self._outputs.y() if self._outputs is not None else self.height()

    def rendered_text(self) -> str:
        """The rendered text without its looks; a formula that was drawn is U+FFFC."""
        return self.rich_text.toPlainText().strip() if self.rich_text is not None else ""

    # Making and refreshing

    def materialise(self) -> None:
        """Make the widgets that show the cell."""
        if self.materialised:
            return
        self.materialised = True
        self._height = None  # was an estimate
        self._show_body()
        self.refresh_outputs()
        request = self._services.session.input_request
        if request is not None and request.cell_id == self.cell_id:
            self.ask(request, focus=False)

    def refresh_kind(self) -> None:
        """The cell may have become code, markdown or raw."""
        cell = self.cell
        if cell.kind is self._kind:
            return
        self._kind = cell.kind
        self.editing_text = cell.kind is not CellKind.CODE and self._editor is not None
        if self._editor is not None:
            self._editor.set_language(_language(cell.kind))
            self._editor.set_wrapped(cell.kind is not CellKind.CODE)
        if self.materialised:
            self._show_body()
            self.refresh_outputs()
        self.refresh_state()
        self._invalidate()

    def refresh_source(self) -> None:
        """The source changed, here or elsewhere."""
        source = self.cell.source
        if self._editor is not None and self._editor.source() != source:
            change = difference(self._editor.source(), source)
            self._editor.replace(change.start, change.removed, change.inserted)
        if self.rich_text is not None and not self.editing_text:
            self._render()
        self._invalidate()

    def refresh_outputs(self) -> None:
        """Outputs, remarks or whether they are collapsed changed."""
        if not self.materialised:
            self._invalidate()
            return
        cell, session = self.cell, self._services.session
        note = session.note(self.cell_id)
        if self._outputs is None and not cell.outputs and not note:
            return
        area = self._area()
        area.show_outputs(cell.outputs, live=session.running_cell == self.cell_id)
        full = session.trimmed(self.cell_id) and bool(cell.outputs)
        area.show_remarks(note, self._open_full_output if full else None)
        area.set_collapsed(cell.outputs_hidden and bool(cell.outputs))
        self._invalidate()

    def refresh_state(self) -> None:
        """Number, run state, elapsed time."""
        session, cell = self._services.session, self.cell
        self.gutter.show_state(
            GutterState(
                session.state(self.cell_id),
                cell.execution_count,
                session.elapsed(self.cell_id),
                session.stale_reason(self.cell_id),
                cell.kind is CellKind.CODE,
            )
        )
        if session.state(self.cell_id) is CellState.DIED:
            self.refresh_outputs()

    def refresh_math(self) -> None:
        """Formulas were drawn."""
        changed = (
            self.rich_text is not None and self.rich_text.isVisibleTo(self) and self.rich_text.refresh_math()
        )
        if self._outputs is not None:
            changed = self._outputs.refresh_math() or changed
        if changed:
            self._invalidate()

    # What the user does

    def begin_editing(self) -> None:
        """Give the editor the focus; rendered text becomes source."""
        self.materialise()
        if self._kind is CellKind.MARKDOWN and not self.editing_text:
            self.editing_text = True
            self._show_body()
            self._invalidate()
        self.editor.setFocus()

    def end_editing(self) -> None:
        """Render text again."""
        if self._kind is CellKind.MARKDOWN and self.editing_text:
            self.editing_text = False
            self._show_body()
            self._invalidate()

    def show_line_numbers(self, shown: bool) -> None:
        self._line_numbers = shown
        if self._editor is not None:
            self._editor.show_line_numbers(shown)

    def ask(self, request: InputRequested, focus: bool) -> None:
        """Show the line for ``input()``."""
        self._area().ask(request, focus)
        self._invalidate()

    def end_ask(self) -> bool:
        """Take the line away; whether it had the focus."""
        if self._outputs is None:
            return False
        focused = self._outputs.end_ask()
        self._invalidate()
        return focused

    # Geometry

    def height_for(self, width: int) -> int:
        """The height at this width; an estimate from the number of lines until the widgets are made."""
        if self._height is None or self._height[0] != width:
            self._height = (width, self._arranged(width) if self.materialised else self._estimated())
        return self._height[1]

    def _arranged(self, width: int) -> int:
        """Place the parts; the height that they take."""
        inner = width - gutter.WIDTH - RIGHT
        rendered = self.rich_text is not None and self.shows_rendered
        if rendered:
            body = self.rich_text.height_for(inner - 2 * PADDING)
            self.rich_text.setGeometry(gutter.WIDTH + PADDING, PADDING, inner - 2 * PADDING, body)
        else:
            self.editor.resize(inner - 2 * PADDING, self.editor.height())  # wrapped lines depend on it
            body = self.editor.content_height()
            self.editor.setGeometry(gutter.WIDTH + PADDING, PADDING + PADDING // 2, inner - 2 * PADDING, body)
            self.editor.verticalScrollBar().setValue(0)  # it followed the caret while it was too low
            body += PADDING
        y = body + 2 * PADDING
        if self._outputs is not None and self._kind is CellKind.CODE:
            height = self._outputs.height_for(inner)
            self._outputs.setGeometry(gutter.WIDTH, y - PADDING // 2, inner, height)
            y += height
        self.gutter.setGeometry(0, 0, gutter.WIDTH, y)
        return y

    def _estimated(self) -> int:
        lines = self.cell.source.count("\n") + 1
        lines += sum(_lines_of(output) for output in self.cell.outputs)
        line = self._line_height()
        self.gutter.setGeometry(0, 0, gutter.WIDTH, lines * line + 3 * PADDING)
        return lines * line + 3 * PADDING

    def _line_height(self) -> int:
        return self.gutter.fontMetrics().lineSpacing()

    def _invalidate(self) -> None:
        self._height = None
        self.resized.emit(self.cell_id)

    # Qt's side

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shows_rendered or not self.materialised:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base, text = (
            self.palette().color(QPalette.ColorRole.Base),
            self.palette().color(QPalette.ColorRole.Text),
        )
        focused = self.has_focused_editor
        frame = QRectF(
            gutter.WIDTH + 0.5,
            PADDING / 2 + 0.5,
            self.width() - gutter.WIDTH - RIGHT - 1,
            self.editor.height() + 2 * PADDING - 1,
        )
        painter.setPen(
            self.palette().color(QPalette.ColorRole.Highlight) if focused else blend(base, text, 0.14)
        )
        painter.setBrush(code_background(self.palette()))
        painter.drawRoundedRect(frame, 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit(self.cell_id, event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.shows_rendered:
            self.edit_wanted.emit(self.cell_id)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_editor"):
            if self._editor is not None:
                self._tint(self._editor)
            self._invalidate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rendered text keeps its selection and links; clicks on it are clicks on the cell all the same."""
        if event.type() == QEvent.Type.MouseButtonPress:
            self.touched.emit(self.cell_id)
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.edit_wanted.emit(self.cell_id)
            return True
        return False

    # Parts

    @property
    def shows_rendered(self) -> bool:
        """Whether the cell shows rendered text instead of its source."""
        return self._kind is CellKind.MARKDOWN and not self.editing_text

    def _show_body(self) -> None:
        if self.shows_rendered:
            if self.rich_text is None:
                self.rich_text = RichText(self._services.maths, self)
                self.rich_text.viewport().installEventFilter(self)
            self._render()
            self.rich_text.show()
            if self._editor is not None:
                self._editor.hide()
        else:
            self.editor.show()
            if self.rich_text is not None:
                self.rich_text.hide()
        if self._outputs is not None:
            self._outputs.setVisible(self._kind is CellKind.CODE)

    def _render(self) -> None:
        cell = self.cell
        pictures = Pictures(cell.attachments, self._services.folder)
        self.rich_text.show_markdown(cell.source if cell.source.strip() else EMPTY_MARKDOWN, pictures)

    def _new_editor(self) -> CodeEditor:
        code = self._kind is CellKind.CODE
        editor = CodeEditor(
            self,
            language=_language(self._kind),
            complete=self._services.complete if code else None,
            inspect=self._services.inspect if code else None,
            undo=self._hooks.undo,
            redo=self._hooks.redo,
            on_key=self._hooks.on_key,
        )
        editor.setAccessibleName("Cell source")
        editor.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        editor.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        editor.set_wrapped(not code)
        editor.set_source(self.cell.source)
        editor.show_line_numbers(self._line_numbers)
        editor.edited.connect(self._edited)
        editor.focus_changed.connect(self._editor_focused)
        editor.cursorPositionChanged.connect(self._caret_moved)
        self._tint(editor)
        return editor

    def _tint(self, editor: CodeEditor) -> None:
        editor.viewport().setAutoFillBackground(False)

    def _edited(self, source: str) -> None:
        self._document.edit(self.cell_id, source)

    def _editor_focused(self, focused: bool) -> None:
        self.update()
        if focused:
            self.editing_began.emit(self.cell_id)
        else:
            self._document.history.seal()

    def _caret_moved(self) -> None:
        if self.has_focused_editor:
            self.caret_moved.emit(self.cell_id)

    def _area(self) -> OutputArea:
        if self._outputs is None:
            self._outputs = OutputArea(self._services, self)
            self._outputs.touched.connect(lambda: self.touched.emit(self.cell_id))
            self._outputs.setVisible(self._kind is CellKind.CODE)
        return self._outputs

    def _open_full_output(self) -> None:
        open_file(self._services.session.full_output(self.cell_id))


def code_background(palette: QPalette) -> QColor:
    """A shade beside the page's, so that source and outputs are told apart without lines."""
    return blend(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text), 0.03)


def _language(kind: CellKind) -> str:
    return {CellKind.CODE: "python", CellKind.MARKDOWN: "markdown", CellKind.RAW: "text"}[kind]


def _lines_of(output: dict) -> int:
    """About how many lines high an output is."""
    if "data" not in output:
        text = output.get("text") or "\n".join(output.get("traceback", ()))
        return min(30, text.count("\n") + 1)
    plain = {"text/plain"}
    return (
        min(30, str(output["data"].get("text/plain", "")).count("\n") + 1)
        if plain >= output["data"].keys()
        else 15
    )
