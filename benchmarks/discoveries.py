"""Discovery lists on simulated mixtures: the share of false ones, beside the Bayesian false discovery rate asked for.

The truth is the label of the suites: a sharp rise from chance in range. All cases of a suite make one list.
"""

from __future__ import annotations

import pandas as pd

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
        hits = [case.sharp for case, found in zip(drawn, result.found, strict=True) if found]
        rows.append(
            {
                "rate asked for": rate,
                "discoveries": len(hits),
                "false": len(hits) - sum(hits),
                "realised rate": (len(hits) - sum(hits)) / max(len(hits), 1),
                "expected rate": result.expected_rate,
                "share of sharp cases found": sum(hits) / max(sum(case.sharp for case in drawn), 1),
            }
        )
    return pd.DataFrame(rows)
