"""The widget on which a figure is painted and touched."""

from __future__ import annotations

import time
from collections import deque
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engines.plot.axes import AxisView
from engines.plot.figure_view import FigureView
from engines.plot.picking import nearest
from engines.plot.scene import Box, LegendEntry
from widgets.plot import overlay
from widgets.plot.fonts import measure
from widgets.plot.gestures import WHEEL, Drag, Mode, finish, only
from widgets.plot.painter import paint_scene
from widgets.plot.palette import theme_from

KEY_PAN = 40.0  # pixels
KEY_ZOOM = 0.8
WHEEL_END_MS = 400  # a wheel that rests so long has ended its gesture
RATE_SECONDS = 1.0


class PlotCanvas(QWidget):
    """Paints a `FigureView` and turns mouse, wheel and keys into its gestures.

    ``looked``: what is seen was changed by hand. ``failed``: the picture could not be made; one line saying
    why.
    """

    looked = Signal()
    failed = Signal(str)

    def __init__(self, view: FigureView | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = Mode.PAN
        self.wheel_needs_focus = False
        """In a page that scrolls, the wheel belongs to the page until the plot was clicked."""
        self.frames = 0
        self._view = view
        self._times: deque[float] = deque(maxlen=240)
        self._picture: QPixmap | None = None
        self._stale = True
        self._drag: Drag | None = None
        self._pointer: QPointF | None = None
        self._error = ""
        self._halted = ""
        self._wheel_end = QTimer(self, singleShot=True, interval=WHEEL_END_MS)
        self._wheel_end.timeout.connect(self._commit_wheel)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self.setAccessibleName("Plot")

    def set_view(self, view: FigureView | None) -> None:
        self._end_wheel()
        self._view, self._drag, self._error, self._halted = view, None, "", ""
        if view is not None:
            view.theme = theme_from(self.palette())
            self.setAccessibleName(f"Plot {view.document.name}")
        self.refresh()

    @property
    def halted(self) -> str:
        """Why the figure is not drawn until `resume`; '' while it is."""
        return self._halted

    def halt(self, problem: str) -> None:
        """Show this in the place of the figure."""
        self._halted = problem
        self.update()

    def resume(self) -> None:
        """Draw the figure again."""
        self._halted = ""
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(640, 360)

    def refresh(self) -> None:
        """Make the picture anew at the next paint: data, document or view changed."""
        self._stale = True
        self.update()

    def frame_rate(self) -> float:
        """Pictures made in the last second."""
        since = time.perf_counter() - RATE_SECONDS
        return sum(1 for at in self._times if at > since) / RATE_SECONDS

    def frame_gaps(self) -> list[float]:
        """Seconds between the newest pictures (240 at most)."""
        times = list(self._times)
        return [after - before for before, after in pairwise(times)]

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        except Exception as error:  # a paint event that raises would be called again at once, for ever
            self._stale = False
            self._picture = None
            self._tell(f"The plot cannot be drawn: {type(error).__name__}: {error}")
            painter.fillRect(self.rect(), self.palette().base())
            painter.drawText(
                self.rect().adjusted(12, 12, -12, -12), int(Qt.TextFlag.TextWordWrap), self._error
            )
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        if self._view is None:
            hint = "Open a figure from the project, or make one: figures.new('Motion')"
            overlay.paint_message(painter, QRectF(self.rect()), "No figure", hint, self.palette())
            return
        if self._halted:
            overlay.paint_message(
                painter, QRectF(self.rect()), "This figure is not drawn", self._halted, self.palette()
            )
            return
        if self._stale or self._picture is None:
            self._make_picture(self._view)
        if self._picture is not None:
            painter.drawPixmap(0, 0, self._picture)
        self._paint_over(painter, self._view)

    def _make_picture(self, view: FigureView) -> None:
        ratio = self.devicePixelRatioF()
        scene = view.draw((float(self.width()), float(self.height())), measure, ratio)
        size = self.size() * ratio
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
        self._picture.setDevicePixelRatio(ratio)
        painter = QPainter(self._picture)
        try:
            paint_scene(painter, scene)
        finally:
            painter.end()
        self._stale = False
        self.frames += 1
        self._times.append(time.perf_counter())
        self._tell("")

    def _paint_over(self, painter: QPainter, view: FigureView) -> None:
        scene = view.scene
        if scene is None:
            return
        if not view.document.figure["data"]:
            hint = f"Add a trace: figures[{view.document.name!r}].add_scatter(x='accel.t', y='accel.x')"
            overlay.paint_message(painter, QRectF(self.rect()), "Nothing to draw yet", hint, self.palette())
            return
        bounds = self._bounds(self._drag.x, self._drag.y) if self._drag else None
        box = self._drag.box(bounds) if self._drag and bounds else None
        if box is not None:
            overlay.paint_box(painter, box, self.palette())
        elif self._pointer is not None and self._drag is None:
            hit = nearest(scene, self._pointer.x(), self._pointer.y())
            if hit is not None:
                overlay.paint_hit(painter, scene, hit, self.palette())

    def _tell(self, problem: str) -> None:
        if problem != self._error:
            self._error = problem
            self.failed.emit(problem)

    # mouse

    def _bounds(self, x: float, y: float) -> Box | None:
        scene = self._view.scene if self._view else None
        boxes = [box for _, _, box in scene.plots] if scene else []
        return next((box for box in boxes if box.holds(x, y)), boxes[0] if boxes else None)

    def _legend_at(self, x: float, y: float) -> LegendEntry | None:
        scene = self._view.scene if self._view else None
        return next((entry for entry in scene.legend if entry.box.holds(x, y)), None) if scene else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._view is None or event.button() not in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.RightButton,
        ):
            return
        self._end_wheel()
        entry = self._legend_at(at.x(), at.y())
        if entry is not None and event.button() == Qt.MouseButton.LeftButton:
            self._view.toggle_trace(entry.trace)
            self._changed()
            return
        axes = tuple(self._view.axes_at(at.x(), at.y()))
        mode = Mode.ZOOM if event.button() == Qt.MouseButton.RightButton else self.mode
        if self._bounds_exactly(at) is None:
            mode = Mode.PAN  # beside the plotting area there is no room for a box
        if axes:
            self._drag = Drag(mode, at.x(), at.y(), axes, at.x(), at.y())

    def _bounds_exactly(self, at: QPointF) -> Box | None:
        found = self._bounds(at.x(), at.y())
        return found if found and found.holds(at.x(), at.y()) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._drag is None or self._view is None:
            over_legend = self._legend_at(self._pointer.x(), self._pointer.y()) is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if over_legend else Qt.CursorShape.ArrowCursor)
            self.update()
            return
        self._drag.move(self._pointer.x(), self._pointer.y())
        if self._drag.mode is Mode.PAN and self._drag.moved:
            self._view.pan(
                self._pointer.x() - self._drag.x, self._pointer.y() - self._drag.y, self._drag.axes
            )
            self._changed()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        bounds = self._bounds(drag.x, drag.y) if drag else None
        if drag is None or self._view is None or bounds is None:
            return
        if finish(drag, self._view, bounds):
            self._changed()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if (
            self._view is None
            or event.button() != Qt.MouseButton.LeftButton
            or self._legend_at(at.x(), at.y())
        ):
            return
        axes = self._view.axes_at(at.x(), at.y())
        if axes:
            self._view.reset(axes)
            self._changed()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        at = event.position()
        axes = self._view.axes_at(at.x(), at.y()) if self._view else []
        if self._view is None or not axes or not turned or (self.wheel_needs_focus and not self.hasFocus()):
            event.ignore()
            return
        letter = {Qt.KeyboardModifier.ControlModifier: "x", Qt.KeyboardModifier.ShiftModifier: "y"}
        self._zoom(WHEEL**-turned, at, only(axes, letter.get(event.modifiers())))
        self._wheel_end.start()
        event.accept()

    def _zoom(self, factor: float, at: QPointF, axes: list[AxisView]) -> None:
        if self._view is None:
            return
        self._view.draw((float(self.width()), float(self.height())), measure, self.devicePixelRatioF())
        current = [self._view.scene.axes[axis.id] for axis in axes] if self._view.scene else axes
        self._view.zoom(factor, at.x(), at.y(), current)
        self._changed()

    def _end_wheel(self) -> None:
        """Something else begins: do not wait until the wheel has rested."""
        if self._wheel_end.isActive():
            self._wheel_end.stop()
            self._commit_wheel()

    def _commit_wheel(self) -> None:
        """A wheel has no last turn: its gesture ends when it has rested for a moment."""
        if self._view is not None:
            self._view.commit("Zoom")
            self._changed()

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._view is None or self._view.scene is None or not self._key(event.key()):
            super().keyPressEvent(event)

    def _key(self, key: int) -> bool:
        moves = {
            Qt.Key.Key_Left: (KEY_PAN, 0), Qt.Key.Key_Right: (-KEY_PAN, 0),
            Qt.Key.Key_Up: (0, KEY_PAN), Qt.Key.Key_Down: (0, -KEY_PAN),
        }  # fmt: skip
        zooms = {Qt.Key.Key_Plus: KEY_ZOOM, Qt.Key.Key_Equal: KEY_ZOOM, Qt.Key.Key_Minus: 1 / KEY_ZOOM}
        view = self._view
        if view is None or view.scene is None:
            return False
        if key in moves:
            dx, dy = moves[key]
            moved = [axis for axis in self._all_axes() if axis.is_x == bool(dx)]
            view.pan(dx, dy, moved)
            view.commit("Pan")
        elif key in zooms:
            box = view.scene.plots[0][2]
            self._zoom(zooms[key], QPointF(box.x + box.width / 2, box.y + box.height / 2), self._all_axes())
            view.commit("Zoom")
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_0):
            view.reset()
        elif key == Qt.Key.Key_F and view.is_live:
            view.follow()
        elif key == Qt.Key.Key_Escape and self._drag is not None:
            self._cancel_drag()
        else:
            return False
        self._changed()
        return True

    def _all_axes(self) -> list[AxisView]:
        scene = self._view.scene if self._view else None
        return [axis for axis in scene.axes.values() if not axis.fixed] if scene else []

    def _cancel_drag(self) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and drag.mode is Mode.PAN and self._view is not None:
            self._view.pan(0, 0, drag.axes)
            self._view.commit("Pan")

    # surroundings

    def _changed(self) -> None:
        self.refresh()
        self.looked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._stale = True

    def hideEvent(self, event: QEvent) -> None:
        self._end_wheel()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange, QEvent.Type.FontChange)
        if event.type() in kinds and self._view is not None:
            self._view.theme = theme_from(self.palette())
            self.refresh()
        super().changeEvent(event)
