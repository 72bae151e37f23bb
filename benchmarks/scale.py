"""What very many series cost: processor time, bytes, memory and disk, measured, and what follows for more of them.

Series are of the kind that `python -m benchmarks speed` times (both suites in turn; 8 scales). The dataset has one file
for each scale, so that the rows of every series are scattered over all files. Memory is the largest sum of proportional
set sizes of the command and all its workers; it is looked at every two seconds, for a look takes time from the
processors that are measured. The stand-in run does everything but the analysis of a series, whose place takes a result
drawn from a hash: it shows that memory does not grow with the number of series, and what the rest costs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import ROOT, program, wall_and_memory
from benchmarks.speed import REPLICATES, costs, mixed_series
from benchmarks.tables import markdown
from emergence_stats.batch.recipe import Recipe
from emergence_stats.batch.shard_file import shard_bytes
from emergence_stats.batch.work import Item, SeriesWork
from emergence_stats.ingest import SeriesRow
from emergence_stats.parallel import Limits
from emergence_stats.settings import Settings

N_SCALES = 8
KINDS = ("flat", "smooth", "sharp", "falling")  # of the series of a dataset, in turn; those that fall do so sharply
SERIES_PER_FILE = 100_000
CORE_HOUR = 3600.0
SIZES = (10**6, 10**7, 10**9)

_PLAIN = """
import sys, time
from benchmarks.speed import mixed_series
from emergence_stats.analysis import analyze
series = mixed_series({}, 0)
for one in series[:5]:
    analyze(one)
print("warm", flush=True)
sys.stdin.readline()
start = time.perf_counter()
for one in series:
    analyze(one)
print(time.perf_counter() - start)
"""


def parts(n_series: int, *, streamed: int, stood_in: int) -> list[str]:
    """All measurements as a page's parts.

    Args:
        n_series: of each timing on one core.
        streamed: series of the reports by one worker and by two.
        stood_in: series of the stand-in run.
    """
    cost, size = costs(n_series), sizes_of_results(n_series)
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(Path(folder) / "data", SERIES_PER_FILE)
        row_bytes = bytes_of(Path(folder) / "data") / SERIES_PER_FILE / N_SCALES
    seconds = cost.set_index("series")["ms on one core"] / 1e3
    resampled = seconds[f"mixed, 6 sizes x {REPLICATES} replicates"]
    result_bytes = float(size["bytes per series"].iloc[0])
    more = extrapolated(seconds["mixed, 6 sizes x 0 replicates"], resampled, result_bytes, row_bytes)
    return [
        __doc__ or "",
        "One series on one core:",
        markdown(cost),
        "Its results on disk:",
        markdown(size),
        f"A streamed report of {streamed} series:",
        markdown(throughput(streamed)),
        f"Two processes that share nothing analyse {ceiling(3 * n_series):.2f} times as much as one on this machine.",
        "The stand-in run:",
        markdown(stand_in(stood_in)),
        "What follows for more series of 8 points:",
        markdown(more),
    ]


def write_dataset(folder: Path, n_series: int, *, seed: int = 0) -> None:
    """A partitioned dataset of counts, one file for each scale and 100,000 series."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    scales = np.logspace(8, 11, N_SCALES)
    position = np.linspace(0.0, 1.0, N_SCALES)
    for start in range(0, n_series, SERIES_PER_FILE):
        size = min(SERIES_PER_FILE, n_series - start)
        numbers = np.arange(start, start + size)
        kind = numbers % len(KINDS)
        middle, width = generator.uniform(0.3, 0.8, size), np.where(kind == 1, 0.4, 0.04)
        rise = 1.0 / (1.0 + np.exp(-(position - middle[:, None]) / width[:, None]))
        rise = np.where((kind == 0)[:, None], 0.0, np.where((kind == 3)[:, None], 1.0 - rise, rise))
        correct = generator.binomial(500, 0.25 + 0.7 * rise)
        task = pa.array([f"task_{number:09d}" for number in numbers.tolist()])
        for k, scale in enumerate(scales.tolist()):
            columns = {
                "task": task,
                "params": pa.repeat(scale, size),
                "n_correct": pa.array(correct[:, k]),
                "n_items": pa.repeat(500, size),
                "chance_level": pa.repeat(0.25, size),
            }
            place = folder / f"scale={k}"
            place.mkdir(exist_ok=True)
            pq.write_table(pa.table(columns), place / f"part-{start // SERIES_PER_FILE}.parquet")


def sizes_of_results(n_series: int) -> pd.DataFrame:
    """Bytes of a shard for each series."""
    rows = []
    recipe = Recipe(settings=Settings(), resamples=0, seed=0, documents=True, cross_checked=(), scale=None, by=())
    for label, documents in (("results alone", False), ("with documents", True)):
        work = SeriesWork(settings=recipe.settings, resamples=0, seed=0, documents=documents)
        items = [
            Item(position=i, row=SeriesRow(identity={"task": f"task {i}"}, series=series, problem=None))
            for i, series in enumerate(mixed_series(n_series, 2))
        ]
        content = shard_bytes(items, [work.one(item) for item in items], Limits())
        rows.append((label, len(content) / n_series))
    return pd.DataFrame(rows, columns=["shard", "bytes per series"]).round(0)


def ceiling(n_series: int) -> float:
    """How much more two processes that share nothing analyse than one: no way of running workers can do better."""
    rates = []
    for count in (1, 2):
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", _PLAIN.format(n_series)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
            )
            for _ in range(count)
        ]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()  # warm
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        seconds = [float(process.communicate()[0]) for process in processes]
        rates.append(count * n_series / max(seconds))
    return rates[1] / rates[0]


def throughput(n_series: int, *, resamples: int = 0) -> pd.DataFrame:
    """Whole streamed reports by one worker and by two."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_dataset(Path(folder) / "data", n_series)
        for workers in (1, 2):
            seconds, memory, code = _report(Path(folder), workers=workers, resamples=resamples, out=f"out{workers}")
            rows.append((workers, code, seconds, n_series / seconds, memory))
    table = pd.DataFrame(rows, columns=["workers", "exit code", "seconds", "series/s", "GB at most"])
    table["speed-up"] = table["series/s"] / table["series/s"].iloc[0]
    return table.round(2)


def stand_in(n_series: int, *, workers: int = 2) -> pd.DataFrame:
    """Everything but the analysis: seconds, memory, disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        write_dataset(folder / "data", n_series)
        made = time.perf_counter() - started
        command = [sys.executable, "-m", "benchmarks.scale", str(folder / "data"), str(folder / "out"), str(workers)]
        seconds, memory, code = wall_and_memory(command)
        rows = [
            ("series", f"{n_series:,}"),
            ("writing the dataset", f"{made:.0f} s, {bytes_of(folder / 'data') / 1e6:.0f} MB"),
            ("the run, its merging and its report", f"{seconds:.0f} s, exit code {code}"),
            ("memory at most", f"{memory:.2f} GB"),
            ("shards", f"{bytes_of(folder / 'out' / 'shards') / 1e6:.0f} MB"),
            ("results.parquet", f"{bytes_of(folder / 'out' / 'results.parquet') / 1e6:.0f} MB"),
            ("report.html", f"{bytes_of(folder / 'out' / 'report.html') / 1e6:.1f} MB"),
        ]
    return pd.DataFrame(rows, columns=["quantity", "measured"])


def extrapolated(seconds: float, resampled_seconds: float, result_bytes: float, row_bytes: float) -> pd.DataFrame:
    """Core-hours and bytes of more series, linear in their number."""
    rows = [
        (
            f"10^{round(np.log10(n_series))}",
            f"{n_series * seconds / CORE_HOUR:,.0f}",
            f"{n_series * resampled_seconds / CORE_HOUR:,.0f}",
            f"{n_series * N_SCALES * row_bytes / 1e9:,.1f}",
            f"{n_series * result_bytes / 1e9:,.1f}",
        )
        for n_series in SIZES
    ]
    columns = ["series", "core-hours", f"core-hours, {REPLICATES} replicates", "GB of input", "GB of shards"]
    return pd.DataFrame(rows, columns=columns)


def bytes_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _report(folder: Path, *, workers: int, resamples: int, out: str) -> tuple[float, float, int]:
    words = ["report", str(folder / "data"), "--stream", "--resamples", str(resamples), "--workers", str(workers)]
    return wall_and_memory([*program(), *words, "--out", str(folder / out)])


def main() -> None:
    """The stand-in run: DATASET OUT WORKERS."""
    from benchmarks.standin import StandIn
    from emergence_stats.batch.merge import merge_shards
    from emergence_stats.batch.stream import run_stream
    from emergence_stats.cli.progress import progress_of_shards
    from emergence_stats.parallel import Engine

    data, out, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    recipe = Recipe(settings=Settings(), resamples=0, seed=0, documents=False, cross_checked=(), scale=None, by=())
    with progress_of_shards("rows") as on_progress:
        run_stream(
            [data],
            out / "shards",
            recipe=recipe,
            work=StandIn(),
            engine=Engine(workers=workers),
            on_progress=on_progress,
        )
    merge_shards([out], out)


if __name__ == "__main__":
    main()
