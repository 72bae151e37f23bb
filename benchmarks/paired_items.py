"""The same pairs with and without their answers: how much narrower is the interval of where a strategy begins to help?

Six models over three decades answer 300 items under both prompts. Items differ in difficulty (a logistic of ability
minus difficulty, standard deviation 2.5), which both prompts share; above a point drawn between the second and the
fourth model the strategy adds ability. *Alike*: share of answers that are decided by the same draw under both prompts,
as far as their probabilities agree. At 0 nothing but difficulty is shared.
"""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
from scipy import special

from benchmarks.scoring import rate
from emergence_stats.pairs.comparison import MARGIN, compare
from emergence_stats.series import Series

ALIKE = (0.0, 0.5, 0.8)
N_ITEMS = 300
SPREAD = 2.5  # standard deviation of difficulties
SLOPE = 1.2  # ability that a decade beyond the point adds
LOG10_SCALE = np.linspace(8.0, 11.0, 6)
FINE = np.linspace(8.0, 11.0, 601)


def outcome(alike: float, seed: int, i: int) -> dict[str, object]:
    """One pair, compared by its counts and by its answers."""
    generator = np.random.default_rng([seed, i])
    difficulty = SPREAD * generator.standard_normal(N_ITEMS)
    point, level = generator.uniform(8.6, 9.8), generator.uniform(-3.0, -1.0)

    def probability(x: np.ndarray, *, helped: bool) -> np.ndarray:
        ability = level + (x - 8.0) + (SLOPE * np.maximum(x - point, 0.0) if helped else 0.0)
        return np.asarray(special.expit(ability[:, None] - difficulty[None]))

    first = generator.random((LOG10_SCALE.size, N_ITEMS))
    second = np.where(generator.random(first.shape) < alike, first, generator.random(first.shape))
    answers = [
        (draws < probability(LOG10_SCALE, helped=helped)).astype(float)
        for draws, helped in ((first, False), (second, True))
    ]
    series = [
        Series(scale=10.0**LOG10_SCALE, n_correct=right.sum(axis=1), n_items=[N_ITEMS] * LOG10_SCALE.size,
               chance_level=0.0, model=[f"m{k}" for k in range(LOG10_SCALE.size)], name=name)
        for right, name in zip(answers, ("plain", "strategy"), strict=True)
    ]  # fmt: skip
    gain = (probability(FINE, helped=True) - probability(FINE, helped=False)).mean(axis=1)
    begins = float(FINE[int(np.argmax(gain > MARGIN))])
    row: dict[str, object] = {"alike": alike}
    for name, found in (("counts", compare(*series)), ("answers", compare(*series, outcomes=(answers[0], answers[1])))):
        ends = found.begins.interval(0.9)
        low, high = (np.nan, np.nan) if ends is None else np.log10(ends)
        row |= {
            f"width_{name}": high - low,
            f"holds_{name}": None if ends is None else bool(low <= begins <= high),
            f"verdict_{name}": found.verdict.value,
        }
    return row


def run(size: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """By how alike the answers are: widths in decades where both give one, their ratio, coverage, verdicts."""
    jobs = (joblib.delayed(outcome)(alike, seed, i) for alike in ALIKE for i in range(size))
    rows = pd.DataFrame(joblib.Parallel(n_jobs=workers, batch_size=4)(jobs))
    found = []
    for alike, part in rows.groupby("alike"):
        both = part.dropna(subset=["width_counts", "width_answers"])
        both = both[np.isfinite(both["width_counts"]) & np.isfinite(both["width_answers"])]
        found.append(
            {
                "alike": alike,
                "pairs": len(part),
                "decades, by counts": f"{both['width_counts'].median():.2f}",
                "by answers": f"{both['width_answers'].median():.2f}",
                "ratio, median": f"{(both['width_answers'] / both['width_counts']).median():.2f}",
                "counts: holds": rate(part["holds_counts"].dropna().astype(bool)),
                "answers: holds": rate(part["holds_answers"].dropna().astype(bool)),
                "counts: called emergent prompting": rate(part["verdict_counts"] == "emergent_prompting"),
                "answers: called so": rate(part["verdict_answers"] == "emergent_prompting"),
            }
        )
    return pd.DataFrame(found)
