"""Every command that makes one document: what `--json` prints is what the folder holds, and what its schema says."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Run

ROWS = (
    [f"add,GPT,m{i},standard,1e{8 + i},{(3, 1, 4, 1, 5)[i]}e10,{k},200,0" for i, k in enumerate((3, 2, 4, 60, 150))]
    + [f"add,GPT,m{i},chain,1e{8 + i},{(3, 1, 4, 1, 5)[i]}e10,{k},200,0" for i, k in enumerate((1, 2, 5, 120, 190))]
)  # fmt: skip
TABLE = "\n".join(["task,family,model,prompt,params,tokens,n_correct,n_items,chance_level", *ROWS]) + "\n"
WORDS = {
    "forecast": ("--scale", "params", "--at", "10x,1e20", "--score", "0.9"),
    "backtest": ("--scale", "params", "--hide", "5e11"),
    "plan": ("--scale", "params", "--select", "prompt=chain", "--at", "1e13", "--n-items", "100", "--replicates", "2"),
    "compare": (),
    "axes": ("--select", "prompt=chain", "--plane", "params,tokens"),
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def validator(name: str) -> Draft202012Validator:
    text = (resources.files("emergence_stats") / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("command", WORDS)
def test_what_is_printed_is_what_is_written_and_what_the_schema_says(
    run: Run, table: Path, tmp_path: Path, command: str
) -> None:
    finished = run(command, table, *WORDS[command], "--json", "--out", tmp_path / "out")
    assert finished.code == 0, finished.err
    document: dict[str, Any] = json.loads(finished.out)
    assert document == json.loads((tmp_path / "out" / f"{command}.json").read_text(encoding="utf-8"))
    assert str(tmp_path / "out" / f"{command}.html") in finished.err
    valid = validator(command)
    valid.validate(document)
    assert document["inputs"] == [str(table)]
    for name in document:
        assert not valid.is_valid({key: value for key, value in document.items() if key != name}), name
    assert not valid.is_valid(document | {"surprise": 1})


@pytest.mark.parametrize("command", [*WORDS, "pool"])
def test_a_folder_that_cannot_be_written_is_said_before_the_work(run: Run, table: Path, command: str) -> None:
    finished = run(command, table, *WORDS.get(command, ()), "--out", table)
    assert finished.code == 2
    assert "expected a folder to write to, got a file" in finished.err


def test_schemas_are_printed_by_name(run: Run) -> None:
    for name in (*WORDS, "pool", "analysis"):
        assert json.loads(run("schema", name).out)["$id"].endswith(f"{name}:1.0")
    assert "schema: expected one of analysis, axes, backtest" in run("schema", "nothing").err
