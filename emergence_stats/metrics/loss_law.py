"""How the loss of one token falls with scale."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from emergence_stats.arguments import real_number
from emergence_stats.errors import InputError
from emergence_stats.series import FloatArray


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """Loss per token in nats: l(N) = E + (N / c)^-alpha, hence p(N) = exp(-l(N)).

    The scaling laws of Kaplan et al. 2020 (arXiv 2001.08361), with the irreducible loss of Hoffmann et al. 2022
    (arXiv 2203.15556).

    Attributes:
        exponent: alpha > 0, per nat of scale.
        constant: c > 0, the scale at which the reducible loss is 1 nat.
        floor: E, the loss that no scale removes, nats per token; 0 without one.

    Raises:
        InputError: a number is out of its range.
    """

    exponent: float
    constant: float
    floor: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, least in (("exponent", 0.0), ("constant", 0.0), ("floor", -1.0)):
            value = real_number(name, getattr(self, name))
            if value <= least or (name == "floor" and value < 0.0):
                msg = f"{name}: expected a number {'from 0 up' if name == 'floor' else 'above 0'}, got {value:g}"
                raise InputError(msg)

    @classmethod
    def through(cls, scale: float, probability: float, *, exponent: float) -> PowerLaw:
        """The law without a floor by which a token is right with this probability at this scale."""
        p = real_number("probability", probability)
        if not 0.0 < p < 1.0:
            msg = f"probability: expected a number above 0 and below 1, got {p:g}"
            raise InputError(msg)
        return cls(exponent=exponent, constant=real_number("scale", scale) * (-np.log(p)) ** (1.0 / exponent))

    def loss(self, scale: npt.ArrayLike) -> FloatArray:
        """l(N), nats per token."""
        return np.asarray(self.floor + (np.asarray(scale, dtype=np.float64) / self.constant) ** -self.exponent)

    def probability(self, scale: npt.ArrayLike) -> FloatArray:
        """p(N) = exp(-l(N)), the probability that one token is right."""
        return np.asarray(np.exp(-self.loss(scale)))
