"""Chunks out, answers in: in any order, every one once, even if workers are lost on the way."""

from __future__ import annotations

import collections
import itertools
import pickle
import threading
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.errors import EngineError
from emergence_stats.parallel.engines import ENGINES, Backend, Engine
from emergence_stats.parallel.guard import ATTEMPTS, Guards, close_guard, guard_of_thread
from emergence_stats.parallel.limits import Limits
from emergence_stats.parallel.work import Work, run_here

CHUNKS_PER_ROUND = 4  # for each worker of an engine whose answers come in rounds


def run_chunks[Item, Result, Answer](
    work: Work[Item, Result, Answer],
    payloads: Iterable[bytes],
    *,
    engine: Engine | None = None,
    limits: Limits | None = None,
) -> Iterator[tuple[int, Answer]]:
    """Compute chunks, and yield each one's number and answer as it comes.

    A chunk is read from `payloads` when a worker is about to be free, so there may be any number of them. If a worker
    is lost, the chunks that had no answer are handed out again, from then on each in a process of its own (`guard`), so
    that an item that ends its process is found and marked and the rest goes on.

    Args:
        work: what is done with a chunk.
        payloads: the chunks.
        engine: where; this process if None.
        limits: of each item; none if None.

    Raises:
        EngineError: workers cannot be reached, are of another version, or are lost again and again.
    """
    engine, limits = engine or Engine(), limits or Limits()
    packed = pickle.dumps(work)
    if limits.any and engine.name == "local":
        yield from _guarded_answers(packed, payloads, limits, engine.workers)
        return
    source = _Source(payloads)
    isolated = limits.any
    losses = 0
    with ENGINES[engine.name](engine) as backend:
        while True:
            try:
                for index, version, answer in _answers(backend, source.tasks(packed, limits, isolated)):
                    if version != __version__:
                        msg = f"expected workers of emergence-stats {__version__}, got one of {version}"
                        raise EngineError(msg)
                    source.answered(index)
                    losses = 0
                    yield index, answer
                return
            except backend.lost as error:
                losses += 1
                if losses > ATTEMPTS:
                    msg = f"workers were lost {losses} times in a row; the last time: {type(error).__name__}"
                    raise EngineError(msg) from error
                source.take_back()
                isolated = True
            finally:
                if engine == Engine():
                    close_guard()


def _guarded_answers(packed: bytes, payloads: Iterable[bytes], limits: Limits, workers: int) -> Iterator[Any]:
    """Number and answer of each chunk, computed by processes that threads of this one guard.

    A thread hands over a chunk and waits: no process need stand between this one and the one that computes.
    """
    import joblib

    guards = Guards(limits, workers)
    guarded = joblib.delayed(guards.run)
    tasks = (guarded(index, packed, payload) for index, payload in enumerate(payloads))
    answers = joblib.Parallel(n_jobs=workers, backend="threading", return_as="generator_unordered", batch_size=1)(tasks)
    try:
        for answer in answers:  # noqa: UP028  # `yield from` would close joblib's generator before what is below
            yield answer
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that chunks are given up is what was asked for
            answers.close()
        guards.close()


class _Source:
    """Chunks, each handed out once; those without an answer again, if they are taken back."""

    def __init__(self, payloads: Iterable[bytes]) -> None:
        self._fresh = enumerate(payloads)
        self._again: collections.deque[tuple[int, bytes]] = collections.deque()
        self._out: dict[int, bytes] = {}
        self._round = 0
        self._lock = threading.Lock()  # joblib asks for the next task in the thread that brings an answer

    def tasks(self, packed: bytes, limits: Limits, isolated: bool) -> Iterator[Any]:
        """Tasks for joblib until the chunks are used up or taken back."""
        import joblib

        task = joblib.delayed(_run_chunk)
        this_round = self._round
        while (chunk := self._next(this_round)) is not None:
            yield task(chunk[0], packed, chunk[1], limits, isolated)

    def answered(self, index: int) -> None:
        """Forget a chunk."""
        with self._lock:
            del self._out[index]

    def take_back(self) -> None:
        """Hand out again what has no answer."""
        with self._lock:
            self._round += 1
            self._again.extend(sorted(self._out.items()))
            self._out.clear()

    def _next(self, this_round: int) -> tuple[int, bytes] | None:
        with self._lock:
            if this_round != self._round:
                return None
            chunk = self._again.popleft() if self._again else next(self._fresh, None)
            if chunk is not None:
                self._out[chunk[0]] = chunk[1]
            return chunk


def _answers(backend: Backend, tasks: Iterator[Any]) -> Iterator[tuple[int, str, Any]]:
    """What joblib brings, as it comes or round by round."""
    import joblib

    if backend.streams:
        yield from joblib.Parallel(n_jobs=backend.n_jobs, return_as="generator_unordered", batch_size=1)(tasks)
        return
    while some := list(itertools.islice(tasks, CHUNKS_PER_ROUND * backend.n_jobs)):
        yield from joblib.Parallel(n_jobs=backend.n_jobs, batch_size=1)(some)


def _run_chunk(index: int, packed: bytes, payload: bytes, limits: Limits, isolated: bool) -> tuple[int, str, Any]:
    """One chunk, in this process or in one that this one guards."""
    if isolated:
        return index, __version__, guard_of_thread(limits).run(packed, payload)
    return index, __version__, run_here(pickle.loads(packed), payload)
