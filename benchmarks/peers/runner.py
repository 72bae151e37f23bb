"""One peer over many series in a process of its own: time limit, processor time, memory, warnings, failures."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import logging
import multiprocessing
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from benchmarks.machine import peak_memory
from benchmarks.peers.finding import Finding
from emergence_stats.series import Series

Fit = Callable[[Series], Finding]
START_SECONDS = 300.0  # for the imports and the first, uncounted series
MEGABYTE = 1e6


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one series.

    Attributes:
        finding: the peer's answer; None if it failed.
        failure: what it raised, or that it ran out of time; empty if it answered.
        warnings: texts of the warnings it gave, logged ones included.
        cpu_seconds: processor time of its process, all threads; NaN if it was stopped.
        peak_megabytes: most memory that its process has held so far, interpreter and imports included.
    """

    finding: Finding | None
    failure: str
    warnings: tuple[str, ...]
    cpu_seconds: float
    peak_megabytes: float


def attempt(fit: Fit, series: Series) -> Outcome:
    """Fit one series here; whatever is raised is a failure and whatever is printed is dropped."""
    finding, failure = None, ""
    with warnings.catch_warnings(record=True) as caught, _logged_warnings() as logged:
        warnings.simplefilter("always")
        start = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                finding = fit(series)
        except Exception as error:  # noqa: BLE001 - a peer may raise anything
            failure = f"{type(error).__name__}: {error}"
        seconds = time.process_time() - start
    return Outcome(
        finding=finding,
        failure=failure,
        warnings=(*(str(one.message) for one in caught), *logged),
        cpu_seconds=seconds,
        peak_megabytes=peak_memory() / MEGABYTE,
    )


def run(fit: Fit, series: Sequence[Series], *, seconds: float) -> list[Outcome]:
    """Fit every series in another process, which is started again where it had to be stopped.

    The first series is fitted once beforehand, uncounted: imports and compilation are no series' own.

    Args:
        fit: importable by name.
        series: what to fit, in this order.
        seconds: limit of wall time for each.
    """
    outcomes: list[Outcome] = []
    worker = _Worker(fit)
    try:
        for one in series:
            if not worker.ready:
                worker.start(series[0])
            outcomes.append(worker.ask(one, seconds))
    finally:
        worker.stop()
    return outcomes


class _Worker:
    """A process that fits what it is sent."""

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self._context = multiprocessing.get_context("spawn")  # inherits neither memory nor threads
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a process to ask."""
        return self._process is not None

    def start(self, warm_up: Series) -> None:
        """Begin a process and let it fit one series; one that is stopped over that gets a cold successor."""
        self._begin()
        self.ask(warm_up, START_SECONDS)
        if not self.ready:
            self._begin()

    def _begin(self) -> None:
        """A new process and the pipe to it."""
        self._connection, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(self._fit, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, series: Series, seconds: float) -> Outcome:
        """Send one series and wait for the outcome, within the limit."""
        assert self._connection is not None
        failure = f"stopped after {seconds:g} s"
        try:
            self._connection.send(series)
            if self._connection.poll(seconds):
                answer = self._connection.recv()
                assert isinstance(answer, Outcome)
                return answer
        except (EOFError, ConnectionError):
            failure = "the process died"
        self.stop()
        return Outcome(
            finding=None, failure=failure, warnings=(), cpu_seconds=float("nan"), peak_megabytes=float("nan")
        )

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None


def _serve(fit: Fit, connection: Connection) -> None:
    """Answer until the other side hangs up."""
    if hasattr(os, "setsid"):
        os.setsid()  # an interrupt from the terminal is the parent's business; here it would count as a failed series
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            connection.send(attempt(fit, connection.recv()))


@contextlib.contextmanager
def _logged_warnings() -> Iterator[list[str]]:
    """Texts of the warnings that reach the root logger."""
    texts: list[str] = []

    class Keep(logging.Handler):
        """Keeps the text."""

        def emit(self, record: logging.LogRecord) -> None:
            """One record."""
            texts.append(record.getMessage())

    handler = Keep(level=logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield texts
    finally:
        logging.getLogger().removeHandler(handler)
