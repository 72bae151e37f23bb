"""A companion metric weighed as its scores are, and as the log of its loss.

A power law of the loss is a straight line in the log of the loss, and what is straight there looks bent, even sharp, as
a share that comes near its best. Other smooth laws are straight in the score. Which holds is not known beforehand, so
the explanations are weighed on both axes, equally probable at first, and averaged by their evidence for the same
scores: a density on an axis z(y) is |dz/dy| times as large in the score y.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.comparison import log_mean_evidence
from emergence_stats.fit_check import objection
from emergence_stats.ingest.registries.metrics import MetricSpec
from emergence_stats.models.curves.spec import Explanation
from emergence_stats.models.likelihood import COUNTS, observe
from emergence_stats.posterior import EXPLANATIONS
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.unpredictability import gain_from
from emergence_stats.weighing import Weighed, weigh

MOST_RELATIVE_ERROR = 1.0 / 3.0  # of a loss, beyond which its log is no longer about normal
PHASE_CHANGE, SMOOTH = (EXPLANATIONS.index(name) for name in (Explanation.PHASE_CHANGE, Explanation.SMOOTH))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Axis:
    """A companion's scores on one axis.

    Attributes:
        series: the scores, `Series.score_axis` being "log" where the log of the loss is meant.
        log_slope: ln |dz/dy| of the axis z in the companion's score y, shape (n_points,).
    """

    series: Series
    log_slope: FloatArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Averaged:
    """What a companion says, averaged over its axes.

    Attributes:
        series: its scores on the first axis, for figures.
        weighed: their posterior.
        p_sharp: posterior probability of a width below W*.
        p_rise: of a rise over the range.
        unpredictable: leave-future-out gain from the onset on, nats; None if it cannot be asked.
        log_bayes_factor: phase change over smooth, nats.
        support: evidence of each explanation as shares, under equal prior masses.
        doubt: why the posterior on the more probable axis is not to be relied on, or None.
        axis: the more probable axis, as "the log of -ln token_accuracy"; None where it is the metric itself.
    """

    series: Series
    weighed: Weighed
    p_sharp: float
    p_rise: float
    unpredictable: float | None
    log_bayes_factor: float
    support: dict[str, float]
    doubt: str | None
    axis: str | None


def weigh_companion(
    companion: Series, spec: MetricSpec | None, settings: Settings, seed: int, first: int | None
) -> Averaged:
    """Weigh every explanation of a companion on each of its axes, and average.

    Args:
        companion: its scores.
        spec: what is known of its metric.
        settings: priors, limits and effort.
        seed: of engines that draw random numbers.
        first: index of the first point after the onset; None, or below 2, where E4 cannot be asked.
    """
    axes = axes_of(companion, spec, settings)
    weighed = [weigh(axis.series, settings, seed, floor_known=False) for axis in axes]
    logs = np.array([_log_evidences(each, axis) for each, axis in zip(weighed, axes, strict=True)])
    masses = np.array(settings.prior.explanation_masses)
    with np.errstate(divide="ignore"):  # an explanation may have no mass
        total = np.logaddexp.reduce(logs + np.log(masses / masses.sum()), axis=1)
    share = np.exp(total - np.logaddexp.reduce(total))
    together = np.logaddexp.reduce(logs, axis=0)
    factor = float(together[PHASE_CHANGE] - together[SMOOTH])
    gain = None
    if first is not None and first >= 2:
        before = np.logaddexp.reduce(
            [_log_before(each, axis, first) for each, axis in zip(weighed, axes, strict=True)], axis=0
        )
        gain = factor - float(before[0] - before[1])
    support = np.exp(together - np.logaddexp.reduce(together))
    which = int(share.argmax())
    likelier, nearer = weighed[which], axes[which].series
    return Averaged(
        series=axes[0].series,
        weighed=weighed[0],
        p_sharp=float(sum(s * each.numbers.sharp for s, each in zip(share, weighed, strict=True))),
        p_rise=float(sum(s * each.numbers.rise for s, each in zip(share, weighed, strict=True))),
        unpredictable=gain,
        log_bayes_factor=factor,
        support={str(name): float(value) for name, value in zip(EXPLANATIONS, support, strict=True)},
        doubt=objection(likelier.posterior) or (likelier.faults[0] if likelier.faults else None),
        axis=f"the log of {nearer.metric}" if nearer.score_axis == "log" else None,
    )


def axes_of(companion: Series, spec: MetricSpec | None, settings: Settings) -> tuple[Axis, ...]:
    """The axes of a companion, that of its own unit first; losses and log probabilities have their log alone.

    What matters of a companion is the shape of its rise, not its level. Partial credit may move between .95 and .99 all
    along, so the range of the data stands in for the bounds.
    """
    loss = None if spec is None else _log_loss(companion, spec, settings)
    alone = spec is not None and (spec.log_axis or spec.per_token == "log_probability")
    if loss is not None and alone:
        return (loss,)
    assert companion.score is not None
    own = Axis(series=_free(companion), log_slope=np.zeros(companion.n_points))
    if loss is not None:
        return (dataclasses.replace(own, series=own.series.replace(stderr=_errors(companion, settings))), loss)
    # Counts keep their own likelihood where nothing else is to be compared with it.
    counted = companion.n_items is not None and companion.stderr is None and companion.score_bounds is not None
    return (dataclasses.replace(own, series=companion) if counted else own,)


def _log_loss(companion: Series, spec: MetricSpec, settings: Settings) -> Axis | None:
    """The log of the loss that a score stands for; None where there is none, or noise hides it.

    Probabilities p of a token are losses -ln p, perplexities their logs; of other metrics with a best score, the
    distance from it is taken.
    """
    y = companion.score
    assert y is not None
    if spec.higher_is_better is not companion.higher_is_better:
        return None
    label, one = companion.metric, np.ones_like(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        match spec.per_token:
            case "probability":
                loss, slope, label = -np.log(y), 1.0 / y, f"-ln {label}"
            case "perplexity":
                loss, slope, label = np.log(y), 1.0 / y, f"ln {label}"
            case "log_probability":
                loss, slope, label = -y, one, f"negative {label}"
            case _ if companion.higher_is_better and spec.bounds is not None:
                loss, slope, label = spec.bounds[1] - y, one, f"{spec.bounds[1]:g} - {label}"
            case _ if companion.higher_is_better:
                return None
            case _:
                loss, slope = y, one
    if not (np.isfinite(loss).all() and (loss > 0.0).all()):
        return None
    errors = _errors(companion, settings)
    scaled = None if errors is None else errors * slope
    if scaled is not None and bool((scaled / loss > MOST_RELATIVE_ERROR).any()):
        return None
    series = _free(companion).replace(
        score=loss, stderr=scaled, higher_is_better=False, score_axis="log", metric=label, outcomes=None
    )
    return Axis(series=series, log_slope=np.log(slope / loss))


def _errors(companion: Series, settings: Settings) -> FloatArray | None:
    """Standard errors of the scores; those of counts are binomial, with half an item more on either side."""
    data = observe(companion, settings.prior)
    if companion.stderr is not None or data.kind != COUNTS:
        return companion.stderr
    p = (data.first + 0.5) / (data.second + 1.0)
    return np.asarray(np.sqrt(p * (1.0 - p) / data.second) * abs(data.high - data.low))


def _free(companion: Series) -> Series:
    """Without bounds, chance level and counts."""
    return companion.replace(score_bounds=None, chance_level=None, n_correct=None, n_items=None, warnings=())


def _density(weighed: Weighed, axis: Axis) -> FloatArray:
    """Log density in the companion's score of one unit of density on the axis of the curves, shape (n_points,)."""
    data = weighed.problem.observations
    return np.asarray(axis.log_slope - np.log(abs(data.high - data.low)))


def _log_evidences(weighed: Weighed, axis: Axis) -> FloatArray:
    """Log evidence of every explanation for the scores, shape (n_explanations,)."""
    bare = [log_mean_evidence(weighed.evidences, explanation)[0] for explanation in EXPLANATIONS]
    return np.array(bare) + float(_density(weighed, axis).sum())


def _log_before(weighed: Weighed, axis: Axis, first: int) -> FloatArray:
    """Log evidence of phase change and of smooth for the scores before the onset, shape (2,)."""
    prefix = gain_from(weighed.problem, weighed.evidences, first).prefix
    bare = [log_mean_evidence(prefix, explanation)[0] for explanation in (Explanation.PHASE_CHANGE, Explanation.SMOOTH)]
    return np.array(bare) + float(_density(weighed, axis)[:first].sum())
