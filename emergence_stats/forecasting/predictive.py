"""The score of a further model: drawn, and its probability."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import special

from emergence_stats.forecasting.likelihood import log_density
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.posterior import weighted_quantiles
from emergence_stats.predictive_draws import MOST_ITEMS, new_scores
from emergence_stats.series import FloatArray

CELL = 0.01  # scores without items are told apart to this share of their range


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NewScore:
    """Predictive distribution of one new score, oriented in [0, 1].

    Attributes:
        data: the observations that were made.
        value: the curve there, shape (n_draws,).
        weight: of each draw, shape (n_draws,); they sum to 1.
        dispersion: value of the dispersion node of each draw, shape (n_draws,).
        noise: items of the new score, or its standard error.
        failed_run_rate: probability that a run fails.
        draws: one new score of each draw, shape (n_draws,).
    """

    data: Observations
    value: FloatArray
    weight: FloatArray
    dispersion: FloatArray
    noise: float
    failed_run_rate: float
    draws: FloatArray

    def quantiles(self, *levels: float) -> list[float]:
        """Quantiles of the new score."""
        return weighted_quantiles(self.draws, self.weight, levels)

    def at_least(self, score: float) -> float:
        """Probability of an oriented score of at least this."""
        return float(np.clip(self.weight[self.draws >= score - 1e-12].sum(), 0.0, 1.0))

    def below(self, score: float) -> tuple[float, float]:
        """P(new < score) and P(new <= score), the two ends of the probability integral transform."""
        near = 1e-9 if self.data.kind == COUNTS else 0.0
        under = float(self.weight[self.draws < score - near].sum())
        return under, under + float(self.weight[np.abs(self.draws - score) <= near].sum())

    def log_probability(self, score: float) -> float:
        """Log probability of an oriented score, in nats: to within half an item, or half a `CELL` without items."""
        if self.data.kind == COUNTS:
            count = np.rint(score * self.noise)
            arguments = (count, np.float64(self.noise), self.value, self.dispersion)
            logs = log_density(COUNTS, *arguments, failed_run_rate=self.failed_run_rate)  # type: ignore[arg-type]
            return _log_mean(logs, self.weight)
        sd = np.sqrt(self.noise**2 + self.dispersion**2)
        ends = [special.ndtr((end - self.value) / sd) for end in (score - 0.5 * CELL, score + 0.5 * CELL)]
        low = 0.0 if score - 0.5 * CELL <= 0.0 else ends[0]
        high = 1.0 if score + 0.5 * CELL >= 1.0 else ends[1]
        kept = (1.0 - self.failed_run_rate) * (high - low)
        failed = self.failed_run_rate * CELL * (score <= self.value) / np.maximum(self.value, CELL)
        return _log_mean(np.log(np.maximum(kept + failed, 1e-300)), self.weight)

    def crps(self, score: float) -> float:
        """Continuous ranked probability score, E|Y - y| - E|Y - Y'| / 2, in shares of the score's range.

        Gneiting & Raftery 2007 (doi:10.1198/016214506000001437), for a weighted sample: with draws in ascending order
        and cumulative weights F, E|Y - Y'| / 2 = sum (y_i+1 - y_i) F_i (1 - F_i).
        """
        order = np.argsort(self.draws, kind="stable")
        ordered, cumulative = self.draws[order], np.cumsum(self.weight[order])
        spread = float(np.sum(np.diff(ordered) * cumulative[:-1] * (1.0 - cumulative[:-1])))
        return float(np.sum(self.weight * np.abs(self.draws - score))) - spread


def new_score(
    data: Observations,
    value: FloatArray,
    weight: FloatArray,
    dispersion: FloatArray,
    *,
    noise: float,
    failed_run_rate: float,
    seed: int,
) -> NewScore:
    """The distribution of one new score where the curve has these values.

    Args:
        data: the observations that were made.
        value: the curve, shape (n_draws,).
        weight: of each draw.
        dispersion: of each draw.
        noise: items of the new score, or its standard error.
        failed_run_rate: probability that a run fails.
        seed: of the draws.
    """
    rounded = float(np.clip(np.rint(noise), 1.0, MOST_ITEMS)) if data.kind == COUNTS else noise
    there = dataclasses.replace(data, second=np.array([rounded]))
    generator = np.random.default_rng(seed)
    draws = new_scores(there, value[:, None], dispersion, failed_run_rate, generator)[:, 0]
    return NewScore(
        data=data,
        value=value,
        weight=weight,
        dispersion=dispersion,
        noise=rounded,
        failed_run_rate=failed_run_rate,
        draws=np.clip(draws, 0.0, 1.0),
    )


def usual_noise(data: Observations) -> float:
    """Items, or standard error, of a further score that is measured as the others were."""
    return float(np.median(data.second))


def _log_mean(logs: FloatArray, weight: FloatArray) -> float:
    most = float(logs.max())
    return most + float(np.log(np.maximum(np.sum(weight * np.exp(logs - most)), 1e-300)))
