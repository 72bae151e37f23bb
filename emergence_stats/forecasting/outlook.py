"""The curves of a posterior, continued beyond the data, with rises that may still come.

Within the analysis, "no ability in range" says nothing of what lies beyond. Here each row that stays at chance is given
a later rise: a threshold beyond the largest scale at distance d with P(none within d) = (E / (E + d))^(k + 1) (`Pool`),
a width from the priors of sharp and wide rises, a ceiling from its prior, weighted by the likelihood of its toe in the
data. A fall ends at chance or passes through it, each with probability 1/2: models that know nothing score at chance,
and below it only what misleads them can bring them.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emergence_stats.evidence.quadrature import Problem, width_prior
from emergence_stats.forecasting.likelihood import log_density
from emergence_stats.forecasting.pool import Pool, at_chance
from emergence_stats.forecasting.prepare import Prepared
from emergence_stats.models.curves import CURVES
from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.posterior import CURVE_NAMES, HAS_THRESHOLD, systematic_rows
from emergence_stats.series import FloatArray
from emergence_stats.threshold import curve_values

N_DRAWS = 2000
ENOUGH = 100.0  # effective draws
P_LEVELS_OFF = 0.5  # prior probability that a fall ends at chance
REPEATS = (1, 8, 64, 256)  # later rises tried for each draw: data that show the toe of one leave few of them


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outlook:
    """Weighted curves, continued.

    Attributes:
        prepared: the series and its posterior.
        rows: of the posterior, shape (n_draws,).
        weight: of each draw; they sum to 1.
        dispersion: value of the dispersion node of each draw.
        later: whether a rise is still to come, shape (n_draws,).
        threshold: of that rise, in observed ranges from the smallest scale; NaN where there is none.
        width: its 10-90 % width, in observed ranges; NaN likewise.
        amplitude: its height; 0 likewise.
        levels_off: whether a fall beyond the data ends at chance, shape (n_draws,).
    """

    prepared: Prepared
    rows: npt.NDArray[np.intp]
    weight: FloatArray
    dispersion: FloatArray
    later: npt.NDArray[np.bool_]
    threshold: FloatArray
    width: FloatArray
    amplitude: FloatArray
    levels_off: npt.NDArray[np.bool_]

    def values(self, position: FloatArray) -> FloatArray:
        """The curve of each draw at positions in observed ranges, shape (n_draws, n_positions), within [0, 1]."""
        found = curve_values(self.prepared.posterior, self.rows, position)
        rise = _rise(position, self.threshold[self.later], self.width[self.later])
        found[self.later] += self.amplitude[self.later, None] * rise
        lowest = np.where(self.levels_off[:, None] & (position > self._last), self._lowest[:, None], 0.0)
        return np.clip(np.maximum(found, lowest), 0.0, 1.0)

    def past_chance(self, position: float) -> float:
        """Probability that a fall which goes on as in the data has passed chance, by more than delta, on its way."""
        problem = self.prepared.posterior.problem
        if position <= self._last:
            return 0.0
        small = problem.settings.verdict.absent_excess * (1.0 - problem.chance)
        straight = curve_values(self.prepared.posterior, self.rows, np.array([position]))[:, 0]
        return float(self.weight[straight < self._lowest - small].sum())

    @property
    def _last(self) -> float:
        """Position of the largest scale measured."""
        return float(self.prepared.data.position.max())

    @functools.cached_property
    def _lowest(self) -> FloatArray:
        """Where each fall beyond the data would end: at chance, or where the data end if that is below it."""
        chance = self.prepared.data.chance
        if chance is None:
            return np.zeros(self.rows.size)
        ends = curve_values(self.prepared.posterior, self.rows, np.array([self._last]))[:, 0]
        return np.minimum(ends, chance)

    def take(self, draws: npt.NDArray[np.intp]) -> Outlook:
        """Some draws, of equal weight."""
        names = ("rows", "dispersion", "later", "threshold", "width", "amplitude", "levels_off")
        weight = np.full(draws.size, 1.0 / draws.size)
        return dataclasses.replace(self, weight=weight, **{name: getattr(self, name)[draws] for name in names})

    def unseen(self, position: FloatArray) -> FloatArray:
        """Probability that a rise which the data do not show has begun (excess above delta), shape (n_positions,)."""
        problem = self.prepared.posterior.problem
        small = problem.settings.verdict.absent_excess * (1.0 - problem.chance)
        rise = _rise(position, self.threshold[self.later], self.width[self.later])
        begun = self.amplitude[self.later, None] * rise > small
        return np.asarray(np.einsum("i,ij->j", self.weight[self.later], begun))

    def emerged(self, position: float) -> float:
        """Probability that a rise from chance has its midpoint at or below a position."""
        posterior = self.prepared.posterior
        within = HAS_THRESHOLD[posterior.curve[self.rows]] & (posterior.threshold[self.rows] <= position)
        return float(np.sum(self.weight[within | (self.later & (self.threshold <= position))]))


def look_ahead(prepared: Prepared, pool: Pool, *, seed: int = 0, curves: Sequence[str] = ()) -> Outlook:
    """Draw curves from a posterior and continue them.

    Args:
        prepared: the series and its posterior.
        pool: how often abilities appear.
        seed: of the later rises.
        curves: names of the curves to keep; all, with later rises, by default.
    """
    posterior = prepared.posterior
    weight = posterior.weight
    if curves:
        wanted = [CURVE_NAMES.index(name) for name in curves]
        weight = np.where(np.isin(posterior.curve, wanted), weight, 0.0)
        weight = weight / weight.sum()
    few = systematic_rows(weight, N_DRAWS)
    for repeats in REPEATS:
        found = _continued(prepared, pool, np.repeat(few, repeats), later_rises=not curves, seed=seed)
        if 1.0 / np.sum(found.weight**2) >= ENOUGH:
            break
    return found if repeats == 1 else found.take(systematic_rows(found.weight, N_DRAWS))


def _continued(prepared: Prepared, pool: Pool, rows: npt.NDArray[np.intp], *, later_rises: bool, seed: int) -> Outlook:
    """One later rise for each of the rows that stay at chance, with its weight."""
    posterior = prepared.posterior
    data = posterior.problem.observations
    later = at_chance(posterior)[rows] & later_rises & (data.chance is not None)
    threshold, width = np.full(rows.size, np.nan), np.full(rows.size, np.nan)
    amplitude, log_toe = np.zeros(rows.size), np.zeros(rows.size)
    n = int(later.sum())
    if n:
        generator = np.random.default_rng(seed)
        waiting = pool.decades * (generator.random(n) ** (-1.0 / (pool.rises + 1.0)) - 1.0)
        threshold[later] = 1.0 + waiting / data.range_decades
        width[later] = _widths(posterior.problem, n, generator)
        base = posterior.levels[rows[later], 2]
        amplitude[later] = (1.0 - base) * (1.0 - generator.beta(*posterior.problem.settings.prior.ceiling_beta, n))
        toe = amplitude[later, None] * _rise(data.position, threshold[later], width[later])
        log_toe[later] = _log_ratio(posterior.problem, base, toe, data.dispersion[posterior.dispersion[rows[later]]])
    share = np.exp(log_toe)
    return Outlook(
        prepared=prepared,
        rows=rows,
        weight=share / share.sum(),
        dispersion=data.dispersion[posterior.dispersion[rows]],
        later=later,
        threshold=threshold,
        width=width,
        amplitude=amplitude,
        levels_off=np.random.default_rng([seed, 1]).random(rows.size) < P_LEVELS_OFF,
    )


def _rise(position: FloatArray, threshold: FloatArray, width: FloatArray) -> FloatArray:
    """Share of each later rise that is completed at each position, shape (n_rises, n_positions)."""
    steps = STEEPNESS * (position - threshold[:, None]) / width[:, None]
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(steps, -700.0, 700.0))))


def _widths(problem: Problem, n: int, generator: np.random.Generator) -> FloatArray:
    """Half of the widths from the prior of sharp rises, half from that of wide ones, in observed ranges."""
    ends = np.array([width_prior(CURVES[name], problem) for name in ("sharp_logistic", "wide_logistic")])
    low, high = ends[(generator.random(n) < 0.5).astype(np.intp)].T
    return np.asarray(np.exp(low + (high - low) * generator.random(n)))


def _log_ratio(problem: Problem, base: FloatArray, toe: FloatArray, dispersion: FloatArray) -> FloatArray:
    """log p(data | base + toe) / p(data | base) of each draw."""
    data, rate = problem.observations, problem.settings.prior.failed_run_rate
    with_toe, without = (
        log_density(data.kind, data.first, data.second, base[:, None] + part, dispersion[:, None], rate)
        for part in (toe, np.zeros_like(toe))
    )
    return np.minimum((with_toe - without).sum(axis=1), 20.0)
