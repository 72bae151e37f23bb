"""``plan``: which further sizes and how many items would decide one series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli.analyze import choose, parse_selection
from emergence_stats.cli.options import Across, By, Inputs, Scale, Seed, SettingsFile, listed, load_settings


def plan(
    inputs: Inputs,
    select: Annotated[
        list[str] | None, typer.Option(help="Which series, as column=value (task=gsm8k); may be repeated.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(help="A further scale, or several together with commas; repeated: one set after another."),
    ] = None,
    n_items: Annotated[list[int] | None, typer.Option(min=1, help="Items at each further scale; repeated.")] = None,
    wanted: Annotated[float | None, typer.Option(help="Wanted probability of a decision. Default: .8.")] = None,
    replicates: Annotated[int, typer.Option(min=1, help="Drawn results of each option.")] = 40,
    scale: Scale = None,
    by: By = None,
    across: Across = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
    out: Annotated[Path | None, typer.Option(help="Folder for plan.html and plan.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
) -> None:
    """Find out which further sizes and how many items would decide one series, and at what cost."""
    from emergence_stats.errors import InputError
    from emergence_stats.forecasting.planning import plan as plan_series
    from emergence_stats.forecasting.table import series_of
    from emergence_stats.ingest import read_tidy

    chosen, columns = load_settings(settings), listed(by)
    table = read_tidy(list(inputs), scale=scale, by=columns)
    rows = series_of(table.frame, scale=scale, by=columns, across=listed(across))
    row = choose(rows, parse_selection(select or ()))
    if row.series is None:
        raise InputError(row.problem or "the series cannot be analysed")
    result = plan_series(
        row.series,
        scales=None if not at else [_scales(text) for text in at],
        n_items=n_items or None,
        wanted=wanted,
        replicates=replicates,
        seed=seed,
        settings=chosen,
    )
    document = result.to_dict()
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2))
    else:
        from emergence_stats.report.figures.plan_figure import question
        from emergence_stats.report.formats import scale_text

        typer.echo(document["summary"])
        typer.echo(f"\n{'further scales':24}{'items':>8}{'cost':>10}{question(document):>20}")
        for option in result.options:
            where = " and ".join(scale_text(value, row.series.scale_kind) for value in option.scales)
            share = f"{result.answers(option):.2f} ± {option.error:.2f}"
            typer.echo(f"{where:24}{option.n_items:8d}{option.cost:10d}{share:>20}")
    if out is not None:
        from emergence_stats.report.files import write_sheet
        from emergence_stats.report.plan_sheet import plan_sheet

        page = plan_sheet(document, inputs=[file.path for file in table.files])
        typer.echo(str(write_sheet(out, "plan", sheet=page, document=document)), err=as_json)


def _scales(text: str) -> list[float]:
    from emergence_stats.errors import InputError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        msg = f"--at: expected scales such as 1e24, got {text!r}"
        raise InputError(msg) from error
