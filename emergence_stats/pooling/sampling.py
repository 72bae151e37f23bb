"""Run the pooled model, and say when not to believe it."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from emergence_stats.pooling.model import written_by
from emergence_stats.pymc_engine.diagnostics import DIVERGENT, ESS_PER_CHAIN, RHAT, convergence
from emergence_stats.series import FloatArray

if TYPE_CHECKING:
    import pymc as pm

TARGET_ACCEPT = 0.9
PATIENT_ACCEPT = 0.97  # from the second try on
PILOT = 250  # draws, after twice as many, that tell how the model is best written
MOST_TUNING = 1000  # draws
TRIES = 3
JUDGED = (
    "threshold", "log_width", "logit_lapse", "guess_rate", "family_sd", "width_sd", "cell_sd", "model_sd",
    "family_shift", "covariate_effect", "log_rho", "log_residual_sd", "cell_threshold",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """Whether the sampler can be believed.

    Attributes:
        faults: what is wrong, one sentence each; nothing is concluded if there are any.
        rhat: largest rank-normalised R-hat.
        effective_draws: smallest effective sample size, bulk or tail.
        divergences: number of divergent draws.
        draws: number of draws.
        seconds: of processor time, compilation included.
    """

    faults: tuple[str, ...]
    rhat: float
    effective_draws: float
    divergences: int
    draws: int
    seconds: float


def sample(
    model: pm.Model, *, chains: int, draws: int, workers: int, seed: int
) -> tuple[dict[str, FloatArray], Convergence]:
    """Draws by NUTS (nutpie), of the model written as a short run tells; again, and longer, if it does not converge.

    Args:
        model: with the centring of its levels as data (`pooling.model`).
        chains: chains of NUTS.
        draws: draws of each; as many before them tune it, 1000 at most. Twice as many from the second try on.
        workers: threads; the draws are the same for any number.
        seed: of all random numbers.

    Returns:
        draws of every variable, shape (n_chains * n_draws, ...), and how well they can be believed.
    """
    import nutpie

    started = _processor_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = nutpie.compile_pymc_model(model, backend="numba")
    values, _ = _run(compiled, chains, min(draws, PILOT), min(draws, 2 * PILOT), workers, seed, TARGET_ACCEPT)
    for i in range(TRIES):
        compiled = compiled.with_data(**written_by(values))  # the same posterior, and no need to compile again
        accept, length = (TARGET_ACCEPT, draws) if i == 0 else (PATIENT_ACCEPT, 2 * draws)
        values, found = _run(compiled, chains, length, min(length, MOST_TUNING), workers, seed + 1 + i, accept)
        if not found.faults:
            break
    return values, dataclasses.replace(found, seconds=_processor_time() - started)


def _run(
    compiled: Any,  # noqa: ANN401  # nutpie's classes depend on what it was installed with
    chains: int,
    draws: int,
    tune: int,
    workers: int,
    seed: int,
    accept: float,
) -> tuple[dict[str, FloatArray], Convergence]:
    """One run of the sampler."""
    import nutpie

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters is judged below, by limits that are ours
        trace: Any = nutpie.sample(
            compiled,
            draws=draws,
            tune=tune,
            chains=chains,
            cores=min(workers, chains),
            seed=seed,
            target_accept=accept,
            progress_bar=False,
            save_warmup=False,
        )
    posterior = {name: np.asarray(trace["posterior"][name].values) for name in trace["posterior"].data_vars}
    divergences = int(np.asarray(trace["sample_stats"]["diverging"].values).sum())
    judged = [posterior[name].reshape(chains, draws, -1) for name in JUDGED if name in posterior]
    rhat, effective = convergence(np.concatenate(judged, axis=2))
    faults = []
    if divergences > DIVERGENT * chains * draws:
        faults.append(f"{divergences} of {chains * draws} draws diverged")
    if not rhat <= RHAT:
        faults.append(f"R-hat is {rhat:.3f} (at most {RHAT:g} is expected)")
    if not effective >= ESS_PER_CHAIN * chains:
        faults.append(
            f"the effective sample size is {effective:.0f} (at least {ESS_PER_CHAIN * chains:.0f} is expected)"
        )
    flat = {name: values.reshape(chains * draws, *values.shape[2:]) for name, values in posterior.items()}
    return flat, Convergence(
        faults=tuple(faults), rhat=rhat, effective_draws=effective, divergences=divergences, draws=chains * draws,
        seconds=0.0,
    )  # fmt: skip


def _processor_time() -> float:
    """Of this process and of those that it has waited for, in seconds."""
    import os

    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
