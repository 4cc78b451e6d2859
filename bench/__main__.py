"""`make bench`: runs the work, prints a table, writes bench/latest.json."""

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

from bench import work

LATEST = Path(__file__).parent / "latest.json"


def main() -> None:
    """Run W1 in several rounds and W3 at two sizes; figures are medians of the rounds."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=[5_000, 50_000])
    options = parser.parse_args()
    figures = {"W1": _median([_fresh(work.push) for _ in range(options.rounds)])}
    for size in options.sizes:
        figures[f"W3 {size}"] = _fresh(work.pull, size)
    LATEST.write_text(json.dumps(figures, indent=1))
    _print(figures)


def _fresh(job, *args) -> work.Row:  # type: ignore[no-untyped-def]
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        row: work.Row = job(folder / "instance", *args)
        return row
    finally:
        shutil.rmtree(folder)


def _median(rows: list[work.Row]) -> work.Row:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _print(figures: dict[str, work.Row]) -> None:
    names = ("cpu_s_per_1000", "wall_s", "p50_ms", "bytes", "rows_read", "raw", "ratio")
    print(f"{'':12}" + "".join(f"{name:>16}" for name in names))
    for label, row in figures.items():
        print(f"{label:12}" + "".join(f"{row[n]:16.3f}" if n in row else f"{'-':>16}" for n in names))


if __name__ == "__main__":
    main()
