"""One labelled series: the law it was drawn from, and what the label follows from."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from emergence_stats.series import FloatArray, Series
from emergence_stats.simulate import MONOTONE_RISES, SHAPES, beta_binomial, run_to_run

SHARP_WIDTH = 1.0  # decades: a rise whose 10-90 % takes less is labelled sharp
FLOOR_MISS = 0.035  # how far the floor may lie from chance for the rise to count as "from chance"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A noise-free score as a function of x = log10(scale): floor + (ceiling - floor) * rise(x).

    Attributes:
        shape: name in `emergence_stats.simulate.SHAPES`.
        threshold: midpoint, log10 of the scale.
        width: 10-90 % of the rise, in decades.
        floor: score far below the threshold.
        ceiling: score far above it; below the floor for a law that falls.
    """

    shape: str
    threshold: float
    width: float
    floor: float
    ceiling: float

    def __call__(self, log10_scale: npt.ArrayLike) -> FloatArray:
        """The score at each scale."""
        return self.floor + (self.ceiling - self.floor) * SHAPES[self.shape](log10_scale, self.threshold, self.width)

    def is_sharp(self, log10_scale: FloatArray, chance_level: float) -> bool:
        """Whether this is a sharp rise from chance with its midpoint between the smallest and largest scale."""
        return bool(
            self.shape in MONOTONE_RISES
            and self.ceiling > self.floor
            and self.width < SHARP_WIDTH
            and abs(self.floor - chance_level) <= FLOOR_MISS
            and log10_scale[0] < self.threshold < log10_scale[-1]
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A simulated series and its label.

    Attributes:
        series: what the analysis is given.
        sharp: true 10-90 % width below `SHARP_WIDTH`, from chance, in range.
        kind: how the series was made, for tables by kind.
        threshold: log10 of the true midpoint; None unless the law rises or falls.
        width: true 10-90 % width in decades; None likewise.
        law: the noise-free score.
        cell: the numbers that were drawn, for looking into failures.
    """

    series: Series
    sharp: bool
    kind: str
    threshold: float | None
    width: float | None
    law: Law
    cell: dict[str, float | str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Where and how a law is measured.

    Attributes:
        log10_scale: ascending scales.
        n_items: items behind each score.
        chance_level: nominal chance.
        overdispersion: intraclass correlation of the items of one run.
        run_noise: standard deviation between runs on the logit scale.
    """

    log10_scale: FloatArray
    n_items: FloatArray
    chance_level: float
    overdispersion: float
    run_noise: float = 0.0

    @property
    def span(self) -> float:
        """Decades from the smallest to the largest scale."""
        return float(self.log10_scale[-1] - self.log10_scale[0])

    def at(self, share: float) -> float:
        """The point of the log axis that lies this share of the range above the smallest scale."""
        return float(self.log10_scale[0] + share * self.span)


def measure(
    law: Law,
    design: Design,
    *,
    kind: str,
    name: str,
    generator: np.random.Generator,
    failed_run: tuple[int, float] | None = None,
) -> Case:
    """Draw counts from the law; a failed run (position, true score) replaces the law at one scale."""
    score = law(design.log10_scale)
    if failed_run is not None:
        score[failed_run[0]] = failed_run[1]
    noisy = run_to_run(np.clip(score, 0.0, 1.0), design.run_noise, generator)
    correct = beta_binomial(design.n_items, noisy, design.overdispersion, generator)
    series = Series(
        scale=10.0**design.log10_scale,
        n_correct=correct,
        n_items=design.n_items,
        chance_level=design.chance_level,
        scale_kind="params",
        name=name,
        metric="accuracy",
    )
    moves = law.shape in MONOTONE_RISES
    cell: dict[str, float | str] = {
        "shape": law.shape,
        "n_scales": float(design.log10_scale.size),
        "span": design.span,
        "n_items": float(np.median(design.n_items)),
        "chance_level": design.chance_level,
        "overdispersion": design.overdispersion,
        "run_noise": design.run_noise,
        "floor": law.floor,
        "ceiling": law.ceiling,
        "failed_position": -1.0 if failed_run is None else float(failed_run[0]),
    }
    return Case(
        series=series,
        sharp=law.is_sharp(design.log10_scale, design.chance_level),
        kind=kind,
        threshold=law.threshold if moves else None,
        width=law.width if moves else None,
        law=law,
        cell=cell,
    )
