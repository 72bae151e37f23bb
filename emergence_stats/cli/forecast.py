"""``forecast``: what further models will score, to the terminal or as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from emergence_stats.cli.analyze import choose, parse_selection
from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import Across, By, Inputs, Scale, Seed, SettingsFile, listed, load_settings
from emergence_stats.cli.scales import parse_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emergence_stats.ingest import SeriesRow


def forecast(
    inputs: Inputs,
    at: Annotated[
        list[str] | None,
        typer.Option(help="A scale (1e24), or a multiple of the largest (10x); repeated, or with commas."),
    ] = None,
    score: Annotated[float | None, typer.Option(help="A score to reach, in the metric's unit.")] = None,
    select: Annotated[
        list[str] | None, typer.Option(help="Which series, as column=value (task=gsm8k); may be repeated.")
    ] = None,
    companion: Annotated[
        list[str] | None,
        typer.Option(help="The continuous companion of the selected series: what differs, as column=value."),
    ] = None,
    n_items: Annotated[int | None, typer.Option(min=1, help="Items of a further test set. Default: as usual.")] = None,
    scale: Scale = None,
    by: By = None,
    across: Across = None,
    seed: Seed = 0,
    settings: SettingsFile = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Forecast the scores of further models, with intervals; say where the data do not tell."""
    from emergence_stats.document import SCHEMA_VERSION
    from emergence_stats.errors import InputError
    from emergence_stats.forecasting.forecast import forecast as forecast_series
    from emergence_stats.forecasting.table import forecast_rows, series_of
    from emergence_stats.ingest import read_tidy
    from emergence_stats.report.forecast_sheet import forecast_sheet

    require_out(out)
    chosen, columns = load_settings(settings), listed(by)
    table = read_tidy(list(inputs), scale=scale, by=columns)
    rows = series_of(table.frame, scale=scale, by=columns, across=listed(across))
    selection = parse_selection(select or ())
    skipped: list[tuple[str, str]] = []
    if companion:
        row = choose(rows, selection)
        other = choose(rows, {**row.identity, **parse_selection(companion)})
        if row.series is None or other.series is None:
            raise InputError(row.problem or other.problem or "the series cannot be forecast")
        scales = _scales(at, [row])
        found = [
            forecast_series(
                row.series, scales, score=score, companion=other.series, n_items=n_items, seed=seed, settings=chosen
            )
        ]
    else:
        wanted = [row for row in rows if all(row.identity.get(name) == value for name, value in selection.items())]
        if not wanted:
            choose(rows, selection)  # says what there is to choose from
        found, left_out = forecast_rows(
            wanted, _scales(at, wanted), score=score, n_items=n_items, seed=seed, settings=chosen
        )
        skipped = [(item.name, item.reason) for item in left_out]
    if not found:
        msg = f"no series can be forecast: {skipped[0][1] if skipped else 'the input has none'}"
        raise InputError(msg)
    forecasts = [one.to_dict() for one in found]
    read = [file.path for file in table.files]
    document = {
        "kind": "forecasts",
        "schema_version": SCHEMA_VERSION,
        "inputs": read,
        "forecasts": forecasts,
        "skipped": [{"name": name, "reason": reason} for name, reason in skipped],
    }

    def show() -> None:
        for one in forecasts:
            typer.echo(one["summary"])

    finish(
        "forecast",
        document,
        show=show,
        page=lambda: forecast_sheet(forecasts, skipped=skipped, inputs=read),
        as_json=as_json,
        out=out,
        complete=not (skipped or table.skipped),
    )


def _scales(at: Sequence[str] | None, rows: Sequence[SeriesRow]) -> list[float] | None:
    """The wanted scales: numbers, or multiples of the best scale among the series."""
    known = [row.series for row in rows if row.series is not None]
    if not (at and known):
        return None
    return [parse_scale(part, known) for given in at for part in given.split(",")]
