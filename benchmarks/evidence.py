"""Log evidence of every curve that matters against brute force, and against the error that the engine states."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.brute_force import log_evidence
from benchmarks.suites import make_suite
from emergence_stats.evidence.quadrature import all_curves, make_problem, width_prior
from emergence_stats.models.curves import CURVES, shapes
from emergence_stats.models.likelihood import observe
from emergence_stats.series import Series
from emergence_stats.settings import Settings

MATTERS_NATS = 7.0  # a curve further below the best one cannot move a probability by .001


def run(*, n_series: int, seed: int = 5, scramblings: int = 8) -> pd.DataFrame:
    """One row per series, cases of both suites in turn."""
    cases = [case for suite in ("clear", "hard") for case in make_suite(suite, (n_series + 1) // 2, seed)]
    rows = [compare(case.kind, case.series, scramblings=scramblings) for case in cases[:n_series]]
    return pd.DataFrame(rows)


def compare(kind: str, series: Series, *, scramblings: int = 8) -> dict[str, object]:
    """Largest differences over the curves that matter for one series."""
    settings = Settings()
    data = observe(series, settings.prior)
    problem = make_problem(data, settings, series.scale_kind)
    found = all_curves(problem)
    best = max(evidence.log_evidence for evidence in found.values())
    names = [name for name, evidence in found.items() if evidence.log_evidence > best - MATTERS_NATS]
    difference, stated, oracle = [], [], []
    for name in names:
        bounds = width_prior(CURVES[name], problem) if CURVES[name].placement != shapes.NOWHERE else (0.0, 0.0)
        truth = log_evidence(name, data, settings.prior, width_prior=bounds, scramblings=scramblings, target=0.03)
        difference.append(abs(found[name].log_evidence - truth.log_evidence))
        stated.append(found[name].error)
        oracle.append(truth.error)
    worst = int(np.argmax(difference))
    errors = np.hypot(stated, oracle)
    return {
        "kind": kind,
        "points": series.n_points,
        "items": f"{np.median(data.second):.0f}",
        "curves": len(names),
        "largest difference, nats": f"{difference[worst]:.3f}",
        "of curve": names[worst],
        "its stated error": f"{stated[worst]:.3f}",
        "brute force's error": f"{oracle[worst]:.3f}",
        "within 2 errors": f"{int(np.sum(np.array(difference) <= 2.0 * errors))} of {len(names)}",
    }
