"""Forecasts of public models that were hidden.

Open models beyond 8.4e22 FLOP (eight tasks, all families in one series each), and Pythia's two largest sizes.

Log score: of the hidden score to within half an item, in nats, higher is better; the advantage is the forecast's over
each rival, with its standard error over series. CRPS: lower is better. Coverage: by randomised transforms, because an
interval of counts ends at whole items. Models of one suite answer the same items, so that their scores agree better
than independent test sets would: intervals that allow for the items' noise then hold more than their mass.

**No untouched test.** Both data sets were looked at while the forecast was made: the prior of a rise still to come, the
reach of the scatter and the choice to learn its masses over a table were settled with these backtests in view
(`docs/decisions/forecasts.md`). The rivals had no such help. What is shown is that the forecast can be calibrated on
real tables, not that it will be on the next one; run `backtest` on your own before you rely on it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.machine import ROOT
from emergence_stats.forecasting.backtest import Backtest, backtest
from emergence_stats.forecasting.forecast import forecast
from emergence_stats.forecasting.methods import METHODS
from emergence_stats.series import Series

DESIGNS = (  # A, b and L of exp(-L l), l = A 10^(-b (log10 scale - 8)), and the floor's share of the smallest loss
    (1.0, 0.2, 3.0, 0.0),
    (1.2, 0.35, 4.0, 0.0),
    (1.0, 0.2, 10.0, 0.0),
    (1.0, 0.2, 3.0, 0.3),
    (1.2, 0.35, 4.0, 0.3),
    (1.0, 0.35, 4.0, 0.6),
)
DATA = ROOT.parent / "shared" / "data"


def open_models(workers: int, seed: int) -> Backtest:
    """Eight tasks over 25 families, hidden beyond the authors' cutoff."""
    return backtest(
        pd.read_csv(DATA / "obsscaling_emergent.csv"),
        hide=8.4e22,
        scale="train_flops",
        across=["family"],
        workers=workers,
        seed=seed,
    )


def pythia(workers: int, seed: int) -> Backtest:
    """All tasks and metrics, the two largest sizes hidden."""
    return backtest(
        pd.read_csv(DATA / "pythia_final.csv"), hide=[6.9e9, 12e9], scale="params", workers=workers, seed=seed
    )


def table(result: Backtest) -> pd.DataFrame:
    """One row for each method."""
    found = result.methods
    advantage = [
        f"{value:.2f} ± {error:.2f}" for value, error in zip(found["advantage"], found["advantage_error"], strict=True)
    ]
    return pd.DataFrame(
        {
            "method": [METHODS[name] for name in found["method"]],
            "scores": found["n_points"],
            "log score": [f"{value:.2f}" for value in found["log_score"]],
            "advantage of the forecast": advantage,
            "CRPS": [f"{value:.4f}" for value in found["crps"]],
            "50 % interval holds": [f"{value:.1%}" for value in found["coverage50"]],
            "90 % interval holds": [f"{value:.1%}" for value in found["coverage90"]],
        }
    )


def with_companion(repeats: int, seed: int) -> pd.DataFrame:
    """Known laws of a loss, read with 1 % error at seven sizes from 1e8 to 1e10, and scores on 500 items at 1e11.

    Coverage is of the curve by its 90 % interval; the bias is that of its median; the log score is of a new score.
    """
    generator, n_items, log10_scale = np.random.default_rng(seed), 500, np.linspace(8.0, 10.0, 7)
    rows = []
    for level, slope, factor, share in DESIGNS:
        loss, ahead = (
            share * level * 10.0 ** (-2.0 * slope) + (1.0 - share) * level * 10.0 ** (-slope * (x - 8.0))
            for x in (log10_scale, np.array([11.0]))
        )
        truth = float(np.exp(-factor * ahead[0]))
        found: dict[str, list[tuple[float, ...]]] = {"alone": [], "with companion": []}
        for _ in range(repeats):
            right = generator.binomial(n_items, np.exp(-factor * loss))
            series = Series(
                scale=10.0**log10_scale, n_correct=right, n_items=[n_items] * 7, chance_level=0.0, name="score"
            )
            companion = Series(
                scale=series.scale, score=loss * (1.0 + 0.01 * generator.standard_normal(7)), stderr=0.01 * loss,
                score_bounds=None, score_axis="log", higher_is_better=False, metric="loss", name="loss",
            )  # fmt: skip
            new = generator.binomial(n_items, truth) / n_items
            for name, given in zip(found, (None, companion), strict=True):
                found[name].append(_judged(series, given, truth, new))
        for name, cells in found.items():
            inside, off, log_score = np.mean(cells, axis=0)
            rows.append(
                {
                    "A, b, L": f"{level:g}, {slope:g}, {factor:g}",
                    "floor": f"{share:g}",
                    "truth": f"{truth:.3f}",
                    "forecast": name,
                    "90 % interval holds": f"{inside:.0%}",
                    "bias": f"{off:+.3f}",
                    "log score": f"{log_score:.2f}",
                }
            )
    return pd.DataFrame(rows)


def _judged(series: Series, companion: Series | None, truth: float, new: float) -> tuple[float, ...]:
    """Whether the interval of the curve holds the truth, how far its median is off, log score of a new score."""
    found = forecast(series, 1e11, companion=companion)
    numbers = found.scores[0].curve.to_dict()
    assert numbers is not None
    return (
        float(numbers["low"] <= truth <= numbers["high"]),
        numbers["median"] - truth,
        found.new_score(1e11).log_probability(new),
    )
