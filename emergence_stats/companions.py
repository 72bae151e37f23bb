"""E5: is the rise as sharp on another metric of the same outputs?

A metric that wants every token right, or that counts only the best of several answers, can turn steady progress into a
jump (Schaeffer et al. 2023, arXiv 2304.15004). So the same explanations are weighed for metrics that cannot: those
linear in the probability of a token, or continuous in it. E3 and E4 are asked of them, E4 at the onset of the series
itself; their floor is free, since partial credit begins long before the first answer is right.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import instance
from emergence_stats.companion_axes import weigh_companion
from emergence_stats.errors import InputError, SeriesError
from emergence_stats.findings import OtherMetric, Shape
from emergence_stats.ingest.registries.metrics import between, metric_spec
from emergence_stats.series import Series
from emergence_stats.weighing import Weighed

SAME_SCALE = 1e-6  # relative difference up to which two scales are one
FEWEST_SHARED = 3
WORTH_ASKING = 0.1  # probability of any rise below which no verdict depends on a companion
SURE = math.log(10.0)  # nats by which smooth must beat a phase change on the companion
SURE_RISE = 0.9


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Companion:
    """Another metric of the same outputs, and what it says.

    Attributes:
        series: its scores at the scales that both metrics have, on an axis that figures can show.
        kind: "linear" in per-token probability, "continuous" in it, or "unlisted": taken for continuous.
        weighed: its posterior on that axis; what is found is averaged over all of its axes (`companion_axes`).
        found: what the verdict needs of it.
        remark: how it was joined, or why it does not decide; None if there is nothing to say.
    """

    series: Series
    kind: str
    weighed: Weighed
    found: OtherMetric
    remark: str | None

    def __repr__(self) -> str:
        """Metric and what it says."""
        return f"Companion({self.found.metric!r}, shape={self.found.shape.value!r}, p_sharp={self.found.p_sharp:.3f})"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Companions:
    """All companions that were judged, the one that decides, and what a reader must know of them.

    Attributes:
        judged: in the order in which they were given.
        deciding: the finding that E5 rests on: a smooth one before a sharp one before one that does not tell.
        warnings: scales that were left out, companions that could not be used or read.
        objection: what forbids the verdict emergent, or None: scores of a companion that are there and cannot be read.
    """

    judged: tuple[Companion, ...] = ()
    deciding: OtherMetric | None = None
    warnings: tuple[str, ...] = ()
    objection: str | None = None


def check_companions(companions: object) -> tuple[Series, ...]:
    """The argument `companions` as a tuple of series.

    Raises:
        InputError: it is no sequence of series.
        SeriesError: a score is out of the bounds that its metric is known to have.
    """
    if isinstance(companions, Series) or not isinstance(companions, Iterable):
        msg = f"companions: expected a list of Series, got {type(companions).__name__}"
        raise InputError(msg)
    found = tuple(instance(f"companions[{i}]", each, Series) for i, each in enumerate(companions))
    for i, each in enumerate(found):
        spec = metric_spec(each.metric)
        assert each.score is not None
        if spec is None:
            continue
        low, high = spec.range
        outside = each.score[(each.score < low) | (each.score > high)]
        if outside.size:
            msg = f"companions[{i}]: expected {each.metric} {between(low, high)}, got {outside[0]:g}"
            raise SeriesError(msg)
    return found


def judge_companions(
    series: Series,
    companions: tuple[Series, ...],
    weighed: Weighed,
    onset: int | None,
    seed: int,
    *,
    unread: Mapping[str, str],
) -> Companions:
    """Ask E3 and E4 of every companion that can answer.

    Args:
        series: whose verdict is wanted.
        companions: other metrics of the same outputs.
        weighed: the posterior of `series`.
        onset: index of the first point after the onset of `series`, or None.
        seed: of engines that draw random numbers.
        unread: other companions whose scores could not be read, and why.
    """
    shares = weighed.numbers.explanations
    if not (companions or unread) or shares["smooth"] + shares["phase_change"] < WORTH_ASKING:
        return Companions()
    judged: list[Companion] = []
    warnings = [f"companion metric {metric} could not be read: {problem}" for metric, problem in unread.items()]
    for companion in companions:
        label = companion.metric or companion.name
        usable, remark = _usable(series, companion, onset)
        if usable is None:
            warnings.append(f"companion metric {label} not used: {remark}")
            continue
        if remark is not None:
            warnings.append(f"companion metric {label}: {remark}")
        judged.append(_judge(series, usable, label, weighed, onset, seed, remark))
    order = (Shape.SMOOTH, Shape.SHARP, Shape.UNCLEAR)
    ranked = sorted(judged, key=lambda each: (order.index(each.found.shape), abs(each.found.p_sharp - 0.5) * -1.0))
    deciding = ranked[0].found if ranked else None
    silent = deciding is None or deciding.shape is Shape.UNCLEAR
    return Companions(
        judged=tuple(judged),
        deciding=deciding,
        warnings=tuple(warnings),
        objection=f"{' and '.join(unread)} of the same outputs could not be read" if unread and silent else None,
    )


def companion_kind(metric: str) -> str | None:
    """How a metric follows the probability of a token: "linear", "continuous" or "unlisted"; None if right or wrong."""
    spec = metric_spec(metric)
    if spec is None or (spec.linear is None and spec.continuous is None):
        return "unlisted"
    if spec.linear:
        return "linear"
    return "continuous" if spec.continuous else None


def _usable(series: Series, companion: Series, onset: int | None) -> tuple[Series | None, str | None]:
    """The companion at the shared scales, and a remark; or None and why it cannot be used."""
    kind = companion_kind(companion.metric)
    if kind is None:
        return (
            None,
            "it is right or wrong as a whole, too, and cannot tell a jump of the ability from one of the metric",
        )
    if companion.scale_kind != series.scale_kind:
        return None, f"its scale is {companion.scale_kind}, not {series.scale_kind}"
    shared = _is_in(companion.scale, series.scale)
    kept = np.unique(companion.scale[shared])
    if kept.size < FEWEST_SHARED:
        scales = "1 scale" if kept.size == 1 else f"{kept.size or 'no'} scales"
        ours = series.metric or "the series"
        return None, f"it shares {scales} with {ours}, at least {FEWEST_SHARED} are needed"
    remarks = [
        f"its {key} is {companion.identity[key]}, that of the series {value}: taken for outputs of the same models"
        for key, value in series.identity.items()
        if key != "metric" and companion.identity.get(key, value) != value
    ]
    if not shared.all() or kept.size < series.n_scales:
        remarks.append(
            f"joined on the {kept.size} scales that both have (of {series.n_scales} and {companion.n_scales})"
        )
    joined = companion if shared.all() else companion.subset(shared)
    if onset is not None and not _covers(series, joined, onset):
        return None, "its scales do not include those next to the onset"
    if kind == "unlisted":
        remarks.append("not in the list of metrics, taken for continuous in the probability of a token")
    spec = metric_spec(companion.metric)
    if spec is not None and spec.higher_is_better not in (None, companion.higher_is_better):
        usual = "higher" if spec.higher_is_better else "lower"
        remarks.append(f"{usual} is usually better, and is worse here")
    return joined, "; ".join(remarks) or None


def _is_in(scale: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which scales are among others, shape (n_points,)."""
    distinct = np.unique(others)
    nearest = distinct[np.abs(np.log(scale)[:, None] - np.log(distinct)[None, :]).argmin(axis=1)]
    return np.abs(scale / nearest - 1.0) <= SAME_SCALE


def _covers(series: Series, joined: Series, onset: int) -> bool:
    """Do the shared scales begin before the onset and go beyond it?"""
    x, own = joined.log10_scale, series.log10_scale
    return bool((x < own[onset] - SAME_SCALE).any() and (x > own[onset] - SAME_SCALE).any())


def _judge(
    series: Series, companion: Series, metric: str, headline: Weighed, onset: int | None, seed: int, remark: str | None
) -> Companion:
    """What one companion says."""
    limits = headline.problem.settings.verdict
    first = None
    if onset is not None:
        first = int(np.searchsorted(companion.log10_scale, series.log10_scale[onset] - SAME_SCALE))
    says = weigh_companion(companion, metric_spec(companion.metric), headline.problem.settings, seed, first)
    # Evidence of the series itself counts where it, too, speaks for a smooth rise; what speaks against is the question.
    together = says.log_bayes_factor + min(0.0, headline.comparison.log_bayes_factor)
    foreseen = (says.unpredictable or 0.0) <= limits.unpredictable_nats
    shape = Shape.UNCLEAR
    if says.doubt is None and says.p_sharp >= limits.sharp_probability and not foreseen:
        shape = Shape.SHARP
    elif says.doubt is None and says.p_rise >= SURE_RISE and says.log_bayes_factor < 0.0 and together < -SURE:
        shape = Shape.SMOOTH
    kind = companion_kind(metric) or ""
    return Companion(
        series=says.series,
        kind=kind,
        weighed=says.weighed,
        found=OtherMetric(
            metric=metric,
            kind=kind,
            shape=shape,
            p_sharp=says.p_sharp,
            unpredictable=says.unpredictable,
            log_bayes_factor=says.log_bayes_factor,
            support=says.support,
            doubt=says.doubt,
            axis=says.axis,
        ),
        remark=remark,
    )
