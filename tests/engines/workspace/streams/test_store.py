"""The store: streams by name, generations, an index that the kernel reads, stale folders."""

from __future__ import annotations

import json
import os
import time

import pytest

from engines.workspace.streams import locking
from engines.workspace.streams import store as store_module
from engines.workspace.streams.layout import Kind, StreamError
from engines.workspace.streams.store import MOST_STREAMS, StreamStore, stream_name


@pytest.fixture
def store(tmp_path):
    store = StreamStore(tmp_path / "streams", capacity=4096)
    yield store
    store.close()


def test_the_same_columns_are_the_same_stream(store):
    seen = []
    store.changed.connect(seen.append)
    first = store.open("accel", ["x", "y"])
    assert store.open("accel", ["x", "y"]) is first
    store.append("accel", [0.0], [[1.0], [2.0]])
    assert store.reader("accel").last(1).values[1].tolist() == [2.0]
    assert seen == [("accel",)]


def test_other_columns_begin_a_new_generation(store):
    old = store.open("accel", ["x"]).path
    store.open("accel", ["x", "y"])
    index = json.loads((store.directory / "index.json").read_text())
    assert index["streams"]["accel"] != old.name
    assert not old.exists()
    assert store.reader("accel").columns == ("x", "y")


def test_gap_and_reset_are_marked(store):
    store.open("a", ["x"])
    store.gap("a", seconds=1.0, lost=3)
    store.reset("a")
    assert [segment.kind for segment in store.reader("a").segments] == [Kind.START, Kind.GAP, Kind.RESET]
    assert store.reader("a").lost == 3


def test_a_lock_that_cannot_be_looked_at_counts_as_held(tmp_path):
    with (tmp_path / "a").open("wb") as file:
        assert not locking.is_locked(tmp_path / "a")
        assert locking.try_lock(file)
        assert locking.is_locked(tmp_path / "a")
    assert locking.is_locked(tmp_path), "a folder cannot be opened"
    assert not locking.is_locked(tmp_path / "missing")


def test_removing_forgets_the_stream(store):
    path = store.open("a", ["x"]).path
    store.remove(["a", "unknown"])
    assert store.names() == ()
    assert not path.exists()


def test_there_is_a_limit_to_streams(store):
    for number in range(MOST_STREAMS):
        store.open(f"s{number}", ["x"])
    with pytest.raises(StreamError, match="left out"):
        store.open("one_more", ["x"])


def test_one_store_per_folder(store):
    with pytest.raises(StreamError, match="another program"):
        StreamStore(store.directory)


def test_closing_removes_the_folder(tmp_path):
    store = StreamStore(tmp_path / "s", capacity=4096)
    store.open("a", ["x"])
    store.close()
    assert not (tmp_path / "s").exists()


def test_folders_of_dead_processes_are_removed_and_living_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "_base_directory", lambda: tmp_path)
    living = StreamStore(capacity=4096)
    dead = tmp_path / f"dirigent-{os.getuid() if hasattr(os, 'getuid') else 'user'}-dead"
    dead.mkdir()
    (dead / "a.1.ring").write_bytes(b"x")
    long_ago = time.time() - 3600
    os.utime(dead, (long_ago, long_ago))
    os.utime(living.directory, (long_ago, long_ago))
    another = StreamStore(capacity=4096)
    assert not dead.exists()
    assert living.directory.exists()
    living.close()
    another.close()


@pytest.mark.parametrize(
    ("text", "name"),
    [("accel", "accel"), ("my accel", "my_accel"), ("3d", "_3d"), ("", "stream"), ("加速", "加速")],
)
def test_stream_names_are_python_names(text, name):
    assert stream_name(text) == name
    assert name.isidentifier()
