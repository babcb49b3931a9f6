"""Fixtures of the notebook's engine."""

from __future__ import annotations

import pytest

from tests.engines.notebook.scripted_kernel import ScriptedKernel


@pytest.fixture
def kernel() -> ScriptedKernel:
    return ScriptedKernel()
