r"""The pooled model in PyMC.

For task k, family f and model m at x = log10 scale, with z standard normal throughout,

    f(x) = g_k + (1 - g_k) (1 - l_kf) sigmoid(2 ln 9 (x - t_kf - v_m) / w_kf)
    t_kf = T_k + u_f + b_kf, u_f ~ N(z_f' gamma, s_family), b_kf ~ N(0, s_cell)       threshold, decades
    log w_kf = W_k + c_f,    c_f ~ N(0, s_width)                                      width, decades
    logit l_kf = L_k + e_f,  e_f ~ N(0, .3)                                           lapse rate
    v_m ~ N(0, s_model)                           what makes one model better than its size (in decades)
    y_km ~ BetaBinomial(n, f, rho_k), or Normal(f, se^2 + 4 f (1 - f) sd_k^2 + rounding^2)

Families are pooled by the standard deviations s, whose priors are half-normal; W_k is normal round log W*, so that
sharp and wide are as probable before the data. gamma regresses the threshold on standardised covariates of the family.
b_kf needs several tasks, and v_m models that took several: else rho takes their place. The scatter of a score is
largest half-way up, as that of a count is, and its prior keeps away from zero: with v_m and b_kf free, a scatter of
zero would reproduce every score exactly, a second mode in which no chain moves. How much ceilings differ between
families is given, not estimated, for a like reason: few families reach their ceiling, and one that has not risen yet
could as well be one that never will (docs/decisions/pooling.md).

The data tell T_k + u_f, not how the sum divides. The sampler therefore moves M_k = T_k + mean_f u_f, normal round the
middle of the task's data and so wide that it may lie beyond them, and the deviations from that mean, which sum to zero;
the mean itself is normal with standard deviation s_family / sqrt(F), and no data speak of it.

Shifts of cells and of models may each be written in two ways with the same posterior: as they are (`centred`), which a
sampler explores well where each is known well, or in units of their standard deviation, where that may be near zero.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.pooling.design import Design
from emergence_stats.series import FloatArray
from emergence_stats.settings import PriorSettings

if TYPE_CHECKING:
    import pymc as pm

THRESHOLD_SD_RANGES = 0.75  # of M_k, in ranges of the task's data
LOG_WIDTH_SD = 0.9
FAMILY_SD, CELL_SD, MODEL_SD = 0.7, 0.35, 0.25  # decades: scales of the half-normal priors
LOG_WIDTH_BETWEEN = 0.3
LAPSE_BETWEEN = 0.3  # given, not estimated: see the module's docstring
LAPSE_CENTRE, LAPSE_SD = -1.2, 1.0  # logit of the lapse rate: .23, and .04 to .7 at two standard deviations
RHO_CENTRE, RHO_SD = -4.5, 1.2  # log of rho: .011
RESIDUAL_CENTRE, RESIDUAL_SD = -3.0, 0.7  # log of the scatter of a score half-way up: .05, and .012 to .2
ROUNDING = 0.003  # of a score whose error is not stated
COVARIATE_SD = 0.5  # decades of threshold for a standard deviation of a covariate
SMALLEST = 1e-6


def build(design: Design, prior: PriorSettings, *, centred: Collection[str]) -> pm.Model:
    """The model of a design.

    Args:
        design: the points.
        prior: guess rate and W*.
        centred: which shifts, of "cell" and "model", are written as they are, not in units of their standard
            deviation.

    Returns:
        A `pymc.Model` with coordinates task, family, covariate and cell (task by family).
    """
    import pymc as pm
    import pytensor.tensor as pt

    several = len(design.tasks) > 1
    coords: dict[str, Any] = {
        "task": list(design.tasks),
        "family": list(design.families),
        "contrast": np.arange(len(design.families) - 1),
        "covariate": list(design.covariate_names),
        "cell": np.arange(len(design.cells)),
        "model": np.arange(design.n_models),
    }
    middle, span = design.ends.mean(axis=1), np.maximum(np.ptp(design.ends, axis=1), 0.5)
    of_task, of_family = design.cells.T
    with pm.Model(coords=coords) as model:
        centre = pm.Normal("centre", middle, THRESHOLD_SD_RANGES * span, dims="task")
        log_width = pm.Normal("log_width", math.log(prior.sharp_width), LOG_WIDTH_SD, dims="task")
        lapse = pm.Normal("logit_lapse", LAPSE_CENTRE, LAPSE_SD, dims="task")
        guess = pm.TruncatedNormal(
            "guess_rate", mu=design.chance, sigma=prior.guess_rate_sd, lower=0.0, upper=1.0, dims="task"
        )
        family_sd = pm.HalfNormal("family_sd", FAMILY_SD)
        moved = 0.0
        if design.covariate_names:
            slope = pm.Normal("covariate_effect", 0.0, COVARIATE_SD, dims="covariate")
            moved = (design.covariates * slope).sum(axis=1)
        basis = _sum_to_zero(len(design.families))
        deviation = moved + family_sd * (basis * pm.Normal("family_z", dims="contrast")).sum(axis=1)
        offset = family_sd * pm.Normal("offset_z") / math.sqrt(len(design.families))
        pm.Deterministic("threshold", centre - offset, dims="task")
        pm.Deterministic("family_shift", deviation + offset, dims="family")
        width_shift = pm.HalfNormal("width_sd", LOG_WIDTH_BETWEEN) * pm.Normal("width_z", dims="family")
        lapse_shift = LAPSE_BETWEEN * pm.Normal("lapse_z", dims="family")
        at = centre[of_task] + deviation[of_family]
        if several:
            at = at + _shifts("cell", pm.HalfNormal("cell_sd", CELL_SD), centred="cell" in centred)
        at = pm.Deterministic("cell_threshold", at, dims="cell")
        width = pm.Deterministic("cell_log_width", log_width[of_task] + width_shift[of_family], dims="cell")
        cell_lapse = pm.Deterministic(
            "cell_lapse", pm.math.sigmoid(lapse[of_task] + lapse_shift[of_family]), dims="cell"
        )
        place = design.x - at[design.cell]
        if design.models_shared:
            own = _shifts("model", pm.HalfNormal("model_sd", MODEL_SD), centred="model" in centred)
            place = place - own[design.model]
        share = pm.math.sigmoid(STEEPNESS * place / pt.exp(width[design.cell]))
        base = guess[design.task]
        value = pt.clip(base + (1.0 - base) * (1.0 - cell_lapse[design.cell]) * share, SMALLEST, 1.0 - SMALLEST)
        _observed(design, value)
    return model


def _shifts(what: str, spread: Any, *, centred: bool) -> Any:  # noqa: ANN401  # symbolic tensors have no type
    """Normal shifts of this standard deviation, in one of the two ways of writing them."""
    import pymc as pm

    if centred:
        return pm.Normal(f"{what}_shift", 0.0, spread, dims=what)
    return spread * pm.Normal(f"{what}_z", dims=what)


def _sum_to_zero(n: int) -> FloatArray:
    """Orthonormal columns, each of which sums to zero, shape (n, n - 1): Helmert's contrasts."""
    columns = np.zeros((n, n - 1))
    for k in range(1, n):
        columns[:k, k - 1], columns[k, k - 1] = 1.0, -k
        columns[:, k - 1] /= math.sqrt(k * (k + 1))
    return columns


def _observed(design: Design, value: Any) -> None:  # noqa: ANN401  # a symbolic tensor has no type
    """The likelihood of both kinds of points."""
    import pymc as pm
    import pytensor.tensor as pt

    counted = np.flatnonzero(design.counted)
    if counted.size:
        rho = pt.exp(pm.Normal("log_rho", RHO_CENTRE, RHO_SD, dims="task"))[design.task[counted]]
        size = 1.0 / rho - 1.0
        k, n, mean = np.rint(design.first[counted]), np.maximum(np.rint(design.second[counted]), 1.0), value[counted]
        a, b = mean * size, (1.0 - mean) * size
        log_density = pt.gammaln(k + a) + pt.gammaln(n - k + b) - pt.gammaln(n + size)
        log_density += pt.gammaln(size) - pt.gammaln(a) - pt.gammaln(b)
        pm.Potential("counts", log_density.sum())
    normal = np.flatnonzero(~design.counted)
    if normal.size:
        extra = pt.exp(pm.Normal("log_residual_sd", RESIDUAL_CENTRE, RESIDUAL_SD, dims="task"))[design.task[normal]]
        mean = value[normal]
        variance = design.second[normal] ** 2 + 4.0 * mean * (1.0 - mean) * extra**2 + ROUNDING**2
        pm.Potential("scores", pm.logp(pm.Normal.dist(mean, pt.sqrt(variance)), design.first[normal]).sum())
