"""The table of ``%%compare``: HTML for cells, and plain text."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from html import escape

from engines.board.compare.notes import explain
from engines.board.compare.runs import Run

# Black on light yellow reads well in a light window and in a dark one.
_MARK = "background-color:#ffe58f;color:#000000"
_LONGEST = 20_000


def html(runs: Sequence[Run]) -> str:
    """The first run is what the others are compared with; what differs is marked."""
    reference, others = runs[0], runs[1:]
    rows = [_row("", [escape(run.name) for run in runs], "th")]
    outputs = [_pre(_marked(reference.output, run.output, run is not reference)) for run in runs]
    rows.append(_row("Output", outputs))
    if any(run.error for run in runs):
        rows.append(_row("Exception", [_pre(_exception(reference, run)) for run in runs]))
    if any(run.note for run in runs):
        rows.append(_row("Note", [escape(run.note) for run in runs]))
    rows.append(_row("Time", [time_text(run.seconds) for run in runs]))
    rows.append(_row("Memory", [memory_text(run.memory) for run in runs]))
    table = (
        '<table border="1" cellspacing="0" cellpadding="6" style="border-collapse:collapse">'
        + "".join(rows)
        + "</table>"
    )
    says = [verdict(reference, others), *notes(reference, others)]
    return table + "".join(f"<p>{escape(text)}</p>" for text in says)


def text(runs: Sequence[Run]) -> str:
    """The same without a table, for consoles."""
    parts = []
    for run in runs:
        parts.append(f"== {run.name} ==")
        parts += [part.rstrip("\n") for part in (run.output, run.error, run.note) if part]
        parts.append(f"time {time_text(run.seconds)}, memory {memory_text(run.memory)}")
    return "\n".join([*parts, verdict(runs[0], runs[1:]), *notes(runs[0], runs[1:])])


def verdict(reference: Run, others: Sequence[Run]) -> str:
    """One sentence: do they agree?"""
    different = [run.name for run in others if not run.note and _differs(reference, run)]
    unknown = [run.name for run in others if run.note]
    if different:
        return f"Different: {', '.join(different)} and {reference.name}."
    compared = [run.name for run in others if run.name not in unknown]
    if not compared:
        return "There was nothing to compare with."
    return "All agree." if not unknown else f"{', '.join(compared)} and {reference.name} agree."


def notes(reference: Run, others: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(note for run in others if not run.note for note in explain(reference, run)))


def time_text(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def memory_text(size: int | None) -> str:
    if size is None:
        return "–"
    return (
        f"{size} B"
        if size < 1024
        else f"{size / 1024:.1f} kB"
        if size < 1 << 20
        else f"{size / (1 << 20):.1f} MB"
    )


def _differs(reference: Run, run: Run) -> bool:
    return (reference.output, reference.exception) != (run.output, run.exception)


def _marked(reference: str, output: str, compared: bool) -> str:
    """The output with the lines marked that the reference does not have in this place."""
    output = output[:_LONGEST] + (" …" if len(output) > _LONGEST else "")
    if not compared or reference == output:
        return escape(output.rstrip("\n")) or "<i>nothing</i>"
    ours, theirs = reference.splitlines(), output.splitlines()
    shown = []
    for kind, _, _, start, end in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        for line in theirs[start:end]:
            shown.append(escape(line) if kind == "equal" else _mark(line or " "))
        if kind == "delete":
            shown.append(_mark("⋯ missing"))
    return "\n".join(shown) or _mark("nothing")


def _exception(reference: Run, run: Run) -> str:
    if not run.error:
        return "<i>none</i>"
    *frames, last = run.error.strip().splitlines()
    shown = escape(last) if run is reference or last == reference.exception else _mark(last)
    return "\n".join([*map(escape, frames), shown])


def _mark(line: str) -> str:
    return f'<span style="{_MARK}">{escape(line)}</span>'


def _pre(inner: str) -> str:
    return f'<pre style="margin:0;white-space:pre-wrap">{inner}</pre>'


def _row(title: str, cells: Sequence[str], tag: str = "td") -> str:
    inner = "".join(f'<{tag} align="left" valign="top">{cell}</{tag}>' for cell in cells)
    head = f'<th align="left" valign="top" style="white-space:nowrap">{title}</th>'
    return f"<tr>{head}{inner}</tr>"
