"""How inner loops are compiled: one decorator, so that every kernel has the same options.

Results must be the same to the last bit on every run and for any number of workers. So nothing runs in threads, and
no relaxed floating-point mathematics is allowed: a kernel that was just compiled and the same one read back from disk
could then differ in the last digits. Sums that should run on vectors are written in lanes (`numerics.lane_sum`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numba


@functools.cache
def _source_stamp() -> tuple[tuple[str, float, int], ...]:
    """Name, time and size of every source file of the package."""
    root = Path(__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        status = path.stat()
        found.append((str(path.relative_to(root)), status.st_mtime, status.st_size))
    return tuple(found)


def compiled[**Parameters, Result](function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile to machine code on first use and keep the result on disk."""
    dispatcher = numba.njit(cache=True, error_model="numpy")(function)
    # Numba renews a kept result when the function's own file changes. What it inlines comes from other files, whose
    # changes it would not see: the stamp of a kept result is that of the whole package.
    cache_file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if cache_file is not None and hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = _source_stamp()
    return cast("Callable[Parameters, Result]", dispatcher)
