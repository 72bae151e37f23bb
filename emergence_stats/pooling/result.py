"""What `pool` returns: tasks, families, and whether the sampler can be believed."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.errors import InputError
from emergence_stats.pooling.sampling import Convergence
from emergence_stats.series import SCALE_UNITS, FloatArray
from emergence_stats.threshold import NOTHING, Quantity

SCHEMA_VERSION = "1.0"


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
        midpoint: of the rise, in the scale's unit; where it lies beyond the data, by the families' spread alone.
        width_decades: its 10-90 % width.
        ceiling: score far above the midpoint, as a share of the metric's range.
        p_beyond: probability that the midpoint lies beyond the largest scale of the task.
        p_before: probability that it lies before the smallest.
        p_present: P(excess over chance above Delta at the family's own largest scale, or at the task's for a family
            that was not measured).
        p_sharp: P(width below W*).
        falls: whether scores on the task fall with scale inside families: what the model places is no rise then.
    """

    task: str
    family: str
    midpoint: Quantity
    width_decades: Quantity
    ceiling: Quantity
    p_beyond: float
    p_before: float
    p_present: float
    p_sharp: float
    falls: bool = False

    @property
    def threshold(self) -> Quantity:
        """The midpoint, given only of a rise that more probably than not lies within the scales of the task."""
        return self.midpoint if self.p_beyond + self.p_before < 0.5 and not self.falls else NOTHING

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the threshold is None where it lies outside the data, or scores fall."""
        return {
            "task": self.task, "family": self.family, "threshold": self.threshold.to_dict(),
            "width_decades": self.width_decades.to_dict(), "ceiling": self.ceiling.to_dict(),
            "p_beyond": self.p_beyond, "p_before": self.p_before, "p_present": self.p_present, "p_sharp": self.p_sharp,
            "falls": self.falls,
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
        p_rise: P(it rises by delta or more between the two).
        p_sharp: P(its width below W*).
        typical: threshold, width and ceiling of the middle of the families.
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
    p_rise: float
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
            "p_present": self.p_present, "p_rise": self.p_rise, "p_sharp": self.p_sharp,
            "typical": self.typical.to_dict(), "new_family": self.new_family.to_dict(), "scale": self.scale.tolist(),
            "curve": self.curve.tolist(), "curve_low": self.curve_low.tolist(),
            "curve_high": self.curve_high.tolist(),
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
        spreads: standard deviations: between families, of a family between tasks, between models of one size (decades),
            and of log width between families.
        covariates: shift of the threshold in decades for one unit of each covariate.
        new_family: value of each covariate of the family that was not measured.
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
    new_family: Mapping[str, float]
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
        beside = f" after {' and '.join(self.covariates)}" if self.covariates else ""
        parts.append(f"Families differ by {spread.median:.2f} decades (90 % interval {low:.2f} to {high:.2f}){beside}.")
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
            "schema_version": SCHEMA_VERSION,
            "program_version": __version__,
            "by": self.by,
            "scale_kind": self.scale_kind,
            "scale_unit": SCALE_UNITS[self.scale_kind],
            "seed": self.seed,
            "tasks": [task.to_dict() for task in self.tasks.values()],
            "cells": [cell.to_dict() for cell in self.cells],
            "families": {name: value.to_dict() for name, value in self.families.items()},
            "spreads": {name: value.to_dict() for name, value in self.spreads.items()},
            "covariates": {name: value.to_dict() for name, value in self.covariates.items()},
            "new_family": dict(self.new_family),
            "convergence": {
                "faults": list(self.convergence.faults),
                "rhat": self.convergence.rhat,
                "effective_draws": self.convergence.effective_draws,
                "divergences": self.convergence.divergences,
                "draws": self.convergence.draws,
            },
            "warnings": list(self.warnings),
            "summary": self.summary(),
        }
