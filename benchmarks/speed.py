"""Seconds per series beside a least-squares fit of the same series, start-up times, and one large report."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from benchmarks.baselines import fit_logistic
from benchmarks.machine import ROOT, one_core, program, wall_and_memory, wall_seconds
from benchmarks.suites import make_suite
from emergence_stats.analysis import analyze, scale_map
from emergence_stats.batch import run_batch
from emergence_stats.batch.run import SERIES_PER_CHUNK
from emergence_stats.engines import find_evidences
from emergence_stats.evidence.quadrature import make_problem
from emergence_stats.ingest import SeriesRow, series_from_table
from emergence_stats.models.likelihood import observe
from emergence_stats.posterior import join
from emergence_stats.report.analysis_document import AnalysisDocument
from emergence_stats.report.figures.sparkline import sparkline
from emergence_stats.series import Series
from emergence_stats.settings import Settings
from emergence_stats.simulate import simulate, simulate_table
from emergence_stats.threshold import locate
from emergence_stats.weighing import bearing_length

PYTHIA = ROOT.parent / "shared" / "data" / "pythia_final.csv"
WARM_UP = 5
TABLE_ROWS = 500
REPLICATES = 200
REPORT_WORKERS = 2
RESAMPLING_WORKERS = 2
SERIES_OF_WORKERS = 4  # times as many as one core resamples: chunks enough that no worker waits long at the end


def run(*, size: int, resampled: int, seed: int = 1) -> pd.DataFrame:
    """Every timing, one row each: quantity, value, limit.

    Args:
        size: series to analyse without resampling.
        resampled: series to analyse with resampling on one core; on several, `SERIES_OF_WORKERS` times as many.
        seed: seed of the series, not that of the accuracy tables.
    """
    rows = [*paired_timing(mixed_series(size, seed)), *resampling_timing(mixed_series(resampled, seed + 1))]
    rows += resampling_by_workers(mixed_series(SERIES_OF_WORKERS * resampled, seed + 2))
    rows += [*edge_timing(), *start_up_timing(), *report_timing()]
    return pd.DataFrame(rows, columns=["quantity", "measured", "limit"])


def mixed_series(size: int, seed: int) -> list[Series]:
    """Series of both suites in turn."""
    half = (size + 1) // 2
    pairs = zip(make_suite("clear", half, seed), make_suite("hard", half, seed), strict=True)
    return [case.series for case in chain.from_iterable(pairs)][:size]


def paired_timing(series: list[Series]) -> list[tuple[str, str, str]]:
    """Analysis, its first half alone, and curve_fit by turns on each series, one core, warm.

    Failed fits count with their time.
    """
    ours, located, theirs, failed = [], [], [], 0
    with one_core():
        for one in series[:WARM_UP]:
            _analysis(one)
            _threshold(one)
            _fit(one)
        for one in series:
            seconds, _ = _timed(_analysis, one)
            ours.append(seconds)
            seconds, _ = _timed(_threshold, one)
            located.append(seconds)
            seconds, converged = _timed(_fit, one)
            theirs.append(seconds)
            failed += not converged
    tail = _milliseconds(np.quantile(ours, 0.95))
    return [
        (f"analysis with its document, {len(series)} mixed series, one core: mean", _milliseconds(np.mean(ours)), ""),
        ("the same: median; 95 % of series below", f"{_milliseconds(np.median(ours))}; {tail}", ""),
        (f"curve_fit on the same ({failed} did not converge): mean", _milliseconds(np.mean(theirs)), ""),
        ("ratio of the means", f"{np.mean(ours) / np.mean(theirs):.2f}", "2"),
        (
            "evidence of all curves and posterior of the threshold alone, the same: mean",
            _milliseconds(np.mean(located)),
            "",
        ),
        ("its ratio to curve_fit", f"{np.mean(located) / np.mean(theirs):.2f}", "0.5"),
    ]


def costs(n_series: int) -> pd.DataFrame:
    """Core-milliseconds of one series by the number of series, points, items and replicates; linear or better in each.

    Args:
        n_series: of each row, if it does not say another number.
    """
    rows = []
    with one_core():
        analyze(mixed_series(1, 0)[0], resamples=2)
        run_batch(_rows(mixed_series(WARM_UP, 0)), resamples=0, documents=False)
        for times in (1, 4, 16):
            table = _rows(mixed_series(times * n_series, 3))
            start = time.process_time()
            run_batch(table, resamples=0, documents=False)
            rows.append((f"one of a table of {len(table)}", 1e3 * (time.process_time() - start) / len(table)))
        for n_scales in (4, 8, 16, 32, 64):
            series = [simulate("logistic", n_scales=n_scales, seed=i).series for i in range(n_series)]
            rows.append((f"{n_scales} points", 1e3 * _per_series(series, 0)))
        for n_items in (100, 1000, 10_000):
            series = [simulate("logistic", n_items=n_items, seed=i).series for i in range(n_series)]
            rows.append((f"8 points of {n_items} items", 1e3 * _per_series(series, 0)))
        for replicates in (0, 50, 200, 800):
            some = mixed_series(max(4, n_series // 5), 1)
            rows.append((f"mixed, 6 sizes x {replicates} replicates", 1e3 * _per_series(some, replicates)))
    return pd.DataFrame(rows, columns=["series", "ms on one core"]).round(2)


def resampling_timing(series: list[Series]) -> list[tuple[str, str, str]]:
    """Series per second with every test-set size resampled."""
    with one_core():
        _analysis(series[0], resamples=2)
        start = time.perf_counter()
        for one in series:
            _analysis(one, resamples=REPLICATES)
        rate = len(series) / (time.perf_counter() - start)
    label = f"6 sizes x {REPLICATES} replicates, {len(series)} mixed series, one core"
    return [(label, f"{rate:.1f} series/s", ">= 5 series/s")]


def resampling_by_workers(series: list[Series]) -> list[tuple[str, str, str]]:
    """The same over several processes, which are started and warm before."""
    rows = _rows(series)
    run_batch(rows[: RESAMPLING_WORKERS * SERIES_PER_CHUNK], resamples=2, workers=RESAMPLING_WORKERS, documents=False)
    start = time.perf_counter()
    run_batch(rows, resamples=REPLICATES, workers=RESAMPLING_WORKERS, documents=False)
    rate = len(rows) / (time.perf_counter() - start)
    label = f"6 sizes x {REPLICATES} replicates, {len(rows)} mixed series, {RESAMPLING_WORKERS} workers"
    return [(label, f"{rate:.1f} series/s", ">= 20 series/s")]


def _rows(series: list[Series]) -> list[SeriesRow]:
    return [SeriesRow(identity={"task": f"task {i}"}, series=one, problem=None) for i, one in enumerate(series)]


def edge_timing() -> list[tuple[str, str, str]]:
    """What a series costs before and after its analysis: read from a table, drawn as one row of the report."""
    frame = simulate_table(TABLE_ROWS, seed=3)
    document = cast(AnalysisDocument, analyze(mixed_series(1, seed=3)[0], resamples=0, seed=0).to_dict())
    with one_core():
        start = time.perf_counter()
        read = series_from_table(frame)
        reading = (time.perf_counter() - start) / len(read)
        start = time.perf_counter()
        for _ in range(TABLE_ROWS):
            sparkline(document)
        drawing = (time.perf_counter() - start) / TABLE_ROWS
    return [
        (f"reading one of {len(read)} series from a table", _milliseconds(reading), ""),
        ("drawing a sparkline", _milliseconds(drawing), ""),
    ]


def start_up_timing() -> list[tuple[str, str, str]]:
    """Wall time of a fresh process, byte-code written before."""
    python = wall_seconds([sys.executable, "-c", "pass"])
    imported = wall_seconds([sys.executable, "-c", "import emergence_stats"])
    helped = wall_seconds([*program(), "--help"])
    return [
        ("`--help`", f"{helped:.2f} s", "0.5 s"),
        (f"`import emergence_stats` (of which Python alone {python:.2f} s)", f"{imported:.2f} s", "0.4 s"),
    ]


def report_timing() -> list[tuple[str, str, str]]:
    """The whole report of one large table on two cores."""
    name = f"report of {PYTHIA.name}, {REPORT_WORKERS} workers"
    if not PYTHIA.exists():
        return [(name, "skipped: ../shared/data is not there", "90 s, 1.5 GB")]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report"
        seconds, memory, code = wall_and_memory(
            [*program(), "report", str(PYTHIA), "--out", str(out), "--workers", str(REPORT_WORKERS)]
        )
    return [(name, f"{seconds:.0f} s, {memory:.2f} GB, exit code {code}", "90 s, 1.5 GB")]


def _analysis(series: Series, *, resamples: int = 0) -> bool:
    """Everything in the result."""
    return bool(analyze(series, resamples=resamples, seed=0).to_dict())


def _threshold(series: Series) -> bool:
    """What the target of speed names: every curve, counts as beta-binomial, evidences, and where the rise is.

    No other priors, no scale left out, no condition, no document; the threshold is located whatever its probability.
    """
    settings = Settings()
    data = observe(series, settings.prior)
    problem = make_problem(data, settings, series.scale_kind, answer_tokens=bearing_length(series))
    evidences, _ = find_evidences(problem, 0)
    posterior = join(evidences, problem)
    return bool(locate(posterior, posterior.weight, 1.0, scale_map(series, data)).threshold.draws.size)


def _fit(series: Series) -> bool:
    """One least-squares fit; whether it converged."""
    return fit_logistic(series.log10_scale, np.asarray(series.score)) is not None


def _per_series(series: list[Series], resamples: int) -> float:
    start = time.process_time()
    for one in series:
        analyze(one, resamples=resamples)
    return (time.process_time() - start) / len(series)


def _timed(function: Callable[[Series], bool], series: Series) -> tuple[float, bool]:
    """Seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = function(series)
    return time.perf_counter() - start, result


def _milliseconds(seconds: float | np.floating) -> str:
    """Seconds as milliseconds."""
    return f"{1e3 * float(seconds):.2f} ms"
