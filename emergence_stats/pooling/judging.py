"""From draws of the pooled model to what is said of tasks and families."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.pooling.design import Design
from emergence_stats.pooling.model import LAPSE_BETWEEN
from emergence_stats.pooling.result import PooledCell, PooledTask, PooledVerdict
from emergence_stats.pooling.sampling import Convergence
from emergence_stats.sentences import format_scale, format_scale_range
from emergence_stats.series import FloatArray
from emergence_stats.settings import Settings, VerdictSettings
from emergence_stats.threshold import Quantity

FALL_DEVIATIONS = -2.326  # of Kendall's sum from zero: 1 % by chance
GRID = 41  # scales at which the typical family's curve is told
Draws = Mapping[str, FloatArray]


def quantity(draws: FloatArray) -> Quantity:
    """Draws in ascending order."""
    return Quantity(draws=np.sort(draws))


def judge_task(
    index: int,
    design: Design,
    values: Draws,
    convergence: Convergence,
    settings: Settings,
    generator: np.random.Generator,
    moved: FloatArray | float = 0.0,
) -> PooledTask:
    """The typical family and a new one on one task, and the verdict.

    Args:
        index: of the task.
        design: the points.
        values: draws of every variable, shape (n_draws, ...).
        convergence: whether the sampler can be believed.
        settings: limits of the conditions.
        generator: draws the new family.
        moved: how far its covariates move its threshold, in decades, shape (n_draws,).
    """
    name, limits = design.tasks[index], settings.verdict
    threshold, log_width = values["threshold"][:, index], values["log_width"][:, index]
    logit_lapse, base = values["logit_lapse"][:, index], values["guess_rate"][:, index]
    chance = float(design.chance[index])
    low_end, high_end = (float(end) for end in design.ends[index])
    x = np.linspace(low_end, high_end, GRID)
    curve = _curve(x, threshold, log_width, logit_lapse, base)
    room, floor = 1.0 - chance, np.maximum(base, chance)
    absent = float((curve[:, 0] - floor < limits.absent_excess * room).mean())
    idle = float((curve[:, -1] - floor < limits.absent_excess * room).mean())
    rise = float((curve[:, -1] - curve[:, 0] >= limits.absent_excess * room).mean())
    falls = scores_fall(index, design)

    def cell(shift: FloatArray | float, wider: FloatArray | float, lapse: FloatArray | float) -> PooledCell:
        curve = threshold + shift, log_width + wider, logit_lapse + lapse, base
        return _cell(design, index, "", curve, high_end, falls, settings)

    typical = cell(0.0, 0.0, 0.0)

    def drawn(*names: str) -> FloatArray:
        spread = np.sqrt(np.sum([values[key] ** 2 for key in names if key in values], axis=0))
        return np.asarray(spread * generator.standard_normal(threshold.size))

    new_family = cell(
        moved + drawn("family_sd", "cell_sd"),
        drawn("width_sd"),
        LAPSE_BETWEEN * generator.standard_normal(threshold.size),
    )
    low, middle, high = np.quantile(curve, (0.05, 0.5, 0.95), axis=0)
    verdict = _verdict(absent, typical, rise, idle, limits)
    return PooledTask(
        name=name,
        verdict=PooledVerdict.UNDETERMINED if convergence.faults else verdict,
        reason=_reason(convergence, absent, rise, typical, design.scale_kind, settings),
        p_absent=absent,
        p_present=typical.p_present,
        p_rise=rise,
        p_sharp=typical.p_sharp,
        typical=typical,
        new_family=new_family,
        scale=_scale(design, x),
        curve=middle,
        curve_low=low,
        curve_high=high,
    )


def judge_cells(design: Design, values: Draws, settings: Settings) -> tuple[PooledCell, ...]:
    """Every task in every family that was measured on it."""
    found = []
    falls = [scores_fall(task, design) for task in range(len(design.tasks))]
    for i, (task, family) in enumerate(design.cells.tolist()):
        threshold, log_width = values["cell_threshold"][:, i], values["cell_log_width"][:, i]
        lapse, base = values["cell_lapse"][:, i], values["guess_rate"][:, task]
        largest = float(design.x[design.cell == i].max())
        curve = threshold, log_width, np.log(lapse / (1.0 - lapse)), base
        name = design.families[family]
        found.append(_cell(design, task, name, curve, largest, falls[task], settings))
    return tuple(found)


def scores_fall(task: int, design: Design) -> bool:
    """Whether scores on a task fall with scale inside families: Kendall's sum over pairs of models of one family.

    The model knows rises only. Families stand apart, as blocks (Jonckheere 1954, doi:10.1093/biomet/41.1-2.133): that
    the larger family is the worse one is no fall.
    """
    of_task = design.task == task
    score = np.where(design.counted, design.first / np.where(design.counted, design.second, 1.0), design.first)
    total, variance = 0.0, 0.0
    for family in np.unique(design.family[of_task]):
        own = of_task & (design.family == family)
        x, y = design.x[own], score[own]
        total += float(np.sign(np.subtract.outer(x, x) * np.subtract.outer(y, y)).sum()) / 2.0
        variance += _kendall_variance(x, y)
    return bool(variance > 0.0 and total < FALL_DEVIATIONS * math.sqrt(variance))


def _kendall_variance(x: FloatArray, y: FloatArray) -> float:
    """Of Kendall's sum where x and y are independent, with ties (Kendall 1970, Rank Correlation Methods, 4.3)."""
    n = x.size
    if n < 2:
        return 0.0
    ties = [np.unique(values, return_counts=True)[1].astype(np.float64) for values in (x, y)]
    plain = n * (n - 1.0) * (2.0 * n + 5.0) - sum(float((t * (t - 1.0) * (2.0 * t + 5.0)).sum()) for t in ties)
    pairs = [float((t * (t - 1.0)).sum()) for t in ties]
    triples = [float((t * (t - 1.0) * (t - 2.0)).sum()) for t in ties]
    more = triples[0] * triples[1] / (9.0 * n * (n - 1.0) * (n - 2.0)) if n > 2 else 0.0
    return plain / 18.0 + pairs[0] * pairs[1] / (2.0 * n * (n - 1.0)) + more


def _curve(
    x: FloatArray, threshold: FloatArray, log_width: FloatArray, logit_lapse: FloatArray, base: FloatArray
) -> FloatArray:
    """Scores in [0, 1] of each draw at each position, shape (n_draws, n_positions)."""
    place = STEEPNESS * (x - threshold[:, None]) / np.exp(log_width)[:, None]
    rise = _ceiling(logit_lapse, base) - base
    return np.asarray(base[:, None] + rise[:, None] / (1.0 + np.exp(-np.clip(place, -500.0, 500.0))))


def _ceiling(logit_lapse: FloatArray, base: FloatArray) -> FloatArray:
    """Where the curve of each draw ends, shape (n_draws,)."""
    return np.asarray(base + (1.0 - base) / (1.0 + np.exp(logit_lapse)))


def _cell(
    design: Design,
    task: int,
    family: str,
    curve: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    end: float,
    falls: bool,  # one of the facts of a cell
    settings: Settings,
) -> PooledCell:
    """What draws of threshold, log width, logit of the lapse rate and floor say; `end` is the largest log10 scale."""
    limits = settings.verdict
    threshold, log_width, logit_lapse, base = curve
    ending, chance = _curve(np.array([end]), *curve)[:, 0], float(design.chance[task])
    return PooledCell(
        task=design.tasks[task],
        family=family,
        midpoint=quantity(_scale(design, threshold)),
        width_decades=quantity(np.exp(log_width)),
        ceiling=quantity(_ceiling(logit_lapse, base)),
        p_beyond=float((threshold > design.ends[task, 1]).mean()),
        p_before=float((threshold < design.ends[task, 0]).mean()),
        p_present=float((ending - chance > limits.present_excess * (1.0 - chance)).mean()),
        p_sharp=float((np.exp(log_width) < settings.prior.sharp_width).mean()),
        falls=falls,
    )


def _scale(design: Design, x: FloatArray) -> FloatArray:
    """log10 position to scale."""
    return np.asarray(10.0 ** np.clip(-x if design.scale_kind == "loss" else x, -300.0, 300.0))


def _verdict(absent: float, typical: PooledCell, rise: float, idle: float, limits: VerdictSettings) -> PooledVerdict:
    """From the probabilities of the typical family; a rise is shared only where its curve rises within the data."""
    if typical.falls:
        return PooledVerdict.UNDETERMINED
    if max(idle, 1.0 - rise) >= limits.explanation_probability:
        return PooledVerdict.NO_RISE_IN_RANGE
    if min(typical.p_present, rise) < limits.present_probability or typical.threshold.median is None:
        return PooledVerdict.UNDETERMINED
    sharp = typical.p_sharp
    if absent >= limits.absent_probability and sharp >= limits.sharp_probability:
        return PooledVerdict.SHARED_SHARP_RISE
    return PooledVerdict.SHARED_SMOOTH_RISE if 1.0 - sharp >= limits.sharp_probability else PooledVerdict.UNDETERMINED


def _reason(
    convergence: Convergence, absent: float, rise: float, typical: PooledCell, kind: str, settings: Settings
) -> str:
    """One sentence: the faults, that scores fall, or the probabilities and the place."""
    if convergence.faults:
        return f"The sampler did not converge ({'; '.join(convergence.faults)}): nothing is concluded."
    if typical.falls:
        return "Scores fall with scale inside families: the pooled model knows rises only, and places none."
    if typical.p_before > typical.p_beyond:
        place = f" The midpoint lies before the smallest scale with probability {typical.p_before:.2f}."
    else:
        place = f" The midpoint lies beyond the largest scale with probability {typical.p_beyond:.2f}."
    interval = typical.threshold.interval(0.9)
    if typical.threshold.median is not None and interval is not None:
        place = (
            f" The typical family's midpoint is {format_scale(typical.threshold.median, kind)} (90 % interval "
            f"{format_scale_range(*interval, kind)})."
        )
    return (
        f"In the typical family, P(absent at the smallest scale) is {absent:.2f}, P(present at the largest) "
        f"{typical.p_present:.2f}, P(a rise between them) {rise:.2f}, P(width below {settings.prior.sharp_width:g} "
        f"decades) {typical.p_sharp:.2f}.{place}"
    )
