"""``main.py run``: a project's work without a window, its results in a folder."""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.project import PRIVATE_FOLDER
from app.resources import resource
from engines.workspace.files import DocumentError


def main(options: argparse.Namespace) -> int:
    """0: everything worked. 1: something did not; ``summary.json`` and stderr say what."""
    source = options.project or resource("examples") / "accelerometer"
    if not source.exists():
        print(f"run: {source} does not exist", file=sys.stderr)  # noqa: T201
        return 1
    parameters = _parameters(options.parameters)
    if isinstance(parameters, str):
        print(f"run: {parameters}", file=sys.stderr)  # noqa: T201
        return 1
    out = (options.out or Path("build") / _name(source)).resolve()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="dirigent-run-") as folder:
        work = _copy(source, Path(folder).resolve())
        return _run(source, work, out, options, parameters)


def _run(source: Path, work: Path, out: Path, options: argparse.Namespace, parameters: dict[str, Any]) -> int:
    """Work on the copy of a project. ``source`` is the folder or file that was named."""
    from PySide6.QtWidgets import QApplication

    from app.batch import Batch
    from app.boot import open_backstage
    from app.conductor import IMPORTS, READERS, Conductor
    from app.garbage import collect_in
    from app.loop import QtLoop
    from app.notices import Notices
    from app.signals import EndingSignals

    kinds = (*READERS, *IMPORTS)
    if source.is_file() and not source.name.lower().endswith(kinds):
        print(f"run: {source} is none of {', '.join(kinds)}; give one of these, or a folder", file=sys.stderr)  # noqa: T201
        return 1
    qt = QApplication(["dirigent"])
    loop, notices = QtLoop(), Notices()
    collect_in(loop)
    backstage = open_backstage(work, loop)
    backstage.kernel.boot()
    conductor = Conductor(work, loop, notices, backstage)
    conductor.trusted = True  # whoever runs it by name wants it to run
    conductor.open()
    named = source if source.is_dir() else source.parent
    settings = replace(conductor.project.settings, run_at_start=())
    try:
        for port in options.ports:
            settings = settings.with_port(port)
        if source.suffix.lower() in IMPORTS:
            conductor.add_tables(IMPORTS[source.suffix.lower()](work / source.name))
    except (ValueError, DocumentError) as error:
        conductor.close()
        loop.close()
        print(f"run: {str(error).replace(str(work), str(named))}", file=sys.stderr)  # noqa: T201
        return 1
    conductor.project.settings = settings
    conductor.parameters = parameters
    batch = Batch(conductor, loop, notices, out, options.seconds, named, qt.exit)
    ending = EndingSignals(batch.interrupt)
    loop.later(0, batch.start)
    code = qt.exec()
    conductor.close()
    loop.close()
    ending.close()
    _report(out, batch.errors)
    return code


def _report(out: Path, errors: list[str]) -> None:
    try:
        summary = json.loads((out / "summary.json").read_text())
    except (OSError, ValueError):
        summary = {}
    if summary:
        print(  # noqa: T201
            f"{summary['project']}: {summary['samples']} samples, {summary['lost']} lost; "
            f"{summary['cells_run']} cells run; {summary['formulas_computed']} formulas computed; "
            f"{summary['seconds']} s. Results are in {out}."
        )
    for error in errors:
        print(f"run: {error}", file=sys.stderr)  # noqa: T201


def _parameters(texts: list[str]) -> dict[str, Any] | str:
    """``name=value`` pairs; a value that is no Python literal is text. A problem comes as a sentence."""
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            return f"-p takes NAME=VALUE, not {text!r}"
        try:
            values[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            values[name] = value
    return values


def _name(source: Path) -> str:
    return source.resolve().name if source.is_dir() else source.name.partition(".")[0]


def _copy(source: Path, folder: Path) -> Path:
    """The work is done in a copy: a run never changes the project itself."""
    target = folder / _name(source)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(PRIVATE_FOLDER, "__pycache__"))
    else:
        target.mkdir()
        shutil.copy(source, target)
    return target
