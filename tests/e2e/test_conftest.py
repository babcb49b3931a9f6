"""The end-to-end tests are skipped, not failed, where Qt cannot show a window."""

from __future__ import annotations

from tests.e2e.conftest import window_problem


def test_a_plugin_that_does_not_load_is_named_with_the_line_that_mends_it(display):
    assert window_problem(display) == ""
    problem = window_problem(":4711")  # to Qt it is the same
    assert "xcb" in problem
    assert "apt-get install -y --no-install-recommends libxcb-cursor0" in problem
