"""A display that does not answer is found out before Qt would end the process over it."""

import sys

import pytest

from app.display import display_problem

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X11 and Wayland are asked on Linux")


def test_no_display_at_all():
    assert display_problem({}) == "neither DISPLAY nor WAYLAND_DISPLAY is set"


def test_a_dead_display_is_named():
    assert "DISPLAY=:4711" in display_problem({"DISPLAY": ":4711"})
    assert "DISPLAY=:4711" in display_problem({"DISPLAY": ":4711", "QT_QPA_PLATFORM": "xcb"})
    dead = display_problem({"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": "/tmp"})
    assert dead == "WAYLAND_DISPLAY=wayland-9 does not answer"


def test_a_platform_without_a_display_is_taken_at_its_word():
    assert display_problem({"QT_QPA_PLATFORM": "offscreen"}) == ""
    assert display_problem({"QT_QPA_PLATFORM": "vnc:size=800x600", "DISPLAY": ":4711"}) == ""
