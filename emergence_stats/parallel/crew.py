"""Guarded chunks on this machine: a thread for each worker, which guards a process of its own.

A thread does nothing but hand over a chunk and wait for the answer; no process stands between it and the one that
computes.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from emergence_stats.parallel.guard import Guard, early_guard
from emergence_stats.parallel.limits import Limits

AHEAD = 2  # chunks of each worker that are read: the one at hand, and the next
POLL_SECONDS = 1.0  # some systems see Ctrl-C only between two waits


def guarded_answers(
    work: bytes, payloads: Iterable[bytes], *, limits: Limits, workers: int
) -> Iterator[tuple[int, Any]]:
    """Number and answer of each chunk as they come.

    Args:
        work: a pickled `Work`.
        payloads: the chunks; each is read when a worker is about to be free.
        limits: of each item.
        workers: chunks at a time.

    Raises:
        EngineError: a chunk ends its process again and again, outside of any item.
    """
    guards = [early_guard(limits) for _ in range(workers)]
    todo: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Any] | BaseException] = queue.SimpleQueue()
    threads = [threading.Thread(target=_serve, args=(guard, work, todo, done), daemon=True) for guard in guards]
    for thread in threads:
        thread.start()
    chunks, out = enumerate(payloads), 0
    try:
        for chunk in itertools.islice(chunks, AHEAD * workers):
            todo.put(chunk)
            out += 1
        while out:
            try:
                answer = done.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(answer, BaseException):
                raise answer
            out -= 1
            for chunk in itertools.islice(chunks, 1):
                todo.put(chunk)
                out += 1
            yield answer
    finally:
        for guard in guards:
            guard.give_up()
            todo.put(None)
        for thread in threads:
            thread.join()


def _serve(
    guard: Guard,
    work: bytes,
    todo: queue.SimpleQueue[tuple[int, bytes] | None],
    done: queue.SimpleQueue[tuple[int, Any] | BaseException],
) -> None:
    """Have chunks computed until there are none, or one fails."""
    try:
        while (chunk := todo.get()) is not None:
            done.put((chunk[0], guard.run(work, chunk[1])))
    except BaseException as error:  # noqa: BLE001  # raised again where the answers are waited for
        done.put(error)
