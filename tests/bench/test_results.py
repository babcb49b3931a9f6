"""The file of results keeps what was measured before."""

from __future__ import annotations

import json

from tests.bench.__main__ import keep
from tests.bench.rows import Row


def test_benchmarks_that_did_not_run_keep_their_rows(tmp_path):
    path = tmp_path / "build" / "bench.json"
    keep([Row("a", "s", 2.0, 4.0, "peer"), Row("b", "s", 3.0, None, "")], path)
    keep([Row("b", "s", 1.0, None, "")], path)
    rows = {row["name"]: row for row in json.loads(path.read_text())}
    assert rows["a"]["ours"] == 2.0 and rows["a"]["ratio"] == 2.0
    assert rows["b"]["ours"] == 1.0
    assert list(rows) == ["a", "b"]
