"""Every test gets its own settings, cache and runtime folders, and must leave no thread or timer behind."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from shiboken6 import isValid

from app.garbage import collect_due
from tests.feature_report import FeatureReport

# No deadlines: the machine may be busy. The same examples in every run, so that a failure can be repeated;
# `--hypothesis-profile default` looks for new ones.
settings.register_profile(
    "dirigent", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("dirigent")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")

# A shell that starts us in the background (`make test &`) leaves SIGINT ignored, for us and for all we start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Threads that libraries keep for the life of the process.
LIBRARY_THREADS = ("pymain", "asyncio_", "ThreadPoolExecutor", "QtMainThread", "Dummy")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(FeatureReport(), "features")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The virtual board's MicroPython is compiled once for all tests, and what jedi reads is parsed once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_folders(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, shared_cache: Path
) -> None:
    """No test sees the user's settings, nor another test's."""
    home = tmp_path_factory.mktemp("home")
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))


@pytest.fixture(autouse=True)
def garbage_is_collected_in_the_main_thread():
    """A widget that some thread of a test frees ends the process; see ``app.garbage``."""
    gc.disable()
    yield
    collect_due()


@pytest.fixture(autouse=True)
def no_dangling_threads():
    """A test that starts a thread ends it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    left = _new_threads(before)
    while left and time.monotonic() < deadline:
        left[0].join(timeout=0.05)
        left = _new_threads(before)
    assert not left, f"threads left running: {[thread.name for thread in left]}"


@pytest.fixture(autouse=True)
def no_dangling_timers(monkeypatch: pytest.MonkeyPatch):
    """A timer that a test leaves running would fire in the middle of a later one."""
    started: list[weakref.ref[QTimer]] = []
    begin = QTimer.start

    def start(timer: QTimer, *arguments: object) -> None:
        started.append(weakref.ref(timer))
        begin(timer, *arguments)

    monkeypatch.setattr(QTimer, "start", start)
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if _active(started):  # of an object that only the garbage holds, perhaps
        gc.collect()
    assert not _active(started), f"timers left running: {_active(started)}"


def _active(started: list[weakref.ref[QTimer]]) -> list[str]:
    """Running timers by what they belong to."""
    timers = [timer for each in started if (timer := each()) is not None and isValid(timer)]
    return [f"{timer.parent()!r}, {timer.interval()} ms" for timer in timers if timer.isActive()]


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and not thread.name.startswith(LIBRARY_THREADS)
    ]
