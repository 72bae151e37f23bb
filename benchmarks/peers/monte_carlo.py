"""Sequential Monte Carlo: `pymc.sample_smc` (Ching & Chen 2007, doi:10.1061/(ASCE)0733-9399(2007)133:7(816))."""

from __future__ import annotations

import numpy as np

from benchmarks.baselines import LOGIT_SPAN
from benchmarks.peers.bayes_factor import Evidences, finding, widths
from benchmarks.peers.finding import Finding, PeerFailure
from emergence_stats.series import FloatArray, Series

DRAWS = 1000
CHAINS = 2
LARGEST_SPREAD = 2.0  # nats between chains: more than that is no estimate of the evidence


def smc(series: Series) -> Finding:
    """1000 particles, two chains one after the other. What is read off: `bayes_factor.finding`.

    Raises:
        PeerFailure: the chains' log evidences are not finite or differ by more than 2 nats.
    """
    straight, _ = _run(series, curved=False)
    curved, draws = _run(series, curved=True)
    return finding(Evidences(line=straight, logistic=curved, draws=draws))


def _run(series: Series, *, curved: bool) -> tuple[float, FloatArray]:
    """Log evidence (mean over chains) and draws of one model, compiled anew as it is for every series."""
    import pymc as pm

    x = series.log10_scale
    with pm.Model():
        first, last = pm.Uniform("floor"), pm.Uniform("ceiling")
        if curved:
            threshold = pm.Uniform("threshold", float(x[0]), float(x[-1]))
            logarithm = pm.Uniform("log_width", *(float(np.log(width)) for width in widths(series)))
            width = pm.Deterministic("width", pm.math.exp(logarithm))
            rise = pm.math.sigmoid(LOGIT_SPAN * (x - threshold) / width)
        else:
            rise = (x - x[0]) / (x[-1] - x[0])
        pm.Binomial(
            "counts",
            n=np.asarray(series.n_items, dtype=np.int64),
            p=first + (last - first) * rise,
            observed=np.asarray(series.n_correct, dtype=np.int64),
        )
        tree = pm.sample_smc(draws=DRAWS, chains=CHAINS, cores=1, random_seed=0, progressbar=False)
    stages = tree.sample_stats["log_marginal_likelihood"].to_numpy()
    evidences = np.array([_last_number(chain) for chain in stages])
    if not np.isfinite(evidences).all() or float(np.ptp(evidences)) > LARGEST_SPREAD:
        msg = f"log evidences of the chains: {', '.join(f'{value:.1f}' for value in evidences)}"
        raise PeerFailure(msg)
    names = ("floor", "ceiling", "threshold", "width") if curved else ("floor", "ceiling")
    draws = np.column_stack([tree.posterior[name].to_numpy().ravel() for name in names])
    return float(evidences.mean()), draws


def _last_number(stages: object) -> float:
    """The last stage's value: chains of fewer stages are padded with NaN, and the array holds objects."""
    values = np.asarray(stages, dtype=np.float64).ravel()
    kept = values[~np.isnan(values)]
    return float(kept[-1]) if kept.size else float("nan")
