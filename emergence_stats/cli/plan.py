"""``plan``: which further sizes and how many items would decide one series."""

from __future__ import annotations

from typing import Annotated

import typer

from emergence_stats.cli.analyze import choose, parse_selection
from emergence_stats.cli.ending import AsJson, Out, finish, require_out
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
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Find out which further sizes and how many items would decide one series, and at what cost."""
    from emergence_stats.errors import InputError
    from emergence_stats.forecasting.planning import plan as plan_series
    from emergence_stats.forecasting.table import series_of
    from emergence_stats.ingest import read_tidy
    from emergence_stats.report.plan_sheet import plan_sheet

    require_out(out)
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
    document = result.to_dict() | {"inputs": [file.path for file in table.files]}
    kind = row.series.scale_kind

    def show() -> None:
        from emergence_stats.report.figures.plan_figure import question
        from emergence_stats.report.formats import scale_text

        typer.echo(document["summary"])
        typer.echo(f"\n{'further scales':24}{'items':>8}{'cost':>10}{question(document):>20}")
        for option in result.options:
            where = " and ".join(scale_text(value, kind) for value in option.scales)
            share = f"{result.answers(option):.2f} ± {option.error:.2f}"
            typer.echo(f"{where:24}{option.n_items:8d}{option.cost:10d}{share:>20}")

    finish(
        "plan",
        document,
        show=show,
        page=lambda: plan_sheet(document, inputs=document["inputs"]),
        as_json=as_json,
        out=out,
        complete=not table.skipped,
    )


def _scales(text: str) -> list[float]:
    from emergence_stats.errors import InputError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        msg = f"--at: expected scales such as 1e24, got {text!r}"
        raise InputError(msg) from error
