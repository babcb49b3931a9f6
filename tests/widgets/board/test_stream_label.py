"""The streams of a board in its panel: rates, losses, recordings, and the menu that records and exports."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from engines.board.connection.link import Traffic
from engines.workspace.streams.recorders import Recorders
from widgets.board.stream_label import StreamLabel


class Board:
    """What the label asks for."""

    def __init__(self, store):
        self.store = store
        self.traffic = Traffic()

    def send(self, count):
        writer = self.store.open("accel", ["x"])
        for number in range(count):
            writer.append_row((writer.total + number) / 100, [number])


@pytest.fixture
def board(store):
    return Board(store)


@pytest.fixture
def label(qtbot, board, store):
    label = StreamLabel(store.names, store.count, None, lambda: board.traffic)
    qtbot.addWidget(label)
    return label


def entries(label):
    label.fill_menu()
    return {action.text(): action for action in label.menu().actions() if action.text()}


def test_nothing_to_show_is_nothing_to_press(label):
    label.refresh()
    assert label.text() == "No streams yet"
    assert not label.isEnabled()


def test_rates_and_losses(label, board, store):
    board.send(10)
    label.refresh()
    assert label.text() == "Streams"
    board.send(10)
    store.gap("accel", lost=3)
    label.refresh()
    assert label.text().startswith("accel ")
    assert label.text().endswith("/s, 3 lost")
    assert "20 samples, 3 lost" in label.toolTip()


def test_frames_that_cannot_be_understood_are_told(label, board):
    board.traffic = Traffic(malformed=2, problem="format '3h' does not fit the columns 'x,y'")
    label.refresh()
    assert label.text() == "2 frames not understood"
    assert "does not fit the columns" in label.toolTip()


def test_printed_lines_that_were_not_read_are_told(label, board, store):
    board.traffic = Traffic(unread=20, unread_line="Loop 3 took 12 ms")
    store.open("printed", ["value"])
    label.refresh()
    assert "20 printed lines" in label.toolTip() and "Loop 3 took 12 ms" in label.toolTip()


def test_a_recording_is_visible_and_can_be_stopped(qtbot, label, board, store, tmp_path):
    board.send(10)
    recorders = Recorders(store, tmp_path)
    label.recording = recorders.state
    wanted = []
    label.command_wanted.connect(lambda name, arguments: wanted.append((name, arguments)))
    menu = entries(label)
    menu["● Record accel"].trigger()
    menu["● Record accel from its beginning"].trigger()
    assert wanted == [("stream.record", ["accel"]), ("stream.record", ["accel", "past=yes"])]
    recorders.start("accel", past=True)
    label.refresh()
    assert label.text().startswith("● accel 0/s, ")
    assert "recording" in label.toolTip()
    stop = next(
        action for text, action in entries(label).items() if text.startswith("■ Stop recording accel")
    )
    stop.trigger()
    assert wanted[-1] == ("stream.stop", ["accel"])
    recorders.close()
    label.refresh()
    assert "●" not in label.text()
    assert "● Record accel" in entries(label)


def test_exporting_asks_for_a_file(qtbot, label, board, tmp_path):
    board.send(1)
    label.folder = tmp_path
    wanted = []
    label.command_wanted.connect(lambda name, arguments: wanted.append((name, arguments)))
    entries(label)["Export accel …"].trigger()
    dialog = label.findChild(QFileDialog)
    assert Path(dialog.selectedFiles()[0]) == tmp_path / "accel.csv"
    dialog.accept()
    assert wanted == [("stream.export", ["accel", str(tmp_path / "accel.csv")])]
