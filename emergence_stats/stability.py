"""Would another reasonable prior give another verdict?

Each variant re-weights the nodes of the main analysis by the ratio of prior densities, so that a grid of priors costs
less than one series. `prior_stability` is the share of variants with the verdict of the defaults; how fast the answer
moves with each part of the prior is `power_scaling`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.conditions import Indicators, indicators, probabilities
from emergence_stats.evidence.quadrature import width_prior
from emergence_stats.findings import Evidence
from emergence_stats.models.curves import CURVES
from emergence_stats.posterior import CURVE_NAMES, HAS_THRESHOLD, Posterior, log_curve_priors, normalise
from emergence_stats.power_scaling import PowerScaling, power_scaling
from emergence_stats.prior_changes import (
    Adjustment,
    ceiling,
    dispersion,
    exponent,
    first_dispersion_mass,
    guess_sd,
    mass,
    widths_uniform,
    widths_within,
)
from emergence_stats.series import FloatArray
from emergence_stats.verdict import VERDICTS, Quantities, Verdict, decide_each

ROWS = 1000  # rows of the posterior that stand for all of them under other priors
NEVER = -1e9  # log weight of an excluded row; finite, so that differences are numbers
SHARP = CURVE_NAMES.index("sharp_logistic")
WIDE = CURVE_NAMES.index("wide_logistic")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The verdict under one other prior; `part` names what was changed: masses, width, exponent, noise or levels."""

    name: str
    part: str
    verdict: Verdict
    p_emergent: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Verdicts over the grid of priors, the share that agree with the defaults', and power-scaling sensitivities."""

    prior_stability: float
    grid: tuple[Variant, ...]
    power_scaling: PowerScaling


def _without_large(masses: FloatArray) -> FloatArray:
    """No mass on the two largest dispersion nodes."""
    return np.concatenate((masses[:-2], [0.0, 0.0]))


GRID: Mapping[str, tuple[str, Adjustment]] = {
    "phase change twice as probable": ("masses", mass("phase_change", 2.0)),
    "phase change half as probable": ("masses", mass("phase_change", 0.5)),
    "smooth twice as probable": ("masses", mass("smooth", 2.0)),
    "no ability twice as probable": ("masses", mass("no_ability", 2.0)),
    "constant twice as probable": ("masses", mass("constant", 2.0)),
    "turns twice as probable": ("masses", mass("non_monotone", 2.0)),
    "narrowest rise twice as wide": ("width", widths_within(low_factor=2.0)),
    "widest rise half as wide": ("width", widths_within(high_factor=0.5)),
    "widths uniform, not log-uniform": ("width", widths_uniform),
    "power-law exponent 1.5 times": ("exponent", exponent(median_factor=1.5)),
    "power-law exponent 1 / 1.5 times": ("exponent", exponent(median_factor=1.0 / 1.5)),
    "power-law exponent spread 1.5 times": ("exponent", exponent(sd_factor=1.5)),
    "no overdispersion, mass .2": ("noise", first_dispersion_mass(0.2)),
    "no overdispersion, mass .6": ("noise", first_dispersion_mass(0.6)),
    "no large overdispersion": ("noise", dispersion(_without_large)),
    "floor twice as wide": ("levels", guess_sd(2.0)),
    "floor half as wide": ("levels", guess_sd(0.5)),
    "uniform lapse rate": ("levels", ceiling(lambda _a, _b: (1.0, 1.0))),
}
SHARP_WIDTHS: Mapping[str, float] = {"W* a third narrower": 2.0 / 3.0, "W* a third wider": 4.0 / 3.0}


def prior_stability(
    posterior: Posterior, indicator: Indicators, evidence: Evidence, verdict: Verdict, *, with_threshold: bool
) -> Stability:
    """Re-weight by every variant and decide again.

    Args:
        posterior: weighted rows over all curves.
        indicator: of the same rows.
        evidence: what the verdict of the defaults rests on.
        verdict: the verdict of the defaults.
        with_threshold: whether a threshold is reported for this series.
    """
    kept, small = posterior.thinned(ROWS)
    rows = Indicators(table=indicator.table[kept])
    # The default prior comes first: what changes is told as a difference from it, which fewer rows give well enough.
    changes = [np.zeros(kept.size), *(adjust(small) for _, adjust in GRID.values())]
    adjusted = np.maximum(small.log_weight[:, None] + np.stack(changes, axis=1), NEVER)
    plain = probabilities(rows, normalise(adjusted))
    moved = [_with_sharp_width(small, rows.table, factor) for factor in SHARP_WIDTHS.values()]
    table = np.concatenate([plain, np.stack(moved, axis=1)], axis=1)
    log_odds = _log_odds(table)
    table = np.clip(probabilities(indicator, posterior.weight)[:, None] + table[:, 1:] - table[:, :1], 0.0, 1.0)
    # E4 and the Bayes factor against p^L stay: the prefix evidences are those of the default prior.
    found = Quantities.of(
        evidence,
        dict(zip(Indicators.NAMES, table, strict=True)),
        log_bayes_factor=evidence.log_bayes_factor + log_odds[1:] - log_odds[0],
    )
    verdicts = [VERDICTS[index] for index in decide_each(found, posterior.problem.settings.verdict).tolist()]
    chance_defined = evidence.numbers.absent is not None
    p_emergent = found.probability["emergent"] if chance_defined else np.zeros(len(verdicts))
    parts = {name: part for name, (part, _) in GRID.items()} | dict.fromkeys(SHARP_WIDTHS, "width")
    variants = [
        Variant(name=name, part=part, verdict=each, p_emergent=p)
        for (name, part), each, p in zip(parts.items(), verdicts, p_emergent.tolist(), strict=True)
    ]
    agree = sum(variant.verdict is verdict for variant in variants)
    return Stability(
        prior_stability=agree / len(variants),
        grid=tuple(variants),
        power_scaling=power_scaling(small, rows, with_threshold=with_threshold),
    )


def _with_sharp_width(posterior: Posterior, table: FloatArray, factor: float) -> FloatArray:
    """Probabilities of all indicators with W* multiplied by a factor, in the curves' priors and in E3.

    The sharp and the wide logistic are one family cut at W*: rows between the old and the new W* change sides, with the
    density of the other side. A lower W* loses the wide rises with their midpoint just outside the range, which no
    sharp curve has. The narrowest width stays where it is.
    """
    problem = posterior.problem
    narrow, old = width_prior(CURVES["sharp_logistic"], problem)
    _, widest = width_prior(CURVES["wide_logistic"], problem)
    new = min(max(old + math.log(factor), narrow + 0.1), widest - 0.1)
    log_width = posterior.log_width
    logistic = np.isin(posterior.curve, (SHARP, WIDE))
    curve = np.where(logistic, np.where(log_width < new, SHARP, WIDE), posterior.curve).astype(np.intp)
    masses = log_curve_priors(problem.settings.prior.explanation_masses)
    density = np.where(logistic, _log_width_density(curve, posterior, narrow, new, widest), 0.0)
    density -= np.where(logistic, _log_width_density(posterior.curve, posterior, narrow, old, widest), 0.0)
    change = density + masses[curve] - masses[posterior.curve]
    ramp = posterior.curve == CURVE_NAMES.index("ramp")
    if new < old:
        change += np.where(ramp, np.where(log_width < new, math.log((old - narrow) / (new - narrow)), NEVER), 0.0)
    else:
        # No row of the ramp lies above the old W*: it is taken to gain as the other curve of such widths does.
        sharp = posterior.log_weight - posterior.log_weight.max()
        before = np.sum(np.exp(sharp)[posterior.curve == SHARP])
        after = np.sum(np.exp(np.minimum(sharp + change, 0.0))[curve == SHARP])
        change += np.where(ramp, math.log(max(after, 1e-300) / max(before, 1e-300)), 0.0)
    changed = dataclasses.replace(posterior, curve=curve, log_weight=np.maximum(posterior.log_weight + change, NEVER))
    table = table.copy()
    rises = HAS_THRESHOLD[curve] & (posterior.width < math.exp(new))
    table[:, Indicators.NAMES.index("sharp")] = rises
    switched = np.flatnonzero(curve != posterior.curve)
    sharp_width = math.exp(new) * problem.observations.range_decades
    table[switched] = indicators(changed.take(switched), sharp_width=sharp_width).table
    return probabilities(Indicators(table=table), changed.weight)


def _log_width_density(
    curve: npt.NDArray[np.intp], posterior: Posterior, narrow: float, limit: float, widest: float
) -> FloatArray:
    """Log prior density of log width and threshold of the two logistics, cut at exp(limit) observed ranges."""
    inside = (posterior.threshold >= 0.0) & (posterior.threshold <= 1.0)
    sharp = np.where(inside, -math.log(limit - narrow), NEVER)
    wide = -math.log(widest - limit) - np.log1p(np.where(np.isfinite(posterior.width), posterior.width, 0.0))
    return np.where(curve == SHARP, sharp, wide)


def _log_odds(table: FloatArray) -> FloatArray:
    """Log odds of phase change over smooth in every column of `probabilities`."""
    phase = table[Indicators.NAMES.index("phase_change")]
    smooth = table[Indicators.NAMES.index("smooth")]
    return np.asarray(np.log(np.maximum(phase, 1e-300)) - np.log(np.maximum(smooth, 1e-300)))
