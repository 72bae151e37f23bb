"""Registries of models and tasks: what they know, and that they never guess."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import pytest

from emergence_stats.errors import ReaderError
from emergence_stats.ingest import read
from emergence_stats.ingest.registries.models import ModelRegistry
from emergence_stats.ingest.registries.tasks import TaskRegistry, task_chance_level

MODELS = ModelRegistry()


@pytest.mark.parametrize(
    ("name", "params", "tokens"),
    [
        ("EleutherAI/pythia-v1.1-70m@step143000", 70426624, 143000 * 2**21),
        ("pythia-410m-deduped-step512", 405334016, 512 * 2**21),
        ("together/meta-llama/Llama-2-7b-hf", 7e9, 2e12),
        ("meta-llama/Llama-2-7b-chat-hf", 7e9, 2e12),
        ("ollama/qwen2.5:0.5b", 0.49e9, 18e12),
        ("allenai__OLMo-7B@step1000-tokens4B", 6.89e9, 4e9),
        ("gpt2", 124439808, None),
    ],
)
def test_names_as_logs_have_them(name: str, params: float, tokens: float | None) -> None:
    spec = MODELS[name]
    assert spec is not None
    assert (spec.params, spec.tokens) == (params, tokens)
    assert spec.source


@pytest.mark.parametrize("name", ["EleutherAI/pythia-70m-mine", "llama-8b", "gpt-4o", "", "@", "pythia", "opt-1.3b-ft"])
def test_an_unknown_name_is_not_guessed(name: str) -> None:
    assert MODELS[name] is None


def test_a_checkpoint_that_cannot_be_told_has_no_tokens() -> None:
    for name in (
        "bigscience/bloom-560m@global_step1000",
        "EleutherAI/pythia-70m@step999999",
        "EleutherAI/pythia-70m@odd",
    ):
        spec = MODELS[name]
        assert spec is not None
        assert (spec.tokens, spec.train_flops) == (None, None)
        assert "not known" in spec.source


def test_tuned_models_are_no_family_of_their_base() -> None:
    base, tuned = MODELS["Qwen/Qwen2-7B"], MODELS["Qwen/Qwen2-7B-Instruct"]
    assert base is not None
    assert tuned is not None
    assert (base.family, tuned.family) == ("Qwen2", "Qwen2 (tuned)")


def test_a_mixture_of_experts_computes_with_its_active_parameters() -> None:
    spec = MODELS["deepseek-ai/DeepSeek-V2"]
    assert spec is not None
    assert spec.derived
    assert spec.train_flops == 6 * 21e9 * 8.1e12
    assert spec.params == 236e9


def test_every_shipped_figure_has_a_source_and_every_name_finds_itself() -> None:
    text = resources.files("emergence_stats.ingest.registries").joinpath("data/models.csv").read_text(encoding="utf-8")
    for entry in csv.DictReader(text.splitlines()):
        spec = MODELS[entry["name"]]
        assert spec is not None
        assert spec.name == entry["name"]
        assert spec.source
        assert spec.family


@pytest.mark.shared_data
def test_the_registry_agrees_with_the_published_data(shared_data: Path) -> None:
    with (shared_data / "obsscaling_emergent.csv").open() as file:
        rows = {row["model"]: row for row in csv.DictReader(file)}
    assert len(rows) > 80
    for name, row in rows.items():
        spec = MODELS[name]
        assert spec is not None, name
        if "Mixtral" in name or "A14B" in name or "DeepSeek" in name or "Jamba" in name:
            continue  # these data count active parameters
        assert spec.params == pytest.approx(float(row["params"]), rel=0.31), name  # they print 2B for 2.5e9
        if row["tokens"] and name != "google/gemma-2b":  # arXiv 2403.08295 has 3T for it
            assert spec.tokens == pytest.approx(float(row["tokens"]), rel=0.05), name


def test_a_users_entries_go_first(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("task,model,score\na,EleutherAI/pythia-70m,0.2\na,mine,0.3\n")
    (tmp_path / "models.toml").write_text(
        '[[model]]\nname = "pythia-70m"\nparams = 1e6\n[[model]]\nname = "mine"\npattern = "min."\nparams = 2e6\n'
    )
    frame = read(tmp_path / "scores.csv", models=tmp_path / "models.toml")
    assert frame["params"].tolist() == [1e6, 2e6]
    assert "models.toml" in frame["scale_source"].iloc[0]
    assert read(tmp_path)["params"].tolist() == [1e6, 2e6]  # found among the inputs, too


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model,params\nm,many\n", "expected params as a number"),
        ("model,params\n,1e9\n", "line 2: expected the name of a model"),
        ("model,pattern,params\nm,(,1e9\n", "expected a regular expression"),
        ('[[model]]\nname = "m"\nsize = 3\n', "expected name and any of"),
        ('[[model]]\nname = "m\n', "registry as TOML"),
        ("task,params,score\na,1,0.5\n", "expected a registry of models or tasks"),
    ],
)
def test_a_registry_that_is_none_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "scores.csv").write_text("task,params,score\na,1e9,0.5\n")
    (tmp_path / "odd").write_text(text)
    with pytest.raises(ReaderError, match=words):
        read(tmp_path / "scores.csv", models=tmp_path / "odd")


def test_tasks_have_chance_levels_and_items_with_a_source() -> None:
    tasks = TaskRegistry()
    for name in ("arc_easy", "hendrycksTest-virology", "mmlu_virology", "gsm8k", "cause_and_effect"):
        spec = tasks[name]
        assert spec is not None
        assert spec.n_items
        assert "arXiv" in spec.source
    assert tasks["riddles"] is None
    # Five of six options would do nothing for a generated answer.
    assert task_chance_level("cause_and_effect", "multiple_choice_grade") == 0.5
    assert task_chance_level("bigbench_cause_and_effect_multiple_choice", "acc") == 0.5
    assert task_chance_level("cause_and_effect", "exact_str_match") is None


def test_a_users_task_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("task,params,score\nriddles,1e9,0.5\nother,1e9,0.5\n")
    (tmp_path / "tasks.csv").write_text("task,options,source\nriddles,4,our own\n")
    frame = read(tmp_path)
    assert frame["chance_level"].fillna(-1).tolist() == [0.25, -1]
    assert frame["chance_source"].tolist() == ["our own", ""]
