"""`compare`: a strategy against its baseline, or a series against a constant; one line per stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from emergence_stats.arguments import instance, real_number, whole_number
from emergence_stats.errors import InputError
from emergence_stats.pairs.assembly import FINE, judged
from emergence_stats.pairs.constant import Constant, above_constant
from emergence_stats.pairs.differences import Differences, differences
from emergence_stats.pairs.discordance import Answers, count_discordant, shared_answers
from emergence_stats.pairs.effects import FEWEST, EffectPosterior, weigh
from emergence_stats.pairs.matching import Matched, match
from emergence_stats.pairs.result import PairComparison, PairPoint
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import ScaleMap

MARGIN = 0.02  # of the metric's range: two points of 100
APART, APART_BY = 3.5, 0.08  # standard deviations and difference from which a pair stands apart


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
            those that both series carry (`Series.outcomes`), if they are on the same items.
        settings: priors of widths and dispersion; the defaults if None.
        seed: of the draws of a constant; all else is deterministic.
        identity: columns that identify the pair in a table.

    Returns:
        An immutable result: verdict, P(helps) over scale, and the posterior of the scale where it begins.

    Raises:
        InputError: an argument is of the wrong class or out of its range, or a series is compared with itself.
        SeriesError: the two share fewer than two models, or are not on one scale and metric.
    """
    settings = Settings() if settings is None else instance("settings", settings, Settings)
    strategy = instance("strategy", strategy, Series)
    seed = whole_number("seed", seed)
    if isinstance(baseline, Constant):
        return _beside_constant(baseline, strategy, margin, settings, seed, identity)
    baseline = instance("baseline", baseline, Series, " or emergence_stats.Constant")
    if baseline is strategy:
        msg = f"compare: expected two series, got {strategy.name} twice: beside itself a series has no difference"
        raise InputError(msg)
    matched = match(baseline, strategy)
    answers, assumed = (outcomes, ()) if outcomes is not None else shared_answers(baseline, strategy)
    discordant = None if answers is None else count_discordant(answers, baseline, strategy, matched)
    found = differences(baseline, strategy, matched, settings.prior, discordant)
    share = _margin_share(margin, abs(found.unit))
    position, to_scale = _positions(matched.scale, baseline.scale_kind)
    posterior = weigh(found, position, settings.prior)
    objection = _objection(found, posterior, position, matched.model)
    return judged(
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
    return judged(
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
