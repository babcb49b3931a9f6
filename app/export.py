"""Documents into files of other kinds, the kind by the file's ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.background import Background
from engines.notebook.document import NotebookDocument
from engines.notebook.export import export_html, export_markdown, export_script
from engines.sheet.csv_files import write_csv
from engines.sheet.session import SheetSession
from engines.sheet.xlsx_files import SheetExport, write_xlsx
from engines.workspace.files import write_atomically
from engines.workspace.kernel_api import Reply

PLOTLY = "application/vnd.plotly.v1+json"
PICTURE_SIZE = (760.0, 360.0)


def export_notebook(document: NotebookDocument, path: Path) -> None:
    """Write a notebook as .html, .md, .py or .ipynb.

    Raises:
        ValueError: another ending.
        OSError: the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".ipynb":
        write_atomically(path, document.to_text())
        return
    makers: dict[str, Callable[[], Any]] = {
        ".html": lambda: export_html(document, picture),
        ".md": lambda: export_markdown(document, picture),
        ".py": lambda: export_script(document),
    }
    if kind not in makers:
        raise ValueError(f"{path.name}: a notebook is exported as .html, .md, .py or .ipynb")
    exported = makers[kind]()
    for name, data in exported.files.items():
        write_atomically(path.parent / name, data)
    write_atomically(path, exported.text.encode(errors="backslashreplace"))


def export_sheets(
    sessions: Sequence[SheetSession],
    path: Path,
    then: Callable[[Exception | None], object],
    background: Background | None = None,
) -> None:
    """Write sheets as .xlsx (all in one file) or .csv (one), on the thread of ``background`` if given. The
    values come from the kernel: ``then`` is called with None when it is done, or with what went wrong."""
    collected: list[SheetExport] = []

    def take(session: SheetSession, reply: Reply) -> None:
        if reply.error is not None:
            then(ValueError(f"{session.name}: {reply.error}"))
            return
        collected.append(SheetExport.of(session.document, reply.value))
        if len(collected) < len(sessions):
            return
        if background is None:
            then(_write_sheets(collected, path))
        else:
            background.do(lambda: _write_sheets(collected, path), lambda job: then(job.result()))

    for session in sessions:
        session.values(lambda reply, session=session: take(session, reply))  # type: ignore[misc]


def _write_sheets(sheets: Sequence[SheetExport], path: Path) -> Exception | None:
    """None, or what went wrong."""
    try:
        if path.suffix.lower() == ".csv" and len(sheets) == 1:
            write_csv(path, list(sheets[0].values))
        elif path.suffix.lower() == ".xlsx":
            write_xlsx(path, sheets)
        else:
            raise ValueError(f"{path.name}: sheets are exported as .xlsx, or one as .csv")
    except (OSError, ValueError) as error:
        return error
    return None


def picture(bundle: Mapping[str, Any]) -> bytes | None:
    """A figure in a cell's output as SVG, for pages that cannot be interactive."""
    from engines.plot.document import FigureDocument
    from widgets.plot.export import figure_scene
    from widgets.plot.render import svg_bytes

    try:
        document = FigureDocument("figure", bundle[PLOTLY])
    except (KeyError, ValueError):
        return None
    return svg_bytes(figure_scene(document, {}, PICTURE_SIZE))
