"""Does the model-averaged curve describe the data at all? An objection to calling a rise emergent, where it does not.

Posterior probabilities compare explanations with each other. Data that none of them describes still favour one, most
often a sharp one, which can explain misfit away as overdispersion or failed runs. So the verdict "emergent" also asks
that the averaged curve passes near the observations.
"""

from __future__ import annotations

import numpy as np

from emergence_stats.models.likelihood import COUNTS
from emergence_stats.posterior import Posterior

OUT_OF_LINE = 3.0  # predictive standard deviations
VISIBLE = 0.05  # a distance below it, in [0, 1], is no matter at any number of items
LARGEST_SCATTER = 0.06  # posterior mean of rho from which models scatter too much for any curve
SMALLEST_RANGE = 0.5  # decades
FEWEST_BARE_SCALES = 5  # distinct scales, where nothing is known of the noise of the scores


def objection(posterior: Posterior) -> str | None:
    """What forbids the verdict "emergent", as part of a sentence, or None.

    Args:
        posterior: over all curves.
    """
    data, weight = posterior.problem.observations, posterior.weight
    n_scales = np.unique(data.position).size
    if data.range_decades < SMALLEST_RANGE:
        return f"the scales span only {data.range_decades:.2g} decades"
    if data.form == "scores" and n_scales < FEWEST_BARE_SCALES:
        return "scores without numbers of items or standard errors at so few scales do not show their own noise"
    mean = np.einsum("r,rp->p", weight, posterior.values)
    dispersion = float(np.sum(weight * data.dispersion[posterior.dispersion]))
    if data.kind == COUNTS:
        if dispersion > LARGEST_SCATTER:
            return f"single models scatter far more than their items allow (overdispersion about {dispersion:.2g})"
        variance = mean * (1.0 - mean) * (1.0 / data.second + dispersion)
    else:
        variance = data.second**2 + dispersion**2
    away = posterior.values - mean
    spread = np.einsum("r,rp,rp->p", weight, away, away)
    distance = np.abs(data.score - mean)
    astray = (distance > OUT_OF_LINE * np.sqrt(variance + spread)) & (distance > VISIBLE)
    if astray[data.position == data.position[-1]].any():
        return "the score at the largest scale lies far from the curve"
    if int(astray.sum()) > 1:
        return f"{int(astray.sum())} scores lie far from the curve"
    return None
