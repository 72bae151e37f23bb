"""The way from a scale to the curve's value: over the scale itself, or over a companion metric's law."""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np

from emergence_stats.forecasting.companion import (
    LINK_CEILING_BETA,
    LINK_EXPONENT,
    LINK_EXPONENT_SD,
    LINK_REACH,
    LossLaw,
    loss_law,
    matched,
)
from emergence_stats.forecasting.outlook import N_DRAWS, Outlook, look_ahead
from emergence_stats.forecasting.pool import alone
from emergence_stats.forecasting.predictive import usual_noise
from emergence_stats.forecasting.prepare import prepare
from emergence_stats.models.curves.gompertz import LOG_WIDTH_RATIO
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.numerics import LN2
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings

LINK = "power_law"  # p^L, on the axis of the loss


class Path(Protocol):
    """Weighted curves that can be asked for any scale, given as log10 (reversed for a loss)."""

    @property
    def outlook(self) -> Outlook:
        """The weighted curves."""
        ...

    def values(self, log10_scale: float) -> FloatArray:
        """The curve of each draw, oriented in [0, 1], shape (n_draws,)."""
        ...

    def model_values(self, log10_scale: float) -> FloatArray:
        """What a further model would score without noise, shape (n_draws,)."""
        ...

    def unseen(self, log10_scale: float) -> float:
        """Probability that a rise which the data do not show has begun."""
        ...

    def past_chance(self, log10_scale: float) -> float:
        """Probability that a fall which goes on as in the data has passed chance."""
        ...

    def emerged(self, log10_scale: float) -> float:
        """Probability that a rise from chance has its midpoint at or below this scale."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScalePath:
    """Over the scale itself."""

    outlook: Outlook

    def values(self, log10_scale: float) -> FloatArray:
        """The curve of each draw."""
        return self.outlook.values(self._position(log10_scale))[:, 0]

    def model_values(self, log10_scale: float) -> FloatArray:
        """The curve of each draw: models scatter round it with the noise of their scores alone."""
        return self.values(log10_scale)

    def unseen(self, log10_scale: float) -> float:
        """Probability that a rise which the data do not show has begun."""
        return float(self.outlook.unseen(self._position(log10_scale))[0])

    def past_chance(self, log10_scale: float) -> float:
        """Probability that a fall which goes on as in the data has passed chance."""
        return self.outlook.past_chance(float(self._position(log10_scale)[0]))

    def emerged(self, log10_scale: float) -> float:
        """Probability that the midpoint of a rise lies at or below this scale."""
        return self.outlook.emerged(float(self._position(log10_scale)[0]))

    def _position(self, log10_scale: float) -> FloatArray:
        return self.outlook.prepared.position(np.array([log10_scale]))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CompanionPath:
    """Over a companion's law: each draw of a curve over log10(1 / loss) goes with a draw of the law."""

    outlook: Outlook
    law: LossLaw

    def values(self, log10_scale: float) -> FloatArray:
        """The curve of each draw."""
        return self._at(self._position(self.law(log10_scale)))

    def model_values(self, log10_scale: float) -> FloatArray:
        """The curve of each draw at the loss of a further model, which scatters round the law."""
        return self._at(self._position(self.law.of_a_model(log10_scale)))

    def _at(self, there: FloatArray) -> FloatArray:
        """The link of each draw, p^L, at its own position, shape (n_draws,): `curve_values` has one for all draws."""
        posterior, rows = self.outlook.prepared.posterior, self.outlook.rows
        steps = -LOG_WIDTH_RATIO * (there - posterior.threshold[rows]) / posterior.width[rows]
        rise = np.exp(-LN2 * np.exp(np.minimum(steps, 50.0)))
        levels = posterior.levels[rows]
        return np.asarray(np.clip(levels[:, 2] + levels[:, 0] * rise, 0.0, 1.0))

    def unseen(self, log10_scale: float) -> float:
        """Probability that the link has left chance by then, and not by a standard error at the last point measured."""
        posterior, rows = self.outlook.prepared.posterior, self.outlook.rows
        data, base = posterior.problem.observations, posterior.levels[rows, 2]
        last = self.outlook.values(data.position[-1:])[:, 0]
        noise = usual_noise(data)
        error = np.sqrt(last * (1.0 - last) / noise) if data.kind == COUNTS else noise
        small = posterior.problem.settings.verdict.absent_excess * (1.0 - posterior.problem.chance)
        risen = self.values(log10_scale) - base > small
        return float(np.sum(self.outlook.weight * (risen & (last - base < error))))

    def past_chance(self, log10_scale: float) -> float:  # noqa: ARG002  # the link rises as the loss falls, everywhere
        """0: the link does not fall."""
        return 0.0

    def emerged(self, log10_scale: float) -> float:
        """Probability that the midpoint of a rise lies at or below this scale."""
        outlook, there = self.outlook, self._position(self.law(log10_scale))
        return float(outlook.weight[outlook.prepared.posterior.threshold[outlook.rows] <= there].sum())

    def _position(self, loss: FloatArray) -> FloatArray:
        return self.outlook.prepared.position(-np.log10(loss))


def companion_path(series: Series, companion: Series, settings: Settings, *, seed: int) -> CompanionPath:
    """The score as p^L of the companion's loss, between a guess rate and a ceiling, and the companion's law over scale.

    Raises:
        SeriesError: the companion does not cover the series, has too few scales, or cannot be read as a loss.
    """
    law = loss_law(companion, n_draws=N_DRAWS, seed=seed)
    link = series.replace(scale=matched(series, companion, law.expected), scale_kind="loss")
    prior = dataclasses.replace(
        settings.prior,
        exponent_median_other=LINK_EXPONENT,
        exponent_sd=LINK_EXPONENT_SD,
        ceiling_beta=LINK_CEILING_BETA,
    )
    prepared = prepare(link, dataclasses.replace(settings, prior=prior), seed=seed, further_decades=LINK_REACH)
    outlook = look_ahead(prepared, alone(prepared.posterior), seed=seed, curves=(LINK,))
    return CompanionPath(outlook=outlook, law=law)
