"""The report of very many series, and what it tells of all of them together."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.standin import StandIn
from emergence_stats.batch import merge, overview
from emergence_stats.batch.merge import merge_shards
from emergence_stats.batch.work import Item, Outcome
from tests.batch import standin


def test_an_overview_tells_what_all_series_together_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb
    import pandas as pd

    from emergence_stats.report.overview_page import QUERIES

    standin.run(tmp_path / "shards")
    monkeypatch.setattr(merge, "OVERVIEW_FROM", 100)
    done = merge_shards([tmp_path], tmp_path / "report")
    frame = pd.read_parquet(tmp_path / "report" / "results.parquet")
    assert len(frame) == standin.N_SERIES
    assert not frame.duplicated(["task", "metric", "family"]).any()
    assert done.page.counts == frame["verdict"].value_counts().to_dict()
    known = frame["verdict"] != "failed"
    assert frame.loc[known, "p_emergent_pooled"].notna().all()
    assert np.isclose(frame.loc[known, "trend_p_holm"].min(), min(1.0, frame["trend_p"].min() * known.sum()))
    page = done.path.read_text(encoding="utf-8")
    assert page.count("<tr data-verdict") == standin.N_SERIES
    assert "nothing there" in page
    figure = re.search(r'id="threshold-t".*?</svg>', page, re.DOTALL)
    assert figure is not None
    ends = re.findall(r">([^<]+)</text>", figure[0])[-3:]
    assert all(re.fullmatch(r"([≤≥] )?[\d.]+[MB]", end) for end in ends), ends
    monkeypatch.chdir(tmp_path / "report")
    for _, query in QUERIES:  # they are printed on the page, to be copied
        assert duckdb.execute(query).fetchall() is not None


def test_an_overview_shows_steps_in_its_widths_and_no_groups_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = StandIn.one

    def with_steps(self: StandIn, item: Item) -> Outcome:
        outcome = one(self, item)
        step = {"width_decades": 0.0} if item.position % 4 and item.row.series is not None else {}
        return dataclasses.replace(outcome, cells={**outcome.cells, **step})

    monkeypatch.setattr(StandIn, "one", with_steps)
    rows = [
        dataclasses.replace(row, identity={**row.identity, "number": str(i), "half": f"{i % 2} {'x' * 1000}"})
        for i, row in enumerate(standin.table(120))
    ]
    standin.run(tmp_path / "shards", rows)
    page = merge_shards([tmp_path], tmp_path / "report").path.read_text(encoding="utf-8")
    figure = re.search(r'id="width-t".*?</svg>', page, re.DOTALL)
    assert figure is not None
    counts = [int(count) for count in re.findall(r"<title>[^<]*: (\d+)</title>", figure[0])]
    assert sum(counts) == 119  # one failed
    assert re.findall(r">([^<]+)</text>", figure[0])[-3].startswith("≤ 0.1")
    assert "By half" in page
    assert "By number" not in page
    assert "x" * 200 not in page


def test_equal_reasons_are_counted_to_the_end_though_no_further_ones_find_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        dataclasses.replace(row, series=None, problem=f"expected 5 scores, got {i}") if i % 2 else row
        for i, row in enumerate(standin.table(60))
    ]
    standin.run(tmp_path / "shards", rows)
    monkeypatch.setattr(overview, "MOST_GROUPS", 1)
    page = merge_shards([tmp_path], tmp_path / "report").path.read_text(encoding="utf-8")
    found = re.search(r"expected # scores, got #</td>\s*<td[^>]*>(\d+)<", page)
    assert found is not None
    assert found[1] == "30"
