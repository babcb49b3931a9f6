"""The set-up script of `make run`."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "setup_env.py"


@pytest.fixture
def setup_env(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("setup_env", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path / ".venv")
    return module


@pytest.mark.skipif(os.name == "nt", reason="Windows copies the interpreter")
def test_the_environment_links_to_the_interpreter(setup_env, monkeypatch):
    made = []
    monkeypatch.setattr(setup_env.venv, "create", lambda *where, **how: made.append(how))
    monkeypatch.setattr(setup_env, "has_ensurepip", lambda: True)
    assert setup_env.make_environment() is None
    assert made[0]["symlinks"]
