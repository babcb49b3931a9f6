"""Builds the outputs of one cell from the messages of its run, in bounded memory.

Message contents follow https://jupyter-client.readthedocs.io/en/stable/messaging.html (iopub).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.notebook.output_json import as_object, as_text, error_parts, read_bundle, whole
from engines.notebook.spill import SpillFile
from engines.workspace.kernel_api import Output
from engines.workspace.terminal_text import TerminalText, bounded

HEAD_OUTPUTS = 100
TAIL_OUTPUTS = 100


class _Stream:
    """Consecutive pieces of stdout or stderr."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._text = TerminalText()
        self._made: dict[str, Any] | None = None
        self.trimmed = False

    def write(self, text: str) -> None:
        self._text.write(text)
        self._made = None

    def to_json(self) -> dict[str, Any]:
        if self._made is None:
            snapshot = self._text.snapshot()
            self.trimmed = snapshot.trimmed
            self._made = {"output_type": "stream", "name": self.name, "text": snapshot.text}
        return self._made


class _Item:
    """Anything that comes whole: a display, a result or an error."""

    def __init__(self, output: dict[str, Any], display_id: str | None = None, trimmed: bool = False) -> None:
        self.output = output
        self.display_id = display_id
        self.trimmed = trimmed

    def to_json(self) -> dict[str, Any]:
        return self.output


class OutputCollector:
    """What one run of one cell has shown so far.

    Streams keep their first and last lines, the list of outputs its first and last members. The full
    text goes to ``spill``, when one is given; short texts make no file until it is asked for.
    """

    def __init__(self, spill: Path | None = None) -> None:
        self._head: list[_Stream | _Item] = []
        self._tail: deque[_Stream | _Item] = deque()
        self._left_out = 0
        self._clear_before_next = False
        self._spill = SpillFile(spill) if spill is not None else None
        self.execution_count: int | None = None
        self.revision = 0
        """Grows with every visible change."""

    def add(self, message: Output) -> None:
        """Take a message; kinds that show nothing are passed over."""
        content = message.content
        match message.kind:
            case "stream":
                self._add_stream(as_text(content.get("name", "stdout")), as_text(content.get("text", "")))
            case "display_data" | "execute_result":
                self._add_item(*_display(message.kind, content))
            case "error":
                self._add_item(*_error(content))
            case "clear_output":
                self._clear_before_next = bool(content.get("wait"))
                if not self._clear_before_next:
                    self._clear()
            case "update_display_data":
                self.update_display(content)
            case "execute_input":
                self.execution_count = whole(content.get("execution_count"), None)
                return
            case _:
                return
        self.revision += 1

    def update_display(self, content: Mapping[str, Any]) -> bool:
        """Replace the data of every display with the message's display id; whether there was one here."""
        wanted = _display_id(content)
        found = [item for item in self._items() if isinstance(item, _Item) and item.display_id == wanted]
        if wanted is None or not found:
            return False
        fresh, _ = _display("display_data", content)
        for item in found:
            item.output = {**item.output, "data": fresh.output["data"], "metadata": fresh.output["metadata"]}
            item.trimmed = fresh.trimmed
        self.revision += 1
        return True

    def outputs(self) -> tuple[dict[str, Any], ...]:
        """nbformat's output dicts, as shown and saved. Unchanged outputs are the same objects every time."""
        made = [item.to_json() for item in self._head]
        if self._left_out:
            text = f"… {self._left_out:,} outputs left out …\n"
            made.append({"output_type": "stream", "name": "stdout", "text": text})
        return (*made, *(item.to_json() for item in self._tail))

    @property
    def trimmed(self) -> bool:
        """Whether anything was left out."""
        return self._left_out > 0 or any(item.trimmed for item in self._items())

    @property
    def full_path(self) -> Path | None:
        """The file with the whole text, when something was left out."""
        return self._spill.flushed() if self._spill is not None and self.trimmed else None

    def close(self) -> None:
        """The run has ended: little more comes."""
        if self._spill is not None:
            self._spill.close()

    def _items(self) -> list[_Stream | _Item]:
        return [*self._head, *self._tail]

    def _clear(self) -> None:
        self._head.clear()
        self._tail.clear()
        self._left_out = 0
        self._clear_before_next = False
        if self._spill is not None:
            self._spill.truncate()

    def _last(self) -> _Stream | _Item | None:
        if self._tail:
            return self._tail[-1]
        return self._head[-1] if self._head else None

    def _add_stream(self, name: str, text: str) -> None:
        if self._clear_before_next:
            self._clear()
        if not text:
            return
        self._write_full(text)
        last = self._last()
        if not isinstance(last, _Stream) or last.name != name:
            last = _Stream(name)
            self._append(last)
        last.write(text)

    def _add_item(self, item: _Item, full_text: str) -> None:
        if self._clear_before_next:
            self._clear()
        self._append(item)
        self._write_full(full_text)

    def _append(self, item: _Stream | _Item) -> None:
        if len(self._head) < HEAD_OUTPUTS:
            self._head.append(item)
            return
        if len(self._tail) == TAIL_OUTPUTS:
            self._tail.popleft()
            self._left_out += 1
        self._tail.append(item)

    def _write_full(self, text: str) -> None:
        if self._spill is not None:
            self._spill.write(text)


def _display_id(content: Mapping[str, Any]) -> str | None:
    return as_object(content.get("transient")).get("display_id")


def _display(kind: str, content: Mapping[str, Any]) -> tuple[_Item, str]:
    """The output and the whole of its plain text."""
    data = read_bundle(content.get("data"))
    full_text, trimmed = "", False
    if "text/plain" in data:
        full_text = data["text/plain"] + "\n"
        text = bounded(data["text/plain"])
        data["text/plain"], trimmed = text.text, text.trimmed
    output: dict[str, Any] = {
        "output_type": kind,
        "data": data,
        "metadata": as_object(content.get("metadata")),
    }
    if kind == "execute_result":
        output["execution_count"] = whole(content.get("execution_count"), None)
    return _Item(output, _display_id(content), trimmed), full_text


def _error(content: Mapping[str, Any]) -> tuple[_Item, str]:
    parts = error_parts(content)
    full_text = "\n".join(parts["traceback"])
    text, message = bounded(full_text), bounded(parts["evalue"])
    output = {
        "output_type": "error",
        "ename": parts["ename"],
        "evalue": message.text,
        "traceback": text.text.split("\n") if full_text else [],
    }
    return _Item(output, trimmed=text.trimmed or message.trimmed), full_text + "\n"
