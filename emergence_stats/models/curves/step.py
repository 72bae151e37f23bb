"""Step: g(x) = 1 above the threshold and 0 below it; the limit of every sharp rise as its width goes to 0."""

from emergence_stats.compiled import inlined


@inlined
def step_rise(x: float, threshold: float) -> float:
    """Share of the rise that is completed at x."""
    return 1.0 if x > threshold else 0.0
