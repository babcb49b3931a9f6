"""The window mode. Without a display it does the same project in batch mode, and says so."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.display import display_problem
from app.instance_lock import BusyWindowError, claim_or_hand_over
from app.resources import example_names

DEFAULT_EXAMPLE = "accelerometer"
SWITCH_SECONDS = 0.0005
"""So long another thread may keep the interpreter from the window's: with Python's 5 ms, a picture that takes
8 ms of work took 40 and more while a board sent all it could."""


def main(options: argparse.Namespace) -> int:
    """Show the window, or hand the request to the window that is open already."""
    if problem := _problem(options):
        print(f"main.py: {problem}", file=sys.stderr)  # noqa: T201
        return 2
    if problem := display_problem():
        return _run_in_batch(options, problem)
    try:
        claimed = claim_or_hand_over(options.instance, _requests(options))
    except BusyWindowError as error:
        print(f"main.py: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except OSError:  # no place for a door: the window says so
        return _show(options)
    if isinstance(claimed, list):
        for refusal in claimed:
            print(f"main.py: {refusal}", file=sys.stderr)  # noqa: T201
        return 1 if claimed else 0
    with claimed:
        return _show(options)


def _problem(options: argparse.Namespace) -> str:
    """What cannot be opened; '' when all of it is there."""
    if options.example and options.example not in example_names():
        return f"there is no example {options.example!r}; there are: {', '.join(example_names())}"
    missing = [str(path) for path in options.paths if not path.exists()]
    return f"there is no {missing[0]}; give a folder or files that exist" if missing else ""


def _run_in_batch(options: argparse.Namespace, problem: str) -> int:
    from app.arguments import parse
    from app.resources import resource
    from app.run_main import main as run

    name = options.example or DEFAULT_EXAMPLE
    project = options.paths[0] if options.paths else resource("examples") / name
    print(  # noqa: T201
        f"No display ({problem}): running {project.name} in batch mode (main.py run).", flush=True
    )
    return run(parse(["run", str(project)]))


def _requests(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """What a window that is open already is asked to do."""
    requests = [("file.open_file", [str(path.resolve())]) for path in options.paths]
    if options.example:
        requests.append(("file.open_example_project", [options.example]))
    return [*requests, ("window.show", [])]


def _show(options: argparse.Namespace) -> int:
    from PySide6.QtWidgets import QApplication

    from app.application import Application
    from app.faults import FaultLog
    from app.garbage import collect_in
    from app.instance import InstanceServer
    from app.settings import Settings
    from app.signals import EndingSignals
    from app.user_folders import home_problem
    from app.version import APPLICATION

    sys.setswitchinterval(SWITCH_SECONDS)
    qt = QApplication([APPLICATION])
    qt.setApplicationName(APPLICATION)
    qt.setApplicationDisplayName("Dirigent")
    qt.setDesktopFileName(APPLICATION)
    app = Application(qt, Settings(), theme=options.theme)
    stop_collecting = collect_in(app.loop)
    faults = FaultLog(lambda text: app.loop.deliver(lambda: app.notices.error(text)))
    faults.install()
    ending = EndingSignals(lambda: qt.exit(0))
    server = InstanceServer(app.call, options.instance, app.loop.deliver)
    if not server.listening:
        app.notices.warn(f"main.py send cannot reach this window: {server.problem}.")
    if problem := home_problem():
        app.notices.warn(problem)
    app.open_project(_project(options, app))
    files = [str(path) for path in options.paths if path.is_file()]

    def open_files(nothing: None) -> None:
        while files:
            app.run_with("file.open_file", [files.pop(0)])

    app.filled.connect(open_files)
    code = qt.exec()
    server.close()
    stop_collecting()
    app.close()
    faults.uninstall()
    ending.close()
    return code


def _project(options: argparse.Namespace, app: object) -> Path:
    """The folder to open: the one named, the named file's, the example, or the last one."""
    from app.application import Application
    from app.examples import open_example

    assert isinstance(app, Application)
    if options.paths:
        first: Path = options.paths[0].resolve()
        chosen = first if first.is_dir() else first.parent
        if options.trust:
            app.settings.trust(chosen)
        return chosen
    recent = [folder for folder in app.settings.recent_projects if folder.is_dir()]
    if recent and not options.example:
        return recent[0]
    folder = open_example(options.example or DEFAULT_EXAMPLE)
    app.settings.trust(folder)
    return folder
