"""One curve of the table as a PyMC model, with every number of a series in `pm.Data`.

Nothing of a series is compiled in: its points, chance level and priors are shared arrays, so one compiled model serves
all series of its kind (counts, or scores with normal noise), whatever their length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emergence_stats.evidence.quadrature import Problem, width_prior
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.gompertz import LOG_WIDTH_RATIO
from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.models.curves.spec import Levels
from emergence_stats.numerics import LN2
from emergence_stats.pymc_engine.likelihood import Tensor, log_likelihood

if TYPE_CHECKING:
    import pymc as pm

# What is asked of a model beside its log density, and the number of axes of each.
QUANTITIES = {
    "threshold": 0,
    "width": 0,
    "first_amplitude": 0,
    "second_amplitude": 0,
    "base": 0,
    "pointwise": 2,  # points, dispersion nodes
}


def data_of(name: str, problem: Problem) -> dict[str, Any]:
    """What the model of one curve wants to know of a series, by the names of its `pm.Data`."""
    data, prior, curve = problem.observations, problem.settings.prior, CURVES[name]
    low, high = width_prior(curve, problem) if curve.placement != shapes.NOWHERE else (0.0, 1.0)
    numbers = {
        "position": data.position,
        "first": data.first,
        "second": data.second,
        "dispersion": data.dispersion,
        "log_dispersion_prior": data.log_dispersion_prior,
        "chance": problem.chance,
        "guess_rate_sd": problem.guess_sd,
        "ceiling_beta": problem.beta[:2],
        "width_prior": (low, high),
        "failed_run_rate": prior.failed_run_rate,
        "failed_run_softness": prior.failed_run_softness,
    }
    return {key: np.asarray(value, dtype=np.float64) for key, value in numbers.items()}


def build(name: str, kind: int, data: dict[str, Any]) -> pm.Model:
    """The model of one curve.

    Args:
        name: key of `CURVES`.
        kind: COUNTS or GAUSSIAN.
        data: what `data_of` gives for any series of that kind; another may be set later (`pm.set_data`).

    Returns:
        A `pymc.Model` with `QUANTITIES` as its deterministics (threshold and width in observed ranges) and the
        likelihood, summed over dispersion nodes, as its one potential.
    """
    import pymc as pm
    import pytensor.tensor as pt

    curve = CURVES[name]
    with pm.Model() as model:
        given = {key: pm.Data(key, value, shape=(None,) * value.ndim) for key, value in data.items()}
        threshold, width = _shape(curve.placement, given["width_prior"])
        base, first, second = _levels(curve.levels, given["chance"], given["guess_rate_sd"], given["ceiling_beta"])
        left, right = _arms(curve.form, given["position"], threshold, width)
        each = log_likelihood(
            kind,
            base + curve.sign * (first * left + second * right),
            given["first"],
            given["second"],
            given["dispersion"],
            given["failed_run_rate"],
            given["failed_run_softness"],
        )
        values = (threshold, width, first, second, base, each)
        for label, value in zip(QUANTITIES, values, strict=True):
            pm.Deterministic(label, pt.as_tensor_variable(value))
        pm.Potential("log_likelihood", pt.logsumexp(given["log_dispersion_prior"] + each.sum(axis=0)))
    return model


def _shape(placement: int, width_prior: Tensor) -> tuple[Tensor, Tensor]:
    """Threshold and width, in observed ranges; see `shapes.place`."""
    import pymc as pm
    import pytensor.tensor as pt

    if placement == shapes.NOWHERE:
        return 0.5, np.inf
    place = pm.Uniform("place", 0.0, 1.0)
    if placement == shapes.POSITION:
        return place, 0.0
    low, high = width_prior[0], width_prior[1]
    if placement == shapes.EXPONENT:
        log_width = pm.Normal("log_width", low, high)
    else:
        log_width = pm.Uniform("log_width", low, high)
    width = pt.exp(log_width)
    return (place if placement == shapes.IN_RANGE else place * (1.0 + width) - 0.5 * width), width


def _levels(
    levels: Levels, chance: Tensor, guess_rate_sd: Tensor, ceiling_beta: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Base and both amplitudes; see `Levels`."""
    import pymc as pm
    import pytensor.tensor as pt

    floor = {"mu": chance, "sigma": guess_rate_sd, "lower": 0.0, "upper": 1.0}
    if levels is Levels.CONSTANT:
        return pm.Uniform("level", 0.0, 1.0), 0.0, 0.0
    if levels is Levels.GUESS:
        return pm.TruncatedNormal("guess_rate", **floor), 0.0, 0.0
    if levels is Levels.GUESS_CEILING:
        base = pm.TruncatedNormal("guess_rate", **floor)
        lapse = pm.Beta("lapse_share", ceiling_beta[0], ceiling_beta[1])
        return base, (1.0 - base) * (1.0 - lapse), 0.0
    if levels is Levels.RISING:
        either = [pm.TruncatedNormal.dist(**floor), pm.Uniform.dist(0.0, 1.0)]
        base = pm.Mixture("start", [0.5, 0.5], either, default_transform=pm.distributions.transforms.logodds)
        return base, (1.0 - base) * pm.Uniform("gain", 0.0, 1.0), 0.0
    if levels is Levels.FALLING:
        start, kept = pm.Uniform("start", 0.0, 1.0), pm.Uniform("kept", 0.0, 1.0)
        return start * kept, start * (1.0 - kept), 0.0
    start, end = pm.Uniform("start", 0.0, 1.0), pm.Uniform("end", 0.0, 1.0)
    depth = pm.Uniform("depth", 0.0, 1.0)
    if levels is Levels.VALLEY:
        vertex = depth * pt.minimum(start, end)
        return vertex, start - vertex, end - vertex
    top = pt.maximum(start, end)
    vertex = top + depth * (1.0 - top)
    return vertex, vertex - start, vertex - end


def _arms(form: int, position: Tensor, threshold: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
    """h_1 and h_2 at each point; see `shapes.arms`."""
    import pytensor.tensor as pt

    none = pt.zeros_like(position)
    if form == shapes.FLAT:
        return none, none
    if form in (shapes.LINEAR, shapes.FALLING):
        return (position if form == shapes.LINEAR else 1.0 - position), none
    if form == shapes.TENT:
        return pt.maximum(0.0, 1.0 - position / threshold), pt.maximum(0.0, (position - threshold) / (1.0 - threshold))
    if form == shapes.STEP:
        return pt.gt(position, threshold).astype("float64"), none
    z = (position - threshold) / width
    if form == shapes.LOGISTIC:
        return pt.sigmoid(STEEPNESS * z), none
    if form == shapes.RAMP:
        return pt.clip(0.5 + 0.8 * z, 0.0, 1.0), none
    return pt.exp(-LN2 * pt.exp(pt.minimum(-LOG_WIDTH_RATIO * z, 50.0))), none
