"""`pool`: families and tasks in one model; one line per stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from emergence_stats.arguments import instance, whole_number
from emergence_stats.errors import InputError
from emergence_stats.pooling.design import lay_out
from emergence_stats.pooling.judging import judge_cells, judge_task, quantity
from emergence_stats.pooling.model import build
from emergence_stats.pooling.result import PooledAnalysis
from emergence_stats.pooling.sampling import sample
from emergence_stats.series import Series
from emergence_stats.settings import Settings

CHAINS, DRAWS = 4, 2000
SPREADS = {
    "family": "family_sd", "family between tasks": "cell_sd", "model": "model_sd", "log width": "width_sd",
}  # fmt: skip


def pool(
    series: Iterable[Series],
    *,
    by: str = "family",
    covariates: Mapping[str, Mapping[str, float]] | None = None,
    draws: int = DRAWS,
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
) -> PooledAnalysis:
    """Partial pooling of threshold, width and ceiling over families (`pooling.model`), sampled by PyMC.

    Args:
        series: any number, each with the column `by` in its identity; what else identifies it is its task. A series of
            one size takes part.
        by: what to pool over.
        covariates: name of a covariate to its value for each family, such as {"release year": {"OPT": 2022.3, ...}}:
            a regression on the threshold.
        draws: of each of four chains; as many before them, 1000 at most, tune the sampler.
        workers: threads; the result is the same to the last bit for any number.
        seed: of the sampler.
        settings: priors and limits; the defaults if None.

    Raises:
        InputError: an argument is of the wrong class or out of its range, or a covariate names an unknown family.
        SeriesError: fewer than three families, several kinds of scale, a metric without bounds, or a covariate that
            lacks a family.
    """
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    if isinstance(series, Series) or not isinstance(series, Iterable):
        msg = f"pool: expected several series, one for each {by} and task, got {series!r:.80}"
        raise InputError(msg)
    members = [instance("series", one, Series) for one in series]
    draws, workers = whole_number("draws", draws, minimum=50), whole_number("workers", workers, minimum=1)
    seed = whole_number("seed", seed)
    design = lay_out(members, by=by, covariates=covariates or {}, prior=chosen.prior)
    values, convergence = sample(build(design, chosen.prior), chains=CHAINS, draws=draws, workers=workers, seed=seed)
    generator = np.random.default_rng(seed)
    return PooledAnalysis(
        by=by,
        scale_kind=design.scale_kind,
        tasks={
            name: judge_task(i, design, values, convergence, chosen, generator) for i, name in enumerate(design.tasks)
        },
        cells=judge_cells(design, values, chosen),
        families={name: quantity(values["family_shift"][:, i]) for i, name in enumerate(design.families)},
        spreads={name: quantity(values[key]) for name, key in SPREADS.items() if key in values},
        covariates={
            name: quantity(values["covariate_effect"][:, i] / design.covariate_units[i, 1])
            for i, name in enumerate(design.covariate_names)
        },
        convergence=convergence,
        warnings=(*design.warnings, *(f"not converged: {fault}" for fault in convergence.faults)),
        seed=seed,
    )
