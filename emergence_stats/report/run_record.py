"""``run.json``: what was run, on what, with which settings. The only file that holds the time of day."""

from __future__ import annotations

import dataclasses
import functools
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from emergence_stats.report.document import SkippedInput

NUMERICAL_PACKAGES = ("numpy", "scipy", "numba", "pandas", "pyarrow")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InputRecord:
    """An input that was read; `sha256` is the hash of the bytes that were parsed."""

    path: str
    format: str
    n_rows: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryRecord:
    """What all series together tell.

    Attributes:
        fdr: Bayesian false discovery rate that was asked for.
        n_discoveries: length of the discovery list.
        n_judged: series that could be on it: analysed, by an engine that converged.
        expected_rate: mean probability of being wrong over the list; 0 if it is empty.
        proportions: share of each explanation among all series, learnt from them.
    """

    fdr: float
    n_discoveries: int
    n_judged: int
    expected_rate: float
    proportions: Mapping[str, float]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """All that is needed to repeat a run and to know whether the inputs are the same.

    Attributes:
        program_version: version of this package.
        settings: every setting, by section.
        seed: seed of every random choice.
        resamples: replicates per test-set size.
        workers: processes; None where other machines were at it. Results do not depend on it.
        scale: the scale column that was asked for; None: chosen for each series.
        by: further columns that tell series apart.
        pool: column that was pooled over, or None.
        discoveries: of the discovery list, or None.
        inputs: what was read.
        skipped: what was not, and why.
        notes: what was converted or assumed.
        counts: verdict to number of series.
        started: when the run began, with time zone.
        finished: when the analyses were done.
    """

    program_version: str
    settings: Mapping[str, Mapping[str, object]]
    seed: int
    resamples: int
    workers: int | None
    scale: str | None
    by: tuple[str, ...]
    inputs: tuple[InputRecord, ...]
    skipped: tuple[SkippedInput, ...]
    notes: tuple[str, ...]
    counts: Mapping[str, int]
    started: datetime
    finished: datetime
    pool: str | None = None
    discoveries: DiscoveryRecord | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values, with the versions of Python and of the numerical packages."""
        return {
            "program": "emergence-stats",
            "program_version": self.program_version,
            "python_version": platform.python_version(),
            "package_versions": {name: _version(name) for name in NUMERICAL_PACKAGES},
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "seed": self.seed,
            "resamples": self.resamples,
            "workers": self.workers,
            "scale": self.scale,
            "by": list(self.by),
            "pool": self.pool,
            "n_series": sum(self.counts.values()),
            "counts": dict(self.counts),
            "discoveries": None if self.discoveries is None else dataclasses.asdict(self.discoveries),
            "inputs": [dataclasses.asdict(item) for item in self.inputs],
            "skipped": [dataclasses.asdict(item) for item in self.skipped],
            "notes": list(self.notes),
            "settings": {section: dict(values) for section, values in self.settings.items()},
        }


@functools.cache
def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
