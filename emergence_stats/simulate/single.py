"""One simulated series and its truth."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np

from emergence_stats.errors import InputError
from emergence_stats.series import SCALE_UNITS, FloatArray, Series
from emergence_stats.simulate.noise import beta_binomial, run_to_run
from emergence_stats.simulate.shapes import MONOTONE_RISES, SHAPES

Spacing = Literal["even", "random", "doubling"]
SPACINGS: tuple[Spacing, ...] = ("even", "random", "doubling")
HAS_POSITION = frozenset({*MONOTONE_RISES, "step", "decreasing", "valley", "peak"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """What a simulated series was drawn from.

    Attributes:
        shape: name of the shape in `SHAPES`.
        threshold: midpoint of the rise or fall (vertex of a valley or peak) in the scale's unit; None if flat.
        width: 10-90 % width in decades; 0 for a step, None if flat.
        guess_rate: true floor.
        lapse_rate: what the ceiling lacks to 1.
        overdispersion: intraclass correlation of the items of a run.
        score: noise-free score at each scale, ascending, before any run failed; shape (n_scales,).
        failed_runs: positions of the scales whose run failed.
    """

    shape: str
    threshold: float | None
    width: float | None
    guess_rate: float
    lapse_rate: float
    overdispersion: float
    score: FloatArray
    failed_runs: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """A series and the truth behind it."""

    series: Series
    truth: Truth


def simulate(
    shape: str = "logistic",
    *,
    n_scales: int = 8,
    n_items: int = 500,
    chance_level: float = 0.25,
    threshold: float | None = None,
    width: float | None = None,
    guess_rate: float | None = None,
    lapse_rate: float = 0.05,
    overdispersion: float = 0.0,
    run_noise: float = 0.0,
    failed_runs: Sequence[int] = (),
    failed_score: float | None = None,
    scale_range: tuple[float, float] = (1e7, 1e11),
    scale_kind: str = "params",
    spacing: Spacing = "even",
    name: str | None = None,
    seed: int | np.random.Generator = 0,
) -> Simulated:
    """Draw one series of counts from a known curve.

    Args:
        shape: one of `SHAPES`.
        n_scales: number of scales, at least 1.
        n_items: test items at each scale.
        chance_level: nominal score of random answers, handed to the series.
        threshold: midpoint in the scale's unit; by default the geometric middle of the range.
        width: 10-90 % width in decades; by default 0.5 (0.8 of the range for ``log_linear``).
        guess_rate: true floor; by default the chance level.
        lapse_rate: what even the largest models miss.
        overdispersion: intraclass correlation of the items of one run, 0 for binomial noise.
        run_noise: standard deviation between runs on the logit scale.
        failed_runs: positions (0 = smallest scale, negative from the end) of runs that failed.
        failed_score: true score of a failed run; by default the guess rate.
        scale_range: smallest and largest scale.
        scale_kind: as in `Series`; for ``loss`` the largest scale is the worst.
        spacing: ``even`` in log scale, ``random`` gaps, or ``doubling`` (powers of two times the smallest scale).
        name: label; by default the shape.
        seed: seed or generator; equal seeds give equal series.

    Returns:
        The series and its truth.

    Raises:
        InputError: an option is unknown or out of its range.
    """
    _check_options(shape, n_scales, n_items, scale_range, scale_kind, failed_runs)
    floor = chance_level if guess_rate is None else guess_rate
    _check_range("guess_rate", floor, 0.0, 1.0)
    _check_range("lapse_rate", lapse_rate, 0.0, 1.0 - floor)
    _check_range("overdispersion", overdispersion, 0.0, 0.999)
    _check_range("run_noise", run_noise, 0.0, np.inf)
    if failed_score is not None:
        _check_range("failed_score", failed_score, 0.0, 1.0)
    generator = np.random.default_rng(seed)

    scale = scale_grid(n_scales, scale_range, spacing=spacing, generator=generator)
    sign = -1.0 if scale_kind == "loss" else 1.0  # a falling loss is a rising scale
    log10_scale = np.sort(sign * np.log10(scale))
    low, high = float(log10_scale[0]), float(log10_scale[-1])
    if threshold is not None and not threshold > 0.0:
        msg = f"threshold: expected a positive scale, got {threshold:g}"
        raise InputError(msg)
    middle = (low + high) / 2.0 if threshold is None else sign * float(np.log10(threshold))
    spread = max(0.8 * (high - low), 0.1) if shape == "log_linear" else 0.5
    decades = spread if width is None else width
    _check_range("width", decades, 1e-6, np.inf)

    score = floor + (1.0 - floor - lapse_rate) * SHAPES[shape](log10_scale, middle, decades)
    failed = tuple(sorted({position % n_scales for position in failed_runs}))
    reached = score.copy()
    reached[list(failed)] = floor if failed_score is None else failed_score
    successes = beta_binomial(n_items, run_to_run(reached, run_noise, generator), overdispersion, generator)
    series = Series(
        scale=10.0 ** (sign * log10_scale),
        n_correct=successes,
        n_items=np.full(n_scales, float(n_items)),
        chance_level=chance_level,
        scale_kind=scale_kind,
        name=shape if name is None else name,
        metric="accuracy",
    )
    truth = Truth(
        shape=shape,
        threshold=10.0 ** (sign * middle) if shape in HAS_POSITION else None,
        width=(0.0 if shape == "step" else decades) if shape in HAS_POSITION else None,
        guess_rate=floor,
        lapse_rate=lapse_rate,
        overdispersion=overdispersion,
        score=score,
        failed_runs=failed,
    )
    return Simulated(series=series, truth=truth)


def scale_grid(
    n_scales: int, scale_range: tuple[float, float], *, spacing: Spacing, generator: np.random.Generator
) -> FloatArray:
    """Ascending scales from the smallest to (about) the largest.

    ``random`` draws log gaps uniformly within a factor of four of each other; ``doubling`` rounds even log
    spacing to whole doublings of the smallest scale (at least one doubling apart).

    Raises:
        InputError: the spacing is unknown.
    """
    if spacing not in SPACINGS:
        msg = f"spacing: expected one of {', '.join(SPACINGS)}, got {spacing!r}"
        raise InputError(msg)
    low, high = np.log10(scale_range)
    steps = max(n_scales - 1, 1)
    if spacing == "even":
        return np.logspace(low, high, n_scales)
    if spacing == "random":
        gaps = generator.uniform(0.4, 1.6, steps)[: n_scales - 1]
        position = np.concatenate([[0.0], np.cumsum(gaps) / max(gaps.sum(), 1e-12)])
        return np.asarray(10.0 ** (low + (high - low) * position), dtype=np.float64)
    doublings = np.rint((high - low) / np.log10(2.0) * np.arange(n_scales) / steps)
    doublings = np.maximum.accumulate(doublings - np.arange(n_scales)) + np.arange(n_scales)
    return np.asarray(scale_range[0] * 2.0**doublings, dtype=np.float64)


def _check_options(
    shape: str,
    n_scales: int,
    n_items: int,
    scale_range: tuple[float, float],
    scale_kind: str,
    failed_runs: Sequence[int],
) -> None:
    """Names that must be known and whole numbers that must be positive."""
    if shape not in SHAPES:
        msg = f"shape: expected one of {', '.join(SHAPES)}, got {shape!r}"
        raise InputError(msg)
    if scale_kind not in SCALE_UNITS:
        msg = f"scale_kind: expected one of {', '.join(SCALE_UNITS)}, got {scale_kind!r}"
        raise InputError(msg)
    for name, value in (("n_scales", n_scales), ("n_items", n_items)):
        if value < 1:
            msg = f"{name}: expected at least 1, got {value}"
            raise InputError(msg)
    if not 0.0 < scale_range[0] < scale_range[1] < np.inf:
        msg = f"scale_range: expected 0 < smallest < largest, got {scale_range}"
        raise InputError(msg)
    for position in failed_runs:
        if not -n_scales <= position < n_scales:
            msg = f"failed_runs: expected positions from {-n_scales} to {n_scales - 1}, got {position}"
            raise InputError(msg)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    """A number that must lie in [low, high]."""
    if not low <= value <= high:
        msg = f"{name}: expected a number from {low:g} to {high:g}, got {value:g}"
        raise InputError(msg)
