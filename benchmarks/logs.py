"""Seconds and peak memory of reading a folder of evaluation logs, one large log and one long table.

The folder is made of the sample logs in ``../shared/data/samples`` (every format), copied until there are as many files
as asked for; in the copies of 2023's harness the models are all sizes of Pythia at many checkpoints, so that scales are
looked up and series are long. Further inputs are an Inspect log of 1 GiB, of which only header and summaries may be
read, and a CSV file of two million rows: 250,000 tasks, eight models each.
Each is read in a fresh process on one core; memory is the highest that the process ever held, imports included.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import peak_memory
from emergence_stats.ingest import read_tidy

if sys.version_info >= (3, 14):
    import zipfile
else:
    from backports.zstd import zipfile

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "samples"
SIZES = ("70m", "160m", "410m", "1b", "1.4b", "2.8b", "6.9b", "12b")
LIMIT_SECONDS, LIMIT_MEGABYTES = 120, 1024  # promised for 10,000 files
PIECE = 2**26


def make_folder(folder: Path, n_files: int) -> int:
    """Copies of the samples until there are at least ``n_files`` files; how many there are."""
    count = copy = 0
    while count < n_files:
        target = folder / f"{copy:05d}"
        shutil.copytree(SAMPLES, target, copy_function=shutil.copyfile)
        for place in (target, *target.rglob("*")):
            if place.is_dir():
                place.chmod(0o755)
        for i, path in enumerate(sorted((target / "lm_eval_old").iterdir())):
            log = json.loads(path.read_text())
            size, step = SIZES[(copy + i) % len(SIZES)], 1000 * (1 + (copy * 11 + i) // len(SIZES) % 143)
            log["config"]["model_args"] = f"pretrained=EleutherAI/pythia-{size},revision=step{step}"
            path.write_text(json.dumps(log))
        for schema in (target / "eee").glob("*.schema.json"):
            schema.unlink()
        count += sum(path.is_file() for path in target.rglob("*"))
        copy += 1
    return count


def make_large_log(path: Path, n_bytes: int) -> None:
    """The sample Inspect log with samples of so many bytes."""
    original = next((SAMPLES / "inspect").glob("*.eval"))
    with zipfile.ZipFile(original) as source, zipfile.ZipFile(path, "w") as target:
        target.writestr("_journal/start.json", source.read("_journal/start.json"))
        for i in range(max(1, n_bytes // PIECE)):
            target.writestr(f"samples/{i}_epoch_1.json", b" " * PIECE)
        for name in ("summaries.json", "reductions.json", "header.json"):
            target.writestr(name, source.read(name))


def make_long_table(path: Path, n_rows: int) -> None:
    """Counts of eight models on as many tasks as that takes."""
    generator = np.random.default_rng(0)
    right = generator.integers(20, 90, n_rows).tolist()
    with path.open("w") as file:
        file.write("task,model,params,n_correct,n_items,chance_level,metric\n")
        for i, count in enumerate(right):
            size = SIZES[i % len(SIZES)]
            file.write(f"task{i // len(SIZES)},pythia-{size},{size.upper()},{count},100,0.25,acc\n")


def measure(path: Path) -> dict[str, float]:
    """Read in a fresh process: rows, seconds by the clock and of the processor, megabytes."""
    command = [sys.executable, "-m", "benchmarks.logs", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def run(n_files: int, large_bytes: int = 2**30, n_rows: int = 2_000_000) -> pd.DataFrame:
    """Measure a folder, one large log and one long table."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "runs"
        count = make_folder(folder, n_files)
        rows.append({"input": f"{count} log files", **measure(folder)})
        shutil.rmtree(folder)
        large = Path(name) / "large.eval"
        make_large_log(large, large_bytes)
        size = large.stat().st_size / 2**20
        rows.append({"input": f"one Inspect log of {size:.0f} MiB", **measure(large)})
        large.unlink()
        table = Path(name) / "long.csv"
        make_long_table(table, n_rows)
        rows.append({"input": f"one CSV file of {n_rows} rows", **measure(table)})
    return pd.DataFrame(rows)


def main(path: Path) -> None:
    """Read one input and print what it took as JSON."""
    begun = time.perf_counter()
    table = read_tidy(path)
    seconds = time.perf_counter() - begun
    measured = {
        "rows": len(table.frame),
        "seconds": round(seconds, 1),
        "processor seconds": round(time.process_time(), 1),
        "peak MiB": round(peak_memory() / 2**20),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
