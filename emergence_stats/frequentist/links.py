"""Links of a generalised linear model whose mean starts at a known chance level.

This module imports statsmodels as it is imported, since its link is a subclass; import it inside functions only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from statsmodels.genmod.families import links

from emergence_stats.series import FloatArray

BASES: dict[str, Any] = {"logit": links.Logit(), "probit": links.Probit(), "cloglog": links.CLogLog()}
SMALLEST = 1e-12  # shares are kept this far from 0 and 1


class FlooredLink(links.CDFLink):  # type: ignore[misc] # statsmodels is not annotated
    """mu = c + (1 - c) F(eta), with F the inverse of a base link and c the chance level, which is not estimated.

    The excess over chance, (k / n - c) / (1 - c), is not a binomial proportion; with the floor inside the link, k is
    still binomial with mean n mu and the likelihood is the right one.
    """

    def __init__(self, name: str, chance: float) -> None:
        """Take a base link by its name in `BASES`, and the chance level in [0, 1)."""
        super().__init__()
        self.base = BASES[name]
        self.chance = chance

    def share(self, mean: FloatArray) -> FloatArray:
        """F = (mu - c) / (1 - c), kept inside (0, 1)."""
        return np.asarray(np.clip((mean - self.chance) / (1.0 - self.chance), SMALLEST, 1.0 - SMALLEST))

    def __call__(self, p: FloatArray) -> FloatArray:
        """Eta from mu."""
        return np.asarray(self.base(self.share(p)))

    def inverse(self, z: FloatArray) -> FloatArray:
        """Mu from eta."""
        with np.errstate(over="ignore"):
            share = np.clip(self.base.inverse(np.asarray(z)), SMALLEST, 1.0 - SMALLEST)
        return np.asarray(self.chance + (1.0 - self.chance) * share)

    def deriv(self, p: FloatArray) -> FloatArray:
        """The derivative d eta / d mu."""
        return np.asarray(self.base.deriv(self.share(p)) / (1.0 - self.chance))

    def deriv2(self, p: FloatArray) -> FloatArray:
        """The second derivative d^2 eta / d mu^2."""
        return np.asarray(self.base.deriv2(self.share(p)) / (1.0 - self.chance) ** 2)

    def inverse_deriv(self, z: FloatArray) -> FloatArray:
        """The derivative d mu / d eta."""
        return np.asarray(1.0 / self.deriv(self.inverse(z)))

    def inverse_deriv2(self, z: FloatArray) -> FloatArray:
        """The second derivative d^2 mu / d eta^2."""
        mean = self.inverse(z)
        return np.asarray(-self.deriv2(mean) / self.deriv(mean) ** 3)
