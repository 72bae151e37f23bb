"""`pool`, and what it returns."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from emergence_stats.arguments import instance, whole_number
from emergence_stats.errors import InputError
from emergence_stats.models.curves.logistic import STEEPNESS
from emergence_stats.pooling.design import Design, lay_out
from emergence_stats.pooling.model import build
from emergence_stats.pooling.sampling import Convergence, sample
from emergence_stats.sentences import format_scale, format_scale_range
from emergence_stats.series import SCALE_UNITS, FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import Quantity

CHAINS, DRAWS = 4, 800


class PooledVerdict(enum.StrEnum):
    """What families share on a task; whether the small foretold the large (E4) is not asked here."""

    SHARED_SHARP_RISE = "shared_sharp_rise"
    SHARED_SMOOTH_RISE = "shared_smooth_rise"
    NO_RISE_IN_RANGE = "no_rise_in_range"
    UNDETERMINED = "undetermined"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledCell:
    """One task in one family, told by all.

    Attributes:
        task: name.
        family: name; empty for a family that was not measured.
        threshold: midpoint of the rise, in the scale's unit.
        width_decades: its 10-90 % width.
        p_beyond: probability that the midpoint lies beyond the largest scale of the task.
    """

    task: str
    family: str
    threshold: Quantity
    width_decades: Quantity
    p_beyond: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "task": self.task, "family": self.family, "threshold": self.threshold.to_dict(),
            "width_decades": self.width_decades.to_dict(), "p_beyond": self.p_beyond,
        }  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledTask:
    """What the families share on one task.

    Attributes:
        name: of the task.
        verdict: one of `PooledVerdict`.
        reason: one sentence.
        p_absent: P(excess of the typical family's curve over its floor below delta at the smallest scale).
        p_present: P(its excess over chance above Delta at the largest scale).
        p_sharp: P(its width below W*).
        typical: threshold and width of the middle of the families.
        new_family: the same for a family that was not measured.
        scale: shape (n,).
        curve: median of the typical family's curve in [0, 1], 1 best, shape (n,).
        curve_low: 5 % quantile.
        curve_high: 95 % quantile.
    """

    name: str
    verdict: PooledVerdict
    reason: str
    p_absent: float
    p_present: float
    p_sharp: float
    typical: PooledCell
    new_family: PooledCell
    scale: FloatArray
    curve: FloatArray
    curve_low: FloatArray
    curve_high: FloatArray

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "verdict": self.verdict.value, "reason": self.reason, "p_absent": self.p_absent,
            "p_present": self.p_present, "p_sharp": self.p_sharp, "typical": self.typical.to_dict(),
            "new_family": self.new_family.to_dict(), "scale": self.scale.tolist(), "curve": self.curve.tolist(),
            "curve_low": self.curve_low.tolist(), "curve_high": self.curve_high.tolist(),
        }  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledAnalysis:
    """Families and tasks in one model; immutable.

    Attributes:
        by: column that was pooled over.
        scale_kind: kind of scale.
        tasks: what families share, by task.
        cells: every task in every family that was measured on it.
        families: how far each family's thresholds lie from the middle, in decades; negative is earlier.
        spreads: standard deviations: between families, of a family between tasks, between models of one size (decades).
        covariates: shift of the threshold in decades for one unit of each covariate.
        convergence: whether the sampler can be believed.
        warnings: what a reader must know.
        seed: of the sampler.
    """

    by: str
    scale_kind: str
    tasks: Mapping[str, PooledTask]
    cells: tuple[PooledCell, ...]
    families: Mapping[str, Quantity]
    spreads: Mapping[str, Quantity]
    covariates: Mapping[str, Quantity]
    convergence: Convergence
    warnings: tuple[str, ...]
    seed: int

    def cell(self, task: str, family: str) -> PooledCell:
        """One task in one family.

        Raises:
            InputError: that family was not measured on that task.
        """
        for cell in self.cells:
            if (cell.task, cell.family) == (task, family):
                return cell
        msg = f"expected a task and a family that were measured together, got {task!r} and {family!r}"
        raise InputError(msg)

    def summary(self) -> str:
        """A paragraph a person can quote."""
        parts = [f"{len(self.families)} families and {len(self.tasks)} tasks in one model."]
        parts += [f"{task.name}: {task.verdict.replace('_', ' ')}. {task.reason}" for task in self.tasks.values()]
        spread = self.spreads["family"]
        low, high = spread.interval(0.9) or (0.0, 0.0)
        parts.append(f"Families differ by {spread.median:.2f} decades (90 % interval {low:.2f} to {high:.2f}).")
        for name, effect in self.covariates.items():
            low, high = effect.interval(0.9) or (0.0, 0.0)
            parts.append(
                f"One unit more of {name} moves the threshold by {effect.median:+.2f} decades "
                f"({low:+.2f} to {high:+.2f})."
            )
        return " ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kind": "pooling",
            "by": self.by,
            "scale_kind": self.scale_kind,
            "scale_unit": SCALE_UNITS[self.scale_kind],
            "seed": self.seed,
            "tasks": [task.to_dict() for task in self.tasks.values()],
            "cells": [cell.to_dict() for cell in self.cells],
            "families": {name: value.to_dict() for name, value in self.families.items()},
            "spreads": {name: value.to_dict() for name, value in self.spreads.items()},
            "covariates": {name: value.to_dict() for name, value in self.covariates.items()},
            "convergence": {**dataclasses.asdict(self.convergence), "faults": list(self.convergence.faults)},
            "warnings": list(self.warnings),
        }


def pool(
    series: Iterable[Series],
    *,
    by: str = "family",
    covariates: Mapping[str, Mapping[str, float]] | None = None,
    draws: int = DRAWS,
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
) -> PooledAnalysis:
    """Partial pooling of threshold, width and ceiling over families (`pooling.model`), sampled by PyMC.

    Args:
        series: any number, each with the column `by` in its identity; what else identifies it is its task.
        by: what to pool over.
        covariates: name of a covariate to its value for each family, such as {"release year": {"OPT": 2022.3, ...}}:
            a regression on the threshold.
        draws: of each of four chains; as many before them tune the sampler.
        workers: processes; the result is the same to the last bit for any number.
        seed: of the sampler.
        settings: priors and limits; the defaults if None.

    Raises:
        InputError: an argument is of the wrong class or out of its range.
        SeriesError: fewer than three families, several kinds of scale, or a covariate that lacks a family.
    """
    chosen = Settings() if settings is None else instance("settings", settings, Settings)
    members = [instance("series", one, Series) for one in series]
    draws, workers = whole_number("draws", draws, minimum=50), whole_number("workers", workers, minimum=1)
    seed = whole_number("seed", seed)
    design = lay_out(members, by=by, covariates=covariates or {}, prior=chosen.prior)
    values, convergence = sample(build(design, chosen.prior), chains=CHAINS, draws=draws, workers=workers, seed=seed)
    generator = np.random.default_rng(seed)
    tasks = {
        name: _task(i, name, design, values, convergence, chosen, generator) for i, name in enumerate(design.tasks)
    }
    spreads = {"family": "family_sd", "family between tasks": "cell_sd", "model": "model_sd"}
    return PooledAnalysis(
        by=by,
        scale_kind=design.scale_kind,
        tasks=tasks,
        cells=tuple(
            _cell(design, design.tasks[task], design.families[family], values["cell_threshold"][:, i],
                  values["cell_log_width"][:, i], task)
            for i, (task, family) in enumerate(design.cells.tolist())
        ),
        families={name: _quantity(values["family_shift"][:, i]) for i, name in enumerate(design.families)},
        spreads={name: _quantity(values[key]) for name, key in spreads.items() if key in values},
        covariates={
            name: _quantity(values["covariate_effect"][:, i] / design.covariate_units[i, 1])
            for i, name in enumerate(design.covariate_names)
        },
        convergence=convergence,
        warnings=(*design.warnings, *(f"not converged: {fault}" for fault in convergence.faults)),
        seed=seed,
    )  # fmt: skip


def _quantity(draws: FloatArray) -> Quantity:
    return Quantity(draws=np.sort(draws))


def _scale(design: Design, x: FloatArray) -> FloatArray:
    """log10 position to scale."""
    return np.asarray(10.0 ** np.clip(-x if design.scale_kind == "loss" else x, -300.0, 300.0))


def _cell(
    design: Design, task: str, family: str, threshold: FloatArray, log_width: FloatArray, index: int
) -> PooledCell:
    return PooledCell(
        task=task,
        family=family,
        threshold=_quantity(_scale(design, threshold)),
        width_decades=_quantity(np.exp(log_width)),
        p_beyond=float((threshold > design.ends[index, 1]).mean()),
    )


def _task(
    index: int,
    name: str,
    design: Design,
    values: Mapping[str, FloatArray],
    convergence: Convergence,
    settings: Settings,
    generator: np.random.Generator,
) -> PooledTask:
    """The typical family and a new one on one task, and the verdict."""
    threshold, log_width = values["threshold"][:, index], values["log_width"][:, index]
    lapse = 1.0 / (1.0 + np.exp(-values["logit_lapse"][:, index]))
    base, chance = values["guess_rate"][:, index], float(design.chance[index])
    x = np.linspace(float(design.ends[index, 0]), float(design.ends[index, 1]), 41)
    rise = (1.0 - base) * (1.0 - lapse)
    place = np.clip(STEEPNESS * (x - threshold[:, None]) / np.exp(log_width)[:, None], -500.0, 500.0)
    curve = base[:, None] + rise[:, None] / (1.0 + np.exp(-place))
    limits, room = settings.verdict, 1.0 - chance
    floor = np.maximum(base, chance)
    absent = float((curve[:, 0] - floor < limits.absent_excess * room).mean())
    present = float((curve[:, -1] - chance > limits.present_excess * room).mean())
    idle = float((curve[:, -1] - floor < limits.absent_excess * room).mean())
    sharp = float((np.exp(log_width) < settings.prior.sharp_width).mean())
    verdict = PooledVerdict.UNDETERMINED
    if not convergence.faults:
        if idle >= limits.explanation_probability:
            verdict = PooledVerdict.NO_RISE_IN_RANGE
        elif present >= limits.present_probability and absent >= limits.absent_probability:
            if sharp >= limits.sharp_probability:
                verdict = PooledVerdict.SHARED_SHARP_RISE
            elif 1.0 - sharp >= limits.sharp_probability:
                verdict = PooledVerdict.SHARED_SMOOTH_RISE
        elif present >= limits.present_probability and 1.0 - sharp >= limits.sharp_probability:
            verdict = PooledVerdict.SHARED_SMOOTH_RISE
    shift = values["family_sd"] * generator.standard_normal(threshold.size)
    if "cell_sd" in values:
        shift = shift + values["cell_sd"] * generator.standard_normal(threshold.size)
    wider = values["width_sd"] * generator.standard_normal(threshold.size)
    low, middle, high = np.quantile(curve, (0.05, 0.5, 0.95), axis=0)
    typical = _cell(design, name, "", threshold, log_width, index)
    return PooledTask(
        name=name,
        verdict=verdict,
        reason=_reason(convergence, absent, present, sharp, typical, design.scale_kind, settings),
        p_absent=absent,
        p_present=present,
        p_sharp=sharp,
        typical=typical,
        new_family=_cell(design, name, "", threshold + shift, log_width + wider, index),
        scale=_scale(design, x),
        curve=middle,
        curve_low=low,
        curve_high=high,
    )


def _reason(
    convergence: Convergence,
    absent: float,
    present: float,
    sharp: float,
    typical: PooledCell,
    kind: str,
    settings: Settings,
) -> str:
    """One sentence: the faults, or the three probabilities and the place."""
    if convergence.faults:
        return f"The sampler did not converge ({'; '.join(convergence.faults)}): nothing is concluded."
    place = ""
    interval = typical.threshold.interval(0.9)
    if typical.p_beyond < 0.5 and typical.threshold.median is not None and interval is not None:
        place = (
            f" The typical family's midpoint is {format_scale(typical.threshold.median, kind)} (90 % interval "
            f"{format_scale_range(*interval, kind)})."
        )
    elif typical.p_beyond >= 0.5:
        place = f" The midpoint lies beyond the largest scale with probability {typical.p_beyond:.2f}."
    return (
        f"In the typical family, P(absent at the smallest scale) is {absent:.2f}, P(present at the largest) "
        f"{present:.2f}, P(width below {settings.prior.sharp_width:g} decades) {sharp:.2f}.{place}"
    )
