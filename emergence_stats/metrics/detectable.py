"""The smallest excess over chance that a number of items can show."""

from __future__ import annotations

import math

Z95, Z80 = 1.6448536269514722, 0.8416212335729143


def smallest_excess(chance: float, n_items: float) -> float:
    """Smallest excess over chance that n items show: (z.95 + z.8) sqrt(chance (1 - chance) / n), at least 3 / n."""
    return max((Z95 + Z80) * math.sqrt(chance * (1.0 - chance) / n_items), 3.0 / n_items)


def items_to_see(chance: float, excess: float) -> float:
    """Items from which on `smallest_excess` is at most an excess: max(((z.95 + z.8) / e)^2 c (1 - c), 3 / e)."""
    if excess <= 0.0:
        return math.inf
    return float(math.ceil(max(((Z95 + Z80) / excess) ** 2 * chance * (1.0 - chance), 3.0 / excess)))
