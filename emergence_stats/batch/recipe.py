"""What decides the results of a run beside its input, and what is told about the input: kept with every shard's run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from emergence_stats._version import __version__
from emergence_stats.batch.work import SeriesWork
from emergence_stats.ingest import TidyTable
from emergence_stats.report.document import SkippedInput
from emergence_stats.report.run_record import InputRecord
from emergence_stats.report.tables import SCHEMA_VERSION
from emergence_stats.settings import Settings


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that decides a result beside its series.

    Attributes:
        settings: priors, limits and effort.
        resamples: resampled test sets per size.
        seed: of every random choice.
        documents: whether JSON documents are made.
        cross_checked: verdicts whose documents hold the frequentist cross-checks.
        scale: the scale column that was asked for.
        by: further columns that tell series apart.
    """

    settings: Settings
    resamples: int
    seed: int
    documents: bool
    cross_checked: tuple[str, ...]
    scale: str | None
    by: tuple[str, ...]

    def work(self) -> SeriesWork:
        """The same for a worker."""
        return SeriesWork(
            settings=self.settings,
            resamples=self.resamples,
            seed=self.seed,
            documents=self.documents,
            cross_checked=frozenset(self.cross_checked),
        )

    def digest(self) -> str:
        """A hash of all of it and of the program's version."""
        facts = {"version": __version__, "schema": SCHEMA_VERSION, **self.to_dict()}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "settings": self.settings.to_dict(),
            "resamples": self.resamples,
            "seed": self.seed,
            "documents": self.documents,
            "cross_checked": sorted(self.cross_checked),
            "scale": self.scale,
            "by": list(self.by),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """What `to_dict` gave."""
        return cls(
            settings=Settings.from_dict(values["settings"]),
            resamples=values["resamples"],
            seed=values["seed"],
            documents=values["documents"],
            cross_checked=tuple(values["cross_checked"]),
            scale=values["scale"],
            by=tuple(values["by"]),
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the series came from.

    Attributes:
        inputs: what was read.
        skipped: what was not, and why.
        notes: what was converted or assumed.
    """

    inputs: tuple[InputRecord, ...]
    skipped: tuple[SkippedInput, ...]
    notes: tuple[str, ...]

    @property
    def content(self) -> tuple[tuple[str, int, str], ...]:
        """What the inputs hold, wherever they lie: parts of a run may be computed on machines with other paths."""
        return tuple((each.format, each.n_rows, each.sha256) for each in self.inputs)

    @classmethod
    def of(cls, table: TidyTable) -> Sources:
        """The account of a table."""
        return cls(
            inputs=tuple(
                InputRecord(path=file.path, format=file.format, n_rows=file.n_rows, sha256=file.sha256)
                for file in table.files
            ),
            skipped=tuple(SkippedInput(path=item.path, reason=item.reason) for item in table.skipped),
            notes=table.notes,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "inputs": [dataclasses.asdict(item) for item in self.inputs],
            "skipped": [dataclasses.asdict(item) for item in self.skipped],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sources:
        """What `to_dict` gave."""
        return cls(
            inputs=tuple(InputRecord(**item) for item in values["inputs"]),
            skipped=tuple(SkippedInput(**item) for item in values["skipped"]),
            notes=tuple(values["notes"]),
        )
