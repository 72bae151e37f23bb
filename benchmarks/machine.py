"""What the numbers were measured on, and helpers that measure processes."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("numpy", "scipy", "numba", "pandas")
POLL_SECONDS = 2.0  # between looks at memory: each takes time from the processors that are measured


def describe() -> dict[str, str]:
    """Date, commit, processor and versions, for the head of a table."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "commit": _commit(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "software": f"Python {platform.python_version()}, {versions}",
    }


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core where the system allows it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def wall_seconds(command: Sequence[str], *, repeats: int = 5) -> float:
    """Least wall time of a command that writes byte-code, after one run that is not counted."""
    environment = _environment()
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
        times.append(time.perf_counter() - start)
    return min(times[1:])


def wall_and_memory(command: Sequence[str]) -> tuple[float, float, int]:
    """Wall seconds, peak memory in GB of the command and all its workers, and exit code."""
    start = time.perf_counter()
    samples: list[float] = []
    code = watch_memory(command, lambda _, used: samples.append(used))
    return time.perf_counter() - start, max(samples, default=float("nan")), code


def watch_memory(
    command: Sequence[str],
    on_sample: Callable[[float, float], None],
    *,
    poll_seconds: float = POLL_SECONDS,
    stderr: IO[str] | None = None,
) -> int:
    """Run a command, tell again and again its wall seconds and the GB of it and all its workers, return its exit code.

    Memory is the sum of proportional set sizes in /proc, so that shared pages count once; nothing is told where there
    is no /proc.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=stderr or subprocess.DEVNULL,
        cwd=ROOT,
        env=_environment(),
        start_new_session=True,
    ) as process:
        while True:
            used = _session_memory(process.pid)
            if used > 0.0:
                on_sample(time.perf_counter() - start, used / 1e9)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(poll_seconds)


def peak_memory() -> float:
    """Bytes that this process held at most.

    From /proc where there is one: the number of `getrusage` is inherited from the process that started this one.
    """
    with contextlib.suppress(OSError):
        for entry in Path("/proc/self/status").read_text().splitlines():
            if entry.startswith("VmHWM:"):
                return float(entry.split()[1]) * 1024.0
    import resource

    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def program() -> list[str]:
    """The command line program, run by this Python."""
    return [sys.executable, "-c", "import sys; from emergence_stats.cli.app import main; sys.exit(main())"]


def _environment() -> Mapping[str, str]:
    """This environment, with byte-code on and the repository importable."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))}


def _session_memory(session: int) -> float:
    """Bytes that all processes of a session use."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) != session:
                continue
            lines = (folder / "smaps_rollup").read_text().splitlines()
        except OSError:  # it ended meanwhile, or is not ours
            continue
        total += sum(float(line.split()[1]) * 1024.0 for line in lines if line.startswith("Pss:"))
    return total


def processor_seconds(session: int | None = None) -> float:
    """Processor seconds used so far by all processes of the machine, or by those of a session; NaN without /proc."""
    ticks = os.sysconf("SC_CLK_TCK")
    if session is None:
        try:
            fields = Path("/proc/stat").read_text().splitlines()[0].split()
        except OSError:
            return float("nan")
        user, nice, system, _idle, _waiting, interrupts, deferred = map(int, fields[1:8])
        return (user + nice + system + interrupts + deferred) / ticks
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if os.getsid(int(folder.name)) == session:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                total += sum(map(int, fields[11:15]))  # its own, and those of its children that have ended
    return total / ticks


def _commit() -> str:
    """Short hash of the checked-out commit, marked if files differ from it, but for the pages written from here."""
    try:
        found, changed = (
            subprocess.run(["git", *words], check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
            for words in (
                ["describe", "--always"],
                ["status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"],
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{found}-dirty" if changed else found


def _processor() -> str:
    """Name of the processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
