"""The parameters of posterior draws, in the units in which people read them."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.likelihood import COUNTS, Observations
from emergence_stats.posterior import HAS_THRESHOLD, STARTS_AT_CHANCE, Posterior, normalise, systematic_rows
from emergence_stats.series import FloatArray
from emergence_stats.threshold import ScaleMap, curve_values

HAS_VERTEX = np.array([curve.form == shapes.TENT for curve in CURVES.values()])
SHUFFLE_SEED = 20221106


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Draws of one parameter, shape (n_draws,), with what it means and in which unit."""

    values: npt.NDArray[np.float64] | npt.NDArray[np.intp]
    meaning: str
    unit: str
    share_defined: float


def equal_draws(posterior: Posterior, chains: int, draws: int) -> npt.NDArray[np.intp]:
    """Rows in proportion to their weight, shape (chains * draws,), the same on every call.

    Rows are dealt to the chains in turn, so that each chain by itself is a systematic sample of the posterior, and
    shuffled inside each by a fixed seed, so that neighbours are not alike.
    """
    rows = systematic_rows(posterior.weight, chains * draws)
    generator = np.random.default_rng(SHUFFLE_SEED)
    return np.concatenate([generator.permutation(rows[chain::chains]) for chain in range(chains)])


def parameters(
    posterior: Posterior, rows: npt.NDArray[np.intp], to_scale: ScaleMap, *, rise_in_range: float
) -> dict[str, Parameter]:
    """Named draws; a parameter that no curve has, or that a rise would need which is not likely, is left out.

    Averaged over curves, some draws come from curves without a threshold. The product-space view of model choice
    (Carlin & Chib 1995, doi:10.1111/j.2517-6161.1995.tb02042.x) completes them by draws from a pseudo-prior, here the
    posterior of the curves that do have one. A parameter's marginal is then its posterior *given that it exists*, and
    `share_defined` says how probable that is.

    Args:
        posterior: of the curves that the draws are about.
        rows: of equal weight.
        to_scale: from position to the scale's own unit.
        rise_in_range: posterior probability that there is a threshold in range; the parameters of a rise are given
            from one half on.
    """
    data, curve = posterior.problem.observations, posterior.curve[rows]
    ends = data.to_score(curve_values(posterior, rows, np.array([0.0, 1.0])))
    found = {
        "overdispersion": Parameter(
            values=data.dispersion[posterior.dispersion[rows]], meaning=_dispersion_meaning(data), unit="1",
            share_defined=1.0,
        ),
        "score_at_smallest": Parameter(
            values=ends[:, 0], meaning="the curve at the smallest scale", unit="score", share_defined=1.0
        ),
        "score_at_largest": Parameter(
            values=ends[:, 1], meaning="the curve at the largest scale", unit="score", share_defined=1.0
        ),
    }  # fmt: skip

    def add(name: str, has: npt.NDArray[np.bool_], values: FloatArray, meaning: str, unit: str) -> None:
        """One parameter of the curves that have it, completed where the others were drawn."""
        defined = has[posterior.curve]
        if not defined.any():
            return
        share = float(posterior.weight[defined].sum())
        mine = has[curve]
        out = values[rows]
        if not mine.all():
            weight = normalise(np.where(defined, posterior.log_weight, -np.inf))
            spare = systematic_rows(weight, int((~mine).sum()))
            out[~mine] = values[np.random.default_rng(SHUFFLE_SEED).permutation(spare)]
        found[name] = Parameter(values=out, meaning=meaning, unit=unit, share_defined=min(share, 1.0))

    if np.unique(posterior.curve).size > 1:
        named = " ".join(f"{index}={name}" for index, name in enumerate(CURVES))
        found = {"curve": Parameter(values=curve, meaning=named, unit="index", share_defined=1.0), **found}
    base = posterior.levels[:, 2]
    add("guess_rate", STARTS_AT_CHANCE, base, "floor of the curve, on the oriented score from 0 to 1", "1")
    if rise_in_range > 0.5:
        lapse = 1.0 - base - posterior.levels[:, 0]
        threshold = to_scale(posterior.threshold)
        add("lapse_rate", HAS_THRESHOLD, lapse, "1 - ceiling of the curve, on the oriented score from 0 to 1", "1")
        add("threshold", HAS_THRESHOLD, threshold, "midpoint of the rise", "scale")
        add("log10_threshold", HAS_THRESHOLD, np.log10(threshold), "midpoint of the rise", "log10 scale")
        width = np.where(HAS_THRESHOLD[posterior.curve], posterior.width, 0.0) * data.range_decades
        add("width", HAS_THRESHOLD, width, "10-90 % width of the rise", "decades of scale")
    if HAS_VERTEX[curve].all():
        add("vertex", HAS_VERTEX, to_scale(posterior.threshold), "where the curve turns", "scale")
        add("score_at_vertex", HAS_VERTEX, data.to_score(base), "the curve where it turns", "score")
    return found


def _dispersion_meaning(data: Observations) -> str:
    """What the dispersion nodes are for this form of score."""
    if data.kind == COUNTS:
        return "intraclass correlation rho of the beta-binomial, on its nodes"
    if data.form == "gaussian":
        return "standard deviation beside the stated standard errors, on its nodes, oriented score from 0 to 1"
    return "residual standard deviation, on its nodes, oriented score from 0 to 1"
