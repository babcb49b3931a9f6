"""Which test proves which feature (``@pytest.mark.feature(row)``; the rows are in test_feature_table.py).

While tests run, ``FeatureReport`` names the features whose tests did not pass, skipped ones too. As a program
(``python -m tests.feature_report FILE``) it collects all marked tests, as pytest does it, and writes down which there
are and what is wrong with them as a proof.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# It asserts, or waits for something, which asserts that it comes.
_ASSERTS = re.compile(r"^\s+assert\b|\braises\(|[uU]ntil\w*\(", re.MULTILINE)


class FeatureReport:
    """A plugin; of several processes, the one that hears of all tests has something to say."""

    def __init__(self) -> None:
        self._left: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        for item in items:
            item.user_properties += [("feature", row) for row in _rows(item)]  # goes with its reports

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome == "passed":
            return
        for key, row in report.user_properties:
            if key == "feature":
                self._left.setdefault(str(row), []).append(f"{report.nodeid} ({report.outcome})")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._left:
            terminalreporter.section("features that were not proved")
        for row, tests in sorted(self._left.items()):
            terminalreporter.write_line(f"{row}: {', '.join(tests)}")


@dataclass(frozen=True)
class Proof:
    """``problem``: why the test proves nothing; '' when it may."""

    row: str
    test: str
    problem: str


class _Collector:
    def __init__(self) -> None:
        self.proofs: list[Proof] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.proofs = [
            Proof(row, item.nodeid, _problem(item)) for item in session.items for row in _rows(item)
        ]


def _rows(item: pytest.Item) -> list[str]:
    return [row for mark in item.iter_markers("feature") for row in mark.args]


def _problem(item: pytest.Item) -> str:
    assert isinstance(item, pytest.Function)
    if item.get_closest_marker("skip"):
        return "it is skipped"
    # Linux is where all of them can run.
    if sys.platform == "linux" and any(True in mark.args for mark in item.iter_markers("skipif")):
        return "it is skipped on Linux, too"
    if item.get_closest_marker("xfail"):
        return "it is expected to fail"
    return "" if _ASSERTS.search(inspect.getsource(item.function)) else "it asserts nothing"


def main(target: Path) -> int:
    marked = [path for path in TESTS.rglob("test_*.py") if "@pytest.mark.feature(" in path.read_text("utf-8")]
    collector = _Collector()
    code = pytest.main(["--collect-only", "-qq", *map(str, marked)], plugins=[collector])
    target.write_text(json.dumps([asdict(proof) for proof in collector.proofs]), "utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
