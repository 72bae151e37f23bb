"""Design cells: numbers of scales and items and an overdispersion, the last off the nodes of the prior."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from benchmarks.cases import Design
from benchmarks.draws import CHANCE_LEVELS, log_uniform
from emergence_stats.simulate import scale_grid

N_SCALES = (4, 6, 10)
N_ITEMS = (50, 300, 2000)
# Between the nodes 0, .0003, .001, .003, .01, .03, .1 of the prior, in logarithms halfway.
OVERDISPERSIONS = (0.0, 5.5e-4, 5.5e-3, 1.7e-2)
CELL = ("scales", "items", "overdispersion")


def designs() -> Iterator[tuple[int, int, float]]:
    """Every combination of scales, items and overdispersion."""
    return itertools.product(N_SCALES, N_ITEMS, OVERDISPERSIONS)


def draw_design(
    generator: np.random.Generator, n_scales: int, n_items: int, overdispersion: float, *, chance: float | None = None
) -> Design:
    """Unequally spaced scales over 2.5 to 4 decades."""
    smallest = log_uniform(generator, 1e6, 3e8)
    largest = smallest * 10.0 ** generator.uniform(2.5, 4.0)
    scale = scale_grid(n_scales, (smallest, largest), spacing="random", generator=generator)
    return Design(
        log10_scale=np.log10(scale),
        n_items=np.full(n_scales, float(n_items)),
        chance_level=float(generator.choice(CHANCE_LEVELS)) if chance is None else chance,
        overdispersion=overdispersion,
    )


def rate(flags: pd.Series[bool]) -> str:
    """Per cent with its 95 % Wilson interval."""
    if flags.empty:
        return ""
    low, high = proportion_confint(int(flags.sum()), flags.size, method="wilson")
    return f"{100.0 * flags.mean():.1f} ({100.0 * low:.1f}-{100.0 * high:.1f})"
