"""Chunks of work over processes and machines: the same answers whoever computes them, and whatever becomes of them.

`run_chunks` is the call. What is computed is a `Work`; where, an `Engine` (joblib's backends: processes of this
machine, a Dask cluster, a Ray cluster); how long and with how much memory one item may be at it, the `Limits`. Nothing
here knows what a series is, and nothing here is slow to import: a worker that only watches over another process stays
small. To add an engine: a function and a row of `engines.ENGINES`.
"""

from emergence_stats.parallel.engines import ENGINES, Engine
from emergence_stats.parallel.guard import start_early
from emergence_stats.parallel.limits import DEFAULT_LIMITS, Limits
from emergence_stats.parallel.run import run_chunks
from emergence_stats.parallel.work import Work

__all__ = ["DEFAULT_LIMITS", "ENGINES", "Engine", "Limits", "Work", "run_chunks", "start_early"]
