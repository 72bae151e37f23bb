"""What `compare` returns."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.pairs import judging
from emergence_stats.pairs.constant import Constant
from emergence_stats.pairs.judging import Crossover, EffectOverScale, PairVerdict
from emergence_stats.pairs.matching import PairedBy
from emergence_stats.series import Series
from emergence_stats.threshold import Quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
