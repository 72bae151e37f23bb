"""The numbers behind the six conditions, for one posterior or for many re-weightings of it at once.

Every function takes weights of shape (n_rows,) or (n_rows, m) and gives a scalar or (m,), so that other priors,
left-out scales and resampled test sets go through the same code as the main result.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from emergence_stats.compiled import compiled
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.posterior import (
    CURVE_EXPLANATION,
    CURVE_NAMES,
    EXPLANATIONS,
    HAS_THRESHOLD,
    STARTS_AT_CHANCE,
    Posterior,
)
from emergence_stats.series import FloatArray

PHASE = EXPLANATIONS.index(Explanation.PHASE_CHANGE)
SMOOTH = EXPLANATIONS.index(Explanation.SMOOTH)
TURNING = EXPLANATIONS.index(Explanation.NON_MONOTONE)
POWER_LAW = CURVE_NAMES.index("power_law")
ONSET_Z = 2.5
FAR = 3.0  # standard errors
RUN_SD = 0.01  # run-to-run scatter that no one calls a rise


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """What is true of each posterior row; shape (n_rows, n_indicators) in `table`, columns as in `NAMES`."""

    table: FloatArray

    NAMES = (
        "absent", "present", "sharp", "at_chance", "rise", "rise_in_range", "emergent", "level",
        "power_law", "growing", *(str(explanation) for explanation in Explanation),
    )  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Posterior probabilities that verdicts are made of; None where chance is not defined."""

    absent: float | None
    present: float | None
    sharp: float
    at_chance: float | None
    rise: float
    rise_in_range: float
    p_emergent: float
    level: float
    power_law: float
    growing: float
    explanations: dict[str, float]

    def named(self) -> dict[str, float]:
        """By the names of `Indicators.NAMES`; NaN for None."""
        own = {name: getattr(self, "p_emergent" if name == "emergent" else name, None) for name in Indicators.NAMES}
        return {name: math.nan if value is None else value for name, value in (own | self.explanations).items()}


def indicators(posterior: Posterior, *, sharp_width: float | None = None) -> Indicators:
    """Evaluate every indicator on every row; `sharp_width` is W* in decades, that of the settings by default."""
    problem = posterior.problem
    settings, data = problem.settings, problem.observations
    room = 1.0 - problem.chance
    small, large = settings.verdict.absent_excess * room, settings.verdict.present_excess * room
    scales = _scales(data.position)
    lowest = data.position <= scales[1] if len(scales) > 2 else data.position == scales[0]
    limit = settings.prior.sharp_width if sharp_width is None else sharp_width
    table = _table(
        posterior.values,
        posterior.curve,
        posterior.threshold,
        posterior.width * data.range_decades,
        posterior.levels[:, 2],
        lowest,
        STARTS_AT_CHANCE,
        HAS_THRESHOLD,
        CURVE_EXPLANATION,
        problem.chance,
        small,
        large,
        limit,
        len(Indicators.NAMES),
    )
    return Indicators(table=table)


@compiled
def _table(
    values: FloatArray,
    curve: npt.NDArray[np.intp],
    threshold: FloatArray,
    width: FloatArray,
    base: FloatArray,
    lowest: npt.NDArray[np.bool_],
    starts_at_chance: npt.NDArray[np.bool_],
    has_threshold: npt.NDArray[np.bool_],
    explanation: npt.NDArray[np.intp],
    chance: float,
    small: float,
    large: float,
    sharp_width: float,
    n_indicators: int,
) -> FloatArray:
    """The columns of `Indicators.NAMES`, row by row."""
    out = np.zeros((curve.size, n_indicators))
    first_explanation = n_indicators - int(explanation.max()) - 1
    for row in range(curve.size):
        kind, c = explanation[curve[row]], curve[row]
        # Absence is measured from the floor that the curve has: chance is nominal, and small models miss it by a point
        # or two. The floor's own distance from chance is bounded by its prior.
        floor = base[row] - chance if starts_at_chance[c] else 0.0
        most, most_of_lowest, least, fall = -np.inf, -np.inf, np.inf, 0.0
        for i in range(values.shape[1]):
            excess = values[row, i] - chance
            most, least = max(most, excess), min(least, excess)
            fall = max(fall, most - excess)
            if lowest[i]:
                most_of_lowest = max(most_of_lowest, excess)
        first, last = values[row, 0] - chance, values[row, -1] - chance
        out[row, 0] = most_of_lowest - max(floor, 0.0) < small
        out[row, 1] = last > large
        out[row, 2] = has_threshold[c] and width[row] < sharp_width
        out[row, 3] = most - max(floor, 0.0) < small
        out[row, 4] = last - first > small
        out[row, 5] = has_threshold[c] and 0.0 <= threshold[row] <= 1.0
        out[row, 6] = kind == PHASE and first - floor < small and last - floor > small
        out[row, 7] = most - least < small
        out[row, 8] = c == POWER_LAW
        # A curve that may turn, but hardly does, grows like the others.
        out[row, 9] = kind in (PHASE, SMOOTH) or (kind == TURNING and last - first > small and fall < small)
        out[row, first_explanation + kind] = 1.0
    return out


def probabilities(indicator: Indicators, weight: FloatArray) -> FloatArray:
    """Posterior probability of every indicator, shape (n_indicators,) or (n_indicators, m)."""
    # Not a matrix product: BLAS sums in an order that depends on its number of threads.
    return np.asarray(np.einsum("rk,r...->k...", indicator.table, weight))


def numbers(column: FloatArray, *, chance_defined: bool) -> Numbers:
    """Name one column of `probabilities`."""
    values = dict(zip(Indicators.NAMES, np.clip(column, 0.0, 1.0).tolist(), strict=True))
    return Numbers(
        absent=values["absent"] if chance_defined else None,
        present=values["present"] if chance_defined else None,
        sharp=values["sharp"],
        at_chance=values["at_chance"] if chance_defined else None,
        rise=values["rise"],
        rise_in_range=values["rise_in_range"],
        p_emergent=values["emergent"] if chance_defined else 0.0,
        level=values["level"],
        power_law=values["power_law"],
        growing=values["growing"],
        explanations={str(explanation): values[str(explanation)] for explanation in Explanation},
    )


def looks_absent(
    score: FloatArray, position: FloatArray, chance: float | None, absent_excess: float
) -> npt.NDArray[np.bool_]:
    """Are raw scores, shape (..., n_points), at the two lowest scales within the tolerance of chance?"""
    if chance is None:
        return np.zeros(score.shape[:-1], dtype=np.bool_)
    return np.asarray(score[..., _lowest_two(position)].mean(axis=-1) - chance < absent_excess * (1.0 - chance))


def excess_at_start(data: Observations, absent_excess: float) -> float:
    """Mean excess over chance of raw scores at the two lowest scales; 0 within what absence and noise allow."""
    if data.chance is None:
        return 0.0
    lowest = _lowest_two(data.position)
    excess = float(data.score[lowest].mean()) - data.chance
    variance = float(_variance(data, data.chance)[lowest].mean()) / int(lowest.sum())
    return excess if abs(excess) > max(absent_excess * (1.0 - data.chance), FAR * math.sqrt(variance)) else 0.0


def rises_off_chance(data: Observations, absent_excess: float) -> bool:
    """Do raw scores rise from a level that is not chance, and nowhere fall by more than absence and noise allow?

    A sharp curve that starts at chance cannot follow them. One that may turn can, though nothing turns.
    """
    if data.chance is None or excess_at_start(data, absent_excess) == 0.0:
        return False
    smoothed = data.score if data.kind != COUNTS else (data.score * data.second + 1.0) / (data.second + 2.0)
    _, scale, repeats = np.unique(data.position, return_inverse=True, return_counts=True)
    score = np.bincount(scale, data.score) / repeats
    variance = np.bincount(scale, _variance(data, smoothed)) / repeats**2
    least = absent_excess * (1.0 - data.chance)
    # Each scale beside the highest up to there: all pairs would be as many as the square of the scales.
    highest = np.maximum.accumulate(np.where(score >= np.maximum.accumulate(score), np.arange(score.size), 0))
    noise = np.maximum(least, FAR * np.sqrt(variance[highest] + variance))
    return bool(score[-1] - score[0] > least and not np.any(score[highest] - score > noise))


def _variance(data: Observations, probability: FloatArray | float) -> FloatArray:
    """Sampling variance of each score, of counts at a probability; shape (n_points,)."""
    variance = probability * (1.0 - probability) / data.second if data.kind == COUNTS else data.second**2
    return np.asarray(variance)


def _lowest_two(position: FloatArray) -> npt.NDArray[np.bool_]:
    """Which points are at the two lowest scales."""
    return np.asarray(position <= _scales(position)[:2][-1])


def _scales(position: FloatArray) -> list[float]:
    """The distinct positions in order; quicker than numpy where there are few."""
    return sorted(set(position.tolist()))


def onset_indices(score: FloatArray, variance: FloatArray, chance: float, guess_sd: float) -> npt.NDArray[np.intp]:
    """Index of the first point that the points before it, taken as a floor, do not predict; for m series at once.

    Prequential: the floor at point j is the precision-weighted mean of points 0..j-1 and the prior
    N(chance, guess_sd). Point j is the onset if it lies more than `ONSET_Z` predictive standard deviations above
    that. At least two points precede it.

    Args:
        score: oriented scores, shape (m, n_points), ascending in scale.
        variance: their sampling variances, shape (m, n_points).
        chance: centre of the prior of the floor.
        guess_sd: its standard deviation.

    Returns:
        Shape (m,); -1 where no point rises above the floor.
    """
    noise = 1.0 / (variance + RUN_SD**2)
    start = 1.0 / guess_sd**2
    precision = start + np.cumsum(noise, axis=1) - noise
    floor = (chance * start + np.cumsum(score * noise, axis=1) - score * noise) / precision
    above = score > floor + ONSET_Z * np.sqrt(variance + 1.0 / precision + RUN_SD**2)
    above[:, :2] = False
    return np.where(above.any(axis=1), above.argmax(axis=1), -1)


def onset_index(score: FloatArray, variance: FloatArray, chance: float, guess_sd: float) -> int | None:
    """`onset_indices` of one series; None if no point rises above the floor."""
    found = int(onset_indices(score[None, :], variance[None, :], chance, guess_sd)[0])
    return found if found >= 0 else None
