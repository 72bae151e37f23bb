"""When not to believe a sampler: what went wrong with one curve, in words, or nothing.

Limits are those of Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021 (doi:10.1214/20-BA1221): rank-normalised R-hat
below 1.01 and an effective sample size, bulk and tail, of 100 for each chain.
"""

from __future__ import annotations

import math

import numpy as np

from emergence_stats.pymc_engine.samplers import Chains, Particles
from emergence_stats.series import FloatArray

RHAT = 1.01
ESS_PER_CHAIN = 100.0
DIVERGENT = 0.005  # share of draws
STUCK = 0.5  # correlation of particles with where the last stage began
LOOSE = 0.5  # nats: an evidence known less well is no evidence


def smc_faults(runs: list[Particles], error: float) -> list[str]:
    """Faults of the sequential Monte Carlo runs of one curve.

    Args:
        runs: independent runs.
        error: Monte Carlo error of the log evidence, in nats.
    """
    found = []
    if not all(math.isfinite(run.log_evidence) for run in runs):
        found.append("sequential Monte Carlo did not reach the posterior")
    memory = max(run.memory for run in runs)
    if memory > STUCK:
        found.append(f"sequential Monte Carlo is stuck (particles keep a correlation of {memory:.2f})")
    if error > LOOSE:
        found.append(f"the log evidence is known to {error:.1f} nats only")
    return found


def nuts_faults(chains: Chains) -> list[str]:
    """Faults of the chains of NUTS of one curve."""
    n_chains, n_draws, _ = chains.position.shape
    found = []
    if chains.divergences > DIVERGENT * n_chains * n_draws:
        found.append(f"{chains.divergences} of {n_chains * n_draws} draws diverged")
    rhat, ess = convergence(chains.position)
    if not rhat <= RHAT:
        found.append(f"R-hat is {rhat:.3f} (at most {RHAT:g} is expected)")
    if not ess >= ESS_PER_CHAIN * n_chains:
        found.append(f"the effective sample size is {ess:.0f} (at least {ESS_PER_CHAIN * n_chains:.0f} is expected)")
    return found


def convergence(position: FloatArray) -> tuple[float, float]:
    """Largest rank-normalised R-hat and smallest effective sample size (bulk or tail) over coordinates.

    Args:
        position: shape (n_chains, n_draws, n_dimensions).
    """
    import arviz as az

    each = [position[:, :, axis] for axis in range(position.shape[2])]
    rhat = [float(az.rhat(values, chain_axis=0, draw_axis=1)) for values in each]
    methods = ({"method": "bulk"}, {"method": "tail", "prob": (0.05, 0.95)})
    ess = [float(az.ess(values, chain_axis=0, draw_axis=1, **method)) for values in each for method in methods]
    return float(np.max(rhat)), float(np.min(ess))
