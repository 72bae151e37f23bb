"""Is it the ability or the metric? One law, scored by exact match and by a companion, both from the same tokens.

Smooth: the loss of a token falls as a power law of scale (exponents .1 to .6 per nat), some of them with an
irreducible loss or slower at both ends. Kink: within .1 to .8 decades it falls so far that the exact match of items all
alike goes from under 2 % to 40 to 95 %, over a power law with exponents 0 to .1. Answers have 2 to 40 tokens, alike or
mixed; items differ in difficulty or not; models scatter by 0 to 10 % of their loss. 250 to 2000 items at 6 to 12 scales
over 2.5 to 4.5 decades, the midpoint of the rise at 35 to 90 % of the range. Every token is drawn, and both metrics are
computed from these draws.

The other design has smooth laws that are no power law (two exponents, sums of two laws, exponents that change, a floor
of the loss), abrupt ones of three kinds (steep, a step, items learned one by one within .2 to .8 decades), 1 to 150
tokens, other metrics (counts of tokens, normalised edit distance, perplexity, probability of the right option, Brier
scores of 2 to 10 options), 250 to 3000 items that differ from scale to scale, uneven scales, and heavier tails.
"""

from __future__ import annotations

from collections.abc import Mapping

import joblib
import pandas as pd

from benchmarks.pair_designs import Design, make_pair
from emergence_stats.analysis import analyze

RIGHT: Mapping[str, tuple[str, ...]] = {"smooth": ("metric_artifact", "smooth"), "kink": ("emergent",)}
ASKED = (
    ("smooth law called metric_artifact or smooth", "smooth", RIGHT["smooth"], "at least 95 %"),
    ("smooth law called emergent", "smooth", ("emergent",), "at most 1 %"),
    ("kink called emergent", "kink", RIGHT["kink"], "at least 80 %"),
    ("kink called metric_artifact or smooth", "kink", RIGHT["smooth"], ""),
)
DESIGNS: tuple[Design, ...] = ("main", "other")


def outcome(law: str, seed: int, i: int, design: Design = "main") -> dict[str, object]:
    """Verdicts on one pair: on exact match with and without its companion."""
    pair = make_pair(law, seed, i, design)
    alone, beside = analyze(pair.series), analyze(pair.series, companions=[pair.companion])
    judged = beside.companions[0].found if beside.companions else None
    return {
        "design": design,
        "seed": seed,
        "law": law,
        "i": i,
        **pair.facts,
        "alone": alone.verdict.value,
        "verdict": beside.verdict.value,
        "shape": "not asked" if judged is None else judged.shape.value,
        "reason": beside.reason,
    }


def evaluate(size: int, *, seed: int = 0, workers: int = 1, design: Design = "main") -> pd.DataFrame:
    """One row per pair, `size` of each law."""
    jobs = (joblib.delayed(outcome)(law, seed, i, design) for law in RIGHT for i in range(size))
    return pd.DataFrame(joblib.Parallel(n_jobs=workers, batch_size=8)(jobs))


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Floors and shares, with the companion and without it."""
    return pd.DataFrame(
        [
            {
                "quantity": label,
                "asked for": floor,
                "with its companion": _share(rows, law, "verdict", words),
                "exact match alone": _share(rows, law, "alone", words),
            }
            for label, law, words, floor in ASKED
        ]
    )


def by(column: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Share of right verdicts by companion, kind of law or seed, and the pairs behind it."""
    return pd.DataFrame(
        [
            {
                column: name,
                "smooth laws called so": _share(part, "smooth", "verdict", RIGHT["smooth"]),
                "smooth laws called emergent": _share(part, "smooth", "verdict", ("emergent",)),
                "kinks called emergent": _share(part, "kink", "verdict", RIGHT["kink"]),
                "pairs": len(part),
            }
            for name, part in rows.groupby(column, sort=True)
        ]
    )


def _share(rows: pd.DataFrame, law: str, column: str, words: tuple[str, ...]) -> str:
    """A share with its 95 % interval (Wilson), in percent; blank without pairs."""
    from statsmodels.stats.proportion import proportion_confint

    said = rows.loc[rows["law"] == law, column].isin(words)
    if said.empty:
        return ""
    low, high = proportion_confint(int(said.sum()), said.size, method="wilson")
    return f"{100 * said.mean():.1f} % ({100 * low:.1f}-{100 * high:.1f})"
