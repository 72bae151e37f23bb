"""The smallest excess over chance that a number of items can show."""

from __future__ import annotations

import math

Z95, Z80 = 1.6448536269514722, 0.8416212335729143


def smallest_excess(chance: float, n_items: float) -> float:
    """Smallest excess over chance that n items show: (z.95 + z.8) sqrt(chance (1 - chance) / n), at least 3 / n."""
    return max((Z95 + Z80) * math.sqrt(chance * (1.0 - chance) / n_items), 3.0 / n_items)
