"""qtconsole's widget in the window's colours, told to keep to what was typed into it and Qt can bear.

Imported with the first console: it is heavy.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QPalette, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame
from qtconsole.rich_jupyter_widget import RichJupyterWidget

from engines.workspace.terminal_text import PrintedPieces, bounded
from widgets.workspace.ansi import ON_DARK, ON_LIGHT
from widgets.workspace.text import is_dark, monospace_font, muted

_SHEET = """
QPlainTextEdit, QTextEdit {{ background-color: {base}; color: {text}; selection-background-color: {marked};
  selection-color: {on_marked}; }}
.inverted {{ background-color: {text}; color: {base}; }}
.error {{ color: {error}; }}
.in-prompt, .in-prompt-number {{ color: {prompt}; }}
.out-prompt, .out-prompt-number {{ color: {prompt}; }}
.in-prompt-number, .out-prompt-number {{ font-weight: bold; }}
"""


ASK_MILLISECONDS = 50
Message = dict[str, Any]


class JupyterConsole(RichJupyterWidget):
    """Leaves out the errors of the kernel's other clients, as qtconsole does with their other output.

    Between two kernels (``hold`` to ``meet``) lines wait until the new one is heard: it would answer before
    the console's socket has found what it publishes, and the output would be lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self._printed = PrintedPieces()
        self._held: list[tuple[str, bool]] = []
        self._is_held = False
        self._asked: set[str] = set()
        self._asking = QTimer(self, interval=ASK_MILLISECONDS)
        self._asking.timeout.connect(self._ask)
        self._colours: dict[str, str] = {}
        self._control.setFrameShape(QFrame.Shape.NoFrame)
        self._control.document().setDocumentMargin(8)
        self.font = monospace_font()

    def use_palette(self, palette: QPalette) -> None:
        """Take the colours of a theme, also for the text that is there."""
        role = QPalette.ColorRole
        dark = is_dark(palette)
        before, self._colours = self._colours, {
            "base": palette.color(role.Base).name(),
            "text": palette.color(role.Text).name(),
            "marked": palette.color(role.Highlight).name(),
            "on_marked": palette.color(role.HighlightedText).name(),
            "error": palette.color(role.BrightText).name(),
            "prompt": muted(palette).name(),
            **{f"ansi {number}": colour for number, colour in enumerate(ON_DARK if dark else ON_LIGHT)},
        }  # fmt: skip
        if before == self._colours:
            return
        self.style_sheet = _SHEET.format(**self._colours)
        self.syntax_style = "monokai" if dark else "default"
        self._ansi_processor.color_map.update(enumerate(ON_DARK if dark else ON_LIGHT))
        _recolour(self._control.document(), {old: self._colours[name] for name, old in before.items()})

    # -- kernels that come and go ------------------------------------------------------------------------

    def hold(self) -> None:
        """The kernel is gone: what is entered waits."""
        self._is_held = True

    def meet(self) -> None:
        """A kernel is ready; it is asked until it is heard."""
        if self._is_held:
            self._ask()
            self._asking.start()

    def part(self) -> None:
        """No kernel comes any more."""
        self._asking.stop()

    def _ask(self) -> None:
        self._asked.add(self.kernel_client.kernel_info())

    def _dispatch(self, msg: Message) -> None:
        published = msg["header"]["msg_type"] == "status"
        if self._is_held and published and msg["parent_header"].get("msg_id") in self._asked:
            self._go_on()
        super()._dispatch(msg)

    def _go_on(self) -> None:
        self._is_held = False
        self._asking.stop()
        self._asked.clear()
        held, self._held = self._held, []
        if self._executing and not held:  # its answer died with the old kernel
            self._handle_kernel_restarted(died=True)
        for source, hidden in held:
            super()._execute(source, hidden)

    def _execute(self, source: str, hidden: bool) -> None:
        if self._is_held:
            self._held.append((source, hidden))
        else:
            super()._execute(source, hidden)

    def _handle_status(self, msg: Message) -> None:
        if not self._held:  # else the new kernel's start would end the line that waits for it
            super()._handle_status(msg)

    def _handle_shutdown_reply(self, msg: Message) -> None:
        """It is the window's affair to end kernels; qtconsole would ask whether to close the console."""

    # -- texts that Qt cannot bear: one line of 200,000 characters holds it up for seconds ---------------

    def _handle_stream(self, msg: Message) -> None:
        if self.include_output(msg):
            text = self._printed.cut(msg["content"]["text"])
            super()._handle_stream(_with_content(msg, text=text))

    def _handle_execute_result(self, msg: Message) -> None:
        super()._handle_execute_result(_with_content(msg, data=_bounded_data(msg)))

    def _handle_display_data(self, msg: Message) -> None:
        super()._handle_display_data(_with_content(msg, data=_bounded_data(msg)))

    def _handle_error(self, msg: Message) -> None:
        if self.include_output(msg):
            traceback = bounded("\n".join(msg["content"]["traceback"])).text
            super()._handle_error(_with_content(msg, traceback=traceback.split("\n")))


def _with_content(msg: Message, **content: Any) -> Message:
    return {**msg, "content": {**msg["content"], **content}}


def _bounded_data(msg: Message) -> dict[str, Any]:
    data = msg["content"]["data"]
    return {**data, "text/plain": bounded(data["text/plain"]).text} if "text/plain" in data else data


def _recolour(document: QTextDocument, new: dict[str, str]) -> None:
    """Change the colours of text that was printed, each to its own of the other theme."""
    block = document.begin()
    while block.isValid():
        pieces = [
            (each.fragment().position(), each.fragment().length(), each.fragment().charFormat())
            for each in block
        ]
        for start, length, look in pieces:
            colour = (
                new.get(look.foreground().color().name())
                if look.hasProperty(look.Property.ForegroundBrush)
                else None
            )
            if colour is not None:
                look.setForeground(QColor(colour))
                cursor = QTextCursor(document)
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.setCharFormat(look)
        block = block.next()
