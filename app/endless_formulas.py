"""Formulas that no interrupt could end, remembered with the project: else it would hang at every start.

They are kept with their texts, in the project's private folder. With another text it is another formula.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from engines.sheet.document import SheetDocument
from engines.sheet.references import Cell, cell_name, parse_reference
from engines.sheet.session import SheetSession
from engines.workspace.files import write_atomically

FILE = "endless.json"


class EndlessFormulas:
    """Written at every change; a file that is damaged counts as absent."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._sheets = _read(self._path)

    def known(self, document: SheetDocument) -> list[Cell]:
        """The cells of a sheet whose formulas are known not to end."""
        texts = self._sheets.get(document.name, {})
        cells = {reference.rect[:2]: texts[name] for name in texts if (reference := parse_reference(name))}
        return [cell for cell, text in cells.items() if document.text(*cell) == text]

    def keep(self, sessions: Iterable[SheetSession]) -> None:
        """These sheets are open; what is known of others stays."""
        for session in sessions:
            texts = {cell_name(*cell): session.document.text(*cell) for cell in sorted(session.endless)}
            self._sheets[session.name] = texts
        self._sheets = {name: texts for name, texts in self._sheets.items() if texts}
        try:
            if self._sheets:
                write_atomically(self._path, json.dumps(self._sheets, indent=1, ensure_ascii=False) + "\n")
            else:
                self._path.unlink(missing_ok=True)
        except OSError:
            return  # a read-only project is used all the same


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): {str(cell): str(text) for cell, text in cells.items()} for name, cells in data.items()
        }
    except (OSError, ValueError, AttributeError):
        return {}
