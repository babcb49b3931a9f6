"""How a window gets its panels: one after the other, and without those that cannot be made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QLabel

MARGIN = 16


class Filling:
    """Runs steps one a turn of the loop, so that the window answers meanwhile.

    Each step stands alone: what it raises is reported as any fault is, and the others follow.
    """

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._steps: deque[Callable[[], object]] = deque()

    def begin(self, steps: Iterable[Callable[[], object]]) -> None:
        self._steps = deque(steps)
        self._next()

    def stop(self) -> None:
        """Run no further step."""
        self._steps.clear()

    def _next(self) -> None:
        if self._steps:
            QTimer.singleShot(0, self._owner, self._next)
            self._steps.popleft()()


def error_panel(file_name: str, error: Exception) -> QLabel:
    """What stands in place of a document's panel that could not be made."""
    label = QLabel(
        f"{file_name} cannot be shown: {type(error).__name__}: {error}.\n\n"
        "It stays as it is on disk. Mend the file with another program and open it again; "
        "the Messages panel says where the details are."
    )
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMargin(MARGIN)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAccessibleName(f"{file_name} cannot be shown")
    return label
