"""Draws, predictions, likelihood and data of an analysis as one `xarray.DataTree` in ArviZ's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emergence_stats._version import __version__
from emergence_stats.arviz_output.parameters import equal_draws, parameters
from emergence_stats.arviz_output.prior_density import log_prior_parts
from emergence_stats.curve_selection import curves_named
from emergence_stats.evidence.quadrature import Problem, all_curves
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.posterior import CURVE_NAMES, HAS_THRESHOLD, Posterior, join, log_curve_priors
from emergence_stats.predictive_draws import new_scores
from emergence_stats.series import FloatArray, Series

if TYPE_CHECKING:
    from xarray import DataTree

    from emergence_stats.threshold import ScaleMap

PREDICTION_SEED = 20221107


def to_datatree(
    posterior: Posterior,
    series: Series,
    to_scale: ScaleMap,
    *,
    curve: str | None,
    chains: int,
    draws: int,
    rise_in_range: float,
) -> DataTree:
    """The tree; see `Analysis.to_datatree` for what is in it.

    Args:
        posterior: weighted draws over all curves.
        series: what was analysed.
        to_scale: from position to the scale's own unit.
        curve: a curve, an explanation, or None for all.
        chains: number of chains.
        draws: draws of each chain.
        rise_in_range: posterior probability of a rise in range, over all curves.

    Raises:
        InputError: there is no curve of that name.
    """
    import arviz_base as az

    chosen = curves_named(curve)
    part = posterior.take(np.flatnonzero(np.isin(posterior.curve, chosen)))
    rows = equal_draws(part, chains, draws)
    shape = (chains, draws)
    data = part.problem.observations
    rising = float(HAS_THRESHOLD[chosen].all()) if curve is not None else rise_in_range
    found = parameters(part, rows, to_scale, rise_in_range=rising)
    before = _prior(part.problem, chosen)
    prior_rows = equal_draws(before, chains, draws)
    expected = parameters(before, prior_rows, to_scale, rise_in_range=rising)
    pointwise = part.pointwise[rows]
    log_prior = {name: values.reshape(shape) for name, values in _log_prior(part, rows).items()}
    tree: DataTree = az.from_dict(
        {
            "posterior": {name: parameter.values.reshape(shape) for name, parameter in found.items()},
            "posterior_predictive": {"score": _predicted(part, rows).reshape(*shape, -1)},
            "prior": {name: expected[name].values.reshape(shape) for name in found if name in expected},
            "prior_predictive": {"score": _predicted(before, prior_rows).reshape(*shape, -1)},
            "log_likelihood": {"score": pointwise.reshape(*shape, -1)},
            "log_prior": log_prior,
            "sample_stats": {"lp": pointwise.sum(axis=1).reshape(shape) + sum(log_prior.values())},
            "observed_data": {"score": data.to_score(data.score)},
            "constant_data": _constant_data(part, series),
        },
        coords={"point": np.arange(series.n_points), "curve_index": np.arange(len(CURVE_NAMES))},
        dims={name: ["point"] for name in ("score", *_POINT_DATA)}
        | {name: ["curve_index"] for name in ("curve_name", "curve_prior", "curve_posterior")},
        attrs={"/": _root_attributes(part, series, curve)},
    )
    for group, described in (("posterior", found), ("prior", expected)):
        for name, values in tree[group].data_vars.items():
            parameter = described[str(name)]
            values.attrs.update(meaning=parameter.meaning, units=parameter.unit, share_defined=parameter.share_defined)
    for child in tree.children.values():
        child.attrs.pop("created_at", None)  # the same analysis gives the same tree
    return tree


_POINT_DATA = ("scale", "log10_scale", "n_correct", "n_items", "stderr")


def _prior(problem: Problem, curves: npt.NDArray[np.intp]) -> Posterior:
    """Weighted draws of these curves before any score: the posterior of no points."""
    names = [CURVE_NAMES[index] for index in curves]
    none = np.empty(0, dtype=np.intp)
    found = all_curves(problem, used=np.zeros(problem.observations.position.size), names=names)
    return join(found, problem, names=names, points=none)


def _predicted(posterior: Posterior, rows: npt.NDArray[np.intp]) -> FloatArray:
    """A new score at every point by each of these rows, in the metric's own unit, shape (n_rows, n_points)."""
    problem = posterior.problem
    data, rate = problem.observations, problem.settings.prior.failed_run_rate
    generator = np.random.default_rng(PREDICTION_SEED)
    noise = data.dispersion[posterior.dispersion[rows]]
    return np.asarray(data.to_score(new_scores(data, posterior.values[rows], noise, rate, generator)))


def _log_prior(posterior: Posterior, rows: npt.NDArray[np.intp]) -> dict[str, npt.NDArray[np.float64]]:
    """Parts of the log prior of each draw; a row that was drawn often is evaluated once."""
    distinct, at = np.unique(rows, return_inverse=True)
    return {name: values[at] for name, values in log_prior_parts(posterior.take(distinct)).items()}


def _constant_data(posterior: Posterior, series: Series) -> dict[str, Any]:
    """What was known before: scales, items or standard errors, and the curves with prior and posterior probability."""
    data = posterior.problem.observations
    share = np.bincount(posterior.curve, weights=posterior.weight, minlength=len(CURVE_NAMES))
    noise = {"n_correct": data.first, "n_items": data.second} if data.kind == COUNTS else {"stderr": data.second}
    chance = {} if series.chance_level is None else {"chance_level": np.array(series.chance_level)}
    return {
        "scale": series.scale,
        "log10_scale": np.log10(series.scale),
        **noise,
        **chance,
        "curve_name": np.array(CURVE_NAMES),
        "curve_prior": np.exp(log_curve_priors(posterior.problem.settings.prior.explanation_masses)),
        "curve_posterior": share,
    }


def _root_attributes(posterior: Posterior, series: Series, curve: str | None) -> dict[str, Any]:
    """Plain values that netCDF and Zarr can keep."""
    weight = posterior.weight
    return {
        "inference_library": "emergence_stats",
        "inference_library_version": __version__,
        "series": series.name,
        "curve": curve or "all, by posterior probability",
        "metric": series.metric or "",
        "scale_kind": series.scale_kind,
        "scale_unit": series.scale_unit or "",
        "weighted_rows": int(weight.size),
        "effective_rows": float(1.0 / np.sum(weight**2)),
    }
