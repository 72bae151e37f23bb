"""``backtest``: hide the largest models, forecast them, and see how well that went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli.options import Across, By, Inputs, Scale, Seed, SettingsFile, listed, load_settings

INCOMPLETE = 1


def backtest(
    inputs: Inputs,
    hide: Annotated[
        list[str],
        typer.Option(
            help="A scale, beyond which models are hidden; a date (2023-07-01), from which on they are; or, repeated "
            "or with commas, the scales that are."
        ),
    ],
    dates: Annotated[str | None, typer.Option(help="Column of release dates, if --hide is a date.")] = None,
    scale: Scale = None,
    by: By = None,
    across: Across = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the results are the same for any number.")] = 1,
    seed: Seed = 0,
    settings: SettingsFile = None,
    out: Annotated[Path | None, typer.Option(help="Folder for backtest.html and backtest.json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
) -> None:
    """Hide the largest models, forecast them from the others, and compare with simpler forecasts."""
    from emergence_stats.forecasting.backtest import backtest as backtest_frame
    from emergence_stats.forecasting.methods import METHODS
    from emergence_stats.ingest import read_tidy

    chosen, columns, together = load_settings(settings), listed(by), listed(across)
    table = read_tidy(list(inputs), scale=scale, by=(*columns, *([dates] if dates else [])))
    result = backtest_frame(
        table.frame,
        hide=_hidden(hide),
        dates=dates,
        scale=scale,
        by=columns,
        across=together,
        workers=workers,
        seed=seed,
        settings=chosen,
    )
    document = result.to_dict()
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2))
    else:
        typer.echo(document["summary"])
        typer.echo(f"\n{'':36}{'log score':>10}{'CRPS':>9}{'in 50%':>8}{'in 90%':>8}")
        for row in document["methods"]:
            numbers = f"{row['log_score']:10.3f}{row['crps']:9.4f}{row['coverage50']:8.1%}{row['coverage90']:8.1%}"
            typer.echo(f"{METHODS[row['method']]:36}{numbers}")
    if out is not None:
        from emergence_stats.report.files import write_sheet
        from emergence_stats.report.forecast_sheet import backtest_sheet

        page = backtest_sheet(document, inputs=[file.path for file in table.files])
        typer.echo(str(write_sheet(out, "backtest", sheet=page, document=document)), err=as_json)
    if table.skipped:
        raise typer.Exit(code=INCOMPLETE)


def _hidden(given: list[str]) -> float | str | list[float]:
    """A date, one scale, or several."""
    texts = [part.strip() for text in given for part in text.split(",")]
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return texts[0]
    return numbers[0] if len(numbers) == 1 else numbers
