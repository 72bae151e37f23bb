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
middle of the task's data and so wide that it may lie beyond them, and the deviations from that mean, which sum to
zero; the mean itself is normal with standard deviation s_family / sqrt(F), and no data speak of it. Widths and
ceilings are written likewise, the priors of W_k and L_k being those of the means of the families. The mean of a
family's v_m and its u_f cannot be told apart either: cells are drawn round their sum, and the points see how v_m
differs from that mean. Models count in it by what their points tell: one at the floor of every task would make it
unknown.

A shift y ~ N(m, s) may be written in many ways with one posterior, by its `centring` a between 0 and 1: the sampler
moves r ~ N(a m, s^a), and y = m + s^(1-a) (r - a m). With a = 1 it moves y itself, which suits what is known well from
data of its own; with a = 0 it moves (y - m) / s, which suits what the data say little of, and an s near zero
(Papaspiliopoulos, Roberts & Skold 2007, doi:10.1214/088342307000000014). Families, cells, models and widths have a
centring each, which are data of the model: `written_by` tells them from draws, and the model is compiled once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
LEAST_ROOM = 0.05  # between chance and the best score of a task
SURELY = 0.05  # quantile of a standard deviation that decides how shifts are written: the way into s = 0 must be open
WELL_TOLD = 0.75  # quantile over a level's shifts of what data tell of one
LEVELS = {
    "family": ("family_contrast", "family_sd"), "cell": ("cell_place", "cell_sd"),
    "model": ("model_contrast", "model_sd"), "width": ("width_contrast", "width_sd"),
}  # what is normal at each level, and its standard deviation  # fmt: skip
AT_FIRST = {"family": 1.0, "cell": 1.0, "model": 0.0, "width": 0.0}  # centring, before anything was drawn


def build(design: Design, prior: PriorSettings) -> pm.Model:
    """The model of a design.

    Args:
        design: the points.
        prior: guess rate and W*.

    Returns:
        A `pymc.Model` with coordinates task, family, covariate and cell (task by family), and the centring of each
        level as data (`family_centring`, ...).
    """
    import pymc as pm
    import pytensor.tensor as pt

    several = len(design.tasks) > 1
    n_families = len(design.families)
    coords: dict[str, Any] = {
        "task": list(design.tasks),
        "family": list(design.families),
        "contrast": np.arange(n_families - 1),
        "covariate": list(design.covariate_names),
        "cell": np.arange(len(design.cells)),
    }
    middle, span = design.ends.mean(axis=1), np.maximum(np.ptp(design.ends, axis=1), 0.5)
    of_task, of_family = design.cells.T
    basis = _family_basis(design)
    with pm.Model(coords=coords) as model:
        centre = pm.Normal("centre", middle, THRESHOLD_SD_RANGES * span, dims="task")
        width = pm.Normal("mean_log_width", math.log(prior.sharp_width), LOG_WIDTH_SD, dims="task")
        lapse = pm.Normal("mean_logit_lapse", LAPSE_CENTRE, LAPSE_SD, dims="task")
        guess = pm.TruncatedNormal(
            "guess_rate", mu=design.chance, sigma=prior.guess_rate_sd, lower=0.0, upper=1.0, dims="task"
        )
        family_sd = pm.HalfNormal("family_sd", FAMILY_SD)
        width_sd = pm.HalfNormal("width_sd", LOG_WIDTH_BETWEEN)
        moved = np.zeros(n_families)
        if design.covariate_names:
            slope = pm.Normal("covariate_effect", 0.0, COVARIATE_SD, dims="covariate")
            moved = (design.covariates * slope).sum(axis=1)
        contrast = _shifts("family", (basis.T * moved).sum(axis=1), family_sd, dims="contrast")
        deviation = (basis * contrast).sum(axis=1)
        offset = _typical("threshold", centre, family_sd, n_families)
        pm.Deterministic("family_shift", deviation + offset, dims="family")
        wider = (basis * _shifts("width", np.zeros(n_families - 1), width_sd, dims="contrast")).sum(axis=1)
        _typical("log_width", width, width_sd, n_families)
        lower = (basis * pm.Normal("lapse_contrast", 0.0, LAPSE_BETWEEN, dims="contrast")).sum(axis=1)
        _typical("logit_lapse", lapse, LAPSE_BETWEEN, n_families)
        better, own = _models(design) if design.models_shared else (np.zeros(n_families), 0.0)
        at = (centre[of_task] + deviation[of_family]) + better[of_family]
        if several:
            at = _shifts("cell", at, pm.HalfNormal("cell_sd", CELL_SD), dims="cell")
        pm.Deterministic("cell_threshold", at - better[of_family], dims="cell")
        cell_width = pm.Deterministic("cell_log_width", width[of_task] + wider[of_family], dims="cell")
        cell_lapse = pm.Deterministic("cell_lapse", pm.math.sigmoid(lapse[of_task] + lower[of_family]), dims="cell")
        place = design.x - at[design.cell] - own
        share = pm.math.sigmoid(STEEPNESS * place / pt.exp(cell_width[design.cell]))
        base = guess[design.task]
        value = pt.clip(base + (1.0 - base) * (1.0 - cell_lapse[design.cell]) * share, SMALLEST, 1.0 - SMALLEST)
        _observed(design, value)
    return model


def written_by(values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The centring that suits what draws of the model say, for each level that they have.

    The shifts of a level are moved as they are if the data alone would tell a quarter of them better than the level
    does, whose standard deviation is taken to be as small as it may be. All are written alike: with some in units of
    their spread and some not, chains stuck.

    Args:
        values: draws of every variable, shape (n_draws, ...).

    Returns:
        name of the data of the model to its value, shape of the level's shifts.
    """
    found = {}
    for level, (name, spread) in LEVELS.items():
        if name in values:
            known = 1.0 / np.maximum(values[name].var(axis=0), SMALLEST**2)
            alone = np.maximum(known - 1.0 / np.mean(values[spread] ** 2), 0.0)  # without what the level tells of it
            certain = np.quantile(values[spread], SURELY) ** 2
            found[f"{level}_centring"] = np.full(alone.shape, float(np.quantile(alone, WELL_TOLD) * certain > 1.0))
    return found


def _shifts(level: str, mean: Any, spread: Any, *, dims: str | None = None) -> Any:  # noqa: ANN401  # symbolic tensors
    """Normal shifts round a mean, shape of the mean, by the centring of their level."""
    import pymc as pm

    size = int(mean.type.shape[0]) if hasattr(mean, "type") else len(mean)
    centring = pm.Data(f"{level}_centring", np.full(size, AT_FIRST[level]))
    moved = pm.Normal(f"{level}_moved", centring * mean, spread**centring, shape=size)
    return pm.Deterministic(LEVELS[level][0], mean + spread ** (1.0 - centring) * (moved - centring * mean), dims=dims)


def _typical(name: str, mean: Any, spread: Any, n_families: int) -> Any:  # noqa: ANN401  # symbolic tensors have no type
    """Adds the middle of a task to the model, and returns how far the mean of its families lies from it."""
    import pymc as pm

    offset = spread * pm.Normal(f"{name}_offset_z") / math.sqrt(n_families)
    pm.Deterministic(name, mean - offset, dims="task")
    return offset


def _models(design: Design) -> tuple[Any, Any]:
    """Mean shift of each family's models, and by how much each point's model differs from it.

    Models count in the mean by what the data tell of them: one at the floor of every task would else make it unknown.
    """
    import pymc as pm

    of_model = np.zeros(design.n_models, dtype=np.intp)
    of_model[design.model] = design.family
    told = np.zeros(design.n_models)
    np.add.at(told, design.model, _told(design))
    told = told / (told + MODEL_SD**-2) + SMALLEST
    members = [np.flatnonzero(of_model == i) for i in range(len(design.families))]
    spread = pm.HalfNormal("model_sd", MODEL_SD)
    length = np.zeros(len(members))
    most = max(len(own) for own in members)
    of_mean = np.zeros(design.n_models)
    weight = np.zeros((design.n_models, max(most - 1, 1)))  # of the contrasts of its family, and where they stand
    column = np.zeros(weight.shape, dtype=np.intp)
    total = 0
    for i, own in enumerate(members):
        share, n = told[own] / told[own].sum(), own.size - 1
        length[i] = np.linalg.norm(share)
        of_mean[own] = share / length[i] - length[i]
        weight[own, :n], column[own, :n] = apart(share), total + np.arange(n)
        total += n
    mean = spread * pm.Normal("model_mean_z", dims="family")
    own_part = (of_mean * mean[of_model])[design.model]
    if total:
        contrast = _shifts("model", np.zeros(total), spread)
        own_part = own_part + (weight * contrast[column]).sum(axis=1)[design.model]
    return length * mean, own_part


def _told(design: Design) -> FloatArray:
    """Roughly, what each point tells of where its curve lies: 1 over a variance in decades; little at either end."""
    share = np.where(design.counted, design.first / np.where(design.counted, design.second, 1.0), design.first)
    error = np.where(design.counted, share * (1.0 - share) / np.maximum(design.second, 1.0), design.second**2)
    found = np.zeros(share.size)
    for task, chance in enumerate(design.chance):
        own = design.task == task
        room = max(float(share[own].max()) - chance, LEAST_ROOM)
        height = np.clip((share[own] - chance) / room, 0.0, 1.0)
        slope = STEEPNESS * room * height * (1.0 - height)  # of a rise that takes one decade
        found[own] = slope**2 / (error[own] + math.exp(2.0 * RESIDUAL_CENTRE))
    return found


def apart(share: FloatArray) -> FloatArray:
    """Orthonormal columns, orthogonal to shares, in each of which one unit of a small share stands against the larger.

    Shape (n, n - 1). What is unknown of a unit that the data hardly tell is in one column.
    """
    order = np.argsort(share, kind="stable")[:-1]
    columns, _ = np.linalg.qr(np.column_stack([share, np.eye(share.size)[:, order]]))
    return np.asarray(columns[:, 1:])


def _family_basis(design: Design) -> FloatArray:
    """Contrasts of families: each compares one with the mean of those that have more points.

    So that what is unknown of a family of one size is in one contrast.
    """
    order = np.argsort(-np.bincount(design.family, minlength=len(design.families)), kind="stable")
    basis = np.empty((order.size, order.size - 1))
    basis[order] = _sum_to_zero(order.size)
    return basis


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
