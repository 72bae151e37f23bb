"""Discovery lists on simulated mixtures: the share of false ones, beside the Bayesian false discovery rate asked for.

The truth is the label of the suites: a sharp rise from chance in range. Each mixture holds sharp cases in the share
that its row names, drawn without replacement from the cases of a suite, the others in the proportions of the suite;
*all* is the suite as it stands, *look-alikes* has for its other half only smooth laws, toes of them and failed runs on
them. The false discovery rate is the mean over mixtures of the share of false discoveries (0 for an empty list), with
its standard error over mixtures; they share cases, so that it is somewhat too small. *largest* is that of the worst
mixture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.suites import Case, make_suite
from emergence_stats.analysis import analyze
from emergence_stats.batch.discoveries import discover

RATES = (0.01, 0.05, 0.1, 0.2)
SHARES: Mapping[str, float | None] = {
    "all": None, "5 % sharp": 0.05, "10 % sharp": 0.1, "25 % sharp": 0.25, "80 % sharp": 0.8, "look-alikes": 0.5,
}  # fmt: skip
LOOK_ALIKES = ("smooth", "power_law", "partial", "toe", "exact_match_toe", "failed_on_smooth")
MIXTURES = 10
PART = 0.6  # of the cases that a mixture may use, so that mixtures differ


def run(suite: str, size: int, *, seed: int) -> pd.DataFrame:
    """One row for each mixture and rate.

    Args:
        suite: name of the suite.
        size: number of cases.
        seed: of the suite and of the mixtures.
    """
    drawn = make_suite(suite, size, seed)
    papers = [analyze(case.series).to_dict() for case in drawn]
    sharp = np.array([case.sharp for case in drawn])
    generator = np.random.default_rng(seed)
    rows = []
    for name, share in SHARES.items():
        mixtures = [_mixture(drawn, sharp, name, share, generator) for _ in range(MIXTURES)]
        for rate in RATES:
            scored = np.array([_scored([papers[i] for i in part], sharp[part], rate) for part in mixtures])
            false, found, length = scored.mean(axis=0)
            error = scored[:, 0].std(ddof=1) / np.sqrt(MIXTURES)
            rows.append(
                {
                    "mixture": name,
                    "rate asked for": rate,
                    "discoveries": f"{length:.0f}",
                    "false discovery rate": f"{100.0 * false:.1f} ± {100.0 * error:.1f} %",
                    "largest": f"{scored[:, 0].max():.1%}",
                    "share of sharp cases found": f"{found:.1%}",
                }
            )
    return pd.DataFrame(rows)


def _mixture(
    drawn: list[Case], sharp: npt.NDArray[np.bool_], name: str, share: float | None, generator: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Indices of the cases of one mixture: as many as the share allows."""
    if share is None:
        return np.sort(generator.choice(len(drawn), round(PART * len(drawn)), replace=False))
    wanted = np.array([name != "look-alikes" or case.kind in LOOK_ALIKES for case in drawn])
    true, other = np.flatnonzero(sharp), np.flatnonzero(~sharp & wanted)
    size = PART * min(true.size / share, other.size / (1.0 - share))
    parts = ((true, share), (other, 1.0 - share))
    return np.sort(
        np.concatenate([generator.choice(pool, max(round(part * size), 1), replace=False) for pool, part in parts])
    )


def _scored(papers: list[dict[str, Any]], sharp: npt.NDArray[np.bool_], rate: float) -> tuple[float, float, float]:
    """Share of false discoveries, share of sharp cases found, length of the list."""
    found = np.array(discover(papers, rate).found)
    n = int(found.sum())
    return float((found & ~sharp).sum() / max(n, 1)), float((found & sharp).sum() / max(int(sharp.sum()), 1)), float(n)
