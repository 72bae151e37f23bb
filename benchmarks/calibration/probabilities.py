"""Probabilities and intervals where explanation, curve, parameters, noise and failed runs are drawn from the prior.

`p_emergent`, the posterior over explanations and the conditions E1 to E3 are compared with what is true of each draw,
by the definitions that the analysis applies to its own draws. Such probabilities are calibrated if the evidence of
every curve and the posterior of every parameter are right. The expected calibration error uses ten bins; "by chance"
is its 95 % quantile if outcomes followed the probabilities exactly; p is Spiegelhalter's test of that.
"""

from __future__ import annotations

import math

import joblib
import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from benchmarks.calibration.scores import score
from benchmarks.calibration.truths import Truth, draw_truth
from emergence_stats.analysis import analyze
from emergence_stats.conditions import Indicators, indicators
from emergence_stats.evidence.quadrature import make_problem
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.posterior import CURVE_NAMES, HAS_THRESHOLD, Posterior, log_curve_priors
from emergence_stats.settings import Settings

STATEMENTS = ("emergent", "absent", "present", "sharp", "rise_in_range", *(str(each) for each in Explanation))
LABELS = {"emergent": "`p_emergent`", "absent": "E1 absent", "present": "E2 present", "sharp": "E3 sharp"}


def run(size: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """One row per truth: stated probabilities, what is true, and the threshold's intervals."""
    rows = joblib.Parallel(n_jobs=workers, batch_size=20)(joblib.delayed(outcome)(i, seed) for i in range(size))
    return pd.DataFrame(rows)


def outcome(number: int, seed: int) -> dict[str, object]:
    """What the analysis says of one draw from the prior, and what is true of it."""
    settings = Settings()
    generator = np.random.default_rng([seed, 4, number])
    masses = np.exp(log_curve_priors(settings.prior.explanation_masses))
    curve = CURVE_NAMES[int(generator.choice(masses.size, p=masses / masses.sum()))]
    truth = draw_truth(curve, generator, settings=settings)
    assert truth.series is not None
    analysis = analyze(truth.series)
    facts = facts_of(truth, settings)
    numbers = analysis.evidence.numbers
    stated = {
        **numbers.explanations,
        "emergent": numbers.p_emergent,
        "absent": numbers.absent,
        "present": numbers.present,
        "sharp": numbers.sharp,
        "rise_in_range": numbers.rise_in_range,
    }
    row: dict[str, object] = {"curve": curve, "verdict": analysis.verdict.value}
    for name in STATEMENTS:
        row[f"p {name}"], row[f"is {name}"] = stated[name], facts[name]
    has_one = HAS_THRESHOLD[CURVE_NAMES.index(curve)]
    log10_scale = truth.series.log10_scale
    row["true threshold"] = (
        float(log10_scale[0] + truth.threshold * (log10_scale[-1] - log10_scale[0])) if has_one else math.nan
    )
    found = analysis.threshold.to_dict() or {}
    for name in ("low", "low50", "high50", "high"):
        row[f"threshold {name}"] = math.log10(found[name]) if name in found else math.nan
    return row


def facts_of(truth: Truth, settings: Settings) -> dict[str, bool]:
    """Every indicator of `conditions.indicators`, of the truth itself."""
    one = Posterior(
        problem=make_problem(truth.data, settings, truth.scale_kind),
        curve=np.array([CURVE_NAMES.index(truth.curve)]),
        log_weight=np.zeros(1),
        threshold=np.array([truth.threshold]),
        width=np.array([truth.width if truth.curve != "step" else 0.0]),
        levels=truth.levels[None, :],
        dispersion=np.array([truth.dispersion]),
        pointwise=np.zeros((1, truth.value.size)),
        values=truth.value[None, :],
    )
    return dict(zip(Indicators.NAMES, (indicators(one).table[0] > 0.5).tolist(), strict=True))


def tabulate(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Scores of every statement, p values adjusted by Holm's method."""
    found = {
        name: score(outcomes[f"p {name}"].to_numpy(np.float64), outcomes[f"is {name}"].to_numpy(bool))
        for name in STATEMENTS
    }
    adjusted = multipletests([each.p_value for each in found.values()], method="holm")[1]
    return pd.DataFrame(
        {
            "statement": LABELS.get(name, name.replace("_", " ")),
            "true of": f"{100.0 * outcomes[f'is {name}'].mean():.1f} %",
            "expected calibration error": f"{each.expected_calibration_error:.4f}",
            "by chance": f"{each.chance_error:.4f}",
            "Brier": f"{each.brier:.4f}",
            "expected Brier": f"{each.expected_brier:.4f}",
            "p": f"{each.p_value:.3f}",
            "p adjusted": f"{p:.3f}",
        }
        for (name, each), p in zip(found.items(), adjusted, strict=True)
    )
