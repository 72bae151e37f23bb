"""Random pieces that both suites are put together from: scales, test sets, floors and ceilings, shapes."""

from __future__ import annotations

import numpy as np

from benchmarks.cases import Design
from emergence_stats.series import FloatArray
from emergence_stats.simulate import Spacing, scale_grid

CHANCE_LEVELS = (0.0, 0.1, 0.2, 0.25, 0.5)
# None of these is among the fitted curves.
OUTSIDE_SHAPES = ("probit", "weibull", "kink", "arctan")
SMALLEST_RISE = 0.25  # a ceiling is at least this far above its floor


def log_uniform(generator: np.random.Generator, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(generator.uniform(np.log(low), np.log(high))))


def outside_shape(generator: np.random.Generator) -> str:
    """One of `OUTSIDE_SHAPES`."""
    return str(generator.choice(OUTSIDE_SHAPES))


def scales(generator: np.random.Generator, n_scales: tuple[int, int], span: tuple[float, float]) -> FloatArray:
    """log10 of unequally spaced scales: random gaps, or whole doublings."""
    n = int(generator.integers(n_scales[0], n_scales[1] + 1))
    smallest = log_uniform(generator, 1e6, 3e8)
    largest = smallest * 10.0 ** generator.uniform(*span)
    spacing: Spacing = "doubling" if generator.random() < 0.4 else "random"
    return np.log10(scale_grid(n, (smallest, largest), spacing=spacing, generator=generator))


def design(
    generator: np.random.Generator,
    *,
    n_scales: tuple[int, int],
    span: tuple[float, float],
    n_items: tuple[int, int],
    run_noise: float = 0.0,
) -> Design:
    """Scales, one test set for all of them, chance level and noise."""
    axis = scales(generator, n_scales, span)
    items = float(round(log_uniform(generator, *n_items)))
    chance = float(generator.choice(CHANCE_LEVELS))
    # One third plain binomial; the others spread evenly over the orders of magnitude up to .05.
    overdispersion = 0.0 if generator.random() < 1.0 / 3.0 else log_uniform(generator, 5e-4, 0.05)
    noise = 0.0 if run_noise == 0.0 or generator.random() < 0.4 else float(generator.uniform(0.0, run_noise))
    return Design(
        log10_scale=axis,
        n_items=np.full(axis.size, items),
        chance_level=chance,
        overdispersion=overdispersion,
        run_noise=noise,
    )


def floor(generator: np.random.Generator, chance_level: float) -> float:
    """A floor that misses chance by up to 3 points; never below 0."""
    return float(max(chance_level + generator.uniform(-0.03, 0.03), 0.0))


def ceiling(generator: np.random.Generator, floor_level: float) -> float:
    """A ceiling of .6 to 1, and at least `SMALLEST_RISE` above the floor."""
    return float(generator.uniform(max(0.6, floor_level + SMALLEST_RISE), 1.0))
