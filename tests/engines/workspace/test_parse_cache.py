"""Half a file in jedi's cache, as a kernel that was killed leaves it."""

from __future__ import annotations

import pytest
from parso import cache, load_grammar

from engines.workspace.parse_cache import forgive_damage


@pytest.fixture
def parse(tmp_path, monkeypatch):
    """Parse a file by the cache on disk alone, which is damaged."""
    source = tmp_path / "source.py"
    source.write_text("def answer():\n    return 42\n")
    load = cache._load_from_file_system
    monkeypatch.setattr(cache, "_load_from_file_system", getattr(load, "__wrapped__", load))

    def parsed():
        monkeypatch.setattr(cache, "parser_cache", {})
        return load_grammar().parse(path=source, cache=True, cache_path=tmp_path / "cache").get_code()

    parsed()
    (kept,) = (tmp_path / "cache").rglob("*.pkl")
    kept.write_bytes(kept.read_bytes()[:100])
    return parsed


def test_what_cannot_be_read_back_is_parsed_anew_and_kept_whole(parse) -> None:
    with pytest.raises(Exception, match=r".+"):
        parse()
    forgive_damage()
    forgive_damage()
    assert parse() == "def answer():\n    return 42\n"
    assert parse() == "def answer():\n    return 42\n"
