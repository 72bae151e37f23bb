"""The series of a table pooled: what `analyze_frame`, the report and the command `pool` share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from emergence_stats.errors import InputError
from emergence_stats.ingest import TidyTable, series_from_table
from emergence_stats.ingest.blank_scales import with_scale
from emergence_stats.pooling.design import task_names, unfit
from emergence_stats.pooling.families import pool
from emergence_stats.pooling.result import PooledAnalysis
from emergence_stats.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

Identity = Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledTable:
    """The families of a table in one model.

    Attributes:
        analysis: the families together.
        places: identity of each series that took part (as sorted pairs) to its task and family in the analysis.
        left_out: name of each series that did not, and why.
    """

    analysis: PooledAnalysis
    places: Mapping[tuple[tuple[str, str], ...], tuple[str, str]]
    left_out: tuple[tuple[str, str], ...]

    def member(self, identity: Identity) -> dict[str, Any] | None:
        """What all families together say of one series, as plain values; None if it did not take part."""
        place = self.places.get(_key(identity))
        if place is None:
            return None
        task = self.analysis.tasks[place[0]]
        return {
            "by": self.analysis.by,
            "verdict": task.verdict.value,
            "reason": task.reason,
            **self.analysis.cell(*place).to_dict(),
            "new_family": task.new_family.threshold.to_dict(),
        }

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``emergence-stats pool`` (`schema/pooling.schema.json`), but for the names of the inputs."""
        return self.analysis.to_dict() | {
            "left_out": [{"name": name, "reason": reason} for name, reason in self.left_out],
        }


def pool_table(
    table: TidyTable | pd.DataFrame,
    *,
    over: str = "family",
    scale: str | None = None,
    by: Iterable[str] | str = (),
    covariates: Mapping[str, Mapping[str, float]] | None = None,
    new_family: Mapping[str, float] | None = None,
    workers: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
) -> PooledTable:
    """Pool every series of a table, those of one size included.

    Args:
        table: a tidy table. Measurements without the scale asked for are left out, with a warning.
        over: column to pool over.
        scale: the scale column; found for each series if None.
        by: further columns that tell series apart.
        covariates: name of a covariate to its value for each family.
        new_family: name of a covariate to its value for a family that was not measured.
        workers: processes; the result is the same for any number.
        seed: of the sampler.
        settings: priors and limits; the defaults if None.

    Raises:
        TableError: a column is missing.
        InputError: no series can be pooled, or a covariate names a family that the table lacks.
        SeriesError: fewer than three families, several kinds of scale, or a covariate that lacks a family.
    """
    columns = tuple(dict.fromkeys((*((by,) if isinstance(by, str) else by), over)))
    frame = table.frame if isinstance(table, TidyTable) else table
    remarks: tuple[str, ...] = ()
    families = {str(name).strip() for name in frame[over].unique()} if over in frame.columns else set()
    if scale is not None and scale in frame.columns:
        frame, remarks = with_scale(frame, scale)
    rows = series_from_table(frame, scale=scale, by=columns, fewest_scales=1)
    problems = [row.problem if row.series is None else unfit(row.series) for row in rows]
    usable = [row.series for row, why in zip(rows, problems, strict=True) if row.series is not None and why is None]
    left_out = tuple(
        (" · ".join(filter(None, row.identity.values())), why) for row, why in zip(rows, problems, strict=True) if why
    )
    if not usable:
        msg = f"no series could be pooled: {left_out[0][1] if left_out else 'the input has none'}"
        raise InputError(msg)
    silent = families - {one.identity[over] for one in usable}  # families of the table that have nothing to pool
    told = {
        name: {family: value for family, value in values.items() if family not in silent}
        for name, values in (covariates or {}).items()
    }
    analysis = pool(
        usable, by=over, covariates=told, new_family=new_family, workers=workers, seed=seed, settings=settings
    )
    return PooledTable(
        analysis=dataclasses.replace(analysis, warnings=(*analysis.warnings, *remarks)),
        places={
            _key(one.identity): (task, one.identity[over])
            for one, task in zip(usable, task_names(usable, by=over), strict=True)
        },
        left_out=left_out,
    )


def _key(identity: Identity) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(identity.items()))
