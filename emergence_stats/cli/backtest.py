"""``backtest``: hide the largest models, forecast them, and see how well that went."""

from __future__ import annotations

from typing import Annotated

import typer

from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import Across, By, Inputs, Scale, Seed, SettingsFile, listed, load_settings


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
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Hide the largest models, forecast them from the others, and compare with simpler forecasts."""
    from emergence_stats.forecasting.backtest import backtest as backtest_frame
    from emergence_stats.forecasting.methods import METHODS
    from emergence_stats.ingest import read_tidy
    from emergence_stats.report.forecast_sheet import backtest_sheet

    require_out(out)
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
    document = result.to_dict() | {"inputs": [file.path for file in table.files]}

    def show() -> None:
        typer.echo(document["summary"])
        typer.echo(f"\n{'':36}{'log score':>10}{'CRPS':>9}{'in 50%':>8}{'in 90%':>8}")
        for row in document["methods"]:
            numbers = f"{row['log_score']:10.3f}{row['crps']:9.4f}{row['coverage50']:8.1%}{row['coverage90']:8.1%}"
            typer.echo(f"{METHODS[row['method']]:36}{numbers}")

    finish(
        "backtest",
        document,
        show=show,
        page=lambda: backtest_sheet(document, inputs=document["inputs"]),
        as_json=as_json,
        out=out,
        complete=not table.skipped,
    )


def _hidden(given: list[str]) -> float | str | list[float]:
    """A date, one scale, or several."""
    texts = [part.strip() for text in given for part in text.split(",")]
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return texts[0]
    return numbers[0] if len(numbers) == 1 else numbers
