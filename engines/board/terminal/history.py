"""The lines that were entered at a board's prompt, in a file of the project, over all sessions."""

from __future__ import annotations

from pathlib import Path

from engines.workspace.files import write_atomically

MOST = 1000
_LONGEST = 1000


class TerminalHistory:
    """Lines from old to new, each once, where it was entered last. The file has one a line.

    Args:
        path: None keeps them for this session only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lines: dict[str, None] = dict.fromkeys(_read(path)) if path else {}
        self.problem = ""
        """Why the file could not be written, or ''."""

    @property
    def lines(self) -> list[str]:
        return list(self._lines)

    def add(self, line: str) -> None:
        """Remember a line that was entered; blank and very long ones are not."""
        line = line.rstrip()
        if not line.strip() or len(line) > _LONGEST:
            return
        self._lines.pop(line, None)
        self._lines[line] = None
        while len(self._lines) > MOST:
            del self._lines[next(iter(self._lines))]
        self._append(line)

    def walk(self, typed: str) -> Walk:
        """Begin going back through the lines that begin with what is typed."""
        return Walk(typed, [line for line in self._lines if line.startswith(typed) and line != typed])

    def search(self, text: str) -> list[str]:
        """Lines that hold the text, the newest first; case counts when the text has capitals."""
        if text != text.lower():
            return [line for line in reversed(self._lines) if text in line]
        return [line for line in reversed(self._lines) if text in line.lower()]

    def _append(self, line: str) -> None:
        """The file grows by a line; it is made short again when it is read next."""
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            self.problem = ""
        except OSError as error:
            self.problem = f"{self._path}: {error.strerror}"


class Walk:
    """One way back and forth through the history, begun with Up."""

    def __init__(self, typed: str, lines: list[str]) -> None:
        self._lines = [*lines, typed]
        self._at = len(lines)

    def older(self) -> str | None:
        """The line before, or None at the oldest."""
        return self._step(-1)

    def newer(self) -> str | None:
        """The line after, at last what was typed; or None there."""
        return self._step(1)

    def _step(self, way: int) -> str | None:
        at = self._at + way
        if not 0 <= at < len(self._lines):
            return None
        self._at = at
        return self._lines[at]


def _read(path: Path) -> list[str]:
    """The newest lines of the file, each once; a file that has grown long is written anew."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    all_lines = text.splitlines()
    newest = list(dict.fromkeys(reversed([line for line in all_lines if line.strip()])))[:MOST]
    lines = newest[::-1]
    if len(all_lines) > 2 * MOST:
        try:
            write_atomically(path, "".join(f"{line}\n" for line in lines))
        except OSError:
            return lines  # it stays long
    return lines
