"""``plan``: which further sizes and how many items would decide one series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emergence_stats.cli.analyze import choose, parse_selection
from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import Across, By, Scale, Seed, SettingsFile, listed, load_settings
from emergence_stats.cli.scales import parse_scale

if TYPE_CHECKING:
    from emergence_stats.ingest import TidyTable
    from emergence_stats.series import Series


def plan(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(help="Files or folders with scores. None: a study of which nothing is measured yet."),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(help="Which series, as column=value (task=gsm8k); may be repeated.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="A further scale (1e24; 10x: ten times the best measured), or several together with commas; "
            "repeated: one set after another."
        ),
    ] = None,
    n_items: Annotated[list[int] | None, typer.Option(min=1, help="Items at each further scale; repeated.")] = None,
    wanted: Annotated[float | None, typer.Option(help="Wanted probability of a decision. Default: .8.")] = None,
    chance_level: Annotated[
        float | None, typer.Option(help="Without inputs: score of a model without the ability.")
    ] = None,
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
    from emergence_stats.forecasting.planning import plan as plan_series
    from emergence_stats.report.plan_sheet import plan_sheet

    require_out(out)
    chosen = load_settings(settings)
    table, series = _known(inputs or [], select or [], scale, listed(by), listed(across), chance_level)
    result = plan_series(
        series,
        scales=None if not at else [_scales(text, series) for text in at],
        n_items=n_items or None,
        wanted=wanted,
        replicates=replicates,
        seed=seed,
        settings=chosen,
        chance_level=chance_level,
        scale_kind=(scale or "params") if series is None else None,
    )
    document = result.to_dict() | {"inputs": [file.path for file in table.files] if table else []}
    kind = result.known.scale_kind

    def show() -> None:
        from emergence_stats.report.figures.plan_figure import question
        from emergence_stats.report.formats import scales_text

        typer.echo(document["summary"])
        typer.echo(f"\n{'further scales':24}{'items':>8}{'cost':>10}{question(document):>20}")
        for option in result.options:
            where = scales_text(option.scales, kind)
            share = f"{result.answers(option):.2f} ± {option.error:.2f}"
            typer.echo(f"{where:24}{option.n_items:8d}{option.cost:10d}{share:>20}")
        for remark in dict.fromkeys(option.remark for option in result.options if option.remark):
            sets = {scales_text(option.scales, kind): None for option in result.options if option.remark == remark}
            typer.echo(f"{', '.join(sets)}: {remark}")

    finish(
        "plan",
        document,
        show=show,
        page=lambda: plan_sheet(document, inputs=document["inputs"]),
        as_json=as_json,
        out=out,
        complete=table is None or not table.skipped,
    )


def _known(
    inputs: list[Path],
    select: list[str],
    scale: str | None,
    by: tuple[str, ...],
    across: tuple[str, ...],
    chance_level: float | None,
) -> tuple[TidyTable | None, Series | None]:
    """The series that was named and the table it is from; nothing without inputs."""
    from emergence_stats.errors import InputError
    from emergence_stats.forecasting.table import series_of
    from emergence_stats.ingest import read_tidy

    if not inputs:
        for option, given in (("--select", select), ("--by", by), ("--across", across)):
            if given:
                msg = f"{option}: expected files or folders with scores beside it, got none"
                raise InputError(msg)
        return None, None
    if chance_level is not None:
        msg = "--chance-level: expected no inputs beside it; a table has a column chance_level"
        raise InputError(msg)
    table = read_tidy(inputs, scale=scale, by=by)
    rows = series_of(table.frame, scale=scale, by=by, across=across, fewest_scales=1)
    row = choose(rows, parse_selection(select))
    if row.series is None:
        raise InputError(row.problem or "the series cannot be analysed")
    return table, row.series


def _scales(text: str, series: Series | None) -> list[float]:
    """Sizes of one set: numbers, or multiples of the best one measured."""
    return [parse_scale(part, [] if series is None else [series]) for part in text.split(",")]
