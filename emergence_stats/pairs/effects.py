"""Curves of the difference over scale, weighed against each other: none, constant, beginning, turning, ending.

With position x from 0 at the smallest scale to 1 at the largest and a logistic S that rises from 10 % to 90 % over the
width w round the place t,

    d(x) = low (1 - S(x)) + high S(x),      S(x) = 1 / (1 + exp(-2 ln 9 (x - t) / w)).

*None* has low = high = 0, *constant* low = high, *beginning* low = 0, *ending* high = 0, *turning* both free. A free
level is normal round 0 with one of the standard deviations `EFFECT_SDS`, equally probable; t is uniform over the
range, w log-uniform from half the smallest gap between scales to three ranges. Evidence by importance sampling on
quasi-random nodes: for each (t, w, dispersion node) the levels are drawn from their conditional posterior under a
normal approximation of each pair's likelihood, or under the same without the pair that fits worst. A round of nodes
tells the next one where to look; the last round alone counts.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.pairs.differences import Differences
from emergence_stats.posterior import systematic_rows
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings

EFFECT_SDS = (0.05, 0.3)  # of a level of the difference, as a share of the metric's range
# Name: prior mass, and whether the level below and the level above are free. A change of effect shares one mass.
EFFECTS: Mapping[str, tuple[float, bool, bool]] = {
    "none": (1.0, False, False),
    "constant": (1.0, True, True),
    "beginning": (0.5, False, True),
    "turning": (0.5, True, True),
    "ending": (0.5, True, False),
}
N_NODES = 2**13
MOST_ROUNDS = 6
CELLS = 24  # along place and along log width: where the next round looks is a histogram of what this one found
EXPLORING = 0.3  # share of the nodes of every round that come from the prior
ENOUGH = 1000.0  # effective draws over all curves
FEWEST = 200.0  # below it nothing is concluded
DIMENSIONS = 8
DEGREES = 4.0  # of the proposal's t distribution
WIDENED = 1.2
SOBOL_SEED = 20220128
N_DRAWS = 4000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectPosterior:
    """Equally weighted posterior draws of the difference's curve; n of them.

    Attributes:
        probabilities: posterior probability of each curve of `EFFECTS`.
        log_evidence: of each curve, in nats.
        evidence_error: relative standard error of the total evidence, in nats.
        effective_draws: effective sample size over all nodes.
        low: level far below the change, shape (n,).
        high: level far above it, shape (n,).
        place: middle of the change in observed ranges, shape (n,).
        width: its 10-90 % width in observed ranges, shape (n,).
        dispersion: index of the dispersion node, shape (n,).
    """

    probabilities: Mapping[str, float]
    log_evidence: Mapping[str, float]
    evidence_error: float
    effective_draws: float
    low: FloatArray
    high: FloatArray
    place: FloatArray
    width: FloatArray
    dispersion: npt.NDArray[np.intp]

    def at(self, position: FloatArray) -> FloatArray:
        """The difference of each draw at each position, shape (n, n_positions)."""
        return _curve(self.low, self.high, _share_above(self.place, self.width, position))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Nodes:
    """Weighted nodes of one curve."""

    log_weight: FloatArray
    low: FloatArray
    high: FloatArray
    place: FloatArray
    width: FloatArray
    dispersion: npt.NDArray[np.intp]


def weigh(found: Differences, position: FloatArray, prior: PriorSettings) -> EffectPosterior:
    """Posterior over curves of the difference.

    Args:
        found: likelihood of every pair.
        position: of every pair, from 0 at the smallest scale to 1 at the largest, shape (n_pairs,).
        prior: range of the widths.
    """
    spacing = float(np.diff(np.unique(position)).min())
    widths = math.log(prior.narrowest_rise_in_spacings * spacing), math.log(prior.widest_rise_in_ranges)
    look = dict.fromkeys(EFFECTS, np.full((found.log_dispersion_prior.size, CELLS, CELLS), 1.0))
    for round_ in range(MOST_ROUNDS):
        nodes = {name: _nodes(name, found, position, widths, look[name]) for name in EFFECTS}
        joint = np.concatenate([part.log_weight for part in nodes.values()])
        weight = np.exp(joint - joint.max())
        effective = float(weight.sum() ** 2 / (weight**2).sum())
        if effective >= ENOUGH or round_ == MOST_ROUNDS - 1:
            break
        look = {name: _look(part, widths, look[name]) for name, part in nodes.items()}
    logs = {name: float(special.logsumexp(part.log_weight)) for name, part in nodes.items()}
    masses = {name: mass for name, (mass, _, _) in EFFECTS.items()}
    total = sum(masses.values())
    whole = float(special.logsumexp(list(logs.values())))
    rows = systematic_rows(weight / weight.sum(), N_DRAWS)
    columns = {
        name: np.concatenate([getattr(part, name) for part in nodes.values()])[rows]
        for name in ("low", "high", "place", "width", "dispersion")
    }
    return EffectPosterior(
        probabilities={name: math.exp(log - whole) for name, log in logs.items()},
        log_evidence={name: log - math.log(masses[name] / total) for name, log in logs.items()},
        evidence_error=math.sqrt(1.0 / effective),
        effective_draws=effective,
        **columns,
    )


def _nodes(
    name: str, found: Differences, position: FloatArray, widths: tuple[float, float], look: FloatArray
) -> _Nodes:
    """Nodes of one curve; the log-sum-exp of their weights is log(prior mass times evidence).

    Args:
        name: key of `EFFECTS`.
        found: likelihood of every pair.
        position: of every pair.
        widths: bounds of log width.
        look: where to look: a histogram over dispersion nodes, places and log widths.
    """
    mass, free_low, free_high = EFFECTS[name]
    total = sum(row[0] for row in EFFECTS.values())
    u = _sobol()
    n = len(u)
    share = look / look.sum()
    share = EXPLORING / share.size + (1.0 - EXPLORING) * share
    cumulative = np.cumsum(share)
    cell = np.minimum(np.searchsorted(cumulative, u[:, 0] * cumulative[-1]), share.size - 1)
    picked, row, column = (index.astype(np.intp) for index in np.unravel_index(cell, share.shape))
    place = (row + u[:, 1]) / CELLS
    width = np.exp(widths[0] + (column + u[:, 2]) / CELLS * (widths[1] - widths[0]))
    above = _share_above(place, width, position)
    if name == "constant":  # one level: the weights of both sides are added
        basis = np.stack([np.ones_like(above), np.zeros_like(above)])
    else:
        basis = np.stack([1.0 - above, above])
    free = np.array([free_low, free_high and name != "constant"])
    sds = np.array(EFFECT_SDS)
    sd = np.stack([sds[(u[:, 3 + arm] * sds.size).astype(np.intp)] for arm in range(2)])
    levels, log_ratio = _levels(found, basis, free, sd, picked, u)
    difference = np.einsum("anp,an->np", basis, levels)
    log_weight = log_ratio + _log_likelihood(found, difference, picked)
    log_weight += found.log_dispersion_prior[picked] - 2.0 * math.log(CELLS) - np.log(share.ravel()[cell])
    low, high = levels[0], levels[0] if name == "constant" else levels[1]
    return _Nodes(
        log_weight=log_weight - math.log(n) + math.log(mass / total),
        low=low,
        high=high,
        place=place,
        width=width,
        dispersion=picked,
    )


def _look(nodes: _Nodes, widths: tuple[float, float], look: FloatArray) -> FloatArray:
    """The histogram of the weights of a round, smoothed a little; that of the round before where it found nothing."""
    most = nodes.log_weight.max()
    if not np.isfinite(most):
        return look
    row = np.minimum((nodes.place * CELLS).astype(np.intp), CELLS - 1)
    column = np.clip((np.log(nodes.width) - widths[0]) / (widths[1] - widths[0]) * CELLS, 0, CELLS - 1).astype(np.intp)
    fresh = np.zeros_like(look)
    np.add.at(fresh, (nodes.dispersion, row, column), np.exp(nodes.log_weight - most))
    for axis in range(3):
        padded = np.take(fresh, range(-1, fresh.shape[axis] + 1), axis=axis, mode="clip")
        inner = [np.take(padded, range(shift, shift + fresh.shape[axis]), axis=axis) for shift in range(3)]
        fresh = 0.25 * inner[0] + 0.5 * inner[1] + 0.25 * inner[2]
    return np.asarray(fresh)


@functools.lru_cache(maxsize=1)
def _sobol() -> FloatArray:
    """Scrambled Sobol points, shape (N_NODES, DIMENSIONS), the same on every call."""
    points: FloatArray = stats.qmc.Sobol(DIMENSIONS, rng=np.random.default_rng(SOBOL_SEED)).random(N_NODES)
    points = np.clip(points, 1e-9, 1.0 - 1e-9)
    points.setflags(write=False)
    return points


def _share_above(place: FloatArray, width: FloatArray, position: FloatArray) -> FloatArray:
    """S at each position, shape (n, n_positions)."""
    return np.asarray(special.expit(STEEPNESS * (position - place[:, None]) / width[:, None]))


def _curve(low: FloatArray, high: FloatArray, above: FloatArray) -> FloatArray:
    return np.asarray(low[:, None] * (1.0 - above) + high[:, None] * above)


def _log_likelihood(found: Differences, difference: FloatArray, picked: npt.NDArray[np.intp]) -> FloatArray:
    """Sum over pairs, by linear interpolation in the tables, shape (n,); -inf for impossible differences."""
    grid, total = found.grid, np.zeros(len(difference))
    place = (difference - grid[0]) / (grid[1] - grid[0])
    inside = ((place >= 0.0) & (place <= grid.size - 1.0)).all(axis=1)
    cell = np.clip(place.astype(np.intp), 0, grid.size - 2)
    rest = np.clip(place - cell, 0.0, 1.0)
    for pair in range(difference.shape[1]):
        table = found.log_likelihood[pair]
        left = table[picked, cell[:, pair]]
        total += left + rest[:, pair] * (table[picked, cell[:, pair] + 1] - left)
    return np.where(inside, total, -np.inf)


def _levels(
    found: Differences,
    basis: FloatArray,
    free: npt.NDArray[np.bool_],
    sd: FloatArray,
    picked: npt.NDArray[np.intp],
    u: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Levels drawn from a mixture of two proposals, shape (2, n), and log(prior / proposal), shape (n,).

    A level that is not free is 0 and adds nothing to the ratio.
    """
    n = picked.size
    if not free.any():
        return np.zeros((2, n)), np.zeros(n)
    mean, precision = found.mean.T[picked], 1.0 / found.sd.T[picked] ** 2
    first = _normal_fit(basis, mean, precision, sd, free)
    resisting = np.abs(mean - np.einsum("anp,an->np", basis, first[0])) * np.sqrt(precision)
    kept = np.ones_like(precision)
    kept[np.arange(n), resisting.argmax(axis=1)] = 0.0
    second = _normal_fit(basis, mean, precision * kept, sd, free)
    fits = (first, second)
    standard = stats.norm.ppf(u[:, 5:7].T)
    # A t distribution: normals over the root of a chi-square.
    stretch = WIDENED * np.sqrt(DEGREES / stats.chi2.ppf((u[:, 7] * 2.0) % 1.0 * (1.0 - 2e-9) + 1e-9, DEGREES))
    centre = np.where(u[:, 7] < 0.5, first[0], second[0])
    a, b, c = (np.where(u[:, 7] < 0.5, one, two) for one, two in zip(first[1:], second[1:], strict=True))
    levels = centre + stretch * np.stack([a * standard[0], b * standard[0] + c * standard[1]])
    levels = np.where(free[:, None], levels, 0.0)
    proposal = np.logaddexp(*(_log_t(levels, fit, free) for fit in fits)) - math.log(2.0)
    prior = (stats.norm.logpdf(levels, scale=sd) * free[:, None]).sum(axis=0)
    return levels, prior - proposal


Fit = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _normal_fit(
    basis: FloatArray, mean: FloatArray, precision: FloatArray, sd: FloatArray, free: npt.NDArray[np.bool_]
) -> Fit:
    """Conditional posterior of both levels: centre, shape (2, n), and the lower factor of its covariance, (n,) each."""
    held = np.where(free[:, None], 1.0 / sd**2, 1e12)  # a level that is not free is held at 0
    s00 = (basis[0] ** 2 * precision).sum(axis=1) + held[0]
    s11 = (basis[1] ** 2 * precision).sum(axis=1) + held[1]
    s01 = (basis[0] * basis[1] * precision).sum(axis=1)
    r0, r1 = ((row * mean * precision).sum(axis=1) for row in basis)
    det = s00 * s11 - s01**2
    c00, c11, c01 = s11 / det, s00 / det, -s01 / det
    a = np.sqrt(c00)
    b = c01 / a
    return (
        np.stack([c00 * r0 + c01 * r1, c01 * r0 + c11 * r1]),
        a,
        b,
        np.sqrt(np.maximum(c11 - b**2, 1e-30)),
    )


def _log_t(levels: FloatArray, fit: Fit, free: npt.NDArray[np.bool_]) -> FloatArray:
    """Log density of the proposal, over the levels that are free."""
    centre, a, b, c = fit
    size = int(free.sum())
    if size == 2:
        first = (levels[0] - centre[0]) / a
        square = first**2 + ((levels[1] - centre[1] - b * first) / c) ** 2
        log_det = np.log(a) + np.log(c)
    else:
        arm = int(np.flatnonzero(free)[0])
        scale = a if arm == 0 else np.sqrt(b**2 + c**2)
        square, log_det = ((levels[arm] - centre[arm]) / scale) ** 2, np.log(scale)
    square = square / WIDENED**2
    log_det = log_det + size * math.log(WIDENED)
    constant = (
        math.lgamma(0.5 * (DEGREES + size)) - math.lgamma(0.5 * DEGREES) - 0.5 * size * math.log(math.pi * DEGREES)
    )
    return np.asarray(constant - log_det - 0.5 * (DEGREES + size) * np.log1p(square / DEGREES))
