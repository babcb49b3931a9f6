"""The device page: what the board is, how full it is, what its pins do; the virtual one by mouse."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engines.board.bench import RawBench
from engines.board.device.device import (
    DeviceFacts,
    collect_garbage,
    read_memory,
    read_volts,
    set_rtc_now,
    toggle_led,
)
from engines.board.device.memory_map import MemInfo
from engines.board.device.pinout import PinState
from engines.board.session import BoardSession
from widgets.board.device.block_map import BlockMap
from widgets.board.device.board_picture import BoardPicture
from widgets.board.device.gauge import Gauge
from widgets.board.device.pin_row import PinRow
from widgets.board.device.reader import DeviceReader
from widgets.board.device.world_controls import WorldControls
from widgets.board.gui_calls import GuiCalls

_FACTS = ("MicroPython", "Port", "Frequency", "Unique ID", "Running for", "Stack in use", "Clock")
_GAP = 12


class DevicePage(QScrollArea):
    """One board's device page.

    Args:
        folder: where recordings for the virtual board's accelerometer are looked for.
    """

    def __init__(
        self, session: BoardSession, parent: QWidget | None = None, folder: Path | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._calls = GuiCalls(self)
        self._world: Any = None
        self._end_world: Callable[[], object] = lambda: None
        self._volts: dict[str, float] = {}
        """Measured on request, pin by pin."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget(self)
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom, body)
        self._columns.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        self._columns.setSpacing(_GAP)
        self._layout = QVBoxLayout()
        self._layout.setSpacing(8)
        self._columns.addLayout(self._layout, 1)
        self._add_head()
        self._add_memory()
        self._layout.addStretch(1)
        self._add_board(folder)
        self.setWidget(body)
        self.reader = DeviceReader(session, self)
        self.reader.read.connect(self._on_read)
        self.reader.note_changed.connect(self._on_note)
        self._calls.listen(session.status_changed, lambda status: self._follow_world())
        self._follow_world()
        self._on_note(self.reader.note)

    # Making it

    def _add_head(self) -> None:
        self.name = QLabel("No board")
        font = QFont(self.name.font())
        font.setPointSizeF(font.pointSizeF() * 1.2)
        font.setWeight(QFont.Weight.DemiBold)
        self.name.setFont(font)
        self.name.setWordWrap(True)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setAccessibleName("State of this page")
        self.again = QPushButton("Read now")
        self.again.setToolTip("Ask the board anew; it is also done by itself every few seconds")
        self.again.clicked.connect(lambda: self.reader.look(now=True))
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addLayout(head)
        self._layout.addWidget(self.note)
        grid = QGridLayout()
        grid.setHorizontalSpacing(_GAP)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        self.values: dict[str, QLabel] = {}
        for row, title in enumerate(_FACTS):
            label, value = QLabel(title), QLabel("–")
            label.setEnabled(False)
            value.setWordWrap(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(title)
            value.setMinimumWidth(120)
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self.values[title] = value
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        self.set_clock = QPushButton("Set clock to computer's")
        self.set_clock.setToolTip("Give the board this computer's date and time")
        self.set_clock.clicked.connect(lambda: self._do("Setting the clock", set_rtc_now))
        grid.addWidget(self.set_clock, len(_FACTS), 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self._layout.addLayout(grid)

    def _add_memory(self) -> None:
        self._heading("Memory")
        self.ram = Gauge("RAM")
        self._layout.addWidget(self.ram)
        self.disks = QVBoxLayout()
        self.disks.setSpacing(6)
        self._layout.addLayout(self.disks)
        self._disk_gauges: dict[str, Gauge] = {}
        self.map = BlockMap()
        self.map.hide()
        self._layout.addWidget(self.map)
        self.read_map = QPushButton("Show the heap")
        self.read_map.setToolTip("Read the map of the heap's blocks (micropython.mem_info)")
        self.read_map.clicked.connect(
            lambda: self._do("Reading the memory map", read_memory, self._on_memory)
        )
        self.collect = QPushButton("Collect garbage")
        self.collect.setToolTip("Free what no program holds any more (gc.collect)")
        self.collect.clicked.connect(
            lambda: self._do("Collecting garbage", collect_garbage, self._on_collected)
        )
        row = QHBoxLayout()
        row.addWidget(self.read_map)
        row.addWidget(self.collect)
        row.addStretch(1)
        self._layout.addLayout(row)

    def _add_board(self, folder: Path | None) -> None:
        self.board = QWidget()
        layout = QVBoxLayout(self.board)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        heading = self._make_heading("Board")
        self.picture = BoardPicture()
        self.pin_row = PinRow()
        self.controls = WorldControls(folder)
        for widget in (heading, self.controls, self.pin_row):
            layout.addWidget(widget)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        legend = QLabel("Square: output.  Yellow: high.  Blue: a signal, as PWM.")
        legend.setEnabled(False)
        legend.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(legend)
        layout.addStretch(1)
        self.board.hide()
        self._columns.addWidget(self.board)
        self.picture.led_clicked.connect(self._toggle)
        self.picture.switch_pressed.connect(lambda pressed: self._world and self._world.press(pressed))
        self.picture.reset_pressed.connect(lambda: self._world and self._world.reset())
        self.picture.pin_chosen.connect(lambda name: self._show_pin())
        self.pin_row.measure_wanted.connect(self._measure)

    def _heading(self, text: str) -> None:
        self._layout.addSpacing(4)
        self._layout.addWidget(self._make_heading(text))

    def _make_heading(self, text: str) -> QLabel:
        heading = QLabel(text)
        font = QFont(heading.font())
        font.setWeight(QFont.Weight.DemiBold)
        heading.setFont(font)
        return heading

    # What is seen

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The board stands beside the facts where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        needed = self._layout.minimumSize().width() + self.board.minimumSizeHint().width() + 3 * _GAP
        direction = QBoxLayout.Direction
        wide = self.viewport().width() >= needed
        self._columns.setDirection(direction.LeftToRight if wide else direction.TopToBottom)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reader.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.reader.watch(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self.isVisible():
            self.reader.watch(not self.window().isMinimized())

    def _on_note(self, note: str) -> None:
        self.note.setText(note)
        self.note.setVisible(bool(note))
        fresh = self.reader.fresh
        connected = self._session.status.state.connected
        for value in self.values.values():
            value.setEnabled(fresh)
        for gauge in (self.ram, *self._disk_gauges.values(), self.map):
            gauge.setEnabled(fresh)
        for button in (self.again, self.set_clock, self.read_map, self.collect, self.pin_row.measure):
            button.setEnabled(fresh)
        self.picture.setEnabled(fresh or (connected and self._world is not None))
        if not self.reader.facts:
            target = self._session.target
            self.name.setText(target.name if target and connected else "No board")

    def _on_read(self, facts: DeviceFacts) -> None:
        target = self._session.target
        self.name.setText(facts.machine or (target.name if target else "A board"))
        texts = {
            "MicroPython": _breakable((facts.build or facts.version or "").removeprefix("MicroPython ")),
            "Port": target.name if target else "",
            "Frequency": f"{facts.frequency / 1e6:g} MHz" if facts.frequency else "",
            "Unique ID": " ".join(textwrap.wrap(facts.unique_id or "", 8)),
            "Running for": _duration(facts.uptime) if facts.uptime is not None else "",
            "Stack in use": f"{facts.stack:,} bytes" if facts.stack is not None else "",
            "Clock": f"{facts.clock:%Y-%m-%d %H:%M:%S}" if facts.clock else "",
        }
        for title, text in texts.items():
            self.values[title].setText(text or "not told by this board")
        self.ram.setVisible(facts.memory_free is not None)
        if facts.memory_free is not None:
            used = facts.memory_used or 0
            self.ram.show_use(used, used + facts.memory_free)
        self._show_disks(facts)
        self.board.setVisible(facts.pins is not None)
        self._show_board()
        self._arrange()

    def _show_disks(self, facts: DeviceFacts) -> None:
        names = [disk.path for disk in facts.disks]
        for path in [path for path in self._disk_gauges if path not in names]:
            gauge = self._disk_gauges.pop(path)
            self.disks.removeWidget(gauge)
            gauge.deleteLater()
        for disk in facts.disks:
            if disk.path not in self._disk_gauges:
                self._disk_gauges[disk.path] = Gauge(disk.path)
                self.disks.addWidget(self._disk_gauges[disk.path])
            self._disk_gauges[disk.path].show_use(disk.total - disk.free, disk.total, fixed=disk.fixed)

    def _show_board(self) -> None:
        facts, world = self.reader.facts, self._world
        if world is not None and world.state:
            state = world.state
            volts = state["volts"]
            pins = {
                name: PinState.of_virtual(state["pins"].get(name, {}), volts.get(name))
                for name in {*state["pins"], *volts}
            }
            self.picture.show_state(pins, state["leds"], state["switch"])
            self.board.show()
        elif facts is not None:
            pins = {name: self._measured(name, pin) for name, pin in (facts.pins or {}).items()}
            self.picture.show_state(pins, facts.leds or (0, 0, 0, 0), bool(facts.switch))
        self._show_pin()

    def _measured(self, name: str, pin: PinState) -> PinState:
        if pin.mode == "analog" and name in self._volts:
            return PinState(pin.mode, pin.pull, pin.level, pin.signal, self._volts[name])
        return pin

    def _show_pin(self) -> None:
        name = self.picture.chosen
        self.pin_row.show_pin(name, self.picture.pins.get(name), self._world)

    # The virtual board's world

    def _follow_world(self) -> None:
        """The board that is connected may be another one, or may have got a new process."""
        world = self._session.world
        if world is self._world:
            return
        self._end_world()
        self._world = world
        self._end_world = lambda: None
        self.picture.pressable = world is not None
        self.controls.set_world(world)
        if world is None:
            self._on_note(self.reader.note)
            return
        ends = [
            world.changed.connect(lambda state: self._calls.post(lambda: self._on_world(world))),
            world.problem.connect(lambda text: self._calls.post(lambda: self._on_problem(text))),
        ]
        self._end_world = lambda: [end() for end in ends]
        if world.state:
            self._on_world(world)

    def _on_world(self, world: Any) -> None:
        if world is self._world:
            self.controls.show_state(world.state)
            self._show_board()

    def _on_problem(self, text: str) -> None:
        self.controls.show_problem(text)

    # What is done

    def _toggle(self, led: int) -> None:
        self._do("Switching the LED", lambda bench: toggle_led(bench, led))

    def _measure(self, pin: str) -> None:
        def show(volts: float) -> None:
            self._volts[pin] = volts
            self.pin_row.show_measured(pin, volts)

        self._do(f"Measuring {pin}", lambda bench: read_volts(bench, pin), show)

    def _on_memory(self, info: MemInfo) -> None:
        self.map.show_memory(info)
        self.map.show()
        self.read_map.setText("Read it anew")

    def _on_collected(self, nothing: object) -> None:
        if self.map.isVisible():
            self._do("Reading the memory map", read_memory, self._on_memory)

    def _do(
        self,
        title: str,
        work: Callable[[RawBench], Any],
        then: Callable[[Any], object] = lambda result: None,
    ) -> None:
        """Something that was asked for by a click; it is then seen in a new reading."""

        def done(operation: Future[Any]) -> None:
            if operation.cancelled():
                return
            error = operation.exception()
            if error is not None:
                self.note.setText(f"{title}: {error}")
                self.note.show()
                return
            then(operation.result())
            self.reader.look(now=True)

        self._calls.when_done(self._session.submit(title, work, timeout=20.0), done)


def _breakable(name: str) -> str:
    """A version's long name may go on in the next line behind its dots."""
    return name.replace(".", ".\u200b")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
