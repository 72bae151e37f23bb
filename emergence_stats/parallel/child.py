"""The process in which guarded chunks are computed: ``python -m emergence_stats.parallel.child``.

Reads chunks from its standard input, reports every item on its standard output, ends with its input. Whatever the
computation prints goes to the standard error.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import pickle
import signal
import sys
from typing import IO, Any

from emergence_stats.parallel.frames import read_frame, write_frame
from emergence_stats.parallel.limits import GIGABYTE, Limits

ORPHANED_SECONDS = 60.0  # beyond its limit, an item has no guard any more


def main() -> None:
    """Compute chunks until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the guard decides
    first = read_frame(sys.stdin.buffer)
    if first is None:
        return
    limits: Limits = pickle.loads(first)
    _limit_memory(limits)
    prepared: set[bytes] = set()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        message = pickle.loads(frame)
        if isinstance(message, str):
            with contextlib.suppress(Exception):  # what is wrong here is told of by the first chunk
                _call(message)
            continue
        packed, payload, settled = message
        work = pickle.loads(packed)
        if packed not in prepared:
            work.prepare()
            prepared = {packed}
        try:
            _compute(work, payload, settled, limits, answers)
        except BrokenPipeError:
            return
        except Exception as error:  # noqa: BLE001  # raised again by the guard, as if the work were done there
            write_frame(answers, pickle.dumps(("raised", -1, pickle.dumps(error))))


def _compute(
    work: Any,  # noqa: ANN401  # any Work
    payload: bytes,
    settled: dict[int, tuple[bool, bytes | str]],
    limits: Limits,
    answers: IO[bytes],
) -> None:
    """One chunk, item by item; those that are settled are not computed again."""
    items = work.items(payload)
    results = []
    for index, item in enumerate(items):
        if index in settled:
            found, content = settled[index]
            results.append(pickle.loads(content) if found else work.failed(item, content))  # type: ignore[arg-type]
            continue
        write_frame(answers, pickle.dumps(("started", index, b"")))
        if limits.seconds is not None:  # a thread of its own ends this process, should the guard be gone and this hang
            faulthandler.dump_traceback_later(limits.seconds + ORPHANED_SECONDS, exit=True)
        result = work.one(item)
        faulthandler.cancel_dump_traceback_later()
        results.append(result)
        write_frame(answers, pickle.dumps(("done", index, pickle.dumps(result))))
    write_frame(answers, pickle.dumps(("answer", -1, pickle.dumps(work.answer(items, results)))))


def _call(name: str) -> None:
    """Call "module:function"."""
    module, _, function = name.partition(":")
    getattr(importlib.import_module(module), function)()


def _limit_memory(limits: Limits) -> None:
    """Let allocations beyond the limit fail, where the system can."""
    if limits.gigabytes is None or sys.platform != "linux":
        return
    import resource

    most = int(limits.gigabytes * GIGABYTE)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    main()
