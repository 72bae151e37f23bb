"""The examples: what their harnesses wrote is read to the verdict; where a harness is installed, the example runs."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import emergence_stats as es

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).parent / "recorded"  # written by the examples; logs of Inspect without their samples
VERDICTS = {"inspect": ("addition", "emergent", 225.0), "lm_eval": ("toy_addition", "not_emerged", 400.0)}
SCRIPTS = {"inspect": ("inspect_ai", "inspect_eval.py"), "lm_eval": ("lm_eval", "lm_eval_dummy.py")}


@pytest.mark.parametrize("harness", VERDICTS)
def test_what_the_harness_wrote_is_read_to_the_verdict(harness: str) -> None:
    task, verdict, n_items = VERDICTS[harness]
    table = es.read(RECORDED / harness)
    assert table["n_items"].tolist() == [n_items] * 4
    assert sorted(table["params"]) == [1e8, 1e9, 1e10, 1e11]
    results = es.analyze_frame(table)
    assert (results["task"].tolist(), results["verdict"].tolist()) == ([task], [verdict])


@pytest.mark.slow
@pytest.mark.parametrize("harness", SCRIPTS)
def test_the_example_runs_where_its_harness_is_installed(harness: str, tmp_path: Path) -> None:
    package, script = SCRIPTS[harness]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    finished = subprocess.run(
        [sys.executable, str(ROOT / "examples" / script), str(tmp_path / "logs")],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert VERDICTS[harness][1] in finished.stdout
