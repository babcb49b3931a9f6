"""Light and dark: two palettes tuned by eye, one accent, following the system unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.resources import resource


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as ``#rrggbb``."""

    window: str
    base: str
    alternate: str
    text: str
    quiet: str
    button: str
    chosen: str
    border: str
    highlight_text: str
    accent: str
    tooltip: str
    error: str


LIGHT = Colours(
    window="#f4f4f2", base="#ffffff", alternate="#f8f8f6", text="#1e2326", quiet="#6b7378", button="#ececea",
    chosen="#ffffff",
    border="#d4d4d0", highlight_text="#ffffff", accent="#1a6fb0", tooltip="#ffffff", error="#b3261e",
)  # fmt: skip
DARK = Colours(
    window="#1f2224", base="#17191b", alternate="#1c1f21", text="#dfe3e5", quiet="#8d969b", button="#2a2e31",
    chosen="#2f3a44",
    border="#3a3f43", highlight_text="#ffffff", accent="#3d8fd1", tooltip="#2a2e31", error="#ff8a80",
)  # fmt: skip

STYLE = """
QMainWindow::separator {{ background: {border}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QDockWidget {{ titlebar-close-icon: url({icons}/close.svg); titlebar-normal-icon: url({icons}/float.svg); }}
QDockWidget::title {{ background: {window}; padding: 4px 8px; text-align: left; }}
QDockWidget::close-button, QDockWidget::float-button {{ border: none; background: transparent; padding: 0; }}
QDockWidget::close-button:hover, QDockWidget::float-button:hover {{ background: {button}; }}
QToolBar {{ border: none; spacing: 4px; padding: 2px 4px; background: {window}; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 3px 7px; }}
QToolButton[popupMode="2"] {{ padding-right: 19px; }}
QToolButton::menu-indicator {{ image: url({icons}/down.svg); width: 12px; height: 12px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 4px; }}
QToolButton:hover {{ background: {button}; }}
QToolButton:checked {{ background: {button}; color: {accent}; }}
QToolButton:focus {{ outline: none; border-color: {accent}; }}
PageRow {{ border: 1px solid {border}; border-radius: 5px; }}
PageRow QToolButton {{ border-radius: 0; border-right-color: {border}; }}
PageRow QToolButton#last {{ border-right-color: transparent; }}
PageRow QToolButton:checked {{ background: {chosen}; color: {accent}; }}
PageRow QToolButton:focus {{ border-color: {accent}; }}
BoardToolbar QToolButton {{ padding: 3px 5px; }}
BoardToolbar QToolButton[popupMode="2"] {{ padding-right: 17px; }}
QCheckBox::indicator, QTreeView::indicator, QTableView::indicator {{ width: 12px; height: 12px;
  border: 1px solid {quiet}; border-radius: 3px; background: {base}; }}
QCheckBox::indicator:checked, QTreeView::indicator:checked, QTableView::indicator:checked {{
  border-color: {accent}; background: {accent}; image: url({icons}/check.svg); }}
QCheckBox::indicator:disabled {{ border-color: {border}; background: {window}; }}
QCheckBox::indicator:checked:disabled {{ border-color: {quiet}; background: {quiet}; }}
QCheckBox::indicator:focus {{ border-color: {accent}; }}
QLineEdit[frame="true"] {{ border: 1px solid {border}; border-radius: 3px; padding: 2px 3px;
  background: {base}; }}
QLineEdit[frame="true"]:focus {{ border-color: {accent}; }}
QLineEdit:disabled {{ background: {window}; }}
QComboBox QLineEdit, QAbstractSpinBox QLineEdit, QAbstractItemView QLineEdit {{ border: none; padding: 0;
  border-radius: 0; }}
QStatusBar {{ border-top: 1px solid {border}; }}
QStatusBar::item {{ border: none; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ padding: 4px 12px; border: none; background: transparent; color: {quiet}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QTreeView::item {{ padding: 2px 0; }}
QHeaderView::section {{ background: {window}; border: none; border-right: 1px solid {border};
  border-bottom: 1px solid {border}; padding: 2px 4px; color: {quiet}; }}
QToolTip {{ background: {tooltip}; color: {text}; border: 1px solid {border}; padding: 4px; }}
Palette, CompletionList {{ border: 1px solid {border}; }}
Palette QListView::item {{ padding: 3px 4px; }}
QMenu {{ border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {accent}; color: {highlight_text}; }}
"""


SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}


def apply_theme(application: QApplication, choice: str) -> None:
    """Show the application in ``light``, ``dark``, or as the ``system`` says; later changes are followed."""
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(SCHEMES.get(choice, Qt.ColorScheme.Unknown))
    # A platform without a theme of its own (plain X11) takes no scheme: the choice counts all the same.
    system_is_dark = hints.colorScheme() is Qt.ColorScheme.Dark
    _paint(application, choice == "dark" or (choice != "light" and system_is_dark))


def follow_system(application: QApplication, choice: Callable[[], str]) -> None:
    """Repaint when the system changes between light and dark; ``choice`` is the user's at that time."""
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(lambda scheme: apply_theme(application, choice()))


def error_colour() -> QColor:
    """For texts that say something went wrong, in the theme that is shown."""
    return QGuiApplication.palette().color(QPalette.ColorRole.BrightText)


def _paint(application: QApplication, dark: bool) -> None:
    theme = DARK if dark else LIGHT
    application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    application.setStyleSheet(STYLE.format(icons=resource("icons").as_posix(), **vars(theme)))


def _palette(theme: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for each, colour in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.base,
        role.AlternateBase: theme.alternate,
        role.Text: theme.text,
        role.Button: theme.button,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.highlight_text,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.PlaceholderText: theme.quiet,
        role.ToolTipBase: theme.tooltip,
        role.ToolTipText: theme.text,
        role.Mid: theme.border,
        role.Midlight: theme.border,
        role.Dark: theme.border,
    }.items():
        palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(theme.quiet))
    return palette
