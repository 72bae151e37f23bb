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

import pandas as pd

from benchmarks.machine import ROOT
from emergence_stats.forecasting.backtest import Backtest, backtest
from emergence_stats.forecasting.methods import METHODS

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
