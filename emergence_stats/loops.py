"""The compiled loops of an analysis, compiled once for all processes: ``python -m emergence_stats.loops``.

The compiler takes half a minute or more, and more memory than an analysis, which its process never gives back. So a
process that is to compute for long lets another one compile, which ends, and reads what that one has kept on disk.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from emergence_stats.analysis import analyze
from emergence_stats.compiled import cache_folder, is_kept
from emergence_stats.evidence.integrate import integrate
from emergence_stats.file_lock import lock_now
from emergence_stats.own_process import own_process
from emergence_stats.series import Series

TURN = ".compiling"  # file that is locked while a process compiles
TURN_SECONDS = 300.0  # that a process waits for another one to compile
POLL_SECONDS = 0.1
ATTENDED = "--attended"  # by a process that holds the other end of standard input


def load_loops() -> None:
    """Load every loop, or compile it where that has not been done, by analyses of every form of score.

    A loop is compiled for each layout of its arrays, and some layouts are met only where a curve is steep, falls, or
    has many points: so these series are of several shapes. `tests/api/test_pool.py` holds that they suffice.
    """
    four = [1e8, 1e9, 1e10, 1e11]
    twelve = [10.0 ** (8 + i / 3) for i in range(12)]
    counts = Series(scale=four, n_correct=[3, 5, 60, 90], n_items=[100] * 4, chance_level=0.0)
    shapes = (
        Series(
            scale=twelve, n_correct=[9, 11, 9, 14, 13, 17, 14, 12, 9, 14, 15, 14], n_items=[53] * 12, chance_level=0.25
        ),
        Series(
            scale=twelve[:11],
            n_correct=[272, 302, 311, 364, 364, 379, 391, 383, 392, 396, 405],
            n_items=[464] * 11,
            chance_level=0.1,
        ),
        Series(scale=four, score=[0.03, 0.05, 0.6, 0.9], n_items=[100] * 4, chance_level=0.0),
        Series(scale=four, score=[0.03, 0.05, 0.6, 0.9], stderr=[0.02] * 4, chance_level=0.0),
        Series(scale=four, score=[0.03, 0.05, 0.6, 0.9], chance_level=0.0),
    )
    for series in shapes:
        analyze(series).to_dict()
    analyze(counts, resamples=4).to_dict(cross_checks=True)


def compile_apart() -> None:
    """Let a process that ends compile the loops, unless they are kept on disk, or cannot be, or Python is frozen.

    Where several ask at once, one compiles and the others wait. If the process fails, whoever needs the loops compiles
    them, as without this.
    """
    folder = cache_folder(integrate)
    if folder is None or is_kept(integrate) or getattr(sys, "frozen", False):
        return
    with contextlib.suppress(OSError), _turn(folder):
        if not is_kept(integrate):
            with subprocess.Popen(own_process("emergence_stats.loops", ATTENDED), stdin=subprocess.PIPE) as other:
                other.wait()


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait until no other process compiles, but not for ever; where files cannot be locked, do not wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / TURN).open("a") as handle:
        until = time.monotonic() + TURN_SECONDS
        while lock_now(handle) is False and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        yield


def _end_with_input() -> None:
    """End with the process that asked, however that one ends."""
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> None:
    """Compile."""
    if ATTENDED in sys.argv:
        threading.Thread(target=_end_with_input, daemon=True).start()
    load_loops()


if __name__ == "__main__":
    main()
