"""`plan`: which further sizes, and how many items, would decide the verdict, and at what cost.

Further models are drawn from the posterior predictive of the forecast and each drawn series is analysed again. The
share that gets a verdict other than undetermined and resolution artifact is the probability of a decision. There is no
short cut: what decides is the analysis itself.

A verdict that is settled already has nothing left to decide: there the question is whether further sizes would bring
another one ("not emerged" holds for the sizes measured, and may end with the next).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emergence_stats._version import __version__
from emergence_stats.arguments import instance, real_number, whole_number
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.forecasting.excess import smallest_detectable_excess
from emergence_stats.forecasting.outlook import Outlook, look_ahead
from emergence_stats.forecasting.pool import alone
from emergence_stats.forecasting.prepare import prepare
from emergence_stats.forecasting.scales import log10_of
from emergence_stats.models.likelihood import COUNTS
from emergence_stats.posterior import systematic_rows
from emergence_stats.predictive_draws import beta_binomial
from emergence_stats.resolution.items import OPEN, share_decided
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.verdict import Verdict

if TYPE_CHECKING:
    from emergence_stats.analysis import Analysis

FACTORS = (0.25, 1.0, 4.0)  # of the usual number of items, where none are named
STEPS = (0.5, 1.0)  # decades beyond the largest scale, where no scales are named


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to measure.

    Attributes:
        scales: further scales; empty to repeat no model.
        n_items: items at each of them.
        cost: items to be answered in all.
        p_decided: probability of a decided verdict, whichever it is, over drawn results.
        p_changed: probability of a decided verdict other than the present one.
        error: standard error, from the number of draws, of the probability that answers the plan's question.
        verdicts: share of each verdict.
        detectable_excess: smallest excess over chance that so many items show with power .8; None without chance.
    """

    scales: tuple[float, ...]
    n_items: int
    cost: int
    p_decided: float
    p_changed: float
    error: float
    verdicts: dict[str, float]
    detectable_excess: float | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What to measure next; immutable.

    Attributes:
        series: what is known.
        verdict: the present verdict.
        options: every option; those that answer with the wanted probability first, the cheapest of them on top.
        wanted: wanted probability of a decision; of another verdict if the present one is settled.
        replicates: drawn results of each option.
        seed: seed of every draw.
    """

    series: Series
    verdict: str
    options: tuple[Option, ...]
    wanted: float
    replicates: int
    seed: int

    @property
    def settled(self) -> bool:
        """Whether the present verdict is decided, so that only another verdict would be news."""
        return self.verdict not in OPEN

    def answers(self, option: Option) -> float:
        """Probability that an option answers the question: a decision, or another verdict if one is settled."""
        return option.p_changed if self.settled else option.p_decided

    @property
    def best(self) -> Option | None:
        """The cheapest option that answers with the wanted probability; None if none does."""
        enough = [option for option in self.options if self.answers(option) >= self.wanted]
        return min(enough, key=lambda option: option.cost) if enough else None

    def summary(self) -> str:
        """A paragraph a person can quote."""
        from emergence_stats.forecasting.sentences import plan_summary

        return plan_summary(self)

    def to_dict(self) -> dict[str, Any]:
        """The document that the page shows."""
        return {
            "schema_version": "1.0",
            "program_version": __version__,
            "kind": "plan",
            "series": {"name": self.series.name, "scale_kind": self.series.scale_kind, "unit": self.series.scale_unit},
            "verdict": self.verdict,
            "question": "another_verdict" if self.settled else "decided_verdict",
            "wanted": self.wanted,
            "replicates": self.replicates,
            "seed": self.seed,
            "best": None if self.best is None else dataclasses.asdict(self.best),
            "options": [dataclasses.asdict(option) for option in self.options],
            "summary": self.summary(),
        }


def plan(
    series: Series,
    *,
    scales: Iterable[float | Sequence[float]] | None = None,
    n_items: Iterable[int] | None = None,
    wanted: float | None = None,
    replicates: int = 40,
    seed: int = 0,
    settings: Settings | None = None,
) -> Plan:
    """Find out which further sizes and how many items would decide the verdict.

    Args:
        series: what is known: counts at two scales or more.
        scales: further scales to try, each alone, or several together where they are given as a sequence; half a decade
            and a decade beyond the largest, and both, by default.
        n_items: numbers of items to try; a quarter, once and four times the usual number by default.
        wanted: wanted probability of a decision (of another verdict, if the present one is settled);
            `resolution.decide_probability` by default.
        replicates: drawn results of each option.
        seed: seed of every draw.
        settings: priors, limits and effort; the defaults if None.

    Returns:
        Every option with its cost in items, its probability of a decision and its smallest detectable excess.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        SeriesError: fewer than two scales, or scores that are not counts.
    """
    from emergence_stats.analysis import analyze

    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    replicates, seed = whole_number("replicates", replicates, minimum=1), whole_number("seed", seed)
    wanted = chosen.resolution.decide_probability if wanted is None else real_number("wanted", wanted)
    if not 0.0 < wanted < 1.0:
        msg = f"wanted: expected a probability above 0 and below 1, got {wanted!r}"
        raise InputError(msg)
    known = instance("series", series, Series)
    if known.n_scales < 2:
        msg = f"{known.name}: expected at least two different scales to plan from, got {known.n_scales}"
        raise SeriesError(msg)
    now = analyze(known, settings=chosen)
    data = now.posterior.problem.observations
    if data.kind != COUNTS or known.n_items is None:
        msg = f"{known.name}: expected counts (n_items), got scores whose items are not known"
        raise SeriesError(msg)
    prepared = prepare(known, chosen, seed=seed)
    outlook = look_ahead(prepared, alone(prepared.posterior), seed=seed)
    usual = float(np.median(data.second))
    sizes = _items(n_items, usual)
    options = [
        _option(known, now.verdict, outlook, chosen, further, items, replicates=replicates, seed=seed + 7919 * i)
        for i, (further, items) in enumerate((further, items) for further in _sets(known, scales) for items in sizes)
    ]
    found = Plan(
        series=known,
        verdict=now.verdict.value,
        options=tuple(options),
        wanted=wanted,
        replicates=replicates,
        seed=seed,
    )
    ordered = sorted(options, key=lambda option: (found.answers(option) < wanted, option.cost, option.scales))
    return dataclasses.replace(found, options=tuple(ordered))


def _option(
    series: Series,
    present: Verdict,
    outlook: Outlook,
    settings: Settings,
    further: tuple[float, ...],
    items: int,
    *,
    replicates: int,
    seed: int,
) -> Option:
    """Draw results, analyse each, and count decisions."""
    drawn = _draw(series, outlook, further, items, replicates, seed)
    found = [_analysed(series, further, items, counts, settings).verdict.value for counts in drawn]
    verdicts = {name: found.count(name) / replicates for name in dict.fromkeys(found)}
    decided = share_decided(verdicts)
    changed = decided if present in OPEN else max(0.0, decided - verdicts.get(present.value, 0.0))
    chance = outlook.prepared.data.chance
    return Option(
        scales=further,
        n_items=items,
        cost=items * len(further),
        p_decided=decided,
        p_changed=changed,
        error=float(np.sqrt(max(changed * (1.0 - changed), 0.25 / replicates) / replicates)),
        verdicts=verdicts,
        detectable_excess=None if chance is None else smallest_detectable_excess(chance, items),
    )


def _draw(
    series: Series, outlook: Outlook, further: tuple[float, ...], items: int, replicates: int, seed: int
) -> FloatArray:
    """Counts right at the further scales, shape (replicates, n_further): one curve for all scales of a replicate."""
    position = outlook.prepared.position(np.array([log10_of(series, scale) for scale in further]))
    rows = systematic_rows(outlook.weight, replicates)
    values = outlook.values(position)[rows]
    generator = np.random.default_rng(seed)
    right = beta_binomial(values, outlook.dispersion[rows], np.full(len(further), float(items)), generator)
    return right if series.higher_is_better else items - right


def _analysed(
    series: Series, further: tuple[float, ...], items: int, right: FloatArray, settings: Settings
) -> Analysis:
    """The series with its further points, analysed."""
    from emergence_stats.analysis import analyze

    data_right = series.n_correct
    assert series.n_items is not None
    assert series.score is not None
    known = data_right if data_right is not None else np.rint(series.score * series.n_items)
    longer = Series(
        scale=np.concatenate((series.scale, further)),
        n_correct=np.concatenate((known, right)),
        n_items=np.concatenate((series.n_items, np.full(len(further), float(items)))),
        chance_level=series.chance_level,
        scale_kind=series.scale_kind,
        name=series.name,
        metric=series.metric,
        higher_is_better=series.higher_is_better,
    )
    return analyze(longer, settings=settings)


def _sets(series: Series, scales: Iterable[float | Sequence[float]] | None) -> list[tuple[float, ...]]:
    """Sets of further scales to try."""
    best = float(series.scale[-1])
    if scales is None:
        further = [best / 10.0**step if series.scale_kind == "loss" else best * 10.0**step for step in STEPS]
        return [(further[0],), (further[1],), tuple(further)]
    found = []
    for given in scales:
        several = tuple(given) if isinstance(given, Sequence) else (given,)
        for scale in several:
            if real_number("scales", scale) <= 0.0:
                msg = f"scales: expected scales above 0, got {scale!r}"
                raise InputError(msg)
        found.append(tuple(float(scale) for scale in several))
    if not found or not all(found):
        msg = "scales: expected at least one scale in each set, got none"
        raise InputError(msg)
    return found


def _items(n_items: Iterable[int] | None, usual: float) -> list[int]:
    """Numbers of items to try."""
    if n_items is None:
        return [max(1, round(factor * usual)) for factor in FACTORS]
    found = [whole_number("n_items", items, minimum=1) for items in n_items]
    if not found:
        msg = "n_items: expected at least one number of items, got none"
        raise InputError(msg)
    return found
