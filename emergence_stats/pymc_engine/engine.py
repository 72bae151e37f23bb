"""Evidence and posterior of every curve by sampling, in the shape in which the quadrature gives them.

The evidence of a curve is the mean over independent runs of sequential Monte Carlo; its error is that of this mean, by
Student's t. A curve that matters gets its posterior from NUTS, started at particles of those runs; the step, of which
NUTS sees no gradient, and curves that do not matter keep the particles. Dispersion nodes are summed out while sampling
and put back in afterwards, each draw with the conditional probability of every node.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import stats

from emergence_stats.evidence.quadrature import CurveEvidence, Problem, located
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.pymc_engine.diagnostics import nuts_faults, smc_faults
from emergence_stats.pymc_engine.samplers import Particles, curve_for
from emergence_stats.series import FloatArray

MATTERS = 0.01  # share of the summed evidences from which a curve must have converged
COVERAGE = 0.95  # of the stated error
SLIGHT = 1e-3  # conditional probability below which a dispersion node is not put back


def all_curves(problem: Problem, *, seed: int = 0) -> tuple[Mapping[str, CurveEvidence], tuple[str, ...]]:
    """Every curve of the table, sampled.

    Args:
        problem: the observations and settings.
        seed: of all random numbers; each curve has a stream of its own.

    Returns:
        the evidences, and faults: one sentence for each curve that matters and did not converge.
    """
    effort = problem.settings.evidence
    streams = {
        name: np.random.SeedSequence(seed, spawn_key=(index,)).spawn(effort.chains + 1)
        for index, name in enumerate(CURVES)
    }
    runs: dict[str, list[Particles]] = {}
    for name in CURVES:
        compiled = curve_for(name, problem)
        runs[name] = [
            compiled.run_smc(effort.smc_particles, np.random.default_rng(stream)) for stream in streams[name][:-1]
        ]
    evidence = {name: mean_evidence([run.log_evidence for run in runs[name]]) for name in CURVES}
    share = _shares({name: log for name, (log, _) in evidence.items()})
    found, faults = {}, []
    for name in CURVES:
        log_evidence, error = evidence[name]
        position = np.concatenate([run.position for run in runs[name]])
        trouble = smc_faults(runs[name], error)
        if share[name] >= MATTERS and CURVES[name].form != shapes.STEP:
            chains = curve_for(name, problem).run_nuts(
                np.array([run.position[0] for run in runs[name]]),
                effort.nuts_draws,
                effort.nuts_draws,
                streams[name][-1].generate_state(effort.chains).tolist(),
            )
            trouble += nuts_faults(chains)
            position = chains.position.reshape(-1, position.shape[1])
        if trouble and share[name] >= MATTERS:
            faults.append(f"{CURVES[name].label}: {'; '.join(trouble)}")
        found[name] = located(name, _rows(name, problem, position, log_evidence, error), problem)
    return found, tuple(faults)


def mean_evidence(logs: list[float]) -> tuple[float, float]:
    """Log of the mean of independent estimates of an evidence, and its error (95 %) in nats.

    By the delta method, error = t_{.975, m-1} s / (mean sqrt m) with s the standard deviation of the m estimates.
    """
    values = np.array(logs)
    if not np.isfinite(values).any():
        return -1e300, math.inf
    most = float(np.nanmax(values))
    relative = np.exp(np.where(np.isfinite(values), values - most, -np.inf))
    mean, m = float(relative.mean()), values.size
    quantile = float(stats.t.ppf(0.5 + 0.5 * COVERAGE, m - 1))
    return most + math.log(mean), quantile * float(relative.std(ddof=1)) / mean / math.sqrt(m)


def _shares(logs: Mapping[str, float]) -> dict[str, float]:
    """Share of each curve in the evidence of all, each explanation with the same mass."""
    members = {explanation: sum(c.explanation is explanation for c in CURVES.values()) for explanation in Explanation}
    most = max(logs.values())
    weight = {name: math.exp(log - most) / members[CURVES[name].explanation] for name, log in logs.items()}
    return {name: value / sum(weight.values()) for name, value in weight.items()}


def _rows(name: str, problem: Problem, position: FloatArray, log_evidence: float, error: float) -> CurveEvidence:
    """Draws as weighted rows: one for each draw and each dispersion node that it makes probable."""
    quantity = curve_for(name, problem).quantities(position)
    pointwise = quantity["pointwise"]
    joint = pointwise.sum(axis=1) + problem.observations.log_dispersion_prior
    conditional = np.exp(joint - joint.max(axis=1, keepdims=True))
    conditional /= conditional.sum(axis=1, keepdims=True)
    conditional = np.where(conditional < SLIGHT, 0.0, conditional)
    conditional /= conditional.sum(axis=1, keepdims=True)
    draw, node = np.nonzero(conditional)
    levels = np.stack([quantity["first_amplitude"], quantity["second_amplitude"], quantity["base"]], axis=1)
    return CurveEvidence(
        log_evidence=log_evidence,
        error=error,
        threshold=quantity["threshold"][draw].astype(np.float64),
        width=quantity["width"][draw].astype(np.float64),
        dispersion=node.astype(np.float64),
        levels=np.ascontiguousarray(levels[draw], dtype=np.float64),
        log_weight=log_evidence - math.log(len(position)) + np.log(conditional[draw, node]),
        pointwise=np.ascontiguousarray(pointwise[draw, :, node]),
    )
