"""A strategy beside its baseline: does it help as often as `compare` says, and where does it begin?

Truths *from the prior* of `compare`: a curve of the difference (none, constant, beginning, turning, ending) with its
levels, place and width, and scatter of runs, drawn as `pairs.effects` and `pairs.differences` state them; the
baseline's score is drawn uniformly from what the difference allows. No run has failed, which the analysis reckons with
all the same. If the integration is right, stated probabilities nearly hold.

Truths *made otherwise* are not among its curves: the baseline is a slow logistic in log scale with a ceiling of its
own; the strategy closes a share of what is missing, from a point on and over a width of its own, and costs small
models up to 5 points (a third of them nothing); a quarter never begins to help. Models lie off the curve by up to .4 on
the logit, both prompts alike, and by a tenth of that each for itself. Here probabilities hold only as far as the prior
is reasonable.

Three to eight models over 1.5 to 4 decades, 100 to 1500 items. *Helps*: by more than two points of a hundred.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import joblib
import numpy as np
import pandas as pd

from benchmarks.scoring import FloatArray, rate, reliability
from emergence_stats.pairs.comparison import MARGIN, compare
from emergence_stats.pairs.differences import PAIR_SHARE
from emergence_stats.pairs.effects import EFFECT_SDS, EFFECTS
from emergence_stats.pairs.judging import STATES
from emergence_stats.series import Series
from emergence_stats.settings import Settings

STEEP = 2.0 * math.log(9.0)
FINE = 2001  # positions at which the true crossing is looked for
PRIOR = Settings().prior
Truth = tuple[FloatArray, FloatArray, Callable[[FloatArray], FloatArray]]  # both scores, and the difference anywhere


def from_prior(position: FloatArray, generator: np.random.Generator) -> Truth:
    """A truth of the prior: true scores of every model under both prompts, and the curve of their difference."""
    names = list(EFFECTS)
    masses = np.array([EFFECTS[name][0] for name in names])
    name = names[int(generator.choice(len(names), p=masses / masses.sum()))]
    gap = float(np.diff(position).min())
    while True:
        low, high = (float(generator.normal(0.0, generator.choice(EFFECT_SDS))) for _ in range(2))
        if name == "constant":
            high = low
        low, high = low * EFFECTS[name][1], high * EFFECTS[name][2]
        place = float(generator.uniform())
        ends = PRIOR.narrowest_rise_in_spacings * gap, PRIOR.widest_rise_in_ranges
        width = math.exp(float(generator.uniform(*np.log(ends))))
        if max(abs(low), abs(high)) < 1.0:
            break

    def difference(at: FloatArray) -> FloatArray:
        above = 1.0 / (1.0 + np.exp(-np.clip(STEEP * (at - place) / width, -500.0, 500.0)))
        return np.asarray(low * (1.0 - above) + high * above)

    d = difference(position)
    baseline = generator.uniform(np.maximum(0.0, -d), np.minimum(1.0, 1.0 - d))
    return baseline, baseline + d, difference


def made_otherwise(position: FloatArray, generator: np.random.Generator) -> Truth:
    """A truth that is not among the curves, told by the scores of a model without any shift."""
    ceiling, middle, width = generator.uniform(0.2, 1.0), generator.uniform(0.2, 1.5), generator.uniform(0.8, 3.0)
    place, rise = generator.uniform(0.05, 0.95), math.exp(generator.uniform(math.log(0.05), math.log(1.5)))
    gain = generator.uniform(0.1, 0.9) * (generator.uniform() > 0.25)
    cost = generator.uniform(0.0, 0.05) * (generator.uniform() > 1.0 / 3.0)

    def scores(at: FloatArray) -> tuple[FloatArray, FloatArray]:
        plain = 0.01 + (ceiling - 0.01) / (1.0 + np.exp(-STEEP * (at - middle) / width))
        begun = 1.0 / (1.0 + np.exp(-np.clip(STEEP * (at - place) / rise, -500.0, 500.0)))
        helped = plain + gain * (1.0 - plain) * begun - np.minimum(cost, 0.8 * plain) * (1.0 - begun)
        return np.clip(plain, 0.002, 0.998), np.clip(helped, 0.002, 0.998)

    def difference(at: FloatArray) -> FloatArray:
        first, second = scores(at)
        return second - first

    shared = generator.uniform(0.0, 0.4) * generator.standard_normal(position.size)
    own = 0.1 * np.abs(shared).max() * generator.standard_normal((2, position.size))
    shifted = [
        1.0 / (1.0 + np.exp(-(np.log(p / (1.0 - p)) + shared + move)))
        for p, move in zip(scores(position), own, strict=True)
    ]
    return shifted[0], shifted[1], difference


TRUTHS: Mapping[str, Callable[[FloatArray, np.random.Generator], Truth]] = {
    "from the prior": from_prior,
    "made otherwise": made_otherwise,
}


def outcome(kind: str, seed: int, i: int) -> dict[str, object]:
    """One pair: what is true of it, and what `compare` says."""
    generator = np.random.default_rng([seed, i, list(TRUTHS).index(kind)])
    n_models = int(generator.integers(3, 9))
    inner = np.sort(generator.uniform(0.0, 1.0, n_models - 2))
    position = np.concatenate([[0.0], inner, [1.0]])
    span, n_items = generator.uniform(1.5, 4.0), int(math.exp(generator.uniform(math.log(100), math.log(1500))))
    first, second, difference = TRUTHS[kind](position, generator)
    prior_like = kind == "from the prior"
    counts = [_counts(p, n_items, generator, scatter=prior_like) for p in (first, second)]
    names = [f"m{k}" for k in range(n_models)]
    series = [
        Series(scale=10.0 ** (8.0 + span * position), n_correct=k, n_items=[n_items] * n_models, model=names,
               chance_level=0.0, name=name)
        for k, name in zip(counts, ("plain", "strategy"), strict=True)
    ]  # fmt: skip
    found = compare(*series)
    fine = np.linspace(0.0, 1.0, FINE)
    helped = difference(fine) > MARGIN
    states = np.digitize(difference(np.array([0.0, 1.0])), (-MARGIN, MARGIN))
    begins = _crossing(fine, helped)
    low, high = found.begins.interval(0.9) or (math.nan, math.nan)
    return {
        "kind": kind,
        "truth": _verdict(STATES[states[0]], STATES[states[1]]),
        "verdict": found.verdict.value,
        "p_first": float(found.effect.p_helps[0]),
        "p_last": float(found.effect.p_helps[-1]),
        "p_begins": float(found.probabilities["emergent_prompting"]),
        "helps_first": bool(helped[0]),
        "helps_last": bool(helped[-1]),
        "covered": None if begins is None or math.isnan(low) else bool(low <= 10.0 ** (8.0 + span * begins) <= high),
    }


def _counts(p: FloatArray, n_items: int, generator: np.random.Generator, *, scatter: bool) -> FloatArray:
    """Items right; with the scatter of runs that the prior has, if wanted."""
    if scatter and generator.uniform() > PRIOR.overdispersion_zero_mass:
        rho = float(generator.choice(PRIOR.overdispersion_nodes[1:])) * PAIR_SHARE
        p = np.clip(p, 1e-9, 1.0 - 1e-9)
        p = generator.beta(p * (1.0 - rho) / rho, (1.0 - p) * (1.0 - rho) / rho)
    return np.asarray(generator.binomial(n_items, np.clip(p, 0.0, 1.0)), dtype=np.float64)


def _crossing(position: FloatArray, helped: np.ndarray) -> float | None:
    """From where on it helps up to the largest scale, if that is within the range."""
    if helped.all() or not helped[-1]:
        return None
    return float(position[position.size - int(np.argmin(helped[::-1]))])


def _verdict(first: str, last: str) -> str:
    """The right answer for states at both ends."""
    if first == "helps":
        return "helps" if last == "helps" else "fades"
    return "emergent_prompting" if last == "helps" else "does_not_help"


def evaluate(size: int, *, seed: int = 0, workers: int = 1) -> pd.DataFrame:
    """One row per pair, `size` of each kind of truth."""
    jobs = (joblib.delayed(outcome)(kind, seed, i) for kind in TRUTHS for i in range(size))
    return pd.DataFrame(joblib.Parallel(n_jobs=workers, batch_size=8)(jobs))


def verdicts(rows: pd.DataFrame) -> pd.DataFrame:
    """By kind of truth: how often a verdict is given, how often it is right, and whether crossings are covered."""
    found = []
    for kind, part in rows.groupby("kind", sort=False):
        decided = part[part["verdict"] != "undetermined"]
        begun = part[part["verdict"] == "emergent_prompting"]
        not_begun = part[part["truth"] != "emergent_prompting"]
        found.append(
            {
                "truths": kind,
                "pairs": len(part),
                "decided": rate(part["verdict"] != "undetermined"),
                "of these right": rate(decided["verdict"] == decided["truth"]),
                "called emergent prompting": len(begun),
                "of these right ": rate(begun["truth"] == "emergent_prompting"),
                "called so where it is not": rate(not_begun["verdict"] == "emergent_prompting"),
                "90 % interval holds where it begins": rate(part["covered"].dropna().astype(bool)),
            }
        )
    return pd.DataFrame(found)


def calibration(rows: pd.DataFrame) -> pd.DataFrame:
    """Stated P(helps) at both ends of the range together, and how often it does."""
    stated = np.concatenate([rows["p_first"], rows["p_last"]]).astype(np.float64)
    holds = np.concatenate([rows["helps_first"], rows["helps_last"]]).astype(bool)
    return reliability(stated, holds, columns=("P(helps)", "ends of pairs", "mean stated", "it helps"))
