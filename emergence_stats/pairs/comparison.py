"""`compare`: a strategy against its baseline, or a series against a constant; one line per stage."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import instance, real_number, whole_number
from emergence_stats.errors import InputError
from emergence_stats.pairs import judging
from emergence_stats.pairs.constant import Constant, above_constant
from emergence_stats.pairs.differences import Differences, differences
from emergence_stats.pairs.discordance import count_discordant
from emergence_stats.pairs.effects import FEWEST, EffectPosterior, weigh
from emergence_stats.pairs.judging import Crossover, EffectOverScale, PairVerdict
from emergence_stats.pairs.matching import Matched, PairedBy, match
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import Quantity, ScaleMap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Answers = tuple[npt.ArrayLike, npt.ArrayLike]
GRID = 61  # scales at which a result tells the difference
FINE = 601  # positions at which the crossover is looked for
MARGIN = 0.02  # of the metric's range: two points of 100
APART, APART_BY = 3.5, 0.08  # standard deviations and difference from which a pair stands apart


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PairPoint:
    """One model under both: scores and their difference (better counting up) with a 95 % interval."""

    model: str
    scale: float
    baseline: float
    strategy: float
    difference: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairComparison:
    """What a strategy does to a series; immutable.

    Attributes:
        name: of the comparison.
        baseline: what it is compared with.
        strategy: the series.
        scale_kind: kind of scale.
        margin: what counts as help, in the metric's unit.
        paired_by: "model", "scale", "item" or "constant".
        verdict: one of `PairVerdict`.
        reason: one sentence.
        remedy: what would decide it, or None.
        probabilities: of each verdict; they sum to 1.
        states: P(state at the smallest, state at the largest scale), states being hurts, none and helps.
        effect: the difference along the scale.
        crossover: where the strategy begins to help.
        points: the pairs.
        curves: posterior probability of each curve of the difference; empty beside a constant.
        effective_draws: effective sample size of the integration.
        warnings: what a reader must know.
        identity: the columns that identify the pair in a table, and their values.
    """

    name: str
    baseline: Series | Constant
    strategy: Series
    scale_kind: str
    margin: float
    paired_by: PairedBy | Literal["constant"]
    verdict: PairVerdict
    reason: str
    remedy: str | None
    probabilities: Mapping[str, float]
    states: Mapping[str, float]
    effect: EffectOverScale
    crossover: Crossover
    points: tuple[PairPoint, ...]
    curves: Mapping[str, float]
    effective_draws: float
    warnings: tuple[str, ...]
    identity: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def begins(self) -> Quantity:
        """Scale from which it helps; nothing unless it is more probable than not that this lies in the range."""
        return self.crossover.scale

    @property
    def verdict_words(self) -> str:
        """The verdict as a clause."""
        return judging.WORDS[self.paired_by == "constant"][self.verdict]

    def p_helps(self, scale: float) -> float:
        """P(it helps at this scale), by interpolation in log scale.

        Raises:
            InputError: the scale is outside the range of the pairs.
        """
        at = real_number("scale", scale, "a positive scale")
        grid = self.effect.scale
        if not grid.min() <= at <= grid.max():
            msg = f"scale: expected a value within {grid.min():g} to {grid.max():g}, got {at:g}"
            raise InputError(msg)
        order = np.argsort(grid)
        return float(np.interp(np.log10(at), np.log10(grid[order]), self.effect.p_helps[order]))

    def summary(self) -> str:
        """A paragraph a person can quote."""
        parts = [f"{self.name}: {self.verdict_words}.", self.reason]
        hurt = sum(value for key, value in self.states.items() if key.startswith("hurts"))
        if hurt >= 0.5 and self.paired_by != "constant":
            parts.append(f"At the smallest scale it hurts, with probability {hurt:.2f}.")
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, the JSON of `emergence-stats compare`."""
        from emergence_stats.pairs.document import to_document

        return to_document(self)

    def plot(self) -> Figure:
        """The difference over scale with its band and the pairs, and P(helps) below."""
        from emergence_stats.report.pair_plot import plot_comparison

        return plot_comparison(self.to_dict())

    def __repr__(self) -> str:
        """Name, verdict and where it begins."""
        return f"PairComparison({self.name!r}, verdict={self.verdict.value!r}, begins={self.begins!r})"


def compare(
    baseline: Series | Constant,
    strategy: Series,
    *,
    margin: float | None = None,
    outcomes: Answers | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    identity: Mapping[str, str] | None = None,
) -> PairComparison:
    """Where does a strategy begin to help?

    Pairs belong to one model (by label and seed; by scale where models are not named), so that what makes one model
    better than its size foretells cancels. The curve of the difference is averaged over five explanations
    (`pairs.effects`); beside a constant the model-averaged curve of `analyze` takes its place.

    Args:
        baseline: the same models without the strategy; or a `Constant`, such as a fine-tuned small model.
        strategy: the series that may be better.
        margin: difference in the metric's unit that counts as help; .02 of the metric's range if None.
        outcomes: answers of all models to the same items, 0 or 1, for baseline and strategy: two arrays of shape
            (n_points, n_items), each in the order of its series' points. Pairs are then paired by item, too. If None,
            those that both series carry (`Series.outcomes`), if they are on as many items.
        settings: priors of widths and dispersion; the defaults if None.
        seed: of the draws of a constant; all else is deterministic.
        identity: columns that identify the pair in a table.

    Returns:
        An immutable result: verdict, P(helps) over scale, and the posterior of the scale where it begins.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        SeriesError: the two share fewer than two models, or are not on one scale and metric.
    """
    settings = Settings() if settings is None else instance("settings", settings, Settings)
    strategy = instance("strategy", strategy, Series)
    seed = whole_number("seed", seed)
    if isinstance(baseline, Constant):
        return _beside_constant(baseline, strategy, margin, settings, seed, identity)
    baseline = instance("baseline", baseline, Series, " or emergence_stats.Constant")
    matched = match(baseline, strategy)
    answers, assumed = _answers(baseline, strategy, outcomes)
    discordant = None if answers is None else count_discordant(answers, baseline, strategy, matched)
    found = differences(baseline, strategy, matched, settings.prior, discordant)
    share = _margin_share(margin, abs(found.unit))
    position, to_scale = _positions(matched.scale, baseline.scale_kind)
    posterior = weigh(found, position, settings.prior)
    objection = _objection(found, posterior, position, matched.model)
    return _judged(
        posterior.at(np.linspace(0.0, 1.0, FINE)),
        to_scale,
        name=_pair_name(baseline, strategy),
        baseline=baseline,
        strategy=strategy,
        margin=share,
        unit=abs(found.unit),
        objection=objection,
        paired_by=matched.paired_by if discordant is None else "item",
        points=_points(baseline, strategy, matched, found),
        curves=posterior.probabilities,
        effective_draws=posterior.effective_draws,
        warnings=tuple(
            dict.fromkeys((*assumed, *matched.warnings, *found.warnings, *baseline.warnings, *strategy.warnings))
        ),
        identity=identity,
        limit=settings.verdict.explanation_probability,
    )


def _answers(baseline: Series, strategy: Series, given: Answers | None) -> tuple[Answers | None, tuple[str, ...]]:
    """Answers item by item: those given, or those of the series; and what is assumed of them."""
    first, second = baseline.outcomes, strategy.outcomes
    if given is not None or first is None or second is None:
        return given, ()
    if first.n_items != second.n_items or not (first.binary and second.binary):
        return None, ("the answers of both are not 0 or 1 on as many items: paired by model alone",)
    return (first.score, second.score), ("the items of both are taken to be the same, in the same order",)


def _beside_constant(
    constant: Constant,
    series: Series,
    margin: float | None,
    settings: Settings,
    seed: int,
    identity: Mapping[str, str] | None,
) -> PairComparison:
    """A series against a number with its uncertainty."""
    found = above_constant(constant, series, settings, np.linspace(0.0, 1.0, FINE), seed)
    share = _margin_share(margin, found.unit)
    assert series.score is not None
    side = 1.0 if series.higher_is_better else -1.0
    points = tuple(
        PairPoint(model=label, scale=scale, baseline=constant.score, strategy=score,
                  difference=side * (score - constant.score), low=side * (low - constant.score),
                  high=side * (high - constant.score))
        for label, scale, score, low, high in zip(
            series.model or ("",) * series.n_points, series.scale.tolist(), series.score.tolist(),
            found.low.tolist(), found.high.tolist(), strict=True,
        )
    )  # fmt: skip
    return _judged(
        found.difference,
        found.to_scale,
        name=f"{series.name} beside {constant.name}",
        baseline=constant,
        strategy=series,
        margin=share,
        unit=found.unit,
        objection=found.objection,
        paired_by="constant",
        points=points,
        curves={},
        effective_draws=float(len(found.difference)),
        warnings=(*found.warnings, *series.warnings),
        identity=identity,
        limit=settings.verdict.explanation_probability,
    )


def _judged(
    difference: FloatArray,
    to_scale: ScaleMap,
    *,
    name: str,
    baseline: Series | Constant,
    strategy: Series,
    margin: float,
    unit: float,
    objection: str | None,
    paired_by: PairedBy | Literal["constant"],
    points: tuple[PairPoint, ...],
    curves: Mapping[str, float],
    effective_draws: float,
    warnings: tuple[str, ...],
    identity: Mapping[str, str] | None,
    limit: float,
) -> PairComparison:
    """States, verdict and words, from draws on a fine grid from the smallest to the largest scale."""
    position = np.linspace(0.0, 1.0, FINE)
    coarse = np.arange(0, FINE, (FINE - 1) // (GRID - 1))
    effect = EffectOverScale.of(difference[:, coarse], to_scale(position[coarse]), margin, unit)
    crossover = Crossover.of(difference, position, margin, to_scale)
    states = judging.joint_states(difference[:, [0, -1]], margin)
    probabilities = judging.verdict_probabilities(states)
    verdict = judging.decide(probabilities, limit, objection)
    kind = strategy.scale_kind
    return PairComparison(
        name=name,
        baseline=baseline,
        strategy=strategy,
        scale_kind=kind,
        margin=margin * unit,
        paired_by=paired_by,
        verdict=verdict,
        reason=judging.reason(
            verdict, probabilities, effect, crossover, kind=kind, limit=limit,
            margin=f"{margin * unit:.3g}", constant=paired_by == "constant", objection=objection,
        ),
        remedy=judging.remedy(verdict, effect, kind, objection=objection),
        probabilities=types.MappingProxyType(probabilities),
        states=types.MappingProxyType(states),
        effect=effect,
        crossover=crossover,
        points=points,
        curves=types.MappingProxyType(dict(curves)),
        effective_draws=effective_draws,
        warnings=warnings,
        identity=types.MappingProxyType(dict(strategy.identity if identity is None else identity)),
    )  # fmt: skip


def _points(baseline: Series, strategy: Series, matched: Matched, found: Differences) -> tuple[PairPoint, ...]:
    """The pairs, with intervals from the mean and standard deviation of their likelihoods without scatter of runs."""
    assert baseline.score is not None
    assert strategy.score is not None
    unit, points = abs(found.unit), []
    for i, (first, second) in enumerate(zip(matched.baseline, matched.strategy, strict=True)):
        observed, mean, sd = float(found.observed[i]), float(found.mean[i, 0]), float(found.sd[i, 0])
        points.append(
            PairPoint(
                model=matched.model[i],
                scale=float(matched.scale[i]),
                baseline=float(baseline.score[first]),
                strategy=float(strategy.score[second]),
                difference=observed * unit,
                low=min(mean - 1.96 * sd, observed) * unit,
                high=max(mean + 1.96 * sd, observed) * unit,
            )
        )
    return tuple(points)


def _margin_share(margin: float | None, unit: float) -> float:
    """The margin as a share of the metric's range."""
    if margin is None:
        return MARGIN
    value = real_number("margin", margin, "a number from 0 up, in the metric's unit") / unit
    if not 0.0 <= value < 1.0:
        msg = f"margin: expected a number from 0 to below {unit:g}, the metric's range, got {margin:g}"
        raise InputError(msg)
    return value


def _positions(scale: FloatArray, kind: str) -> tuple[FloatArray, ScaleMap]:
    """Positions of pairs from 0 to 1, and the way back."""
    x = -np.log10(scale) if kind == "loss" else np.log10(scale)
    first, span = float(x.min()), float(x.max() - x.min())
    return (x - first) / span, ScaleMap(log10_first=first, range_decades=span, reversed=kind == "loss")


def _objection(
    found: Differences, posterior: EffectPosterior, position: FloatArray, model: Sequence[str]
) -> str | None:
    """What forbids a verdict: an integration without effective draws, or pairs that no curve goes near."""
    if posterior.effective_draws < FEWEST:
        return f"the integration has {posterior.effective_draws:.0f} effective draws ({FEWEST:.0f} are expected)"
    fitted = posterior.at(position)
    away = np.abs(found.observed - fitted.mean(axis=0))
    noise = np.sqrt((found.sd[:, posterior.dispersion] ** 2).mean(axis=1) + fitted.var(axis=0))
    apart = (away > APART * noise) & (away > APART_BY)
    largest = int(np.argmax(position))
    if apart[largest] or apart.sum() >= 2:
        names = ", ".join(name for name, far in zip(model, apart, strict=True) if far)
        return f"the difference at {names} lies far from any curve over scale"
    return None


def _pair_name(baseline: Series, strategy: Series) -> str:
    """What both names share, and how they differ."""
    first, second = (series.name.split(" \N{MIDDLE DOT} ") for series in (baseline, strategy))
    shared = [part for part in first if part in second]
    own = [" \N{MIDDLE DOT} ".join(part for part in parts if part not in shared) for parts in (first, second)]
    if shared and all(own):
        return f"{' \N{MIDDLE DOT} '.join(shared)}: {own[1]} against {own[0]}"
    return f"{strategy.name} against {baseline.name}"
