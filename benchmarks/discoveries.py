"""Discovery lists on simulated mixtures: the share of false ones, beside the Bayesian false discovery rate asked for.

A Bayesian rate is an expectation under the priors, not a bound on data of other laws; the suites are not drawn from
those priors. The realised rate therefore may exceed the one asked for, and is followed by its 95 % Wilson interval.
The truth is the label of the suites: a sharp rise from chance in range. All cases of a suite make one list.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.scoring import rate as scored
from benchmarks.suites import make_suite
from emergence_stats.analysis import analyze
from emergence_stats.batch.discoveries import discover

RATES = (0.01, 0.05, 0.1, 0.2)


def run(suite: str, size: int, *, seed: int) -> pd.DataFrame:
    """One row for each rate.

    Args:
        suite: name of the suite.
        size: number of cases.
        seed: of the suite.
    """
    drawn = make_suite(suite, size, seed)
    papers = [analyze(case.series).to_dict() for case in drawn]
    rows = []
    for rate in RATES:
        result = discover(papers, rate)
        hits = np.array([case.sharp for case, found in zip(drawn, result.found, strict=True) if found], dtype=bool)
        n_false = int(hits.size - hits.sum())
        rows.append(
            {
                "rate asked for": rate,
                "discoveries": hits.size,
                "false": n_false,
                "realised rate": scored(~hits),
                "expected rate": f"{result.expected_rate:.1%}",
                "share of sharp cases found": f"{hits.sum() / max(sum(case.sharp for case in drawn), 1):.1%}",
            }
        )
    return pd.DataFrame(rows)
