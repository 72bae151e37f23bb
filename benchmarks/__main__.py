"""``python -m benchmarks [section ...] [--quick] [--write-docs]``; sections: accuracy, calibration, evidence, ..."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from benchmarks import (
    accuracy,
    discoveries,
    evidence,
    forecasts,
    induced,
    logs,
    long_items,
    machine,
    metric_pairs,
    paired_items,
    pooling,
    resolution,
    scale,
    service_load,
    speed,
    stages,
    strategies,
    thresholds,
)
from benchmarks.calibration import section as calibration
from benchmarks.induced.__main__ import kept_verdicts
from benchmarks.page import VALIDATION, section, write_section
from benchmarks.suites import SUITES
from benchmarks.tables import markdown
from emergence_stats.pooling.table import pool_table

COMMAND = "python -m benchmarks --write-docs"


def accuracy_section(options: argparse.Namespace) -> list[str]:
    """Both suites: what was promised, by kind, calibration."""
    size = options.size or (300 if options.quick else 3000)
    parts = [accuracy.__doc__ or ""]
    for suite in SUITES:
        result = accuracy.run(suite, size, seed=options.seed, workers=options.workers)
        parts += [
            f"### The {suite} suite (seed {options.seed})",
            markdown(result.summary),
            "Cases by kind and verdict:",
            markdown(result.by_kind),
            "Calibration of `p_emergent`:",
            markdown(result.calibration),
        ]
        if options.failures is not None:
            options.failures.mkdir(parents=True, exist_ok=True)
            result.outcomes.to_csv(options.failures / f"{suite}.csv", index=False)
    return parts


def speed_section(options: argparse.Namespace) -> list[str]:
    """Seconds per series, start-up, one large report; where the time goes, and what it grows with."""
    quick = options.quick
    table = speed.run(size=60 if quick else 400, resampled=5 if quick else 40)
    spent = stages.run(speed.mixed_series(20 if quick else 200, 1))
    return [
        speed.__doc__ or "",
        markdown(table),
        stages.__doc__ or "",
        markdown(spent),
        "Processor time of one series on one core, by the number of series, points, items and replicates:",
        markdown(speed.costs(10 if quick else 100)),
        "The same series given to psignifit, PyMC SMC and dynesty, with their times: section Peers.",
    ]


def resolution_section(options: argparse.Namespace) -> list[str]:
    """False sharpness on both suites."""
    size = options.size or (20 if options.quick else 300)
    parts = [resolution.__doc__ or ""]
    for suite in SUITES:
        table = resolution.run(suite, size, seed=options.seed, workers=options.workers)
        parts += [f"### The {suite} suite (seed {options.seed})", markdown(table)]
    return parts


def evidence_section(options: argparse.Namespace) -> list[str]:
    """Log evidence against brute force."""
    table = evidence.run(n_series=2 if options.quick else 8)
    return [evidence.__doc__ or "", markdown(table)]


def logs_section(options: argparse.Namespace) -> list[str]:
    """Folders of evaluation logs."""
    if not logs.SAMPLES.is_dir():
        return [logs.__doc__ or "", "Not measured: the sample logs are missing."]
    n_rows = 200_000 if options.quick else 2_000_000
    table = logs.run(options.size or (1000 if options.quick else 10_000), n_rows=n_rows)
    return [logs.__doc__ or "", markdown(table)]


def items_section(options: argparse.Namespace) -> list[str]:
    """Long tables of single outcomes."""
    table = long_items.run(models=20 if options.quick else long_items.MODELS, seed=options.seed)
    return [long_items.__doc__ or "", markdown(table)]


def calibration_section(options: argparse.Namespace) -> list[str]:
    """Ranks of simulated truths, calibration of probabilities, coverage, false calls by design cell."""
    return calibration.parts(
        calibration.of_size(options.size or (300 if options.quick else 6000)),
        seed=options.seed,
        workers=options.workers,
        figure_path=calibration.FIGURE if options.write_docs else None,
        folder=options.failures,
    )


def pairs_section(options: argparse.Namespace) -> list[str]:
    """One law by two metrics: is the jump called by its name?"""
    size = options.size or (30 if options.quick else 300)
    parts = [metric_pairs.__doc__ or ""]
    for design in metric_pairs.DESIGNS:
        seeds = (options.seed, options.seed + 1) if design == "main" else (options.seed,)
        rows = pd.concat(
            metric_pairs.evaluate(size, seed=seed, workers=options.workers, design=design) for seed in seeds
        )
        if options.failures is not None:
            options.failures.mkdir(parents=True, exist_ok=True)
            rows.to_csv(options.failures / f"pairs_{design}.csv", index=False)
        parts += [
            f"### The {design} design, {size} pairs of each law and seed (seeds {', '.join(map(str, seeds))})",
            markdown(metric_pairs.summarise(rows)),
            "By companion (bare: scores without standard errors; counts: tokens right of tokens):",
            markdown(metric_pairs.by("companion", rows)),
            markdown(metric_pairs.by("seed" if design == "main" else "kind", rows)),
        ]
    return parts


def discoveries_section(options: argparse.Namespace) -> list[str]:
    """Realised false discovery rates on both suites."""
    size = options.size or (60 if options.quick else 600)
    parts = [discoveries.__doc__ or ""]
    for suite in SUITES:
        parts += [f"### The {suite} suite, {size} cases", markdown(discoveries.run(suite, size, seed=options.seed))]
    return parts


def forecasts_section(options: argparse.Namespace) -> list[str]:
    """Known laws with a companion metric, and hidden public models."""
    simulated = forecasts.with_companion(10 if options.quick else 40, options.seed)
    parts = [forecasts.__doc__ or "", "### With a companion", markdown(simulated)]
    if not forecasts.DATA.is_dir():
        return [*parts, "The public scores are not on this machine."]
    wanted = {"Open models beyond 8.4e22 FLOP": forecasts.open_models}
    if not options.quick:
        wanted["Pythia, 6.9B and 12B"] = forecasts.pythia
    for title, run in wanted.items():
        result = run(options.workers, options.seed)
        parts += [f"### {title}", markdown(forecasts.table(result)), result.summary()]
    return parts


def pooling_section(options: argparse.Namespace) -> list[str]:
    """Families in one model."""
    costs, told = [], []
    for design in pooling.DESIGNS:
        frame, truth = pooling.simulated(
            6 if options.quick else 25, 2 if options.quick else 8, options.seed, design=design
        )
        started = time.perf_counter()
        found = pool_table(frame, scale="train_flops", workers=options.workers, seed=options.seed)
        costs.append(pooling.cost(f"simulated, {design}", frame, found, time.perf_counter() - started, truth))
        if options.quick:
            break
    if pooling.DATA.is_file() and not options.quick:
        for scale in ("params", "train_flops"):
            started = time.perf_counter()
            frame, found = pooling.real(scale, options.workers, options.seed)
            costs.append(pooling.cost(f"open models, {scale}", frame, found, time.perf_counter() - started))
        told += ["The open models over training FLOP:", markdown(pooling.gained(frame, "train_flops", found))]
    return [pooling.__doc__ or "", markdown(pd.DataFrame(costs)), *told]


def strategies_section(options: argparse.Namespace) -> list[str]:
    """Pairs of known difference."""
    rows = strategies.evaluate(
        options.size or (20 if options.quick else 250), seed=options.seed, workers=options.workers
    )
    parts = [strategies.__doc__ or "", markdown(strategies.verdicts(rows))]
    for kind, part in rows.groupby("kind", sort=False):
        parts += [f"Truths {kind}, stated P(helps) at the smallest and at the largest scale:",
                  markdown(strategies.calibration(part))]  # fmt: skip
    items = paired_items.run(max(4, len(rows) // 10), seed=options.seed, workers=options.workers)
    return [*parts, "### Item by item", paired_items.__doc__ or "", markdown(items)]


def thresholds_section(options: argparse.Namespace) -> list[str]:  # noqa: ARG001  # nothing is drawn
    """Published thresholds beside ours."""
    if not thresholds.DATA.is_dir():
        return ["The public scores are not on this machine."]
    table, uncovered = thresholds.run()
    return [thresholds.__doc__ or "", markdown(table), f"Not covered by any data here: {'; '.join(uncovered)}."]


def induced_section(options: argparse.Namespace) -> list[str]:  # noqa: ARG001  # the scores are kept
    """Models trained here to seem emergent."""
    return [induced.__doc__ or "", kept_verdicts()]


def scale_section(options: argparse.Namespace) -> list[str]:
    """What very many series cost."""
    quick = options.quick
    return scale.parts(
        20 if quick else 100, streamed=300 if quick else 24_000, stood_in=options.size or (5000 if quick else 100_000)
    )


def service_section(options: argparse.Namespace) -> list[str]:
    """The HTTP service under load."""
    size = (5.0, 20, 200) if options.quick else (60.0, 1000, 10_000)
    many = 20 if options.quick else 200
    table = service_load.run(seconds=size[0], jobs=size[1], bad_keys=size[2], slow=many, large=many, seed=options.seed)
    return [service_load.__doc__ or "", markdown(table)]


SECTIONS: Mapping[str, Callable[[argparse.Namespace], list[str]]] = {
    "accuracy": accuracy_section,
    "calibration": calibration_section,
    "discoveries": discoveries_section,
    "evidence": evidence_section,
    "forecasts": forecasts_section,
    "induced": induced_section,
    "items": items_section,
    "logs": logs_section,
    "pairs": pairs_section,
    "pooling": pooling_section,
    "resolution": resolution_section,
    "scale": scale_section,
    "service": service_section,
    "speed": speed_section,
    "strategies": strategies_section,
    "thresholds": thresholds_section,
}


def main() -> None:
    """Run the sections that were named (all by default), print them, and write them down if asked."""
    options = _options()
    facts = machine.describe()  # before the first section is written, which is a change to the commit
    for name in options.sections or SECTIONS:
        text = section(name.capitalize(), COMMAND, facts, *SECTIONS[name](options))
        print(f"\n{text}", flush=True)
        if options.write_docs:
            write_section(name, text)
            print(f"\nwrote section {name} of {VALIDATION.relative_to(machine.ROOT)}", flush=True)


def _options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=f"{', '.join(SECTIONS)}; default all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases, to see that it runs")
    parser.add_argument("--size", type=int, help="cases of each suite; draws from the prior for calibration")
    parser.add_argument("--seed", type=int, default=0, help="seed of the suites")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes for accuracy, calibration, pairs, resolution; speed: one"
    )
    parser.add_argument("--failures", type=Path, help="folder for the outcomes, one CSV per table")
    parser.add_argument("--write-docs", action="store_true", help="write the sections into docs/validation.md")
    options = parser.parse_args()
    for name in options.sections:
        if name not in SECTIONS:
            parser.error(f"section: expected one of {', '.join(SECTIONS)}, got {name!r}")
    return options


if __name__ == "__main__":
    main()
