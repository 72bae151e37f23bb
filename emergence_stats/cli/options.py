"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

if TYPE_CHECKING:
    from emergence_stats.ingest import SeriesRow, TidyTable
    from emergence_stats.settings import Settings

Inputs = Annotated[list[Path], typer.Argument(help="Files or folders with scores, several formats mixed.")]
Scale = Annotated[
    str | None, typer.Option(help="Scale column: train_flops, params, tokens, ... Default: found for each series.")
]
By = Annotated[list[str] | None, typer.Option(help="Further columns that tell series apart; repeated, or with commas.")]
Across = Annotated[
    list[str] | None,
    typer.Option(help="Columns whose values share a series, such as family; repeated, or with commas."),
]
Resamples = Annotated[int, typer.Option(min=0, help="Resampled test sets per test-set size; 0 leaves them out.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random choice.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="TOML file with settings; see the command 'settings'.")
]

EvidenceEngine = Annotated[
    str | None,
    typer.Option(
        "--evidence-engine",
        help="quadrature, or pymc: the same models sampled, in minutes. Default: as the settings say.",
    ),
]
EngineName = Annotated[
    str, typer.Option("--engine", help="Where to compute: local (processes of this machine), dask or ray (a cluster).")
]
Scheduler = Annotated[str | None, typer.Option(help="Address of the cluster, such as tcp://10.0.0.1:8786.")]
TimeLimit = Annotated[
    float | None, typer.Option(help="Seconds for one series; one that takes longer is marked as failed.")
]
MemoryLimit = Annotated[
    float | None, typer.Option(help="Gigabytes for the process of one series (Linux); one that needs more fails.")
]
Also = Annotated[
    list[str] | None,
    typer.Option(help="Write beside these: markdown, latex, png, svg (figures); repeated, or with commas."),
]
Fdr = Annotated[float, typer.Option(help="Bayesian false discovery rate of the discovery list.")]

Duplicates = Annotated[
    str, typer.Option(help="Two scores for one model and task: both are kept, or the latest evaluated.")
]
Models = Annotated[
    list[Path] | None,
    typer.Option(help="CSV or TOML with models that the registry does not know; also found among the inputs."),
]
Tasks = Annotated[
    list[Path] | None,
    typer.Option(help="CSV or TOML with chance levels and items of tasks; also found among the inputs."),
]
SingleItems = Annotated[
    bool,
    typer.Option(
        "--items/--no-items",
        help="Use the outcomes of single items where logs hold them: test sets are redrawn item by item.",
    ),
]


def read_inputs(
    inputs: Iterable[Path],
    *,
    scale: str | None,
    by: Iterable[str],
    duplicates: str,
    models: Iterable[Path] | None,
    tasks: Iterable[Path] | None,
) -> TidyTable:
    """Read the inputs of a command, with a progress bar in a terminal."""
    from emergence_stats.cli.progress import reading_bar
    from emergence_stats.ingest import read_tidy

    with reading_bar() as on_progress:
        return read_tidy(
            list(inputs),
            scale=scale,
            by=by,
            duplicates=cast("Literal['both', 'latest']", duplicates),  # checked there
            models=list(models or ()),
            tasks=list(tasks or ()),
            on_progress=on_progress,
        )


def series_of(
    table: TidyTable, *, scale: str | None, by: Iterable[str], items: bool
) -> tuple[TidyTable, list[SeriesRow]]:
    """The series of a table, made of single items where that is wanted and its logs hold them; with notes on that."""
    from emergence_stats.ingest import item_outcomes, series_from_table

    outcomes = item_outcomes(table.files) if items else None
    rows = series_from_table(table, scale=scale, by=by, outcomes=outcomes)
    notes = outcomes.unread if outcomes is not None else ()
    return dataclasses.replace(table, notes=(*table.notes, *notes)), rows


def listed(given: Iterable[str] | None) -> tuple[str, ...]:
    """Names from repeated options, each of which may hold several with commas; no name twice."""
    names = (name.strip() for text in given or () for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def checked_rate(fdr: float) -> float:
    """A false discovery rate, found to be one before the work.

    Raises:
        InputError: it is not above 0 and below 1.
    """
    from emergence_stats.errors import InputError

    if not 0.0 < fdr < 1.0:
        msg = f"--fdr: expected a number above 0 and below 1, got {fdr:g}"
        raise InputError(msg)
    return fdr


def load_settings(path: Path | None) -> Settings:
    """The settings of a TOML file, or the defaults."""
    from emergence_stats.settings import Settings

    return Settings() if path is None else Settings.from_toml(path)
