"""How inner loops are compiled: one decorator, so that every kernel has the same options.

Results must be the same on every run and for any number of workers, so nothing here runs in threads. Operations
may be re-associated (that lets loops vectorise) but infinities and NaN keep their meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numba


def compiled[Function: Callable[..., object]](function: Function) -> Function:
    """Compile to machine code on first use and keep the result on disk."""
    compiler = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc", "arcp", "nsz"})
    return cast("Function", compiler(function))
