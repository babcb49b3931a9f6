"""Files dropped onto the window are opened; other things are left to others."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from app.dropped_files import DroppedFiles


def drop(window, data):
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(window, enter)
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    QApplication.sendEvent(window, event)


def test_files_are_opened_and_text_is_not(qtbot, tmp_path):
    window = QMainWindow()
    qtbot.addWidget(window)
    taken = []
    DroppedFiles(window, taken.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "run.stream")), QUrl("https://example.org/x")])
    drop(window, data)
    assert taken == [str(tmp_path / "run.stream")]
    text = QMimeData()
    text.setText("hello")
    drop(window, text)
    assert len(taken) == 1
