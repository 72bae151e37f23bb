"""How often each smooth law, and each level series, is called emergent, by design cell.

Rises take 2 to 8 decades with their midpoint anywhere such that part of them is in range; p^L has exponents .1 to .6
per nat and any midpoint, so that its toe alone may be seen. The overdispersion lies off the nodes of the prior.
"""

from __future__ import annotations

import math

import joblib
import numpy as np
import pandas as pd

from benchmarks import draws
from benchmarks.calibration.cells import CELL, designs, draw_design, rate
from benchmarks.cases import Design, Law, measure
from benchmarks.clear import level
from emergence_stats.analysis import analyze

LAWS = (
    "at chance", "level", "log_linear", "logistic", "probit", "weibull", "arctan", "kink", "broken_power_law",
    "choice_margin", "gompertz",
)  # fmt: skip
LOG_WIDTH_RATIO = math.log(math.log(10.0) / -math.log(0.9))  # width times alpha ln 10 of p^L
WORST = 8


def run(per_cell: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """One row per series: law, cell, whether it was called emergent, and its p_emergent."""
    cells = [(*design, law) for design in designs() for law in LAWS]
    tasks = [(number, cell, i) for number, cell in enumerate(cells) for i in range(per_cell)]
    one = joblib.delayed(_outcome)
    rows = joblib.Parallel(n_jobs=workers, batch_size=20)(one(cell, [seed, 6, number, i]) for number, cell, i in tasks)
    return pd.DataFrame(rows)


def _outcome(cell: tuple[int, int, float, str], seed: list[int]) -> dict[str, object]:
    n_scales, n_items, overdispersion, name = cell
    generator = np.random.default_rng(seed)
    # Exact matches have no options to choose from.
    chance = 0.0 if name == "gompertz" else None
    design = draw_design(generator, n_scales, n_items, overdispersion, chance=chance)
    case = measure(_law(name, design, generator), design, kind=name, name=name, generator=generator)
    analysis = analyze(case.series)
    return {
        "law": name,
        **dict(zip(CELL, cell[:3], strict=True)),
        "emergent": analysis.verdict.value == "emergent",
        "p_emergent": analysis.p_emergent,
    }


def _law(name: str, design: Design, generator: np.random.Generator) -> Law:
    """One smooth law, partly in range at least."""
    if name == "at chance":
        return level(draws.floor(generator, design.chance_level))
    if name == "level":
        return level(generator.uniform(design.chance_level + 0.1, 1.0))
    if name == "gompertz":
        width = LOG_WIDTH_RATIO / (generator.uniform(0.1, 0.6) * math.log(10.0))
        floor = 0.0
    else:
        width = generator.uniform(2.0, 8.0)
        floor = draws.floor(generator, design.chance_level)
    # From the 90 % point at the smallest scale to the 10 % point at the largest.
    low, high = design.log10_scale[0] - 0.5 * width, design.log10_scale[-1] + 0.5 * width
    return Law(
        shape=name,
        threshold=float(generator.uniform(low, high)),
        width=float(width),
        floor=floor,
        ceiling=draws.ceiling(generator, floor),
    )


def tabulate(outcomes: pd.DataFrame, across: str) -> pd.DataFrame:
    """Called emergent, in per cent with 95 % Wilson intervals: laws by the values of one part of the cell."""
    rows = []
    for law in LAWS:
        mine = outcomes[outcomes["law"] == law]
        columns = {f"{across} {value:g}": rate(group["emergent"]) for value, group in mine.groupby(across)}
        rows.append({"law": law, "series": len(mine), "all": rate(mine["emergent"]), **columns})
    return pd.DataFrame(rows)


def worst(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The cells with most false calls."""
    rows = [
        {**dict(zip(("law", *CELL), key, strict=True)), "calls": int(group["emergent"].sum()), "series": len(group)}
        for key, group in outcomes.groupby(["law", *CELL])
    ]
    table = pd.DataFrame(rows).sort_values("calls", ascending=False, kind="stable").head(WORST)
    return table[table["calls"] > 0]
