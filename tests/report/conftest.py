"""Documents as `Analysis.to_dict()` makes them, without the analysis: any verdict, any size, any name."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

import emergence_stats
from emergence_stats.report.analysis_document import (
    AnalysisDocument,
    ConditionPart,
    CrossChecksPart,
    EstimatePart,
    Explanation,
    PointPart,
    ResolutionPart,
    ThresholdSpreadPart,
    Verdict,
)
from emergence_stats.series import FloatArray

type MakeDocument = Callable[..., AnalysisDocument]

LEADING: dict[str, Explanation] = {
    "emergent": "phase_change",
    "metric_artifact": "phase_change",
    "resolution_artifact": "phase_change",
    "undetermined": "phase_change",
    "smooth": "smooth",
    "inverse": "decreasing",
    "non_monotone": "non_monotone",
    "not_emerged": "no_ability",
    "flat": "constant",
}
EXPLANATIONS: tuple[Explanation, ...] = (
    "no_ability",
    "constant",
    "smooth",
    "phase_change",
    "decreasing",
    "non_monotone",
)
CONDITIONS = (
    ("absent", "Absent at the two smallest scales", 0.8),
    ("present", "Present at the largest scale", 0.9),
    ("sharp", "Rises within 1.5 decades", 0.9),
    ("unpredictable", "Not foreseeable from the scales before", 2.0),
    ("metric_robust", "Holds on a continuous metric", 2.303),
    ("resolution_robust", "Holds on resampled test sets", 0.5),
)


def true_curve(verdict: str, x: FloatArray, chance: float) -> FloatArray:
    """A curve of the kind that the verdict names, over x in [0, 1]."""
    shapes = {
        "smooth": 0.1 + 0.7 * x,
        "inverse": 0.7 - 0.4 * x,
        "non_monotone": 0.2 + 2.0 * x * (1 - x),
        "not_emerged": np.full_like(x, 0.004),
        "flat": np.full_like(x, 0.62),
        "undetermined": 0.02 + 0.35 / (1 + np.exp(-10 * (x - 0.8))),
    }
    share = shapes.get(verdict, 0.01 + 0.8 / (1 + np.exp(-25 * (x - 0.6))))
    return np.asarray(chance + (1 - chance) * share, dtype=np.float64)


def build_document(
    verdict: str = "emergent",
    *,
    name: str | None = None,
    seed: int = 0,
    n_scales: int = 8,
    n_items: int = 240,
    chance: float | None = 0.25,
    scale_kind: str = "params",
    resamples: int = 200,
    identity: dict[str, str] | None = None,
    cross_checked: bool = True,
) -> AnalysisDocument:
    """One document; every number is plausible and follows from the arguments alone."""
    rng = np.random.default_rng(seed)
    level = 0.0 if chance is None else chance
    low, high = {"train_flops": (20.0, 24.2), "loss": (0.25, 0.6)}.get(scale_kind, (8.0, 11.3))
    scale = np.logspace(low, high, n_scales)
    progress = np.linspace(0, 1, n_scales)
    k = rng.binomial(n_items, true_curve(verdict, 1 - progress if scale_kind == "loss" else progress, level))
    score = k / n_items
    half = 1.96 * np.sqrt((score * (1 - score) + 1 / n_items) / n_items)
    points: list[PointPart] = [
        {
            "scale": float(scale[i]),
            "score": float(score[i]),
            "n_correct": float(k[i]),
            "n_items": float(n_items),
            "stderr": None,
            "low": float(max(0.0, score[i] - half[i])),
            "high": float(min(1.0, score[i] + half[i])),
            "model": f"model-{i}",
            "seed": None,
        }
        for i in range(n_scales)
    ]
    fit_x = np.linspace(0, 1, 64)
    median = true_curve(verdict, 1 - fit_x if scale_kind == "loss" else fit_x, level)
    leading = LEADING[verdict]
    p_lead = 0.55 if verdict == "undetermined" else 0.94 + 0.05 * float(rng.random())
    probabilities = {key: p_lead if key == leading else (1 - p_lead) / 5 for key in EXPLANATIONS}
    p_emergent = min(probabilities["phase_change"], 0.985)
    rises = leading == "phase_change"
    threshold = 10 ** (low + (0.8 if verdict == "undetermined" else 0.6) * (high - low))
    label = name or f"{verdict} task {seed}"
    sentence = f"{label}: the score is {verdict.replace('_', ' ')} between the smallest and the largest scale."
    return {
        "schema_version": "1.0",
        "program_version": emergence_stats.__version__,
        "seed": 0,
        "resamples": resamples,
        "settings": {"prior": {"sharp_width": 1.5}, "verdict": {}, "evidence": {}, "resolution": {}, "forecast": {}},
        "series": {
            "name": label,
            "identity": identity if identity is not None else {"task": label, "metric": "exact_match", "family": "Toy"},
            "metric": "exact_match",
            "scale_kind": scale_kind,
            "scale_unit": {"train_flops": "training FLOP", "loss": "nats per token (reversed)"}.get(
                scale_kind, "parameters"
            ),
            "score_form": "counts",
            "higher_is_better": True,
            "chance_level": chance,
            "answer_tokens": None,
            "score_axis": "linear",
            "score_low": 0.0,
            "score_high": 1.0,
            "points": points,
        },
        "verdict": cast("Verdict", verdict),
        "reason": sentence,
        "remedy": "About 960 items per scale would decide it." if verdict == "undetermined" else None,
        "summary": f"{sentence} P(emergent) is {p_emergent:.2f} over eleven curves and six explanations.",
        "conditions": conditions(verdict),
        "probabilities": probabilities,
        "p_emergent": p_emergent,
        "log_bayes_factor": 6.1 if rises else -3.2,
        "log_bayes_factor_power": 5.4 if rises else -2.9,
        "evidence_error": 0.021,
        "curves": [
            {
                "name": key,
                "label": key.replace("_", " "),
                "explanation": key,
                "log_evidence": -40.0 + math.log(probabilities[key]),
                "log_evidence_error": 0.02,
                "posterior_probability": probabilities[key],
            }
            for key in EXPLANATIONS
        ],
        "threshold": estimate(threshold) if rises else None,
        "onset": estimate(threshold / 2.0) if rises else None,
        "width_decades": {"median": 0.5, "low": 0.2, "high": 1.1, "low50": 0.35, "high50": 0.7} if rises else None,
        "width_curve": {
            "width": [float(w) for w in np.logspace(-1, 1, 24)],
            "probability": [float(p) for p in 1 / (1 + (0.5 / np.logspace(-1, 1, 24)) ** 3)],
        }
        if rises
        else None,
        "fit": {
            "scale": [float(value) for value in np.logspace(low, high, 64)],
            "median": [float(value) for value in median],
            "low": [float(value) for value in np.maximum(0, median - 0.05)],
            "high": [float(value) for value in np.minimum(1, median + 0.05)],
        },
        "pooled": None,
        "companions": [],
        "resolution": resolution(verdict, n_items, level, threshold if rises else None) if resamples else None,
        "stability": {
            "prior_stability": 0.86,
            "grid": [
                {
                    "name": prior,
                    "part": ("masses", "width", "width", "levels")[i],
                    "verdict": cast("Verdict", verdict if i else "undetermined"),
                    "p_emergent": p_emergent if i else 0.8 * p_emergent,
                }
                for i, prior in enumerate(("flat masses", "sharp width 1.0", "sharp width 2.0", "wider guess rate"))
            ],
            "power_scaling": {
                "parts": [
                    {"name": "likelihood", "p_emergent": 0.12, "threshold": 0.31 if rises else None},
                    {"name": "prior", "p_emergent": -0.02, "threshold": 0.04 if rises else None},
                ],
                "diagnosis": "robust",
                "threshold_diagnosis": "robust" if rises else None,
            },
        },
        "influence": {
            "most_influential_scale": float(scale[-1]),
            "points": [
                {
                    "scale": float(value),
                    "p_emergent_without": 0.95 * p_emergent,
                    "log_predictive": -3.1,
                }
                for value in scale
            ],
        },
        "predictive": {
            "elpd_loo": -31.4,
            "leave_future_out": {"from_scale": float(scale[n_scales // 2]), "gain_nats": 3.3} if rises else None,
            "stacking_weights": {"smooth": 0.2, "phase_change": 0.8} if rises else {"no_ability": 1.0},
        },
        "cross_checks": cross_checks(n_scales, level) if cross_checked else None,
        "objection": None,
        "faults": [],
        "warnings": ["chance level not given: 0 assumed"] if chance == 0.0 else [],
    }


def cross_checks(n_scales: int, chance: float) -> CrossChecksPart:
    """A logit that can be estimated, and two links that cannot."""
    missing = "the rise or fall is too steep for these scales: any slope that is steep enough fits as well"
    numbers = {
        "slope": -3.2,
        "stderr": 0.4,
        "stderr_scaled": 0.3,
        "stderr_robust": 0.5,
        "slope_low": -4.5,
        "slope_high": -1.9,
        "midpoint": 2.1e10,
        "deviance": 4.6,
        "likelihood_ratio": 112.5,
        "p_constant": 2.6e-26,
        "p_constant_scaled": 0.00031,
        "p_fit": 0.6,
        "dispersion": 0.8,
    }
    return cast(
        "CrossChecksPart",
        {
            "noise": "binomial",
            "seed": 0,
            "replicates": 999,
            "trend": {
                "z": 9.8,
                "p_known_noise": 1.1e-22,
                "t": 4.1,
                "p_scatter": 0.0064,
                "kendall": 0.93,
                "p_kendall": 0.002,
                "spearman": 0.98,
            },
            "glm": {
                "floor": chance,
                "degrees_of_freedom": n_scales - 2,
                "errors": "hc3",
                "fits": [
                    {"link": "logit", "not_estimable": None, **numbers},
                    *(
                        {"link": link, "not_estimable": missing, **dict.fromkeys(numbers)}
                        for link in ("probit", "cloglog")
                    ),
                ],
            },
            "isotonic": {
                "fitted": [chance] * n_scales,
                "gain": 118.0,
                "p_rise": 0.001,
                "departure": 0.4,
                "p_departure": 0.97,
                "explained_by_line": 0.954,
            },
            "descriptive": [
                {"name": "breakthroughness", "value": None, "constant": [-4.5, 5.0], "line": None},
                {"name": "linearity", "value": 3.1, "constant": [-2.1, 2.2], "line": [2.0, 3.3]},
            ],
        },
    )


def conditions(verdict: str) -> list[ConditionPart]:
    """All six hold for emergent series; two fail and one is open otherwise."""
    parts: list[ConditionPart] = []
    for i, (key, label, limit) in enumerate(CONDITIONS):
        holds = True if verdict == "emergent" else (True, True, False, False, None, True)[i]
        value = None if holds is None else limit * (1.05 if holds else 0.4)
        parts.append(
            {
                "key": key,
                "label": label,
                "value": value,
                "limit": limit,
                "unit": "nats" if key in ("unpredictable", "metric_robust") else "probability",
                "holds": holds,
                "detail": "" if holds else "The scores before the onset fit both laws.",
            }
        )
    return parts


def estimate(median: float) -> EstimatePart:
    """A posterior of a scale, half a decade wide."""
    return {
        "median": median,
        "low": median / 1.7,
        "high": median * 1.9,
        "low50": median / 1.25,
        "high50": median * 1.3,
    }


def threshold_spread(median: float, n_items: float) -> ThresholdSpreadPart:
    """Narrower with more items."""
    decades = 2.0 / math.sqrt(n_items)
    return {
        "median": {"median": median, "low": median / 10.0**decades, "high": median * 10.0**decades},
        "interval": {"low": median / 10.0 ** (2 * decades), "high": median * 10.0 ** (2 * decades)},
    }


def resolution(verdict: str, n_items: int, chance: float, threshold: float | None) -> ResolutionPart:
    """More items, more certainty."""
    sizes = []
    for factor in (0.125, 0.25, 0.5, 1.0, 4.0, 16.0):
        share = min(0.99, 0.35 + 0.2 * math.log2(8 * factor))
        n = n_items * factor
        shares = {"undetermined": 1.0} if verdict == "undetermined" else {verdict: share, "undetermined": 1 - share}
        sizes.append(
            {
                "factor": factor,
                "n_items": n,
                "above_chance": [share] * 3,
                "detectable_excess": 2.5 * math.sqrt(chance * (1 - chance) / n) if chance else 3 / n,
                "verdicts": shares,
                "p_phase_change": {"median": share, "low": 0.5 * share, "high": min(1.0, 1.2 * share)},
                "threshold": threshold_spread(threshold, n) if threshold is not None and factor > 0.2 else None,
            }
        )
    return cast(
        "ResolutionPart",
        {
            "detectable_excess": sizes[3]["detectable_excess"],
            "p_verdict_stable": 0.93,
            "items_to_decide": 960.0,
            "false_sharpness": {"emergent": 0.01, "as_sharp": 0.0, "phase_change": 0.02, "replicates": 200},
            "replicates": 200,
            "drawn": "counts",
            "sizes": sizes,
        },
    )


@pytest.fixture(scope="session")
def make_document() -> MakeDocument:
    """The factory, as a fixture: tests are not packages, so they do not import one another."""
    return build_document


@pytest.fixture(scope="session")
def schema() -> dict[str, object]:
    """The published JSON schema."""
    path = Path(emergence_stats.__file__).parent / "schema" / "analysis.schema.json"
    return cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
