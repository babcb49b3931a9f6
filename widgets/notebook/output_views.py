"""One widget for one output, whatever its type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from engines.workspace.terminal_text import HEAD_LINES, LINE_LENGTH, TAIL_LINES, bounded
from widgets.notebook.image_output import ImageOutput
from widgets.notebook.mime import Choice, choose
from widgets.notebook.rich_text import RichText
from widgets.notebook.services import Services
from widgets.notebook.text_output import TextOutput

SPECIAL_HEIGHT = 360  # pixels, for a widget that does not say how high it wants to be


class OutputView:
    """An output's dict and the widget that shows it. ``accent`` is "error", "stderr" or nothing."""

    def __init__(
        self, output: Mapping[str, Any], services: Services, parent: QWidget, live: bool = False
    ) -> None:
        self._services = services
        self._parent = parent
        self._live = live
        self.output = output
        self.choice = Choice("text/plain")
        self._build(output)

    @property
    def accent(self) -> str:
        if self.output["output_type"] == "error":
            return "error"
        return "stderr" if self.output.get("name") == "stderr" else ""

    @property
    def note(self) -> str:
        return self.choice.note

    def update(self, output: Mapping[str, Any]) -> bool:
        """Show another output in the same widget; False when it takes another kind of widget."""
        if output is self.output:
            return True
        choice = self._choice(output)
        if choice.mime != self.choice.mime or choice.mime in self._services.output_widgets:
            return False
        self.output, self.choice = output, choice
        return self._show(output)

    def height_for(self, width: int) -> int:
        if isinstance(self.widget, TextOutput | RichText | ImageOutput):
            return self.widget.height_for(width)
        if self.widget.hasHeightForWidth():
            return self.widget.heightForWidth(width)
        hint = self.widget.sizeHint().height()
        return hint if hint > 0 else SPECIAL_HEIGHT

    def close(self) -> None:
        """Take the widget away."""
        self.widget.hide()
        self.widget.deleteLater()

    def _choice(self, output: Mapping[str, Any]) -> Choice:
        if "data" not in output:
            return Choice("text/plain")
        return choose(output["data"], self._services.output_widgets)

    def _build(self, output: Mapping[str, Any]) -> None:
        self.choice = self._choice(output)
        self.widget: QWidget
        mime = self.choice.mime
        if mime in self._services.output_widgets:
            self.widget = self._services.output_widgets[mime](output["data"][mime], self._parent)
        elif mime in ("text/html", "text/markdown", "text/latex"):
            self.widget = RichText(self._services.maths, self._parent)
        elif mime.startswith("image/"):
            self.widget = ImageOutput(self._parent)
        else:
            self.widget = TextOutput(self._parent, follow=self._live)
        if not self._show(output):
            self.close()
            self.widget = TextOutput(self._parent)
            self.choice = Choice("text/plain", f"The {mime} data of this output cannot be read.")
            self.widget.show_text(str(output.get("data", {}).get("text/plain", "")))

    def _show(self, output: Mapping[str, Any]) -> bool:
        widget = self.widget
        data = output.get("data", {}).get(self.choice.mime)
        if isinstance(widget, RichText):
            if self.choice.mime == "text/html":
                widget.show_html(str(data))
            else:
                widget.show_markdown(str(data))
        elif isinstance(widget, ImageOutput):
            if self.choice.mime == "image/svg+xml":
                return widget.show_svg(str(data))
            metadata = output["metadata"]
            own = metadata.get(self.choice.mime)
            return widget.show_bitmap(data, own if isinstance(own, dict) else metadata)
        elif isinstance(widget, TextOutput):
            widget.show_text(_in_bounds(_text_of(output, self.choice.mime)))
        return True


def _text_of(output: Mapping[str, Any], mime: str) -> str:
    match output["output_type"]:
        case "stream":
            return output["text"]
        case "error":
            plain = f"{output['ename']}: {output['evalue']}"
            return "\n".join(output["traceback"]) or plain
    data = output["data"].get(mime, "")
    if mime == "application/json":
        return json.dumps(data, indent=2, ensure_ascii=False)
    return str(data)


def _in_bounds(text: str) -> str:
    """What another program saved may be of any length; Qt must not see that."""
    if len(text) <= LINE_LENGTH:
        return text
    slack = 200  # the remarks on what was left out
    lines = text.split("\n")
    if len(lines) <= HEAD_LINES + TAIL_LINES + 2 and max(map(len, lines)) <= LINE_LENGTH + slack:
        return text
    return bounded(text).text
