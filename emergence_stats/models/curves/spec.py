"""What a row of the table of curves says."""

from __future__ import annotations

import dataclasses
import enum


class Explanation(enum.StrEnum):
    """The rival explanations of a series; prior mass is shared among these first, among their curves second."""

    NO_ABILITY = "no_ability"
    CONSTANT = "constant"
    SMOOTH = "smooth"
    PHASE_CHANGE = "phase_change"
    DECREASING = "decreasing"
    NON_MONOTONE = "non_monotone"


class Levels(enum.IntEnum):
    """Prior of base and amplitudes.

    GUESS: base ~ N(chance, guess_rate_sd) on (0, 1), no amplitude.
    GUESS_CEILING: base as GUESS; amplitude = (1 - base)(1 - l), l ~ Beta.
    CONSTANT: base ~ U(0, 1).
    RISING: base an equal mixture of GUESS and U(0, 1); amplitude ~ U(0, 1 - base).
    FALLING: f(0) = base + amplitude ~ U(0, 1); base ~ U(0, f(0)).
    VALLEY: both ends ~ U(0, 1); base (the vertex) ~ U(0, lower end).
    PEAK: both ends ~ U(0, 1); base (the vertex) ~ U(upper end, 1).
    """

    GUESS = 0
    GUESS_CEILING = 1
    CONSTANT = 2
    RISING = 3
    FALLING = 4
    VALLEY = 5
    PEAK = 6


N_AMPLITUDES = {
    Levels.GUESS: 0,
    Levels.GUESS_CEILING: 1,
    Levels.CONSTANT: 0,
    Levels.RISING: 1,
    Levels.FALLING: 1,
    Levels.VALLEY: 2,
    Levels.PEAK: 2,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CurveSpec:
    """One curve.

    Attributes:
        label: name for people.
        explanation: the explanation that the curve belongs to.
        form: code of its arms in `shapes.arms`.
        placement: code of the prior of threshold and width in `shapes.place`.
        levels: prior of base and amplitudes.
    """

    label: str
    explanation: Explanation
    form: int
    placement: int
    levels: Levels

    @property
    def sign(self) -> float:
        """-1 for a peak, whose arms hang down from the vertex; else 1."""
        return -1.0 if self.levels is Levels.PEAK else 1.0

    @property
    def n_amplitudes(self) -> int:
        """Number of amplitudes, 0 to 2."""
        return N_AMPLITUDES[self.levels]
