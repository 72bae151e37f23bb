"""A pool of processes with a time limit for each task; one that overruns it, or is cancelled, is ended.

Pebble's pool replaces a process that dies at its task; the standard library's would be broken for good. But it is
broken as well once a process dies that has no task (as one does that is killed for want of memory): then another pool
takes its place.
"""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import threading
from collections.abc import Callable
from typing import Any

import pebble

from emergence_stats_api.settings import MIB

TASKS_PER_PROCESS = 20_000  # then a new one: whatever leaks, leaks no further
TURN_SECONDS = 300  # that a process waits for another to compile what both need


class WorkPool:
    """Processes that are ready to work."""

    def __init__(
        self, processes: int, *, memory_mib: int, load: Callable[[], None] | None = None, nice: int = 0
    ) -> None:
        """Make a pool; its processes start with the first task, or with `start`.

        Args:
            processes: how many.
            memory_mib: address space of each; 0: no limit.
            load: what each does before its first task.
            nice: how far each stands back behind other processes.
        """
        self.processes = processes
        self._given = (memory_mib, nice, load)
        self._closed = False
        self._guard = threading.Lock()
        self._pool, self._loaded = self._new_pool()

    def start(self) -> None:
        """Start the processes."""
        with self._guard:
            self._revive()

    def submit[Answer](
        self, function: Callable[..., Answer], /, *arguments: object, seconds: float | None, **named: object
    ) -> concurrent.futures.Future[Answer]:
        """Run a function in one of the processes; its future's `cancel` ends it even if it runs.

        Raises:
            RuntimeError: the pool is closed.
        """
        with self._guard:
            self._revive()
            future: concurrent.futures.Future[Answer] = self._pool.schedule(
                function, args=list(arguments), kwargs=named, timeout=seconds
            )
        return future

    @property
    def is_warm(self) -> bool:
        """Whether as many processes as there are have loaded what they need."""
        with self._guard:
            if self._closed:
                return False
            self._revive()
            return bool(self._loaded.value >= self.processes)

    def close(self) -> None:
        """End all processes at once."""
        with self._guard:
            self._closed = True
        _end(self._pool)

    def _revive(self) -> None:
        """Start the processes if they have not been, and put another pool into the place of a broken one."""
        if self._closed:
            msg = "the pool is closed"
            raise RuntimeError(msg)
        if not self._pool.active:
            threading.Thread(target=_end, args=(self._pool,), daemon=True).start()
            self._pool, self._loaded = self._new_pool()
            self._pool.active  # noqa: B018 - starts it

    def _new_pool(self) -> tuple[pebble.ProcessPool, Any]:
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        loaded = context.Value("i", 0)
        pool = pebble.ProcessPool(
            max_workers=self.processes,
            max_tasks=TASKS_PER_PROCESS,
            context=context,
            initializer=_prepare,
            initargs=[*self._given, loaded, context.Lock()],
        )
        return pool, loaded


def _end(pool: pebble.ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _prepare(memory_mib: int, nice: int, load: Callable[[], None] | None, loaded: Any, turn: Any) -> None:
    """First thing in a process: its limits, its end with its parent's, what it loads. Only then does it take tasks."""
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
    if load is not None:
        mine = turn.acquire(timeout=TURN_SECONDS)  # the first may have to compile, the others find it done
        try:
            load()
        finally:
            if mine:
                turn.release()
    with loaded.get_lock():
        loaded.value += 1


def _end_with(parent: Any) -> None:
    """A parent that was killed ends nobody by itself."""
    parent.join()
    os._exit(1)
