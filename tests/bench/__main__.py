"""Run the benchmarks: `python -m tests.bench [NAME ...]`. Prints a row each and keeps it in build/bench.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import bench_app, bench_board, bench_ingest, bench_kernel, bench_stream
from tests.bench.rows import Row

BENCHES: list[Callable[[], list[Row]]] = [
    *bench_kernel.BENCHES,
    *bench_stream.BENCHES,
    *bench_ingest.BENCHES,
    *bench_board.BENCHES,
    *bench_app.BENCHES,
]
RESULT = Path(__file__).resolve().parents[2] / "build" / "bench.json"


def main(wanted: list[str]) -> int:
    """0 when every wanted benchmark ran."""
    rows: list[Row] = []
    failed = 0
    print(f"{'name':<20}{'ours':>12} {'unit':<12}{'peer':>12}  {'ratio':>7}  peer")
    for bench in BENCHES:
        if wanted and not any(name in bench.__name__.replace("_", ".") for name in wanted):
            continue
        try:
            made = bench()
        except Exception as error:
            print(f"{bench.__name__}: failed: {type(error).__name__}: {error}", file=sys.stderr)
            failed += 1
            continue
        for row in made:
            rows.append(row)
            show(row)
    keep(rows)
    return 1 if failed else 0


def keep(rows: list[Row], path: Path = RESULT) -> None:
    """Write the rows into the file of results; those of benchmarks that did not run now stay as they are."""
    fields = ("name", "unit", "ours", "peer", "peer_name", "ratio")
    known = {row["name"]: row for row in json.loads(path.read_text())} if path.exists() else {}
    known |= {row.name: {key: getattr(row, key) for key in fields} for row in rows}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(list(known.values()), indent=1) + "\n")


def show(row: Row) -> None:
    peer = "-" if row.peer is None else f"{row.peer:.4g}"
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
    print(
        f"{row.name:<20}{row.ours:>12.4g} {row.unit:<12}{peer:>12}  {ratio:>7}  {row.peer_name}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
