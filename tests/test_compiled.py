"""Compiled kernels: kept on disk where that is possible, and of use where it is not."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from emergence_stats.compiled import compiled, inlined

@inlined
def twice(x):
    return 2 * x

@compiled
def four_times(x):
    return twice(twice(x))

print(four_times(3))
"""


def test_where_nothing_can_be_written_kernels_are_compiled_for_the_process_alone() -> None:
    # Without a folder of its own, this kind of cache finds none, as all kinds do on a read-only disk.
    environment = {**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator", "NUMBA_CACHE_DIR": ""}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (0, "12\n"), done.stderr[-1000:]
