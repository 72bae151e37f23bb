"""``axes``: the same scores on several measures of scale, and over two of them."""

from __future__ import annotations

from typing import Annotated

import typer

from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import By, Inputs, SettingsFile, listed, load_settings


def axes(
    inputs: Inputs,
    scales: Annotated[
        list[str] | None,
        typer.Option(help="Scale columns to compare; repeated, or with commas. Default: all that vary."),
    ] = None,
    plane: Annotated[
        str | None,
        typer.Option(help="Two of them, such as params,tokens: the direction in which scores rise, and a surface."),
    ] = None,
    select: Annotated[list[str] | None, typer.Option(help="Which series, as column=value; may be repeated.")] = None,
    out: Out = None,
    as_json: AsJson = False,
    by: By = None,
    settings: SettingsFile = None,
) -> None:
    """Which measure of scale orders the scores best? Verdict and threshold on each: params, FLOP, tokens, loss."""
    from emergence_stats.axes.table import compare_axes_frame
    from emergence_stats.cli.analyze import parse_selection
    from emergence_stats.errors import InputError
    from emergence_stats.ingest import read_tidy
    from emergence_stats.report.axes_sheet import axes_sheet, series_line

    require_out(out)
    chosen, pair = load_settings(settings), listed([plane]) if plane is not None else None
    if pair is not None and len(pair) != 2:
        msg = f"--plane: expected two scale columns with a comma, such as params,tokens, got {plane!r}"
        raise InputError(msg)
    table = read_tidy(list(inputs), by=listed(by))
    found = compare_axes_frame(
        table,
        scales=listed(scales),
        plane=None if pair is None else (pair[0], pair[1]),
        by=listed(by),
        select=parse_selection(select or ()),
        settings=chosen,
    )
    document = found.to_dict() | {"inputs": [file.path for file in table.files]}

    def show() -> None:
        for one in document["series"]:
            typer.echo(series_line(one))
        for warning in document["warnings"]:
            typer.echo(f"Warning: {warning}")
        for item in document["failed"]:
            typer.echo(f"{' · '.join(filter(None, item['identity'].values()))}: {item['reason']}", err=True)

    finish(
        "axes",
        document,
        show=show,
        page=lambda: axes_sheet(document),
        as_json=as_json,
        out=out,
        complete=not (found.failed or table.skipped),
    )
