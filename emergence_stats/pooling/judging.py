"""From draws of the pooled model to what is said of tasks and families."""

from __future__ import annotations

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
) -> PooledTask:
    """The typical family and a new one on one task, and the verdict.

    Args:
        index: of the task.
        design: the points.
        values: draws of every variable, shape (n_draws, ...).
        convergence: whether the sampler can be believed.
        settings: limits of the conditions.
        generator: draws the new family.
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
    sharp_width = settings.prior.sharp_width

    def cell(shift: FloatArray | float, wider: FloatArray | float, lapse: FloatArray | float) -> PooledCell:
        curve = threshold + shift, log_width + wider, logit_lapse + lapse, base
        return _cell(design, index, "", curve, high_end, settings.verdict, sharp_width)

    typical = cell(0.0, 0.0, 0.0)

    def drawn(*names: str) -> FloatArray:
        spread = np.sqrt(np.sum([values[key] ** 2 for key in names if key in values], axis=0))
        return np.asarray(spread * generator.standard_normal(threshold.size))

    new_family = cell(
        drawn("family_sd", "cell_sd"), drawn("width_sd"), LAPSE_BETWEEN * generator.standard_normal(threshold.size)
    )
    low, middle, high = np.quantile(curve, (0.05, 0.5, 0.95), axis=0)
    verdict = _verdict(absent, typical.p_present, typical.p_sharp, idle, limits)
    return PooledTask(
        name=name,
        verdict=PooledVerdict.UNDETERMINED if convergence.faults else verdict,
        reason=_reason(convergence, absent, typical, design.scale_kind, sharp_width),
        p_absent=absent,
        p_present=typical.p_present,
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
    for i, (task, family) in enumerate(design.cells.tolist()):
        threshold, log_width = values["cell_threshold"][:, i], values["cell_log_width"][:, i]
        lapse, base = values["cell_lapse"][:, i], values["guess_rate"][:, task]
        largest = float(design.x[design.cell == i].max())
        curve = threshold, log_width, np.log(lapse / (1.0 - lapse)), base
        name = design.families[family]
        found.append(_cell(design, task, name, curve, largest, settings.verdict, settings.prior.sharp_width))
    return tuple(found)


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
    limits: VerdictSettings,
    sharp_width: float,
) -> PooledCell:
    """What draws of threshold, log width, logit of the lapse rate and floor say; `end` is the largest log10 scale."""
    threshold, log_width, logit_lapse, base = curve
    ending, chance = _curve(np.array([end]), *curve)[:, 0], float(design.chance[task])
    return PooledCell(
        task=design.tasks[task],
        family=family,
        midpoint=quantity(_scale(design, threshold)),
        width_decades=quantity(np.exp(log_width)),
        ceiling=quantity(_ceiling(logit_lapse, base)),
        p_beyond=float((threshold > design.ends[task, 1]).mean()),
        p_present=float((ending - chance > limits.present_excess * (1.0 - chance)).mean()),
        p_sharp=float((np.exp(log_width) < sharp_width).mean()),
    )


def _scale(design: Design, x: FloatArray) -> FloatArray:
    """log10 position to scale."""
    return np.asarray(10.0 ** np.clip(-x if design.scale_kind == "loss" else x, -300.0, 300.0))


def _verdict(absent: float, present: float, sharp: float, idle: float, limits: VerdictSettings) -> PooledVerdict:
    """From the probabilities of the typical family."""
    if idle >= limits.explanation_probability:
        return PooledVerdict.NO_RISE_IN_RANGE
    if present < limits.present_probability:
        return PooledVerdict.UNDETERMINED
    if absent >= limits.absent_probability and sharp >= limits.sharp_probability:
        return PooledVerdict.SHARED_SHARP_RISE
    return PooledVerdict.SHARED_SMOOTH_RISE if 1.0 - sharp >= limits.sharp_probability else PooledVerdict.UNDETERMINED


def _reason(convergence: Convergence, absent: float, typical: PooledCell, kind: str, sharp_width: float) -> str:
    """One sentence: the faults, or the three probabilities and the place."""
    if convergence.faults:
        return f"The sampler did not converge ({'; '.join(convergence.faults)}): nothing is concluded."
    place = f" The midpoint lies beyond the largest scale with probability {typical.p_beyond:.2f}."
    interval = typical.threshold.interval(0.9)
    if typical.threshold.median is not None and interval is not None:
        place = (
            f" The typical family's midpoint is {format_scale(typical.threshold.median, kind)} (90 % interval "
            f"{format_scale_range(*interval, kind)})."
        )
    return (
        f"In the typical family, P(absent at the smallest scale) is {absent:.2f}, P(present at the largest) "
        f"{typical.p_present:.2f}, P(width below {sharp_width:g} decades) {typical.p_sharp:.2f}.{place}"
    )
