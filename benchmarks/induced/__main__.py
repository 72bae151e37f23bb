"""``python -m benchmarks.induced [--train]``: models trained to seem emergent, and what the analysis says of them."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from benchmarks.induced import arithmetic, digits
from benchmarks.tables import markdown
from emergence_stats.batch import analyze_frame

SCORES = Path(__file__).with_name("scores.csv")
EXPERIMENTS: Mapping[str, Callable[[], pd.DataFrame]] = {
    "autoencoders": digits.autoencoders,
    "classifiers": digits.classifiers,
    "addition": arithmetic.addition,
    "modular addition": arithmetic.modular_addition,
}
COLUMNS = (
    "task", "metric", "params", "train_flops", "tokens", "seed", "n_correct", "n_items", "score", "stderr",
    "chance_level", "higher_is_better",
)  # fmt: skip


def train() -> pd.DataFrame:
    """Train every model on one core, and return all scores as one tidy table."""
    parts = []
    for name, experiment in EXPERIMENTS.items():
        started = time.process_time()
        parts.append(experiment())
        print(f"{name}: {time.process_time() - started:.0f} CPU seconds", flush=True)
    whole = pd.concat(parts, ignore_index=True)
    for name in ("params", "tokens", "n_correct", "n_items"):
        whole[name] = whole[name].astype("Int64")
    return whole[list(COLUMNS)]


def verdicts(scores: pd.DataFrame) -> pd.DataFrame:
    """What the analysis says of each task and metric, the metrics of a task being companions of each other."""
    found = analyze_frame(scores)
    return found[["task", "metric", "verdict", "p_emergent", "log_bayes_factor", "width_decades", "reason"]]


def kept_verdicts() -> str:
    """The verdicts on the kept scores, as a table in Markdown."""
    table = verdicts(pd.read_csv(SCORES))
    for name in ("p_emergent", "log_bayes_factor", "width_decades"):
        table[name] = [f"{value:.2f}" if pd.notna(value) else "" for value in table[name]]
    return markdown(table)


def main() -> None:
    """Train if asked to, then print the verdicts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.induced", description=__doc__)
    parser.add_argument("--train", action="store_true", help="train all models anew and write scores.csv (2 minutes)")
    if parser.parse_args().train:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"  # sums in one order: the scores are the same on every run of a machine
        train().to_csv(SCORES, index=False)
    print(kept_verdicts())


if __name__ == "__main__":
    main()
