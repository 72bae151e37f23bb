"""How often the analysis is right on series of known truth, beside the baselines on the same series."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import joblib
import pandas as pd

from benchmarks.baselines import breakthroughness, least_squares
from benchmarks.cases import SHARP_WIDTH, Case
from benchmarks.scoring import calibrate, summarise, tabulate_kinds
from benchmarks.suites import make_suite
from emergence_stats.analysis import analyze


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Accuracy:
    """Results on one suite.

    Attributes:
        suite: its name.
        outcomes: one row per case, with the truth, the verdict and the baselines' scores.
        summary: one row per quantity of the requirement, ours beside the baselines'.
        by_kind: one row per kind of case: how many of it got which verdict.
        calibration: observed share of sharp rises by stated probability.
    """

    suite: str
    outcomes: pd.DataFrame
    summary: pd.DataFrame
    by_kind: pd.DataFrame
    calibration: pd.DataFrame


def run(suite: str, size: int, *, seed: int = 0, workers: int = 1) -> Accuracy:
    """Analyse the first ``size`` cases of a suite and tabulate what came out."""
    cases = make_suite(suite, size, seed)
    outcomes = evaluate(cases, workers=workers)
    return Accuracy(
        suite=suite,
        outcomes=outcomes,
        summary=summarise(outcomes),
        by_kind=tabulate_kinds(outcomes),
        calibration=calibrate(outcomes),
    )


def evaluate(cases: Sequence[Case], *, workers: int = 1) -> pd.DataFrame:
    """One row per case."""
    if workers == 1:
        rows = [outcome(case) for case in cases]
    else:
        rows = joblib.Parallel(n_jobs=workers, batch_size=16)(joblib.delayed(outcome)(case) for case in cases)
    return pd.DataFrame(rows)


def outcome(case: Case) -> dict[str, object]:
    """What the analysis and the baselines say of one case, beside the truth."""
    document = analyze(case.series, resamples=0, seed=0).to_dict()
    threshold = document["threshold"]
    fit = least_squares(case.series)
    limits = {
        name: math.nan if threshold is None else math.log10(threshold[name]) for name in ("median", "low", "high")
    }
    return {
        "name": case.series.name,
        "kind": case.kind,
        "sharp": case.sharp,
        "true_threshold": math.nan if case.threshold is None else case.threshold,
        "true_width": math.nan if case.width is None else case.width,
        **case.cell,
        "verdict": document["verdict"],
        "reason": document["reason"],
        "p_emergent": document["p_emergent"],
        "p_phase_change": document["probabilities"]["phase_change"],
        "log_bayes_factor": document["log_bayes_factor"],
        "evidence_error": document["evidence_error"],
        **{f"threshold_{name}": value for name, value in limits.items()},
        "bic_score": fit.score,
        "bic_called": fit.called_sharp(SHARP_WIDTH),
        "breakthroughness": breakthroughness(case.series),
    }
