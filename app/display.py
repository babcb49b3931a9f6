"""Whether a window can be shown. Qt ends the whole process when its display does not answer: ask before."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

WINDOW_SYSTEMS = ("xcb", "wayland")
"""Qt's platforms that need something to answer; offscreen, vnc and others do not."""
PATIENCE = 2.0


def display_problem(environment: Mapping[str, str] = os.environ) -> str:
    """Why no window can be shown; '' when one can. An explicitly chosen Qt platform is taken at its word."""
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform and not platform.startswith(WINDOW_SYSTEMS):
        return ""
    if not platform and sys.platform in ("win32", "darwin"):
        return ""
    problems = []
    if not platform.startswith("xcb"):
        problems.append(_wayland_problem(environment))
    if not platform.startswith("wayland"):
        problems.append(_x11_problem(environment.get("DISPLAY", "")))
    if "" in problems:
        return ""
    return (
        "; ".join(each for each in problems if each != _NONE) or "neither DISPLAY nor WAYLAND_DISPLAY is set"
    )


_NONE = "not set"


def _wayland_problem(environment: Mapping[str, str]) -> str:
    name = environment.get("WAYLAND_DISPLAY")
    if not name:
        return _NONE
    place = Path(environment.get("XDG_RUNTIME_DIR", "")) / name
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(str(place))
        except OSError:
            return f"WAYLAND_DISPLAY={name} does not answer"
    return ""


def _x11_problem(name: str) -> str:
    """By Qt's own way in, which asks for the permission, too."""
    if not name:
        return _NONE
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return f"DISPLAY={name} cannot be used: {error}"
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(name), None)
    try:
        return f"DISPLAY={name} does not answer" if xcb.xcb_connection_has_error(connection) else ""
    finally:
        xcb.xcb_disconnect(connection)
