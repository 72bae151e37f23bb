"""What the cross-checks see of a series: oriented scores, their noise, and how to draw them again."""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import Literal

import numpy as np
from scipy import special

from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.series import FloatArray, Series

Noise = Literal["binomial", "normal", "unknown"]
FEWEST_CLUSTERS = 5  # below, clustered standard errors are far too small (arXiv 2411.00640 asks for many more)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Points in ascending order of scale; arrays of shape (n_points,).

    Attributes:
        noise: binomial (counts, effective ones included), normal with known standard errors, or unknown.
        position: log10 scale in decades, its mean subtracted; the larger the better the model.
        score: from 0 (worst) to 1 (best).
        weight: items n_i, or 1 / stderr_i^2, or 1.
        chance: oriented chance level, or None where it is not defined.
        clusters: index of the cluster of each point, or None where points are taken as independent.
        cluster_label: what the clusters are: "model", "seed" or "".
    """

    noise: Noise
    position: FloatArray
    score: FloatArray
    weight: FloatArray
    chance: float | None
    clusters: tuple[int, ...] | None
    cluster_label: str

    @property
    def pooled(self) -> float:
        """Maximum likelihood of a constant: the weighted mean."""
        return float(np.sum(self.weight * self.score) / np.sum(self.weight))

    @property
    def is_constant(self) -> bool:
        """Are all scores the same?"""
        return bool(np.ptp(self.score) == 0.0)

    def deviance(self, mean: FloatArray, score: FloatArray | None = None) -> FloatArray:
        """Twice the log likelihood ratio of the scores themselves to a mean, summed over the last axis.

        Binomial: 2 sum_i n_i [y_i ln(y_i / m_i) + (1 - y_i) ln((1 - y_i) / (1 - m_i))]. Normal: sum_i w_i (y_i -
        m_i)^2; the same with w_i = 1, and thus in units of the unknown variance, where the noise is unknown.
        """
        y = self.score if score is None else score
        if self.noise == "binomial":
            terms = special.rel_entr(y, mean) + special.rel_entr(1.0 - y, 1.0 - mean)
            return np.asarray(2.0 * np.sum(self.weight * terms, axis=-1))
        return np.asarray(np.sum(self.weight * (y - mean) ** 2, axis=-1))

    def draw(self, mean: FloatArray, replicates: int, rng: np.random.Generator) -> FloatArray:
        """Scores drawn round a mean with this noise, shape (replicates, n_points).

        Effective items are rounded. Unknown noise has the standard deviation of the residuals.
        """
        shape = (replicates, self.score.size)
        if self.noise == "binomial":
            items = np.maximum(np.rint(self.weight), 1.0)
            return np.asarray(rng.binomial(items.astype(np.int64), np.clip(mean, 0.0, 1.0), size=shape) / items)
        sd = 1.0 / np.sqrt(self.weight)
        if self.noise == "unknown":
            sd = sd * float(np.std(self.score - mean))
        return np.asarray(mean + sd * rng.standard_normal(shape))


def scores_of(series: Series, data: Observations) -> Scores:
    """Scores of a series, as `models.likelihood.observe` understood it."""
    noise: Noise = "unknown"
    weight = np.ones(data.score.size)
    score = data.score
    if data.kind == COUNTS:
        noise, weight, score = "binomial", data.second.copy(), data.first / data.second
    elif data.form == "gaussian":
        noise, weight = "normal", 1.0 / data.second**2
    clusters, label = _clusters(series)
    x = series.log10_scale
    return Scores(
        noise=noise,
        position=x - math.fsum(x) / x.size,
        score=score,
        weight=weight,
        chance=data.chance,
        clusters=clusters,
        cluster_label=label,
    )


def _clusters(series: Series) -> tuple[tuple[int, ...] | None, str]:
    """Points that share a model, or else a seed, where enough of them do."""
    for label, names in (("model", series.model), ("seed", series.seed)):
        if names is None:
            continue
        sizes = collections.Counter(names)
        if FEWEST_CLUSTERS <= len(sizes) < len(names):
            index = {name: i for i, name in enumerate(sizes)}
            return tuple(index[name] for name in names), label
    return None, ""
