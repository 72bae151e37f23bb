"""Breakthroughness and linearity (BIG-bench, arXiv 2206.04615), and how much of them noise alone makes.

Both depend on the number of scales and of items, and both call any noisy rise a little of each; a value says nothing
before it is held against what test sets of the same size give, drawn from a constant and from a straight line.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.series import FloatArray

BAND = (0.025, 0.975)  # of the drawn values; quantiles


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Descriptive:
    """One descriptive score with its null bands.

    Attributes:
        name: breakthroughness or linearity.
        value: of the series; None where the typical step is 0.
        constant: the middle 95 % under a constant score; None if an end of it is not defined.
        line: the same under a straight line (a logistic one for counts) fitted to the series, where there is one.
    """

    name: str
    value: float | None
    constant: tuple[float, float] | None
    line: tuple[float, float] | None


def breakthroughness(score: FloatArray) -> FloatArray:
    """sign(argmax - argmin) (max - min) / sqrt(median((y_{i+1} - y_i)^2)), along the last axis in order of scale.

    Infinite, or nan, where the median step is 0.
    """
    return _over(score, np.sqrt(np.median(np.diff(score, axis=-1) ** 2, axis=-1)))


def linearity(score: FloatArray) -> FloatArray:
    """sign(argmax - argmin) (max - min) / sqrt(mean((y_{i+1} - y_i)^2)), along the last axis in order of scale."""
    return _over(score, np.sqrt(np.mean(np.diff(score, axis=-1) ** 2, axis=-1)))


def describe(score: FloatArray, constant_draws: FloatArray, line_draws: FloatArray | None) -> tuple[Descriptive, ...]:
    """Both scores with their bands; draws have shape (replicates, n_points)."""
    found = []
    for function in (breakthroughness, linearity):
        value = float(function(score))
        found.append(
            Descriptive(
                name=function.__name__,
                value=value if np.isfinite(value) else None,
                constant=_band(function(constant_draws)),
                line=_band(function(line_draws)) if line_draws is not None else None,
            )
        )
    return tuple(found)


def _over(score: FloatArray, step: FloatArray) -> FloatArray:
    """The signed range over a typical step."""
    direction = np.sign(np.argmax(score, axis=-1) - np.argmin(score, axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(direction * np.ptp(score, axis=-1) / step)


def _band(drawn: FloatArray) -> tuple[float, float] | None:
    """The middle 95 % of the draws that have a value; None if an end of it has none."""
    low, high = np.quantile(np.nan_to_num(drawn, nan=0.0), BAND, method="nearest")
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None
