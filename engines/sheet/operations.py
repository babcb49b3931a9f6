"""What can be done to a sheet's contents. Each operation says what it changed; its inverse is one, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engines.sheet.references import Cell


@dataclass
class Contents:
    """What a sheet document holds."""

    texts: dict[Cell, str] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)
    """Column widths in pixels where they are not the default."""


@dataclass(frozen=True)
class SheetChange:
    """What an operation did. ``texts`` has the new text of each changed cell, '' where it is empty now."""

    texts: Mapping[Cell, str] = field(default_factory=dict)
    widths: Mapping[int, int | None] = field(default_factory=dict)


class Operation(Protocol):
    def apply(self, contents: Contents) -> SheetChange: ...


@dataclass(frozen=True)
class SetTexts:
    """Enter texts; '' empties a cell."""

    texts: Mapping[Cell, str]

    def apply(self, contents: Contents) -> SheetChange:
        for cell, text in self.texts.items():
            if text:
                contents.texts[cell] = text
            else:
                contents.texts.pop(cell, None)
        return SheetChange(texts=self.texts)

    def inverse(self, contents: Contents) -> SetTexts:
        """What takes this back, asked before it is applied."""
        return SetTexts({cell: contents.texts.get(cell, "") for cell in self.texts})


@dataclass(frozen=True)
class SetWidths:
    """Set column widths; None is the default width."""

    widths: Mapping[int, int | None]

    def apply(self, contents: Contents) -> SheetChange:
        for column, width in self.widths.items():
            if width is None:
                contents.widths.pop(column, None)
            else:
                contents.widths[column] = width
        return SheetChange(widths=self.widths)

    def inverse(self, contents: Contents) -> SetWidths:
        return SetWidths({column: contents.widths.get(column) for column in self.widths})
