"""Says when samples arrive damaged, as over a bad cable."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QToolButton, QWidget

from engines.board.session import BoardSession

_PERIOD = 1000
_HINT = (
    "Packets of samples that arrived damaged since the connection was made. Check the cable; "
    "over a serial line, lower the rate. Click to count anew."
)


class DamageNote(QToolButton):
    """Hidden until there is damage. Looks once a second, while the terminal is seen."""

    def __init__(self, session: BoardSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._known = 0
        self._seen = 0
        self.setAutoRaise(True)
        self.setToolTip(_HINT)
        self.clicked.connect(self._count_anew)
        self.hide()
        self._timer = QTimer(self, interval=_PERIOD)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()

    def refresh(self) -> None:
        traffic = self._session.traffic
        damaged = traffic.damaged + traffic.malformed
        if damaged < self._seen:  # another connection
            self._known = 0
        self._seen = damaged
        new = damaged - self._known
        self.setVisible(new > 0)
        if new > 0:
            self.setText(f"{new} damaged frame{'s' if new > 1 else ''}; check the cable")

    def _count_anew(self) -> None:
        self._known = self._seen
        self.hide()
