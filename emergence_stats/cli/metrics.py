"""``emergence-stats metrics``: how often each metric of a table is called emergent."""

from __future__ import annotations

from typing import Annotated

import typer

from emergence_stats.cli import options
from emergence_stats.cli.ending import AsJson, Out, finish, require_out
from emergence_stats.cli.options import Across, By, Duplicates, Inputs, Models, Scale, Seed, SettingsFile, Tasks


def metrics(
    inputs: Inputs,
    out: Out = None,
    as_json: AsJson = False,
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
    from emergence_stats.report.metrics_sheet import metrics_sheet

    chosen = options.load_settings(settings)
    require_out(out)
    columns, together = options.listed(by), options.listed(across)
    table = options.read_inputs(inputs, scale=scale, by=columns, duplicates=duplicates, models=models, tasks=tasks)
    found = compare_metrics(
        table.frame, scale=scale, by=columns, across=together, workers=workers, seed=seed, settings=chosen
    )
    files = [file.path for file in table.files]
    document = {**found.to_dict(), "seed": seed, "inputs": files}

    def show() -> None:
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

    finish(
        "metrics",
        document,
        show=show,
        page=lambda: metrics_sheet(document),
        as_json=as_json,
        out=out,
        complete=not (table.skipped or (found.results["verdict"] == "failed").any()),
    )
