"""False sharpness: how often test sets drawn from the fitted smooth explanation look sharp, and what E6 makes of it.

Shares are means over series. "As sharp as the data" is what condition E6 limits; the last rows count series.
"""

from __future__ import annotations

import joblib
import pandas as pd

from benchmarks.cases import Case
from benchmarks.suites import make_suite
from emergence_stats.analysis import analyze
from emergence_stats.settings import Settings

REPLICATES = 200


def run(suite: str, size: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """One row per quantity: its value over all series of a suite, and over those emergent but for E6."""
    cases = make_suite(suite, size, seed)
    outcomes = pd.DataFrame(joblib.Parallel(n_jobs=workers)(joblib.delayed(outcome)(case) for case in cases))
    emergent = outcomes[outcomes["without_e6"] == "emergent"]
    limit = Settings().verdict.false_sharpness
    rows = [
        ("series", str(len(outcomes)), str(len(emergent))),
        *(
            (label, f"{outcomes[name].mean():.1%}", f"{emergent[name].mean():.1%}" if len(emergent) else "none")
            for label, name in (
                ("test sets of the smooth explanation called emergent, E6 apart", "emergent"),
                ("with a decisive probability of phase change", "phase_change"),
                ("called emergent, as sharp as the data", "as_sharp"),
            )
        ),
        *(
            (f"series with more than {limit:.0%} {label}", str(int((outcomes[name] > limit).sum())), str(int(more)))
            for label, name, more in (
                ("called emergent", "emergent", (emergent["emergent"] > limit).sum()),
                ("as sharp as the data", "as_sharp", (emergent["as_sharp"] > limit).sum()),
            )
        ),
        ("series called emergent with E6", str(int((outcomes["verdict"] == "emergent").sum())), ""),
        (
            "of these, not sharp in truth",
            str(int(((outcomes["verdict"] == "emergent") & ~outcomes["sharp"]).sum())),
            "",
        ),
    ]
    return pd.DataFrame(rows, columns=["quantity", "all series", "emergent but for E6"])


def outcome(case: Case) -> dict[str, object]:
    """Verdicts and false sharpness of one case."""
    found = analyze(case.series, resamples=REPLICATES, seed=0)
    assert found.resolution is not None  # all cases are counts
    fooled = found.resolution.false_sharpness
    return {
        "sharp": case.sharp,
        "without_e6": found.resolution.verdict.value,
        "verdict": found.verdict.value,
        "emergent": fooled.emergent,
        "phase_change": fooled.phase_change,
        "as_sharp": fooled.as_sharp,
    }
