"""``emergence-stats metrics``: how often each metric of a table is called emergent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from emergence_stats.cli import options
from emergence_stats.cli.options import Across, By, Duplicates, Inputs, Models, Scale, Seed, SettingsFile, Tasks

INCOMPLETE = 1


def metrics(
    inputs: Inputs,
    out: Annotated[Path | None, typer.Option(help="Folder for metrics.html and metrics.json; made if missing.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
    scale: Scale = None,
    by: By = None,
    across: Across = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the results are the same for any number.")] = 1,
    seed: Seed = 0,
    settings: SettingsFile = None,
    duplicates: Duplicates = "both",
    models: Models = None,
    tasks: Tasks = None,
) -> None:
    """Judge each metric by itself: which metrics make emergence? Shares of emergent verdicts with intervals."""
    from emergence_stats.batch.by_metric import compare_metrics
    from emergence_stats.report.files import require_writable

    chosen = options.load_settings(settings)
    if out is not None:
        require_writable(out)
    columns, together = options.listed(by), options.listed(across)
    table = options.read_inputs(inputs, scale=scale, by=columns, duplicates=duplicates, models=models, tasks=tasks)
    found = compare_metrics(
        table.frame, scale=scale, by=columns, across=together, workers=workers, seed=seed, settings=chosen
    )
    files = [file.path for file in table.files]
    document = {**found.to_dict(), "seed": seed, "inputs": files}
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2))
    else:
        typer.echo(f"{'metric':24}{'kind':27}{'series':>7}{'emergent':>10}{'95 % interval':>16}{'emergence score':>17}")
        for row in document["by_metric"]:
            score = row["median_emergence_score"]
            typer.echo(
                f"{row['metric'][:23]:24}{row['metric_kind']:27}{row['n_series']:7}{row['share']:10.1%}"
                f"{row['share_low']:8.1%} - {row['share_high']:5.1%}{'' if score is None else f'{score:.1f}':>17}"
            )
        typer.echo(f"\n{document['summary']}")
        for warning in found.warnings:
            typer.echo(f"Warning: {warning}")
    if out is not None:
        from emergence_stats.report.files import write_sheet
        from emergence_stats.report.metrics_sheet import metrics_sheet

        typer.echo(str(write_sheet(out, "metrics", sheet=metrics_sheet(document), document=document)), err=as_json)
    if table.skipped or (found.results["verdict"] == "failed").any():
        raise typer.Exit(code=INCOMPLETE)
