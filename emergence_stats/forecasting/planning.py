"""`plan`: which further sizes, and how many items, would decide the verdict, and at what cost.

Further models are drawn from the posterior predictive of the forecast and each drawn series is analysed again. The
share that gets a verdict other than undetermined and resolution artifact is the probability of a decision. There is no
short cut: what decides is the analysis itself.

A verdict that is settled already has nothing left to decide: there the question is whether further sizes would bring
another one ("not emerged" holds for the sizes measured, and may end with the next).

Where fewer than two scales are known, or none, nothing can be continued, and results are drawn from the priors of the
analysis instead (`prior_results`): then a set of sizes is a whole study, and the probability one before it begins.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from emergence_stats._version import __version__
from emergence_stats.arguments import instance, real_number, whole_number
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.forecasting.excess import smallest_detectable_excess
from emergence_stats.forecasting.identifiable import Reach
from emergence_stats.forecasting.outlook import Outlook, look_ahead
from emergence_stats.forecasting.pool import alone
from emergence_stats.forecasting.prepare import prepare
from emergence_stats.forecasting.prior_results import Blank, counted, draw_results
from emergence_stats.forecasting.scales import log10_of
from emergence_stats.models.likelihood import COUNTS, observe
from emergence_stats.posterior import systematic_rows
from emergence_stats.predictive_draws import beta_binomial
from emergence_stats.resolution.items import OPEN, share_decided
from emergence_stats.series import SCALE_UNITS, FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.verdict import Verdict

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
        remark: why the probability says little; None if nothing is against it.
    """

    scales: tuple[float, ...]
    n_items: int
    cost: int
    p_decided: float
    p_changed: float
    error: float
    verdicts: dict[str, float]
    detectable_excess: float | None
    remark: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What to measure next; immutable.

    Attributes:
        known: what is known; a `Blank` before the first score.
        verdict: the present verdict; undetermined where fewer than two scales are known.
        options: every option; those that answer with the wanted probability first, the cheapest of them on top.
        wanted: wanted probability of a decision; of another verdict if the present one is settled.
        replicates: drawn results of each option.
        seed: seed of every draw.
    """

    known: Series | Blank
    verdict: str
    options: tuple[Option, ...]
    wanted: float
    replicates: int
    seed: int

    @property
    def n_scales(self) -> int:
        """Number of distinct scales that are known."""
        return self.known.n_scales if isinstance(self.known, Series) else 0

    @property
    def settled(self) -> bool:
        """Whether the present verdict is decided, so that only another verdict would be news."""
        return self.verdict not in OPEN

    def answers(self, option: Option) -> float:
        """Probability that an option answers the question: a decision, or another verdict if one is settled."""
        return option.p_changed if self.settled else option.p_decided

    @property
    def best(self) -> Option | None:
        """The cheapest option that answers with the wanted probability, nothing against it; None if none does."""
        enough = [option for option in self.options if option.remark is None and self.answers(option) >= self.wanted]
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
            "series": {
                "name": self.known.name,
                "scale_kind": self.known.scale_kind,
                "unit": SCALE_UNITS[self.known.scale_kind],
                "n_scales": self.n_scales,
            },
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
    series: Series | None = None,
    *,
    scales: Iterable[float | Sequence[float]] | None = None,
    n_items: Iterable[int] | None = None,
    wanted: float | None = None,
    replicates: int = 40,
    seed: int = 0,
    settings: Settings | None = None,
    chance_level: float | None = None,
    scale_kind: str | None = None,
    name: str | None = None,
) -> Plan:
    """Find out which further sizes and how many items would decide the verdict.

    Args:
        series: what is known: counts. None before the first score: results are then drawn from the priors, as they are
            where fewer than two different scales are known.
        scales: further scales to try, each alone, or several together where they are given as a sequence; half a decade
            and a decade beyond the largest, and both, by default. To be named where fewer than two are known.
        n_items: numbers of items to try; a quarter, once and four times the usual number by default. To be named where
            nothing is known.
        wanted: wanted probability of a decision (of another verdict, if the present one is settled);
            `resolution.decide_probability` by default.
        replicates: drawn results of each option.
        seed: seed of every draw.
        settings: priors, limits and effort; the defaults if None.
        chance_level: score of a model without the ability, where `series` is None.
        scale_kind: kind of scale, where `series` is None; ``params`` by default.
        name: what to call it, where `series` is None.

    Returns:
        Every option with its cost in items, its probability of a decision and its smallest detectable excess.

    Raises:
        InputError: an argument is of the wrong class or out of its range, or one is missing that nothing known stands
            in for.
        SeriesError: the scores are not counts.

    Example:
        >>> study = es.plan(chance_level=0.25, scales=[[1e8, 1e9, 1e10], [1e8, 3e8, 1e9, 3e9, 1e10]], n_items=[200])
    """
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    replicates, seed = whole_number("replicates", replicates, minimum=1), whole_number("seed", seed)
    wanted = chosen.resolution.decide_probability if wanted is None else real_number("wanted", wanted)
    if not 0.0 < wanted < 1.0:
        msg = f"wanted: expected a probability above 0 and below 1, got {wanted!r}"
        raise InputError(msg)
    known = _known(series, chance_level, scale_kind, name)
    source = _Source.of(known, chosen, seed)
    sets, sizes = _sets(known, scales), _items(n_items, source.usual)
    options = [
        _option(source, further, items, replicates=replicates, seed=seed + 7919 * i)
        for i, (further, items) in enumerate((further, items) for further in sets for items in sizes)
    ]
    found = Plan(
        known=known,
        verdict=source.verdict.value,
        options=tuple(options),
        wanted=wanted,
        replicates=replicates,
        seed=seed,
    )
    ordered = sorted(
        options,
        key=lambda option: (
            option.remark is not None or found.answers(option) < wanted,
            option.cost,
            option.scales,
        ),
    )
    return dataclasses.replace(found, options=tuple(ordered))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What further results are drawn from: a forecast, or the priors where there is none."""

    known: Series | Blank
    settings: Settings
    verdict: Verdict
    chance: float | None
    usual: float | None
    outlook: Outlook | None = None

    @classmethod
    def of(cls, known: Series | Blank, settings: Settings, seed: int) -> _Source:
        """Analyse what is known, and look ahead if that can be done."""
        from emergence_stats.analysis import analyze

        if isinstance(known, Blank):
            return cls(
                known=known, settings=settings, verdict=Verdict.UNDETERMINED, chance=known.chance_level, usual=None
            )
        data = observe(known, settings.prior)
        if data.kind != COUNTS or known.n_items is None:
            msg = f"{known.name}: expected counts (n_items), got scores whose items are not known"
            raise SeriesError(msg)
        usual = float(np.median(data.second))
        if known.n_scales < 2:
            return cls(known=known, settings=settings, verdict=Verdict.UNDETERMINED, chance=data.chance, usual=usual)
        prepared = prepare(known, settings, seed=seed)
        return cls(
            known=known,
            settings=settings,
            verdict=analyze(known, settings=settings).verdict,
            chance=data.chance,
            usual=usual,
            outlook=look_ahead(prepared, alone(prepared.posterior), seed=seed),
        )

    def draw(self, further: tuple[float, ...], items: int, replicates: int, seed: int) -> FloatArray:
        """Counts right at further scales, shape (replicates, n_further), one curve for all scales of a replicate."""
        if self.outlook is None:
            return draw_results(self.known, further, items, replicates, self.settings, seed=seed)
        assert isinstance(self.known, Series)
        position = self.outlook.prepared.position(np.array([log10_of(self.known, scale) for scale in further]))
        rows = systematic_rows(self.outlook.weight, replicates)
        values = self.outlook.values(position)[rows]
        generator = np.random.default_rng(seed)
        right = beta_binomial(values, self.outlook.dispersion[rows], np.full(len(further), float(items)), generator)
        return right if self.known.higher_is_better else items - right

    def with_results(self, further: tuple[float, ...], items: int, right: FloatArray) -> Series:
        """What would be known then."""
        scale, asked = np.array(further), np.full(len(further), float(items))
        if isinstance(self.known, Blank):
            return self.known.filled(scale, right, asked)
        assert self.known.n_items is not None
        return Series(
            scale=np.concatenate((self.known.scale, scale)),
            n_correct=np.concatenate((counted(self.known), right)),
            n_items=np.concatenate((self.known.n_items, asked)),
            chance_level=self.known.chance_level,
            scale_kind=self.known.scale_kind,
            name=self.known.name,
            metric=self.known.metric,
            higher_is_better=self.known.higher_is_better,
        )

    def remark(self, further: tuple[float, ...]) -> str | None:
        """Why nothing is known of what a model would score at one of these scales."""
        if self.outlook is None:
            return None
        assert isinstance(self.known, Series)
        reach = Reach(series=self.known, reach_in_ranges=self.settings.forecast.reach_in_ranges)
        # Later rises and falls are among the draws, with their probabilities: distance alone is asked for here.
        answers = [reach.answer(log10_of(self.known, scale), 0.0, 0.0) for scale in further]
        return next((answer.why for answer in answers if not answer.speaks), None)


def _option(source: _Source, further: tuple[float, ...], items: int, *, replicates: int, seed: int) -> Option:
    """Draw results, analyse each, and count decisions."""
    from emergence_stats.analysis import analyze

    drawn = source.draw(further, items, replicates, seed)
    found = [
        analyze(source.with_results(further, items, right), settings=source.settings).verdict.value for right in drawn
    ]
    verdicts = {name: found.count(name) / replicates for name in dict.fromkeys(found)}
    decided = share_decided(verdicts)
    present = source.verdict
    changed = decided if present in OPEN else max(0.0, decided - verdicts.get(present.value, 0.0))
    return Option(
        scales=further,
        n_items=items,
        cost=items * len(further),
        p_decided=decided,
        p_changed=changed,
        error=float(np.sqrt(max(changed * (1.0 - changed), 0.25 / replicates) / replicates)),
        verdicts=verdicts,
        detectable_excess=None if source.chance is None else smallest_detectable_excess(source.chance, items),
        remark=source.remark(further),
    )


def _known(
    series: Series | None, chance_level: float | None, scale_kind: str | None, name: str | None
) -> Series | Blank:
    """What is known, from a series or from what is said of one that is still to be measured."""
    said = {"chance_level": chance_level, "scale_kind": scale_kind, "name": name}
    if series is not None:
        for argument, value in said.items():
            if value is not None:
                msg = f"{argument}: expected with no series alone, got {value!r} beside one that has its own"
                raise InputError(msg)
        return instance("series", series, Series)
    if chance_level is None:
        msg = "chance_level: expected the score of a model without the ability, or a series that has one; got neither"
        raise InputError(msg)
    kind = "params" if scale_kind is None else scale_kind
    if kind not in SCALE_UNITS:
        msg = f"scale_kind: expected one of {', '.join(SCALE_UNITS)}, got {kind!r}"
        raise InputError(msg)
    chance = real_number("chance_level", chance_level)
    if not 0.0 <= chance < 1.0:
        msg = f"chance_level: expected a number in [0, 1), got {chance!r}"
        raise InputError(msg)
    return Blank(chance_level=chance, scale_kind=kind, name="a new series" if name is None else str(name))


def _sets(known: Series | Blank, scales: Iterable[float | Sequence[float]] | None) -> list[tuple[float, ...]]:
    """Sets of further scales to try."""
    if scales is None:
        if isinstance(known, Blank) or known.n_scales < 2:
            msg = "scales: expected the sizes to be measured, since fewer than two are known; got none"
            raise InputError(msg)
        best = float(known.scale[-1])
        further = [best / 10.0**step if known.scale_kind == "loss" else best * 10.0**step for step in STEPS]
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


def _items(n_items: Iterable[int] | None, usual: float | None) -> list[int]:
    """Numbers of items to try."""
    if n_items is None:
        if usual is None:
            msg = "n_items: expected the numbers of items to try, since nothing is known; got none"
            raise InputError(msg)
        return [max(1, round(factor * usual)) for factor in FACTORS]
    found = [whole_number("n_items", items, minimum=1) for items in n_items]
    if not found:
        msg = "n_items: expected at least one number of items, got none"
        raise InputError(msg)
    return found
