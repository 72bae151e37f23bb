"""``simulate``: a tidy table of series whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli.options import Seed, listed


def simulate(
    out: Annotated[
        Path | None, typer.Option(help="CSV file to write; its folder is made if missing. Default: standard output.")
    ] = None,
    shape: Annotated[
        list[str] | None, typer.Option(help="Shape of the true curve; repeated, or with commas. Default: all in turn.")
    ] = None,
    series: Annotated[int, typer.Option(min=1, help="Number of series.")] = 10,
    scales: Annotated[int, typer.Option(min=1, help="Scales of each series.")] = 8,
    items: Annotated[int, typer.Option(min=1, help="Test items at each scale.")] = 500,
    chance: Annotated[float, typer.Option(min=0.0, help="Score of random answers.")] = 0.25,
    width: Annotated[float | None, typer.Option(help="10-90 % width of the rise, in decades.")] = None,
    overdispersion: Annotated[float, typer.Option(min=0.0, help="Intraclass correlation of the items.")] = 0.0,
    seed: Seed = 0,
) -> None:
    """Write series with known truth, from curves that the analysis fits and from shapes that it does not."""
    from emergence_stats.simulate import SHAPES, simulate_table

    frame = simulate_table(
        series,
        shapes=listed(shape) or tuple(SHAPES),
        n_scales=scales,
        n_items=items,
        chance_level=chance,
        width=width,
        overdispersion=overdispersion,
        seed=seed,
    )
    text = frame.to_csv(index=False, lineterminator="\n")
    if out is None:
        typer.echo(text, nl=False)
        return
    from emergence_stats.report.files import write_files

    def write_table(path: Path) -> None:
        path.write_text(text, encoding="utf-8", newline="\n")

    made = "" if out.absolute().parent.exists() else f", in the new folder {out.parent}"
    write_files(out.absolute().parent, {out.name: write_table})
    typer.echo(f"{out}: {series} series at {scales} scales each, {len(frame)} rows{made}")
