"""results.parquet in the tools that people query tables with: the same rows, types and nulls everywhere."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import emergence_stats as es
from emergence_stats.batch import RESULT_COLUMNS
from emergence_stats.report.tables import write_frame

SCORES = pd.DataFrame(
    {
        "task": ["jump"] * 5 + ["at chance"] * 5 + ["wrong"] * 2,
        "params": [1e8, 1e9, 1e10, 1e11, 1e12] * 2 + [1e8, 1e9],
        "n_correct": [2, 3, 2, 180, 185, 1, 0, 1, 0, 1, 300, 2],
        "n_items": 200,
        "chance_level": 0.0,
    }
)


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return es.analyze_frame(SCORES, scale="params")


@pytest.fixture(scope="module")
def path(results: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "results.parquet"
    write_frame(path, results)
    return path


def asked(query: str, path: Path) -> list[tuple[object, ...]]:
    """What DuckDB answers in a process of its own, as people run it; its binding complains when pytest ends."""
    script = "import duckdb, json, sys; print(json.dumps(duckdb.execute(sys.argv[1], sys.argv[2:]).fetchall()))"
    done = subprocess.run([sys.executable, "-c", script, query, str(path)], capture_output=True, text=True, check=True)
    return [tuple(row) for row in json.loads(done.stdout)]


def test_duckdb_reads_it_by_sql(path: Path) -> None:
    rows = asked("select task, verdict, threshold, n_scales from read_parquet(?) order by task", path)
    assert [row[:2] for row in rows] == [("at chance", "not_emerged"), ("jump", "emergent"), ("wrong", "failed")]
    assert [row[2] is None for row in rows] == [True, False, True]
    assert [row[3] for row in rows] == [5, 5, None]


def test_duckdb_computes_on_it_with_nulls_left_out(path: Path, results: pd.DataFrame) -> None:
    found = asked("select count(*), count(threshold), max(p_emergent) from read_parquet(?)", path)
    assert found == [(3, 1, results["p_emergent"].max())]


def test_polars_reads_the_same_values_and_nulls(path: Path, results: pd.DataFrame) -> None:
    table = pl.read_parquet(path)
    assert table.columns == list(results.columns)
    for name in results.columns:
        assert [value is None for value in table[name]] == results[name].isna().tolist(), name
        kept = results[name].dropna().tolist()
        assert table[name].drop_nulls().to_list() == kept, name


def test_columns_have_the_types_that_are_promised(path: Path) -> None:
    kinds = {"Int64": pl.Int64, "float64": pl.Float64, "str": pl.String}
    table = pl.scan_parquet(path).collect_schema()
    assert {name: table[name] for name in RESULT_COLUMNS} == {
        name: kinds[kind] for name, kind in RESULT_COLUMNS.items()
    }


def test_polars_filters_it_without_reading_all(path: Path) -> None:
    sure = pl.scan_parquet(path).filter(pl.col("p_emergent") > 0.9).select("task").collect()
    assert sure["task"].to_list() == ["jump"]


def test_pandas_reads_back_what_was_written(path: Path, results: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(pd.read_parquet(path), results)
    assert pq.read_schema(path).names == list(results.columns)


@pytest.mark.parametrize(("module", "function"), [("polars", "DataFrame"), ("duckdb", "from_df")])
def test_their_tables_are_analysed_as_they_are(module: str, function: str, results: pd.DataFrame) -> None:
    make = getattr(importlib.import_module(module), function)
    again = es.analyze_frame(make(SCORES), scale="params")
    pd.testing.assert_frame_equal(again, results)
