"""A progress bar on stderr for long work in a terminal, and nothing anywhere else."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emergence_stats.batch.sharded import Progress

LONG_WORK = 20  # series or files; fewer are done before a bar could be read


@contextlib.contextmanager
def progress_bar(total: int) -> Iterator[Callable[[int], None] | None]:
    """Show how many of `total` series are done.

    Yields:
        A function to call with the number of series done so far; None where no bar is wanted.
    """
    if total < LONG_WORK or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Analysing"), BarColumn(), MofNCompleteColumn(), TextColumn("series"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Analysing", total=total)
        yield lambda done: progress.update(task, completed=done)


@contextlib.contextmanager
def reading_bar() -> Iterator[Callable[[int, int], None] | None]:
    """Show how many inputs are read.

    Yields:
        A function to call with the number of inputs read so far, and of all; None where no bar is wanted.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading", total=None, visible=False)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, visible=total >= LONG_WORK)

        yield show


ROUND_FROM = 100.0  # rates are told without decimals, and never with an exponent
LINE_SECONDS = 30.0  # between lines in the log of a batch system


@contextlib.contextmanager
def progress_of_shards(unit: str) -> Iterator[Callable[[Progress], None]]:
    """Show how much of a long run is done, its rate, and the time that is left: in a terminal or in a log.

    Args:
        unit: what sizes are counted in.

    Yields:
        A function to call with the progress so far.
    """
    line = ProgressLine(unit, time.monotonic())
    live = sys.stderr.isatty()
    shown, last = -LINE_SECONDS, None

    def show(progress: Progress) -> None:
        nonlocal shown, last
        now = time.monotonic()
        if progress.done == 0:  # nothing is computed yet: what was prepared until now is not to slow the rate
            line.start(now)
        if (now - shown < (0.2 if live else LINE_SECONDS) and progress.done < progress.total) or progress == last:
            return
        shown, last = now, progress
        text = line.text(progress, now)
        sys.stderr.write(f"\r\033[K{text}" if live else f"{text}\n")
        sys.stderr.flush()

    try:
        yield show
    finally:
        if live:
            sys.stderr.write("\r\033[K")


class ProgressLine:
    """One line on a run: done, rate, time left. What was there already counts for the former alone."""

    def __init__(self, unit: str, started: float) -> None:
        """The clock starts at `started` seconds."""
        self._unit, self._started = unit, started

    def start(self, now: float) -> None:
        """Let the clock start at `now` seconds instead."""
        self._started = now

    def text(self, progress: Progress, now: float) -> str:
        """The line at `now` seconds."""
        computed, seconds = progress.done - progress.reused, max(now - self._started, 1e-9)
        parts = [f"{progress.done:,} of {progress.total:,} {self._unit}", f"{progress.n_series:,} series"]
        if self._unit == "series":
            parts.pop()
        if progress.reused:
            parts.append(f"{progress.reused:,} there already")
        if computed > 0:
            rate = computed / seconds
            left = (progress.total - progress.done) / rate
            shown = f"{rate:,.0f}" if rate >= ROUND_FROM else f"{rate:.3g}"
            parts += [f"{shown} {self._unit}/s", f"{_duration(left)} left"]
        return ", ".join(parts)


def _duration(seconds: float) -> str:
    """Hours, minutes or seconds, as exactly as anyone wants to know."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
