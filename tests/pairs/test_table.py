"""Every pair of a table, families over their tasks, and the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats.cli.app import main
from emergence_stats.datasets import dataset_path
from emergence_stats.errors import InputError, TableError
from tests.report.structure import HOSTILE, Structure, refers_to_nothing_outside

if TYPE_CHECKING:
    from pathlib import Path

TASKS = ("MultiArith", "CoinFlip4", "LastLetter4")


def figures() -> pd.DataFrame:
    frame = es.load_dataset("chain_of_thought")
    return frame[(frame["family"] == "LaMDA") & frame["task"].isin(TASKS)]


def test_every_pair_of_a_table_and_its_family() -> None:
    found = es.compare_frame(figures())
    table = found.to_frame()
    assert len(table) == len(TASKS)
    assert set(table["verdict"]) == {"emergent_prompting"}
    assert (table["begins_low"] < table["begins"]).all()
    (family,) = found.families
    assert family.n_tasks == len(TASKS)
    assert family.begins.median is not None
    assert 1e10 < family.begins.median < 1.37e11
    assert family.share_helped[0] < 0.1 < 0.9 < family.share_helped[-1]


def test_a_strategy_without_baseline_is_listed_and_the_others_go_on() -> None:
    frame = figures()
    frame = frame[~((frame["task"] == "CoinFlip4") & (frame["prompt"] == "standard"))]
    found = es.compare_frame(frame)
    assert len(found.pairs) == len(TASKS) - 1
    assert "no series with prompt = standard" in found.failed[0].reason


def test_wrong_columns_and_values_are_named() -> None:
    with pytest.raises(TableError, match="expected a column 'strategy'"):
        es.compare_frame(figures(), column="strategy")
    with pytest.raises(InputError, match="expected 'plain' among the values of prompt, got chain_of_thought, standard"):
        es.compare_frame(figures(), baseline="plain")
    with pytest.raises(TableError, match="nothing else"):
        es.compare_frame(figures().query("prompt == 'standard'"))


class TestCommand:
    def test_a_table_of_items_is_paired_by_item(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = [
            {"task": "t", "prompt": prompt, "model": f"m{m}", "params": 10.0 ** (8 + m), "item": f"q{i}",
             "score": int(i % 6 < (m + 1 if prompt == "standard" else 2 * m + 1)), "chance_level": 0}
            for prompt in ("standard", "chain") for m in range(3) for i in range(60)
        ]  # fmt: skip
        pd.DataFrame(rows).to_csv(tmp_path / "items.csv", index=False)
        assert main(["compare", str(tmp_path / "items.csv"), "--json"]) == 0
        (pair,) = json.loads(capsys.readouterr().out)["pairs"]
        assert pair["paired_by"] == "item"
        assert pair["effect"]["median"][-1] > 0.2

    def test_writes_a_page_and_its_data(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        figures().to_csv(tmp_path / "in.csv", index=False)
        arguments = ["compare", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out")]
        assert main([*arguments, "--published", "chain_of_thought_crossovers"]) == 0
        printed = capsys.readouterr().out
        assert "emergent prompting" in printed
        document = json.loads((tmp_path / "out" / "compare.json").read_text(encoding="utf-8"))
        assert len(document["pairs"]) == len(TASKS)
        assert {row["family"] for row in document["published"]} == {None, "LaMDA", "PaLM", "InstructGPT"}
        page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
        words = " ".join(Structure.of(page).text)
        assert "In 3 of 3 comparisons it begins to help" in words
        assert "Fu & Khot" in words
        assert "68B: Wei et al. 2022" in words  # a mark in the picture of the only family here
        assert "not in this comparison" in words  # what is read off other families
        assert refers_to_nothing_outside(page)

    def test_one_pair_is_a_paragraph(self, capsys: pytest.CaptureFixture[str]) -> None:
        chosen = ["--select", "task=MultiArith", "--select", "family=LaMDA"]
        assert main(["compare", str(dataset_path("chain_of_thought")), *chosen]) == 0
        assert "begins to help at" in capsys.readouterr().out

    def test_a_series_beside_a_constant(self, capsys: pytest.CaptureFixture[str]) -> None:
        chosen = ["--select", "task=GSM8K", "--select", "family=PaLM", "--select", "prompt=chain_of_thought"]
        constant = ["--constant", "0.35", "--constant-items", "1319", "--constant-name", "fine-tuned"]
        assert main(["compare", str(dataset_path("chain_of_thought")), *chosen, *constant]) == 0
        assert "it overtakes the constant" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--baseline", "nothing"], "expected 'nothing' among the values of prompt"),
            (["--select", "task=nothing"], "got none with task=nothing"),
            (["--published", "nowhere.csv"], "a bundled table or a readable CSV"),
            (["--constant-items", "10"], "expected --constant with them"),
        ],
    )
    def test_wrong_use_is_one_line(self, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["compare", str(dataset_path("chain_of_thought")), *arguments]) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1

    @pytest.mark.parametrize("name", HOSTILE[:4])
    def test_any_name_is_inert_on_the_page(self, name: str, tmp_path: Path) -> None:
        frame = figures()
        frame[frame["task"] == "MultiArith"].assign(task=name or "x", family=name).to_csv(
            tmp_path / "in.csv", index=False
        )
        main(["compare", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out")])
        page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
        assert [tag for tag, _ in Structure.of(page).elements].count("script") == 1
