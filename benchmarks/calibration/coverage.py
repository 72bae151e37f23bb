"""How often the threshold's 50 % and 90 % intervals hold the true midpoint, by design cell.

Truths are rises of the shapes that the suites use, none of them a fitted curve. A Bayesian interval promises its
coverage on average over the prior, so cells may lie to either side. The analysis gives no interval unless a rise in
range is more probable than not; only given ones count.
"""

from __future__ import annotations

import math

import joblib
import numpy as np
import pandas as pd
from scipy import stats

from benchmarks import draws
from benchmarks.calibration.cells import CELL, designs, draw_design, rate
from benchmarks.cases import Law, measure
from benchmarks.clear import inner_threshold
from emergence_stats.analysis import analyze

LOWEST = 8  # cells that are listed
WIDTHS = {"0.1-0.4": (0.1, 0.4), "0.4-1": (0.4, 1.0), "1-3": (1.0, 3.0)}


def run(per_cell: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """One row per series."""
    cells = [(*design, width) for design in designs() for width in WIDTHS]
    tasks = [(number, cell, i) for number, cell in enumerate(cells) for i in range(per_cell)]
    one = joblib.delayed(_outcome)
    rows = joblib.Parallel(n_jobs=workers, batch_size=20)(one(cell, [seed, 5, number, i]) for number, cell, i in tasks)
    return pd.DataFrame(rows)


def _outcome(cell: tuple[int, int, float, str], seed: list[int]) -> dict[str, object]:
    n_scales, n_items, overdispersion, width = cell
    generator = np.random.default_rng(seed)
    design = draw_design(generator, n_scales, n_items, overdispersion)
    floor = draws.floor(generator, design.chance_level)
    law = Law(
        shape=draws.outside_shape(generator),
        threshold=inner_threshold(generator, design),
        width=draws.log_uniform(generator, *WIDTHS[width]),
        floor=floor,
        ceiling=draws.ceiling(generator, floor),
    )
    case = measure(law, design, kind="coverage", name="coverage", generator=generator)
    found = analyze(case.series).threshold.to_dict()
    row: dict[str, object] = {**dict(zip(CELL, cell[:3], strict=True)), "width": width, "interval": found is not None}
    limits = {
        name: math.nan if found is None else math.log10(found[name]) for name in ("low", "low50", "high50", "high")
    }
    row["covered 50"] = limits["low50"] <= law.threshold <= limits["high50"]
    row["covered 90"] = limits["low"] <= law.threshold <= limits["high"]
    row["length 90"] = limits["high"] - limits["low"]
    return row


def tabulate(outcomes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Coverage in per cent with 95 % Wilson intervals, by some of scales, items, overdispersion and width."""
    rows = []
    for key, group in outcomes.groupby(by, sort=True):
        given = group[group["interval"]]
        rows.append(
            {
                **dict(zip(by, key, strict=True)),
                "series": len(group),
                "50 % interval covers": rate(given["covered 50"]),
                "90 % interval covers": rate(given["covered 90"]),
                "with an interval": f"{100.0 * group['interval'].mean():.0f} %",
                "median length of the 90 % one, decades": f"{given['length 90'].median():.2f}",
            }
        )
    return pd.DataFrame(rows)


def by_cell(outcomes: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Coverage of the 90 % interval in the cells of all four: what chance leaves of it, and the cells of the least.

    Returns:
        A sentence, and one row for each of the `LOWEST` cells.
    """
    by = [*CELL, "width"]
    given = outcomes[outcomes["interval"]]
    held = given.groupby(by)["covered 90"].agg(["sum", "size"])
    tail = stats.binom.cdf(held["sum"], held["size"], 0.9)
    low, expected = int(np.sum(tail < 0.05)), float(np.sum([_lower_tail(int(n)) for n in held["size"]]))
    typical = held["size"].median()
    sentence = (
        f"In the {len(held)} cells of all four, with {typical:.0f} intervals in the median one: {low} hold the truth "
        f"so seldom that intervals of 90 % would have a chance below 5 % of it; {expected:.1f} would by chance. Least:"
    )
    least = held.assign(share=held["sum"] / held["size"]).sort_values("share", kind="stable").head(LOWEST).index
    table = tabulate(outcomes, by).set_index(by).loc[list(least)].reset_index()
    return sentence, table.drop(columns=["50 % interval covers", "with an interval"])


def _lower_tail(size: int) -> float:
    """The chance of a count of so many that lies in the lower 5 % of its distribution."""
    below = stats.binom.cdf(np.arange(size + 1), size, 0.9)
    return float(below[below < 0.05].max(initial=0.0))
