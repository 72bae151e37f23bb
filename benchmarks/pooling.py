"""Families pooled in one model: time, convergence, and what families show together that none shows by itself.

*By itself*: `analyze` on every series of two sizes or more. *Together*: `pool` on all of them, families of one size
included. Processor seconds hold compilation, the short run and all chains of the long one, or of several if the first
does not converge; `seconds` are those that passed. The simulated families have four sizes, which take all tasks, 400
items, and thresholds that differ by .5 decades between families and .2 between their tasks; models of one size do not
differ. In two further designs models do, by .2 decades, or families differ by .05 only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.machine import ROOT
from emergence_stats.batch import analyze_frame
from emergence_stats.ingest import read_tidy
from emergence_stats.pooling.table import PooledTable, pool_table

DATA = ROOT.parent / "shared" / "data" / "obsscaling_emergent.csv"
WIDTH, WITHIN = 0.6, 0.2  # decades
DESIGNS = {
    "models alike": (0.5, 0.0), "models differ": (0.5, 0.2), "families nearly alike": (0.05, 0.0),
}  # standard deviations of families' and of models' shifts, decades  # fmt: skip


def real(scale: str, workers: int, seed: int) -> tuple[pd.DataFrame, PooledTable]:
    """The open models of the observational scaling laws (arXiv 2405.10938), and their table."""
    table = read_tidy([DATA], scale=scale, by=("family",)).frame
    table = table[table[scale].notna()]
    return table, pool_table(table, scale=scale, workers=workers, seed=seed)


def simulated(
    n_families: int, n_tasks: int, seed: int, design: str = "models alike"
) -> tuple[pd.DataFrame, dict[tuple[str, str], float]]:
    """Families with known thresholds: the table, and log10 threshold by task and family."""
    generator = np.random.default_rng(seed)
    between, among = DESIGNS[design]
    rows, truth = [], {}
    shift = between * generator.standard_normal(n_families)
    sizes = np.sort(generator.uniform(20.5, 23.5, (n_families, 4)), axis=1)
    own = among * np.random.default_rng([seed, 1]).standard_normal(sizes.shape)  # a stream of its own
    for task in range(n_tasks):
        for family in range(n_families):
            at = 22.0 + 0.2 * (task - 0.5 * n_tasks) + shift[family] + WITHIN * generator.standard_normal()
            truth[f"t{task}", f"F{family}"] = at
            for i, x in enumerate(sizes[family]):
                p = 0.25 + 0.65 / (1.0 + np.exp(-2.0 * np.log(9.0) * (x - at - own[family, i]) / WIDTH))
                right = generator.binomial(400, p)
                rows.append((f"t{task}", f"F{family}", f"F{family}-{i}", 10.0**x, right, 400, 0.25))
    names = ["task", "family", "model", "train_flops", "n_correct", "n_items", "chance_level"]
    return pd.DataFrame(rows, columns=names), truth


def cost(
    name: str,
    frame: pd.DataFrame,
    found: PooledTable,
    seconds: float,
    truth: dict[tuple[str, str], float] | None = None,
) -> dict[str, object]:
    """One row of the table of costs."""
    analysis = found.analysis
    told = analysis.convergence
    return {
        "data": name,
        "families": len(analysis.families),
        "tasks": len(analysis.tasks),
        "scores": len(frame),
        "seconds": round(seconds),
        "CPU s": round(told.seconds),
        "R-hat": f"{told.rhat:.3f}",
        "effective draws": round(told.effective_draws),
        "divergences": f"{told.divergences} of {told.draws}",
        "converged": "yes" if not told.faults else "no",
        "90 % intervals hold": "" if truth is None else f"{coverage(found, truth):.1%}",
    }


def gained(frame: pd.DataFrame, scale: str, found: PooledTable) -> pd.DataFrame:
    """By task: verdicts of single families, and what all say together."""
    alone = analyze_frame(frame, scale=scale, by=("family",))
    alone = alone[alone["verdict"] != "failed"]
    rows = []
    for name, task in found.analysis.tasks.items():
        parts = name.split(" · ")
        own = alone[(alone["task"] == parts[0]) & (alone["metric"] == parts[-1])]
        interval = task.typical.threshold.interval(0.9)
        rows.append(
            {
                "task": name,
                "families by themselves": len(own),
                "of these emergent": int((own["verdict"] == "emergent").sum()),
                "undetermined": int((own["verdict"] == "undetermined").sum()),
                "together": task.verdict.replace("_", " "),
                "typical threshold, FLOP": "beyond the data"
                if interval is None
                else f"{task.typical.threshold.median:.1e} ({interval[0]:.1e} to {interval[1]:.1e})",
            }
        )
    return pd.DataFrame(rows)


def coverage(found: PooledTable, truth: dict[tuple[str, str], float]) -> float:
    """How often the 90 % intervals hold the thresholds that were simulated."""
    inside = []
    for cell in found.analysis.cells:
        low, high = cell.midpoint.interval(0.9) or (np.nan, np.nan)
        inside.append(low <= 10.0 ** truth[cell.task, cell.family] <= high)
    return float(np.mean(inside))
