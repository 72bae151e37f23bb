"""A pool of processes with a time limit for each task; one that overruns it, or is cancelled, is ended.

Pebble's pool replaces processes that die; the standard library's would be broken for good by the first of them.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable
from typing import Any

import pebble

from emergence_stats_api.settings import MIB

TASKS_PER_PROCESS = 2000  # then a new one: whatever leaks, leaks no further


class WorkPool:
    """Processes that are ready to work."""

    def __init__(self, processes: int, *, memory_mib: int, nice: int = 0) -> None:
        """Make a pool; its processes start with the first task.

        Args:
            processes: how many.
            memory_mib: address space of each; 0: no limit.
            nice: how far each stands back behind other processes.
        """
        self.processes = processes
        self._warming: list[concurrent.futures.Future[None]] = []
        self._pool = pebble.ProcessPool(
            max_workers=processes,
            max_tasks=TASKS_PER_PROCESS,
            context=multiprocessing.get_context("spawn"),  # a fork of a process with threads may hang
            initializer=_prepare,
            initargs=[memory_mib, nice],
        )

    def submit[Answer](
        self, function: Callable[..., Answer], /, *arguments: object, seconds: float | None, **named: object
    ) -> concurrent.futures.Future[Answer]:
        """Run a function in one of the processes; its future's `cancel` ends it even if it runs."""
        future: concurrent.futures.Future[Answer] = self._pool.schedule(
            function, args=list(arguments), kwargs=named, timeout=seconds
        )
        return future

    def warm_up(self) -> None:
        """Load what analyses need: in one process, which may have to compile it, then in the others."""
        first = self.submit(load_kernels, seconds=None)
        self._warming = [first]
        first.add_done_callback(self._warm_the_rest)

    @property
    def is_warm(self) -> bool:
        """Whether every process has loaded what it needs."""
        warmed = len(self._warming) == self.processes
        return warmed and all(
            task.done() and not task.cancelled() and task.exception() is None for task in self._warming
        )

    def _warm_the_rest(self, _: object) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._warming += [self.submit(load_kernels, seconds=None) for _ in range(self.processes - 1)]

    def close(self) -> None:
        """End all processes at once."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _prepare(memory_mib: int, nice: int) -> None:
    """First thing in a process: its limits, and its end with its parent's."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if nice and hasattr(os, "nice"):
        os.nice(nice)
    if memory_mib:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_mib * MIB, memory_mib * MIB))
    import numba  # noqa: F401 - the heaviest import, before the first task has to wait for it


def _end_with(parent: Any) -> None:
    """A parent that was killed ends nobody by itself."""
    parent.join()
    os._exit(1)


def load_kernels() -> None:
    """Load or compile the kernels by a small analysis of each score form that the service sees most."""
    import emergence_stats as es

    series = es.Series(scale=[1e8, 1e9, 1e10], n_correct=[3, 5, 60], n_items=[100] * 3, chance_level=0.0)
    es.analyze(series).to_dict()
