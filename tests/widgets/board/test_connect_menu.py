"""The connect menu: ports, addresses, passwords, speeds, and what the buttons beside the state do."""

from __future__ import annotations

import pytest
from board_doubles import ScriptedTransport
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from engines.board.connection.port_errors import PASSWORD, PERMISSION, PortError
from engines.board.connection.transport import Target, serial_target
from engines.board.status import Remedy, State
from widgets.board.panel import BoardPanel


@pytest.fixture
def transports():
    return []


@pytest.fixture
def panel(qtbot, session, store, transports):
    def open_port():
        transports.append(ScriptedTransport())
        return transports[-1]

    targets = [
        Target("/dev/ttyACM0", "a pyboard & more", open_port, address="/dev/ttyACM0"),
        serial_target("/dev/ttyNOTHING", "nothing"),
    ]
    panel = BoardPanel(session, lambda: targets, store)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def texts(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def choose(menu, text):
    next(action for action in menu.actions() if text in action.text()).trigger()


def test_every_port_is_listed_with_what_is_behind_it(qtbot, panel, session):
    assert "Looking for ports …" in texts(panel.menu)
    panel.menu.look()
    qtbot.waitUntil(lambda: any("pyboard" in text for text in texts(panel.menu)))
    assert "/dev/ttyACM0  —  a pyboard && more" in texts(panel.menu)
    assert "Looking for ports …" not in texts(panel.menu)
    choose(panel.menu, "ttyACM0")
    qtbot.waitUntil(lambda: session.status.state.connected)


def test_an_address_is_asked_for_at_the_foot_and_corrected_there(qtbot, panel, session):
    choose(panel.menu, "Network address")
    assert panel.ask.isVisible()
    panel.ask.field.setText("tcp://board")
    qtbot.keyClick(panel.ask.field, Qt.Key.Key_Return)
    assert panel.ask.isVisible()
    assert panel.ask.field.text() == "tcp://board"
    panel.ask.field.setText("tcp://127.0.0.1:9")
    qtbot.keyClick(panel.ask.field, Qt.Key.Key_Return)
    assert not panel.ask.isVisible()
    qtbot.waitUntil(lambda: session.status.state is State.REFUSED, timeout=20_000)
    assert session.target.name == "tcp://127.0.0.1:9"


def test_a_password_is_asked_for_hidden_and_used(qtbot, panel, session, monkeypatch):
    asked = []

    def connect(address, description="", *, password=""):
        asked.append((address, password))
        return Target(address, description, ScriptedTransport, address=address)

    monkeypatch.setattr("widgets.board.connect_menu.target_of", connect)

    def refuse():
        raise PortError("ws://board:8266", "it asks for a password", "Enter it.", cause=PASSWORD)

    session.connect(Target("ws://board:8266", "", refuse, address="ws://board:8266"))
    qtbot.waitUntil(panel.ask.isVisible)
    assert panel.ask.field.echoMode() is QLineEdit.EchoMode.Password
    assert panel.ask.field.hasFocus() or not panel.isActiveWindow()
    qtbot.keyClick(panel.ask.field, Qt.Key.Key_Escape)
    assert not panel.ask.isVisible()
    qtbot.mouseClick(panel.terminal.state_line.button(Remedy.PASSWORD), Qt.MouseButton.LeftButton)
    assert panel.ask.isVisible()
    panel.ask.field.setText("geheim")
    qtbot.keyClick(panel.ask.field, Qt.Key.Key_Return)
    assert asked == [("ws://board:8266", "geheim")]
    qtbot.waitUntil(lambda: session.status.state.connected)
    choose(panel.menu, "Network address")
    assert panel.ask.field.echoMode() is QLineEdit.EchoMode.Normal


def test_the_command_is_copied(qtbot, panel, session):
    def refuse():
        raise PortError("/dev/x", "no", "Do.", cause=PERMISSION, command="sudo usermod -a -G dialout $USER")

    session.connect(Target("/dev/x", "", refuse))
    button = panel.terminal.state_line.button(Remedy.COPY)
    qtbot.waitUntil(button.isVisible)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "sudo usermod -a -G dialout $USER"


def test_another_speed_connects_anew(qtbot, panel, session):
    session.connect(serial_target("/dev/ttyNOTHING"))
    qtbot.waitUntil(lambda: session.status.state is State.REFUSED)
    panel.menu.look()
    qtbot.waitUntil(lambda: any("nothing" in text for text in texts(panel.menu)))
    assert next(action for action in panel.menu.actions() if action.text() == "Speed").isEnabled()
    choose(panel.menu.speeds, "9600")
    assert session.target.address == "/dev/ttyNOTHING@9600"


def test_flashing_and_further_boards_are_the_applications(qtbot, panel, session):
    session.connect(Target("COM7", "", ScriptedTransport, bootloader="SAMD21 in its UF2 bootloader"))
    button = panel.terminal.state_line.button(Remedy.FLASH)
    qtbot.waitUntil(button.isVisible)
    with qtbot.waitSignal(panel.command_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == ["board.flash", []]
    with qtbot.waitSignal(panel.command_wanted) as wanted:
        choose(panel.menu, "Add another board")
    assert wanted.args == ["board.add", []]
    choose(panel.menu, "Rename this board")
    panel.ask.field.setText("left")
    with qtbot.waitSignal(panel.command_wanted) as wanted:
        qtbot.keyClick(panel.ask.field, Qt.Key.Key_Return)
    assert wanted.args == ["board.rename", ["new=left"]]
    with qtbot.waitSignal(panel.command_wanted) as wanted:
        choose(panel.menu, "Remove this board")
    assert wanted.args == ["board.remove", []]


def test_rescue_is_in_the_reset_menu_and_can_be_cancelled(qtbot, panel, session, transports):
    panel.menu.look()
    qtbot.waitUntil(lambda: any("pyboard" in text for text in texts(panel.menu)))
    choose(panel.menu, "ttyACM0")
    qtbot.waitUntil(lambda: session.status.state.connected)
    panel.toolbar.rescue_action.trigger()
    transports[-1].until_sent(b"\x03\x03")
    cancel = panel.terminal.state_line.button(Remedy.CANCEL)
    qtbot.waitUntil(cancel.isVisible)
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.status.state is not State.BUSY)
