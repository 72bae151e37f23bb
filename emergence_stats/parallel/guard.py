"""Chunks computed in a process of their own, which may hang, crash or be killed without harm.

A worker that guards starts a child (`child`) and hands it one chunk at a time. The child reports every item. One that
takes too long is stopped with the child, marked as failed, and a new child goes on with the rest. An item whose process
died is tried again, for whoever killed the process may not have meant the item; after `ATTEMPTS` it is marked, too.
The worker itself loads nothing of what the child needs: chunks and results pass through it unread.
"""

from __future__ import annotations

import atexit
import contextlib
import pickle
import queue
import signal
import subprocess
import threading
from collections import Counter
from typing import Any

from emergence_stats.errors import EngineError
from emergence_stats.own_process import own_process
from emergence_stats.parallel.frames import read_frame, write_frame
from emergence_stats.parallel.limits import Limits

ATTEMPTS = 3  # deaths of a process that are put down to chance
CHILD = "emergence_stats.parallel.child"
_ENDED = object()


class Guard:
    """A child process that computes chunks under limits; a new one is started whenever it is lost."""

    def __init__(self, limits: Limits) -> None:
        """Nothing is started before the first chunk."""
        self._limits = limits
        self._child: _Child | None = None
        self._over = False
        self._lock = threading.Lock()

    def start(self, ready: str) -> None:
        """Start the child before there is a chunk.

        Args:
            ready: what it calls meanwhile, as "module:function".
        """
        self._running().tell(ready)

    def run(self, work: bytes, payload: bytes) -> Any:  # noqa: ANN401  # whatever the work answers
        """Compute one chunk.

        Args:
            work: a pickled `Work`.
            payload: the chunk.

        Raises:
            EngineError: the child died again and again outside of any item.
        """
        settled: dict[int, tuple[bool, bytes | str]] = {}
        deaths: Counter[int | None] = Counter()
        while True:
            current: int | None = None
            child = self._running()
            message = child.send((work, payload, settled))
            while message is not None:
                kind, index, content = message
                if kind == "answer":
                    return pickle.loads(content)
                if kind == "raised":
                    raise pickle.loads(content)
                if kind == "done":
                    settled[index] = (True, content)
                current = index if kind == "started" else None
                try:
                    message = child.receive(self._limits.seconds if current is not None else None)
                except TimeoutError:
                    assert current is not None  # nothing else is timed
                    settled[current] = (False, self._limits.late())
                    current = None
                    break
            else:
                deaths[current] += 1
                if deaths[current] >= ATTEMPTS:
                    reason = f"its process died {ATTEMPTS} times ({child.cause()})"
                    if current is None:
                        msg = f"a chunk could not be read or finished: {reason}"
                        raise EngineError(msg)
                    settled[current] = (False, reason)
            self.close()

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def give_up(self) -> None:
        """End the child for good, from any thread; what runs raises an `EngineError`."""
        with self._lock:
            self._over = True
        self.close()

    def _running(self) -> _Child:
        with self._lock:  # none is started behind the back of a thread that gives up
            if self._over:
                msg = "a chunk was given up"
                raise EngineError(msg)
            if self._child is None:
                self._child = _Child(self._limits)
            return self._child


class _Child:
    """A process and the pipes to it; a thread reads, so that waiting can end."""

    def __init__(self, limits: Limits) -> None:
        self._process = subprocess.Popen(own_process(CHILD), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._messages: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.tell(limits)  # if it is dead already, that is found when its answer is waited for

    def tell(self, message: object) -> bool:
        """Hand over a message; whether the process took it."""
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, pickle.dumps(message))
        except OSError:
            return False
        return True

    def send(self, message: object) -> tuple[str, int, bytes] | None:
        """Hand over a chunk and wait for the first message; None if the process has died."""
        return self.receive(None) if self.tell(message) else None

    def receive(self, seconds: float | None) -> tuple[str, int, bytes] | None:
        """The next message; None if the process has died.

        Raises:
            TimeoutError: nothing came.
        """
        try:
            message = self._messages.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        return None if message is _ENDED else message  # type: ignore[return-value]

    def cause(self) -> str:
        """How the process ended."""
        code = self._process.wait()
        if code == -signal.SIGKILL:
            return f"signal {-code}: out of memory, perhaps"
        return f"signal {-code}" if code < 0 else f"exit code {code}; its messages are above"

    def end(self) -> None:
        """Kill the process and let go of its pipes."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while (frame := read_frame(self._process.stdout)) is not None:
                self._messages.put(pickle.loads(frame))
        except (OSError, ValueError):
            pass  # cut off in the middle of a message: the process is gone
        self._messages.put(_ENDED)


_own = threading.local()
_early: list[tuple[Limits, Guard]] = []  # started before there was work


def start_early(limits: Limits, n_guards: int, ready: str) -> None:
    """Start the children of guards that `early_guard` will hand out; they end with this process at the latest.

    Args:
        limits: of each item.
        n_guards: how many.
        ready: what each child calls as soon as it runs, as "module:function": to import what it will need, say.
    """
    for _ in range(n_guards):
        guard = Guard(limits)
        atexit.register(guard.close)
        guard.start(ready)
        _early.append((limits, guard))


def early_guard(limits: Limits) -> Guard:
    """A guard under these limits whose child is started already, if there is one; or else a new one."""
    for index, (known, guard) in enumerate(_early):
        if known == limits:
            del _early[index]
            return guard
    made = Guard(limits)
    atexit.register(made.close)
    return made


class Guards:
    """As many guards as workers, each of which has one chunk at a time."""

    def __init__(self, limits: Limits, n_guards: int) -> None:
        """Those that were started early come first."""
        self._all = [early_guard(limits) for _ in range(n_guards)]
        self._free: queue.SimpleQueue[Guard] = queue.SimpleQueue()
        for guard in self._all:
            self._free.put(guard)

    def run(self, index: int, work: bytes, payload: bytes) -> tuple[int, Any]:
        """Number and answer of a chunk, by the next guard that is free."""
        guard = self._free.get()
        try:
            return index, guard.run(work, payload)
        finally:
            self._free.put(guard)

    def close(self) -> None:
        """End all children; a chunk that is still computed fails."""
        for guard in self._all:
            guard.give_up()


def guard_of_thread(limits: Limits) -> Guard:
    """The guard of this thread, kept from chunk to chunk: workers of a cluster may run chunks in several threads."""
    kept: tuple[Limits, Guard] | None = getattr(_own, "kept", None)
    if kept is not None and kept[0] == limits:
        return kept[1]
    if kept is not None:
        kept[1].close()
    made = Guard(limits)
    atexit.register(made.close)
    _own.kept = (limits, made)
    return made


def close_guard() -> None:
    """End the child of this thread, if it has one."""
    kept: tuple[Limits, Guard] | None = getattr(_own, "kept", None)
    if kept is not None:
        kept[1].close()
