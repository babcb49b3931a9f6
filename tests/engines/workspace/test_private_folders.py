"""Folders for sockets: private, short, and found again by the next process."""

import os
import tempfile
from pathlib import Path

import pytest

from engines.workspace.kernel_process import KernelProcess
from engines.workspace.private_folders import LONGEST_SOCKET_PATH, private_folder, temporary_base

ROOM = 40


@pytest.fixture
def place(monkeypatch):
    """A short temporary folder of the test's own, which is TMPDIR, too."""
    with tempfile.TemporaryDirectory(prefix="d-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("XDG_RUNTIME_DIR", f"{folder}/run")
        yield Path(folder)


def test_the_runtime_folder_is_made_and_found_again(place):
    found = private_folder("d", ROOM)
    assert found == place / "run" / "d"
    assert found.stat().st_mode & 0o777 == 0o700
    assert private_folder("d", ROOM) == found


def test_a_folder_that_others_can_only_read_is_closed(place):
    (place / "run" / "d").mkdir(parents=True, mode=0o755)
    assert private_folder("d", ROOM).stat().st_mode & 0o777 == 0o700


def test_a_folder_into_which_others_can_write_is_not_used(place):
    (place / "run" / "d").mkdir(parents=True)
    (place / "run" / "d").chmod(0o777)
    assert private_folder("d", ROOM) == place / f"d-{os.getuid()}"


def test_a_runtime_folder_that_cannot_be_made_is_done_without(place, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/none")
    assert private_folder("d", ROOM) == place / f"d-{os.getuid()}"


def test_long_paths_are_passed_over(place, monkeypatch):
    long = place / ("x" * 90)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert temporary_base(ROOM) == Path("/tmp")
    assert private_folder("d", ROOM).parent == Path("/tmp")
    private_folder("d", ROOM).rmdir()
    with pytest.raises(OSError, match="set TMPDIR"):
        temporary_base(LONGEST_SOCKET_PATH)


def test_the_kernels_sockets_have_short_paths(place, monkeypatch):
    long = place / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    process = KernelProcess(["true"], lambda death: None)
    try:
        assert len(str(process.connection_file.with_name("kernel-5"))) <= LONGEST_SOCKET_PATH
    finally:
        process.close()
