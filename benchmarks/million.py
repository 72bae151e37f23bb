"""``python -m benchmarks.million FOLDER``: a million simulated series, analysed, merged, reported: all of it.

The series are those of section Scale of `python -m benchmarks`, whose stand-in run shows in minutes what this takes
hours for. FOLDER keeps the dataset, the results, what the report said of its progress and the memory of all its
processes; interrupted and started again, the run goes on where it was. Prints what was measured, and how many series of
each kind got each verdict.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.machine import describe, program, watch_memory
from benchmarks.scale import KINDS, bytes_of, write_dataset
from benchmarks.tables import markdown

POLL_SECONDS = 0.5
PARTS = 10  # of the run, for which the memory is told


def run(folder: Path, n_series: int, workers: int) -> pd.DataFrame:
    """Go on with the run in a folder and tell what it took; a run that is interrupted keeps its samples of memory."""
    data, out = folder / "data", folder / "out"
    if not data.exists():
        write_dataset(folder / "unfinished", n_series)
        (folder / "unfinished").rename(data)
    before = len(list((out / "shards").rglob("*.parquet")))
    words = ["report", str(data), "--stream", "--resamples", "0", "--workers", str(workers), "--out", str(out)]
    kept = folder / f"memory-{before}.csv"
    with (folder / "progress.txt").open("a") as told, kept.open("w") as memory:
        print("second,gigabytes", file=memory, flush=True)
        code = watch_memory(
            [*program(), *words],
            lambda second, used: print(f"{second:.1f},{used:.4f}", file=memory, flush=True),
            poll_seconds=POLL_SECONDS,
            stderr=told,
        )
    found = pd.read_csv(kept)
    part = (PARTS * found["second"] / found["second"].iloc[-1]).clip(upper=PARTS - 1).astype(int)
    by_part = found["gigabytes"].groupby(part).max()
    results = pq.read_table(out / "results.parquet", columns=["task"])
    names = results["task"].unique()
    rows = [
        ("series", f"{n_series:,}"),
        ("shards that an earlier, interrupted run had left", f"{before:,}"),
        ("analysis, merging and report", f"{found['second'].iloc[-1]:.0f} s, exit code {code}"),
        ("series that stand in the results; different ones", f"{results.num_rows:,}; {len(names):,}"),
        ("memory at most", f"{found['gigabytes'].max():.2f} GB"),
        ("memory at most in each tenth of the time", ", ".join(f"{value:.2f}" for value in by_part) + " GB"),
        ("dataset", f"{bytes_of(data) / 1e6:.0f} MB"),
        ("shards", f"{bytes_of(out / 'shards') / 1e6:.0f} MB"),
        ("results.parquet", f"{bytes_of(out / 'results.parquet') / 1e6:.0f} MB"),
        ("report.html", f"{bytes_of(out / 'report.html') / 1e6:.1f} MB"),
    ]
    return pd.DataFrame(rows, columns=["quantity", "measured"])


def by_kind(results: Path) -> pd.DataFrame:
    """How many series of each kind got each verdict."""
    found = pq.read_table(results, columns=["task", "verdict"]).to_pandas()
    number = found["task"].str.rpartition("_")[2].astype(int)
    kind = (number % len(KINDS)).map(dict(enumerate(KINDS)))
    return pd.crosstab(kind, found["verdict"]).reindex(KINDS).rename_axis("kind").reset_index()


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    where = describe()
    folder = options.folder.resolve()
    print(markdown(run(folder, options.size, options.workers)))
    print(markdown(by_kind(folder / "out" / "results.parquet")))
    print(", ".join(f"{name} {value}" for name, value in where.items()))


if __name__ == "__main__":
    main()
