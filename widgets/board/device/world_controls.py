"""What one can do to the virtual board from outside: tilt it, or let it feel a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from widgets.board.device.tilt_pad import TiltPad

_ENDINGS = (".csv", ".stream")


class WorldControls(QWidget):
    """Acts on an ``engines.board.virtual.World``; hidden while there is none.

    Args:
        folder: where recordings are looked for.
    """

    def __init__(self, folder: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._world: Any = None
        self.tilt = TiltPad()
        self.tilt.tilted.connect(lambda x, y, z: self._world and self._world.tilt(x, y, z))
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.source = QLabel()
        self.source.setWordWrap(True)
        self.recording = QToolButton()
        self.recording.setText("Replay a recording")
        self.recording.setToolTip("Let the accelerometer feel what was recorded: a CSV file or a .stream")
        self.recording.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.recording)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.recording.setMenu(self.menu)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.text)
        words.addWidget(self.source)
        words.addWidget(self.recording, 0, Qt.AlignmentFlag.AlignLeft)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.tilt, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(words, 1)
        self.set_world(None)

    def set_world(self, world: Any) -> None:
        self._world = world
        self.setVisible(world is not None)
        self._problem = ""

    def show_state(self, state: dict[str, Any]) -> None:
        """What the board told."""
        x, y, z = state["acceleration"]
        self.tilt.show_acceleration((x, y, z))
        self.text.setText(f"x {x:+.2f} g\ny {y:+.2f} g\nz {z:+.2f} g")
        name = state["recording"]
        if name:
            self._problem = ""
        self.source.setText(self._problem or (f"Replaying {name}" if name else "Drag the board to tilt it."))

    def show_problem(self, text: str) -> None:
        self._problem = text
        self.source.setText(text)

    def fill_menu(self) -> None:
        """The recordings in the folder, and others."""
        self.menu.clear()
        found = sorted(path for path in self._files() if path.suffix in _ENDINGS)
        for path in found[:20]:
            self.menu.addAction(path.name, lambda path=path: self.replay(path))
        if found:
            self.menu.addSeparator()
        self.menu.addAction("Choose a file …", self._choose)
        self.menu.addAction("Stop the recording", lambda: self.replay(None)).setEnabled(
            bool(self._world and self._world.state.get("recording"))
        )

    def replay(self, path: Path | None) -> None:
        if self._world is not None:
            self._problem = ""
            self._world.replay(path)

    def _files(self) -> list[Path]:
        try:
            return list(self._folder.iterdir()) if self._folder else []
        except OSError:
            return []

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Replay a recording", str(self._folder or Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Recordings (*.csv *.stream);;All files (*)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.replay(Path(name)))
        dialog.open()
