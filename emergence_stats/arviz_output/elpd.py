"""Exact leave-one-out and leave-future-out scores from the nodes, as ArviZ's ELPD data.

Pareto-smoothed importance sampling needs more points than a series has. Here the log predictive of a scale is a ratio
of evidences, log Z(all) - log Z(all but that scale), so nothing is approximated but the integrals, and results go
into `arviz.compare` as they are. What is left out is a scale with all its points; most series have one at each.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emergence_stats.conditions import indicators
from emergence_stats.curve_selection import curves_named
from emergence_stats.errors import InputError
from emergence_stats.evidence.quadrature import all_curves
from emergence_stats.left_out import LeftOut, integrate_again, leave_scales_out, log_sum
from emergence_stats.posterior import CURVE_NAMES, Posterior, log_curve_priors, normalise
from emergence_stats.series import FloatArray, Series
from emergence_stats.stacking import relevant

if TYPE_CHECKING:
    from arviz_stats.utils import ELPDDataLFO, ELPDDataLOO
    from xarray import DataArray


def loo(posterior: Posterior, series: Series, curve: str | None) -> ELPDDataLOO:
    """elpd = sum_s log p(y_s | y_-s), with p = sum_s log p(y_s | y) - elpd; see `Analysis.loo`."""
    from arviz_stats.utils import ELPDDataLOO

    chosen = curves_named(curve)
    left = _left_out(posterior, series, chosen)
    each = left.log_predictive(chosen)
    part = posterior.take(np.flatnonzero(np.isin(posterior.curve, chosen)))
    return ELPDDataLOO(
        elpd=float(each.sum()),
        se=_standard_error(each),
        p=float((_log_fitted(part, left.belongs) - each).sum()),
        n_samples=int(part.curve.size),
        n_data_points=int(each.size),
        scale="log",
        warning=False,
        good_k=None,  # type: ignore[arg-type]  # ArviZ leaves it out where nothing was Pareto-smoothed
        elpd_i=_by_scale(each, left.scale),
    )


def lfo_cv(posterior: Posterior, series: Series, curve: str | None, min_scales: int) -> ELPDDataLFO:
    """elpd = sum_j log p(y_j | y_1 .. y_{j-1}) over the scales after the first ones; see `Analysis.lfo_cv`.

    Raises:
        InputError: `min_scales` leaves nothing to predict.
    """
    from arviz_stats.utils import ELPDDataLFO

    chosen = curves_named(curve)
    left = leave_scales_out(posterior, indicators(posterior), series.scale)
    n_scales = left.scale.size
    if not 1 <= min_scales < n_scales:
        msg = f"min_scales: expected a whole number from 1 to {n_scales - 1}, got {min_scales}"
        raise InputError(msg)
    problem, names = posterior.problem, [CURVE_NAMES[index] for index in chosen]
    priors = log_curve_priors(problem.settings.prior.explanation_masses)[chosen]
    # A loss falls with ability: its first position is the largest scale.
    order = np.argsort([problem.observations.position[left.belongs[:, s] > 0.0][0] for s in range(n_scales)])
    logs = []
    for known in range(min_scales, n_scales):
        used = left.belongs[:, order[:known]].sum(axis=1)
        found = all_curves(problem, used=used, names=names)
        logs.append(float(log_sum(np.array([found[name].log_evidence for name in names]) + priors)))
    logs.append(float(log_sum(left.log_whole[chosen])))
    each = np.diff(np.array(logs))
    part = posterior.take(np.flatnonzero(np.isin(posterior.curve, chosen)))
    later = order[min_scales:]
    return ELPDDataLFO(
        elpd=float(each.sum()),
        se=_standard_error(each),
        p=float((_log_fitted(part, left.belongs)[later] - each).sum()),
        n_samples=int(part.curve.size),
        n_data_points=int(each.size),
        scale="log",
        warning=False,
        good_k=None,  # type: ignore[arg-type]
        elpd_i=_by_scale(each, left.scale[later]),
        forecast_horizon=1,
        min_observations=min_scales,
        refits=np.arange(min_scales, n_scales),
        n_refits=n_scales - min_scales,
    )


def _left_out(posterior: Posterior, series: Series, chosen: npt.NDArray[np.intp]) -> LeftOut:
    """Every chosen curve without each scale, integrated anew: the nodes at hand may miss where it could rise then."""
    left = leave_scales_out(posterior, indicators(posterior), series.scale)
    wanted = relevant(left, np.isin(np.arange(len(CURVE_NAMES)), chosen))
    return integrate_again(left, posterior, wanted, few=math.inf)


def _log_fitted(posterior: Posterior, belongs: FloatArray) -> FloatArray:
    """log p(y_s | y) of the points at each scale under the full posterior, shape (n_scales,)."""
    together = np.einsum("rp,ps->rs", posterior.pointwise, belongs)
    return log_sum(np.log(np.maximum(normalise(posterior.log_weight), 1e-300))[:, None] + together)


def _standard_error(each: FloatArray) -> float:
    """Of a sum of independent terms, sqrt(n var), as in ArviZ."""
    return math.sqrt(each.size * float(np.var(each)))


def _by_scale(each: FloatArray, scale: FloatArray) -> DataArray:
    """Pointwise values with their scales."""
    import xarray as xr

    return xr.DataArray(each, dims=["scale"], coords={"scale": scale})
