"""Simulation-based calibration of every parameter of every curve, given the curve.

Truths are drawn from the prior and data from the likelihood, both written out a second time in `benchmarks/prior.py`.
If the engine's weighted nodes are the posterior, the truth's place in it (PIT) is uniform
([Talts et al. 2018](https://arxiv.org/abs/1804.06788)). The log likelihood is ranked too
([Modrák et al. 2023](https://arxiv.org/abs/2211.02383)). Uniformity is tested by simultaneous bands for the
distribution function ([Säilynoja et al. 2022](https://doi.org/10.1007/s11222-022-10090-6)); p values are adjusted by
Holm's method over all cells of all tables.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import cast

import joblib
import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from benchmarks.calibration.ranks import transforms
from benchmarks.calibration.truths import FORMS, Form, draw_truth
from benchmarks.calibration.uniformity import distribution, grid, p_value
from emergence_stats.evidence.quadrature import curve_evidence, make_problem
from emergence_stats.models.curves import CURVES
from emergence_stats.settings import EvidenceSettings, Settings

LEVEL = 0.05
FINER = 8  # times the nodes, for a second look at what is not uniform


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What came out.

    Attributes:
        ranks: one row per simulated truth and parameter: form, curve, parameter, pit.
        tests: one row per form, curve and parameter: replicates, largest distance of the distribution function from the
            diagonal and where, p, and p adjusted by Holm's method over all rows.
    """

    ranks: pd.DataFrame
    tests: pd.DataFrame

    @property
    def failures(self) -> pd.DataFrame:
        """Rows of `tests` that are not uniform at the 5 % level, all of them together."""
        return self.tests[self.tests["p adjusted"] < LEVEL]


def run(
    replicates: int,
    *,
    forms: Sequence[Form] = FORMS,
    curves: Iterable[str] = CURVES,
    seed: int = 0,
    workers: int = 1,
    settings: Settings | None = None,
    truth_settings: Settings | None = None,
) -> Calibration:
    """Simulate and rank ``replicates`` truths of every curve in every form.

    Args:
        replicates: truths per curve and form.
        forms: score forms.
        curves: keys of `CURVES`.
        seed: seed of the truths.
        workers: processes.
        settings: prior and effort of the engine; the defaults if None.
        truth_settings: prior that truths are drawn from; that of the engine if None. Another one shows what the
            tests would notice.
    """
    settings = settings or Settings()
    truth_settings = truth_settings or settings
    tasks = [(form, curve, i) for form in forms for curve in curves for i in range(replicates)]
    rank = joblib.delayed(_ranks)
    rows = joblib.Parallel(n_jobs=workers, batch_size=50)(rank(*task, seed, settings, truth_settings) for task in tasks)
    ranks = pd.DataFrame([row for found in rows for row in found])
    return Calibration(ranks=ranks, tests=_tests(ranks))


def second_look(found: Calibration, replicates: int, *, seed: int, workers: int) -> pd.DataFrame:
    """The failures of `found` once more, with `FINER` times the nodes and with other truths.

    The same truths with more nodes tell whether it is the effort. Other truths tell whether it is the truths: the
    smallest p values of many are small by chance, too, and what is chance does not come again.

    Returns:
        form, curve, parameter and the p value of each of the four; the tests of one curve and form are repeated
        together.
    """
    usual = EvidenceSettings()
    finer = dataclasses.replace(
        usual,
        first_nodes=FINER * usual.first_nodes,
        refine_nodes=FINER * usual.refine_nodes,
        tolerance=usual.tolerance / math.sqrt(FINER),
    )
    looks = {
        f"p, {FINER} times the nodes": (finer, seed),
        "p, other truths": (usual, seed + 1),
        f"p, other truths, {FINER} times the nodes": (finer, seed + 1),
    }
    rows: list[dict[str, object]] = []
    for names, failed in found.failures.groupby(["form", "curve"], sort=False):
        form, curve = cast("tuple[Form, str]", names)
        again = {
            look: run(
                replicates,
                forms=(form,),
                curves=(curve,),
                seed=its_seed,
                workers=workers,
                settings=Settings(evidence=effort),
            ).tests.set_index("parameter")["p"]
            for look, (effort, its_seed) in looks.items()
        }
        rows += [
            {
                "form": form,
                "curve": curve,
                "parameter": name,
                "p": p,
                **{look: each[name] for look, each in again.items()},
            }
            for name, p in zip(failed["parameter"], failed["p"], strict=True)
        ]
    return pd.DataFrame(rows)


def _ranks(
    form: Form, curve: str, number: int, seed: int, settings: Settings, truth_settings: Settings
) -> list[dict[str, object]]:
    """PITs of one truth, which depends on the arguments alone."""
    generator = np.random.default_rng([seed, FORMS.index(form), list(CURVES).index(curve), number])
    truth = draw_truth(curve, generator, form=form, settings=truth_settings)
    evidence = curve_evidence(curve, make_problem(truth.data, settings, truth.scale_kind))
    found = transforms(truth, evidence, settings.prior, generator)
    return [{"form": form, "curve": curve, "parameter": name, "pit": pit} for name, pit in found.items()]


def _tests(ranks: pd.DataFrame) -> pd.DataFrame:
    """Uniformity of every form, curve and parameter."""
    rows = []
    for (form, curve, parameter), group in ranks.groupby(["form", "curve", "parameter"], sort=False):
        pit = group["pit"].to_numpy(dtype=np.float64)
        difference = distribution(pit) - grid()
        worst = int(np.argmax(np.abs(difference)))
        rows.append(
            {
                "form": form,
                "curve": curve,
                "parameter": parameter,
                "replicates": pit.size,
                "difference": float(difference[worst]),
                "at": float(grid()[worst]),
                "p": p_value(pit),
            }
        )
    table = pd.DataFrame(rows)
    table["p adjusted"] = multipletests(table["p"], method="holm")[1]
    return table
