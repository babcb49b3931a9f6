"""Which streams come in, how fast, and what was lost."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

_PERIOD = 500


class StreamLabel(QLabel):
    """Counts at most twice a second, and only while it is seen.

    Args:
        names: the streams to show.
        count: samples received and lost of a stream; raises KeyError when it is gone.
    """

    def __init__(
        self,
        names: Callable[[], tuple[str, ...]],
        count: Callable[[str], tuple[int, int]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._names = names
        self._count = count
        self._before: dict[str, tuple[float, int]] = {}
        self._timer = QTimer(self, interval=_PERIOD)
        self._timer.timeout.connect(self.refresh)
        self.setContentsMargins(8, 0, 8, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def refresh(self) -> None:
        now = time.monotonic()
        parts, lines = [], []
        for name in self._names():
            try:
                total, lost = self._count(name)
            except KeyError:
                continue
            when, before = self._before.get(name, (now, total))
            self._before[name] = (now, total)
            rate = (total - before) / (now - when) if now > when else 0.0
            lines.append(f"{name}: {total} samples, {lost} lost")
            if rate > 0 or lost:
                parts.append(f"{name} {rate:.0f}/s" + (f", {lost} lost" if lost else ""))
        self.setText(" · ".join(parts))
        self.setToolTip("\n".join(lines))
