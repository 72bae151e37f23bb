"""A number with its uncertainty, and how far a series lies above it: a fine-tuned small model, or people."""

from __future__ import annotations

import dataclasses

import numpy as np

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import Settings
from emergence_stats.threshold import ScaleMap, curve_values

N_DRAWS = 4000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A score that does not depend on scale, in the metric's own unit.

    Attributes:
        score: the score.
        n_items: test items behind it, for a share of items right; or
        stderr: its standard error. Neither: taken as known exactly, with a warning.
        name: label for reports.

    Raises:
        InputError: a value is not finite or out of its range, or both kinds of uncertainty are given.
    """

    score: float
    n_items: int | None = None
    stderr: float | None = None
    name: str = "the constant"

    def __post_init__(self) -> None:
        """Check the numbers."""
        real_number("score", self.score)
        if self.n_items is not None and self.stderr is not None:
            msg = "expected n_items or stderr of a constant, got both"
            raise InputError(msg)
        if self.n_items is not None and (real_number("n_items", self.n_items) < 1 or not 0.0 <= self.score <= 1.0):
            msg = f"expected a share from 0 to 1 of at least one item, got {self.score:g} of {self.n_items:g}"
            raise InputError(msg)
        if self.stderr is not None and real_number("stderr", self.stderr) < 0.0:
            msg = f"stderr: expected a number from 0 up, got {self.stderr:g}"
            raise InputError(msg)

    def draws(self, n: int, generator: np.random.Generator) -> FloatArray:
        """Plausible true values, shape (n,): Beta(k + 1/2, n - k + 1/2) of counts, else normal."""
        if self.n_items is not None:
            right = self.score * self.n_items
            return generator.beta(right + 0.5, self.n_items - right + 0.5, n)
        return generator.normal(self.score, self.stderr or 0.0, n)

    def to_dict(self) -> dict[str, float | int | str | None]:
        """Plain values."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AboveConstant:
    """How far a series lies above a constant.

    Attributes:
        difference: draws as a share of the metric's range, better counting up, shape (n_draws, n_positions).
        to_scale: from position to scale.
        unit: the metric's range.
        low: lower end of the 95 % interval of each score, shape (n_points,).
        high: upper end.
        objection: why nothing can be concluded, or None.
        warnings: what a reader must know.
    """

    difference: FloatArray
    to_scale: ScaleMap
    unit: float
    low: FloatArray
    high: FloatArray
    objection: str | None
    warnings: tuple[str, ...]


def above_constant(
    constant: Constant, series: Series, settings: Settings, position: FloatArray, seed: int
) -> AboveConstant:
    """Draws of the series' model-averaged curve minus draws of the constant.

    Raises:
        InputError: the constant is outside the metric's bounds.
        SeriesError: the series cannot be analysed.
    """
    from emergence_stats.analysis import analyze, scale_map
    from emergence_stats.posterior import systematic_rows

    if series.score_bounds is not None and not series.score_bounds[0] <= constant.score <= series.score_bounds[1]:
        msg = f"score: expected a constant within the metric's bounds {series.score_bounds}, got {constant.score:g}"
        raise InputError(msg)
    analysis = analyze(series, settings=settings, seed=seed)
    posterior, data = analysis.posterior, analysis.posterior.problem.observations
    rows = systematic_rows(posterior.weight, N_DRAWS)
    generator = np.random.default_rng(seed)
    drawn = constant.draws(N_DRAWS, generator)
    value = data.to_score(curve_values(posterior, rows, position))
    unit = abs(data.to_score(np.array(1.0)) - data.to_score(np.array(0.0))).item()
    side = 1.0 if series.higher_is_better else -1.0
    exact = constant.n_items is None and not constant.stderr
    document = analysis.to_dict()["series"]["points"]
    return AboveConstant(
        difference=side * (value - drawn[:, None]) / unit,
        to_scale=scale_map(series, data),
        unit=unit,
        low=np.array([point["low"] for point in document]),
        high=np.array([point["high"] for point in document]),
        objection=analysis.evidence.objection or (analysis.evidence.faults or (None,))[0],
        warnings=("the constant is taken as known exactly: no items or standard error were given",) if exact else (),
    )
