"""The pools of processes: they outlive whatever dies in them, and are warm before they say so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pebble
import pytest

from emergence_stats_api.work.pool import WorkPool
from tests.api.conftest import lives, wait

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pool() -> Iterator[WorkPool]:
    """One process."""
    made = WorkPool(1, memory_mib=0)
    yield made
    made.close()


def test_a_process_that_dies_at_its_task_or_without_one_is_replaced(pool: WorkPool) -> None:
    first = pool.submit(os.getpid, seconds=60).result()
    with pytest.raises(pebble.ProcessExpired):
        pool.submit(os._exit, 3, seconds=60).result()
    second = pool.submit(os.getpid, seconds=60).result()
    os.kill(second, signal.SIGKILL)
    wait(lambda: not lives(second))
    time.sleep(0.3)  # the pool looks after its processes ten times a second
    third = pool.submit(os.getpid, seconds=60).result()
    assert len({first, second, third}) == 3
    wait(lambda: pool.is_warm)


def test_a_task_that_overruns_its_time_or_is_cancelled_is_ended(pool: WorkPool) -> None:
    with pytest.raises(TimeoutError):
        pool.submit(time.sleep, 600, seconds=0.2).result()
    endless = pool.submit(time.sleep, 600, seconds=None)
    wait(endless.running)
    endless.cancel()
    assert pool.submit(os.getpid, seconds=60).result() > 0


def test_a_closed_pool_takes_nothing() -> None:
    pool = WorkPool(1, memory_mib=0)
    pool.close()
    assert not pool.is_warm
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(os.getpid, seconds=1)


KERNELS = """
import gc
from numba.core.registry import CPUDispatcher
from benchmarks.service_load import as_json
from benchmarks.suites import make_suite
from emergence_stats_api.work.tasks import analyze_series
from emergence_stats_api.work.warming import load_kernels

def loaded():
    kernels = [item for item in gc.get_objects() if isinstance(item, CPUDispatcher)]
    return {(kernel.__module__, kernel.__name__, str(types)) for kernel in kernels for types in kernel.signatures}

load_kernels()
before = loaded()
for case in make_suite("clear", 60, seed=2):
    analyze_series([as_json(case)], {"resamples": 0, "seed": 0, "cross_checks": False}, single=True)
case = as_json(make_suite("hard", 1, seed=3)[0])
analyze_series([case], {"resamples": 5, "seed": 0, "cross_checks": True}, single=True)
print(len(before), *sorted(loaded() - before))
"""


def test_after_the_warm_up_no_analysis_waits_for_a_kernel() -> None:
    done = subprocess.run([sys.executable, "-c", KERNELS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    number, _, missing = done.stdout.strip().partition(" ")
    assert int(number) >= 10  # those that are called from Python; each brings the ones below it
    assert missing == ""
