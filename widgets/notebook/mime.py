"""Which of the forms of an output is shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

PREFERENCE = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    "image/png",
    "image/jpeg",
    "image/gif",
    "application/json",
    "text/plain",
)
LARGEST_HTML = 1_000_000  # characters
LARGEST_TABLE = 2_500  # table cells: Qt lays out some fifteen of them in a millisecond
_TABLE_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
SCRIPTS_NOTE = "This output has scripts, which Dirigent does not run."
SIZE_NOTE = "The HTML of this output is too long to show; this is its plain text."
_ACTIVE = re.compile(r"<(script|iframe|canvas|svg|video|audio|object|embed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """The form to show and a quiet remark about what is not shown. ``mime`` is empty when nothing fits."""

    mime: str
    note: str = ""


def choose(bundle: Mapping[str, Any], special: Collection[str] = ()) -> Choice:
    """The richest form that can be shown; ``special`` are types that someone else has widgets for."""
    for mime in bundle:
        if mime in special:
            return Choice(mime)
    note = ""
    for mime in PREFERENCE:
        if mime not in bundle:
            continue
        if mime == "text/html":
            note = _objection(bundle[mime])
            if note:
                continue
        return Choice(mime, note)
    return Choice("", note or f"No view for {', '.join(bundle) or 'an empty output'}.")


def _objection(text: str) -> str:
    """Why HTML is not shown; empty when it can be."""
    if len(text) > LARGEST_HTML or len(_TABLE_CELL.findall(text)) > LARGEST_TABLE:
        return SIZE_NOTE
    return SCRIPTS_NOTE if _ACTIVE.search(text) else ""
