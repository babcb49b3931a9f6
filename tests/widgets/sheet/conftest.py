"""A sheet panel over the real sheet service, which here answers at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engines.sheet.document import SheetDocument
from engines.sheet.kernel_side.service import install
from engines.sheet.open_sheets import OpenSheets
from engines.sheet.references import parse_reference
from engines.workspace.kernel_api import Lane, Reply
from widgets.sheet.panel import SheetPanel


class InstantKernel:
    """The server and the client in one: every request is answered within the call."""

    def __init__(self) -> None:
        self.verbs: dict[str, Callable[..., Any]] = {}
        self.workspace: dict[str, Any] = {}
        self.sent: list[str] = []
        self.sheets = OpenSheets(self)
        install(self, self.workspace)
        self.sheets.kernel_ready()

    def register(self, verb: str, function: Callable[..., Any]) -> None:
        self.verbs[verb] = function

    def flush(self) -> None:
        """What was told is there at once."""

    def emit(self, event: str, data: Any, buffers: Any = ()) -> None:
        self.sheets.kernel_event(event, data)

    def call(self, verb: str, arguments: dict[str, Any], buffers: Any = ()) -> tuple[Any, Any]:
        return self.sheets.answer(verb, arguments), ()

    def request(
        self,
        verb: str,
        arguments: dict[str, Any],
        then: Callable[[Reply], object] | None = None,
        *,
        buffers: Any = (),
        lane: Lane = Lane.MAIN,
    ) -> None:
        self.sent.append(verb)
        value = json.loads(json.dumps(self.verbs[verb](json.loads(json.dumps(arguments)), ())))
        if then is not None:
            then(Reply(value))

    def set(self, **names: Any) -> None:
        """Bind workspace names, as a notebook cell would."""
        self.workspace.update(names)
        self.sheets.names_changed(names)


@pytest.fixture
def instant_kernel() -> InstantKernel:
    return InstantKernel()


@pytest.fixture
def make_panel(qtbot: QtBot, instant_kernel: InstantKernel) -> Iterator[Callable[..., SheetPanel]]:
    """``make_panel(A1="5", B1="=A1*2")`` shows a panel of a new sheet."""
    panels: list[SheetPanel] = []

    def make(name: str = "Data", /, **texts: str) -> SheetPanel:
        cells = {parse_reference(cell).rect[:2]: text for cell, text in texts.items()}
        panel = SheetPanel(instant_kernel.sheets.open(SheetDocument(name, cells)))
        panels.append(panel)
        qtbot.addWidget(panel)
        panel.resize(800, 480)
        with qtbot.waitExposed(panel):
            panel.show()
        panel.activateWindow()
        panel.view.setFocus()
        return panel

    yield make
    for panel in panels:
        panel.close_session()
    QApplication.clipboard().clear()
