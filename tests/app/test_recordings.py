"""What is said when a recording is opened."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest

from app.tools.recordings import Recordings
from engines.workspace.streams.recorder import RecordingWriter
from engines.workspace.streams.ring import Block
from engines.workspace.streams.store import StreamStore


@pytest.fixture
def stage(tmp_path):
    streams = StreamStore(tmp_path / "streams", capacity=4096)
    loop = SimpleNamespace(deliver=lambda function: function())
    yield SimpleNamespace(streams=streams, loop=loop, notices=Mock(), graph=Mock())
    streams.close()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "accel.stream"
    writer = RecordingWriter(path, "accel", ["x"], ["g"], 0.0)
    writer.append(Block(0, np.arange(100.0), (np.arange(100.0),)))
    writer.close()
    return path


def test_a_whole_recording_is_opened_without_a_warning(stage, path):
    assert Recordings(stage, path.parent).open(path).result(30) == "accel"
    stage.notices.warn.assert_not_called()


def test_samples_that_were_not_checked_are_told(stage, path):
    head = path.read_bytes()[: 4096 + 16 * 99 + 8]
    path.write_bytes(head.replace(b'"rows": 100} ', b'"rows": null}'))
    recordings = Recordings(stage, path.parent)
    assert recordings.open(path).result(30) == "accel"
    assert stage.streams.count("accel") == (99, 0)
    (text,) = stage.notices.warn.call_args.args
    assert "Samples 0 to 98 are shown without a check" in text
    assert "accel.stream.journal" in text
