"""Real clusters on the loopback interface: a Dask scheduler with two workers, one of which is killed; Ray if there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emergence_stats.errors import EngineError
from emergence_stats.parallel import Engine, run_chunks
from tests.parallel.test_run import numbers, squares
from tests.parallel.works import Squares

START_SECONDS = 120.0  # on a machine that is busy with other things


@contextlib.contextmanager
def processes(*commands: list[str], folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start commands, and end them."""
    with contextlib.ExitStack() as stack:
        started = []
        for i, command in enumerate(commands):
            log = stack.enter_context((folder / f"{i}.log").open("wb"))
            process = subprocess.Popen([sys.executable, "-m", *command], stdout=log, stderr=log, cwd=folder)
            stack.callback(_end, process)
            started.append(process)
        yield started


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@pytest.fixture
def dask_cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler, and its two worker processes."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    with processes(scheduler, worker, worker, folder=tmp_path) as (_, *workers):
        yield address, workers


@pytest.mark.filterwarnings("default")  # distributed warns of its own sockets
def test_a_dask_cluster_loses_a_worker_and_no_answer(
    dask_cluster: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, workers = dask_cluster
    _wait_for_workers(address, 2)
    found: dict[int, list[str]] = {}
    for index, answer in run_chunks(Squares(seconds=0.01), numbers(30), engine=Engine(name="dask", scheduler=address)):
        assert index not in found
        found[index] = answer
        if len(found) == 8:
            os.kill(workers[0].pid, signal.SIGKILL)
    assert workers[0].wait() == -signal.SIGKILL
    assert found == squares(30)


@pytest.mark.filterwarnings("default")
def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emergence_stats.parallel.engines.CONNECT_SECONDS", 0.2)
    with pytest.raises(EngineError, match=r"tcp://127.0.0.1:9: expected a Dask scheduler, got no answer"):
        list(run_chunks(Squares(), numbers(1), engine=Engine(name="dask", scheduler="tcp://127.0.0.1:9")))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_ray_gives_the_same() -> None:
    pytest.importorskip("ray", reason="an extra")
    assert dict(run_chunks(Squares(), numbers(30), engine=Engine(name="ray"))) == squares(30)


def _wait_for_workers(address: str, n_workers: int) -> None:
    import distributed

    connect: Any = distributed.Client
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with connect(address, timeout=5, set_as_default=False) as client:
                client.wait_for_workers(n_workers, timeout=START_SECONDS)
            return
        except OSError:  # the scheduler is not up yet
            if time.monotonic() > until:
                raise
