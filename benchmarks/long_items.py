"""Outcomes item by item: seconds and memory of a long table, and of an array, of 200 models by 20,000 items.

The table is a Parquet file of one row for each model and item; it is read and brought to models by items, then to a
series with its standard errors and the correlation of the models. Processor seconds; each row is a process of its own,
its memory the largest that it ever held, everything imported included. The whole path ends in `analyze` of that series;
compiling its inner loops, once on a machine, is not counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.machine import ROOT

MODELS, ITEMS = 200, 20_000
PREPARE = """
import sys, numpy as np, pandas as pd
path, n_models, n_items, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
log_scale = np.linspace(8.0, 11.0, n_models)
ability = 1.0 / (1.0 + np.exp(-4.0 * (log_scale - 9.5)))
score = np.random.default_rng(seed).random((n_models, n_items)) < ability[:, None]
np.savez(path + ".npz", score=score, scale=10.0**log_scale)
pd.DataFrame({
    "task": "task", "metric": "acc", "params": np.repeat(10.0**log_scale, n_items),
    "model": np.repeat([f"m{i:03}" for i in range(n_models)], n_items), "item": np.tile(np.arange(n_items), n_models),
    "score": score.ravel().astype(np.int8), "chance_level": 0.0,
}).to_parquet(path)
"""
MEASURE = """
import json, sys, time
import numpy as np, pandas as pd
import emergence_stats as es
from benchmarks.machine import peak_memory
how, path = sys.argv[1:]
started = time.process_time()
if how == "table":
    (items,) = es.items_from_table(pd.read_parquet(path))
else:
    arrays = np.load(path + ".npz")
    items = es.Items(score=arrays["score"], scale=arrays["scale"], chance_level=0.0, metric="acc")
read = time.process_time()
series, errors, together = items.series(), items.standard_errors(), items.correlation()
done = time.process_time()
es.analyze(es.Series(scale=[1e8, 1e9, 1e10], n_correct=[3, 4, 50], n_items=[100] * 3, chance_level=0.0))
compiled = time.process_time()
es.analyze(series)
told = {
    "to models by items, s": read - started, "and series, errors, correlation, s": done - started,
    "and its analysis, s": done - started + time.process_time() - compiled,
    "memory, GB": peak_memory() / 1e9,
}
print(json.dumps(told))
"""


def run(*, models: int = MODELS, items: int = ITEMS, seed: int = 0) -> pd.DataFrame:
    """Processor seconds and memory from a table and from an array."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "long.parquet")
        subprocess.run([sys.executable, "-c", PREPARE, path, str(models), str(items), str(seed)], check=True)
        return pd.DataFrame([_row(how, path, models * items) for how in ("table", "array")])


def _row(how: str, path: str, outcomes: int) -> dict[str, object]:
    """One process."""
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, how, path], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {"from": how, "outcomes": f"{outcomes:,}", **{k: f"{v:.2f}" for k, v in json.loads(told.stdout).items()}}
