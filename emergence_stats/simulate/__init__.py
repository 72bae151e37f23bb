"""Series of known truth, for tests, planning and teaching.

`simulate` draws one `Series` and tells its truth; `simulate_table` draws a tidy table of many. The true curve is

    f(x) = guess_rate + (1 - guess_rate - lapse_rate) * rise(x; threshold, width),      x = log10(scale),

with ``rise`` one of `SHAPES`: the curves that the analysis fits and shapes that it does not. To add a shape, write
one function in ``shapes.py`` (or one standard curve in ``standard.py``) and one row in `SHAPES`.
"""

from emergence_stats.simulate.noise import beta_binomial, run_to_run
from emergence_stats.simulate.shapes import MONOTONE_RISES, SHAPES, Rise
from emergence_stats.simulate.single import Simulated, Spacing, Truth, scale_grid, simulate
from emergence_stats.simulate.table import simulate_table

__all__ = [
    "MONOTONE_RISES",
    "SHAPES",
    "Rise",
    "Simulated",
    "Spacing",
    "Truth",
    "beta_binomial",
    "run_to_run",
    "scale_grid",
    "simulate",
    "simulate_table",
]
