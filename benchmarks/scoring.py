"""Outcomes of many cases as tables: rates, areas under the ROC curve, calibration."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from benchmarks.calibration.scores import expected_calibration_error

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
CALIBRATION_EDGES = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


def summarise(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The quantities that the project promises, one row each, ours beside the baselines'."""
    sharp = outcomes["sharp"].to_numpy(dtype=bool)
    called = (outcomes["verdict"] == "emergent").to_numpy()
    smooth = (outcomes["verdict"] == "smooth").to_numpy()
    undetermined = (outcomes["verdict"] == "undetermined").to_numpy()
    bic_called = outcomes["bic_called"].to_numpy(dtype=bool)
    auc = {
        name: f"{roc_auc_score(sharp, outcomes[name]):.4f}"
        for name in ("p_emergent", "p_phase_change", "bic_score", "breakthroughness")
    }
    intervals = outcomes[sharp & outcomes["threshold_median"].notna().to_numpy()]
    truth = intervals["true_threshold"]
    covered = ((intervals["threshold_low"] <= truth) & (truth <= intervals["threshold_high"])).to_numpy()
    error = (intervals["threshold_median"] - truth).abs()
    spread = intervals["threshold_high"] - intervals["threshold_low"]
    p = outcomes["p_emergent"].to_numpy(dtype=np.float64)
    surprise = -np.log(np.clip(np.where(sharp, p, 1.0 - p), 1e-6, 1.0))
    rows = [
        ("cases (sharp)", f"{sharp.size} ({int(sharp.sum())})", "", ""),
        ("AUC of the score", auc["p_emergent"], auc["bic_score"], auc["breakthroughness"]),
        ("AUC of P(phase change)", auc["p_phase_change"], "", ""),
        ("called emergent though not sharp", rate(called[~sharp]), rate(bic_called[~sharp]), ""),
        ("sharp called emergent", rate(called[sharp]), rate(bic_called[sharp]), ""),
        ("sharp called undetermined", rate(undetermined[sharp]), "", ""),
        ("sharp called smooth", rate(smooth[sharp]), "", ""),
        ("sharp called anything else", rate(~(called | smooth | undetermined)[sharp]), "", ""),
        ("sharp with a threshold interval", rate(outcomes.loc[sharp, "threshold_median"].notna().to_numpy()), "", ""),
        ("90 % interval covers the threshold", rate(covered), "", ""),
        ("median error of the threshold, decades", f"{error.median():.3f}", "", ""),
        ("median width of the 90 % interval, decades", f"{spread.median():.3f}", "", ""),
        ("mean log score of p_emergent, nats", f"{surprise.mean():.4f}", "", ""),
        ("expected calibration error of p_emergent", f"{expected_calibration_error(p, sharp):.4f}", "", ""),
        ("Brier score of p_emergent", f"{np.mean((sharp - p) ** 2):.4f}", "", ""),
        ("largest stated error of log evidence, nats", f"{outcomes['evidence_error'].max():.3f}", "", ""),
    ]
    return pd.DataFrame(rows, columns=["quantity", "analysis", "least squares + BIC", "breakthroughness"])


def tabulate_kinds(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Cases by kind and verdict, with the mean p_emergent of each kind."""
    table = pd.crosstab(outcomes["kind"], outcomes["verdict"])
    table.insert(0, "cases", table.sum(axis=1))
    table["mean p_emergent"] = outcomes.groupby("kind")["p_emergent"].mean().round(4)
    return table.reset_index().rename_axis(columns=None)


def calibrate(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Among cases with p_emergent in a band: mean stated probability and observed share of sharp rises."""
    stated, sharp = outcomes["p_emergent"].to_numpy(dtype=np.float64), outcomes["sharp"].to_numpy(dtype=bool)
    return reliability(stated, sharp, columns=("p_emergent", "cases", "mean stated", "observed sharp"))


def reliability(stated: FloatArray, holds: BoolArray, *, columns: tuple[str, str, str, str]) -> pd.DataFrame:
    """By band of a stated probability: cases, mean stated probability, and how often it held.

    Args:
        stated: probabilities, shape (n,).
        holds: whether what they are of is so, shape (n,).
        columns: headings: of the band, of the cases, of the mean, of the observed share.
    """
    edges = np.array(CALIBRATION_EDGES)
    band = np.clip(np.searchsorted(edges, stated, side="right") - 1, 0, edges.size - 2)
    rows = []
    for i in range(edges.size - 1):
        chosen = band == i
        if chosen.any():
            name = f"{edges[i]:g}-{edges[i + 1]:g}"
            rows.append((name, int(chosen.sum()), f"{stated[chosen].mean():.3f}", rate(holds[chosen])))
    return pd.DataFrame(rows, columns=list(columns))


def rate(flags: Iterable[bool]) -> str:
    """Per cent with its 95 % Wilson interval."""
    values = np.asarray(list(flags), dtype=bool)
    if values.size == 0:
        return "none"
    low, high = proportion_confint(int(values.sum()), values.size, method="wilson")
    return f"{100.0 * values.mean():.1f} % ({100.0 * low:.1f}-{100.0 * high:.1f})"
