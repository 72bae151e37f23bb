"""Compiled kernels: kept on disk where that is possible, and of use where it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


FULL_DISK = """
import errno
from numba.core import caching

def save(*_):
    raise OSError(errno.ENOSPC, "No space left on device")

caching.IndexDataCacheFile.save = save
"""


def test_where_the_disk_is_full_kernels_are_of_use_without_being_kept(tmp_path: Path) -> None:
    program = tmp_path / "program.py"  # numba keeps nothing of what has no file
    program.write_text(FULL_DISK + PROGRAM)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (0, "12\n"), done.stderr[-1000:]


CALL_OR_ASK = """
import sys
from emergence_stats.compiled import is_kept
print(four_times(3) if "call" in sys.argv else is_kept(four_times))
"""


def test_code_for_another_processor_is_as_good_as_none(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("print(four_times(3))", CALL_OR_ASK))
    native = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    runs: tuple[tuple[list[str], dict[str, str]], ...] = (
        ([], native),
        (["call"], native),
        ([], native),
        ([], {**native, "NUMBA_CPU_NAME": "generic"}),
    )
    printed = [
        subprocess.run(
            [sys.executable, program, *words], capture_output=True, text=True, check=True, env=environment
        ).stdout.strip()
        for words, environment in runs
    ]
    assert printed == ["False", "12", "True", "False"]
