"""Firmware files, and bootloaders that are none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importmode=importlib leaves it out

from dfuse_device import FakeDfu


@pytest.fixture
def dfu() -> FakeDfu:
    return FakeDfu()
