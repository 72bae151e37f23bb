"""Tent: two straight arms that meet at a vertex; with two amplitudes it makes a valley (U) or a peak.

h_1(x) = max(0, 1 - x / v) falls from 1 at the smallest scale (x = 0) to 0 at the vertex v; h_2(x) rises from 0
there to 1 at the largest scale (x = 1).
"""

from emergence_stats.compiled import inlined


@inlined
def left_arm(x: float, vertex: float) -> float:
    """Height of the left arm at x in [0, 1]."""
    return max(0.0, 1.0 - x / vertex) if vertex > 0.0 else 0.0


@inlined
def right_arm(x: float, vertex: float) -> float:
    """Height of the right arm at x in [0, 1]."""
    return max(0.0, (x - vertex) / (1.0 - vertex)) if vertex < 1.0 else 0.0
