"""What a notebook is made of."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engines.notebook.output_json import as_object


class CellKind(StrEnum):
    """The three kinds of nbformat 4."""

    CODE = "code"
    MARKDOWN = "markdown"
    RAW = "raw"


@dataclass(frozen=True)
class Cell:
    """One cell. ``outputs`` are nbformat's dicts with multi-line texts joined; nobody changes them."""

    id: str
    kind: CellKind
    source: str = ""
    outputs: tuple[dict[str, Any], ...] = ()
    execution_count: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    """The other keys of the cell in its file: ``attachments``, and what later formats may add."""

    @property
    def attachments(self) -> Mapping[str, Mapping[str, Any]]:
        """File name to mime bundle (pictures: base64 text), for ``attachment:name`` links in markdown."""
        return self.extra.get("attachments", {})

    @property
    def outputs_hidden(self) -> bool:
        """Whether the outputs are collapsed, in either of the two ways that Jupyter writes it."""
        return bool(self.metadata.get("collapsed") or self.jupyter.get("outputs_hidden"))

    @property
    def jupyter(self) -> Mapping[str, Any]:
        """JupyterLab's own part of the metadata."""
        return as_object(self.metadata.get("jupyter"))


def new_id(taken: Collection[str] = ()) -> str:
    """A cell id (nbformat 4.5: 1 to 64 of ``[a-zA-Z0-9-_]``) that is not among ``taken``."""
    while True:
        candidate = secrets.token_hex(4)
        if candidate not in taken:
            return candidate
