"""``pool``: families and tasks in one model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import By, Inputs, Scale, Seed, SettingsFile, listed, load_settings


def pool(
    inputs: Inputs,
    over: Annotated[str, typer.Option(help="Column to pool over.")] = "family",
    covariates: Annotated[
        Path | None,
        typer.Option(help="CSV with one row per family: what they differ in, as numbers, true or false, or dates."),
    ] = None,
    new_family: Annotated[
        list[str] | None,
        typer.Option(
            help="A covariate of a family that was not measured, as NAME=VALUE; repeated. Default: the families' mean."
        ),
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the result is the same for any number.")] = 2,
    scale: Scale = None,
    by: By = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
) -> None:
    """Pool families that have a few sizes each: thresholds by family, and for a new one. Samples for minutes."""
    from emergence_stats.ingest import read_tidy
    from emergence_stats.pooling.covariates import read_covariates
    from emergence_stats.pooling.table import pool_table
    from emergence_stats.report.pooling_sheet import pooling_sheet

    chosen, columns = load_settings(settings), tuple(dict.fromkeys((*listed(by), over)))
    require_out(out)
    unmeasured = _new_family(new_family or [], given=covariates is not None)
    differ = None if covariates is None else read_covariates(covariates, over=over)
    table = read_tidy(list(inputs), scale=scale, by=columns)
    found = pool_table(
        table, over=over, scale=scale, by=columns, covariates=differ, new_family=unmeasured, workers=workers,
        seed=seed, settings=chosen,
    )  # fmt: skip
    document = found.to_dict() | {"inputs": [file.path for file in table.files]}

    def show() -> None:
        typer.echo(document["summary"])
        for warning in document["warnings"]:
            typer.echo(f"Warning: {warning}")
        for name, problem in found.left_out:
            typer.echo(f"{name}: left out: {problem}", err=True)

    finish(
        "pool",
        document,
        show=show,
        page=lambda: pooling_sheet(document),
        as_json=as_json,
        out=out,
        complete=not (found.left_out or table.skipped),
    )


def _new_family(words: list[str], *, given: bool) -> dict[str, float]:
    """Covariates of a family that was not measured."""
    from emergence_stats.errors import InputError
    from emergence_stats.pooling.covariates import covariate_value

    if words and not given:
        msg = "--new-family: expected --covariates beside it"
        raise InputError(msg)
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            msg = f"--new-family: expected NAME=VALUE, got {word!r}"
            raise InputError(msg)
        try:
            found[name] = covariate_value(value)
        except InputError as error:
            msg = f"--new-family {name}: {error}"
            raise InputError(msg) from error
    return found
