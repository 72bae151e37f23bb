"""Small logs of every harness, written as the harnesses write them."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

if sys.version_info >= (3, 14):
    import zipfile
else:
    from backports.zstd import zipfile


def lm_eval_2023(path: Path, results: Mapping[str, Mapping[str, object]], model: str) -> None:
    """Results of a task as (right, items), with the standard error of the mean, or as bare scores."""
    entries: dict[str, dict[str, object]] = {}
    for task, metrics in results.items():
        entry = entries.setdefault(task, {})
        for metric, told in metrics.items():
            if isinstance(told, tuple):
                p = told[0] / told[1]
                entry |= {metric: p, f"{metric}_stderr": math.sqrt(p * (1 - p) / (told[1] - 1))}
            else:
                entry[metric] = told
    config = {"model": "hf-causal", "model_args": f"use_accelerate=True,pretrained={model}", "num_fewshot": 0}
    path.write_text(json.dumps({"results": entries, "versions": {}, "config": config}))


def lm_eval_run(
    folder: Path, model: str, *, params: float, log_likelihoods: Sequence[Sequence[float]], right: Sequence[int],
    task: str = "riddles",
) -> None:  # fmt: skip
    """Results and samples of one multiple-choice task."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, hits = [], []
    for i, (values, target) in enumerate(zip(log_likelihoods, right, strict=True)):
        hit = float(max(range(len(values)), key=lambda k, values=values: values[k]) == target)  # type: ignore[misc]
        hits.append(hit)
        arguments = {f"gen_args_{k}": {"arg_0": f"question {i}", "arg_1": f" option {k}"} for k in range(len(values))}
        answers = [[str(value), "False"] for value in values]
        lines.append(
            {"doc_id": i, "doc": {"q": i}, "target": str(target), "arguments": arguments, "filtered_resps": answers,
             "filter": "none", "metrics": ["acc"], "acc": hit}
        )  # fmt: skip
    p, n = sum(hits) / len(hits), len(hits)
    results = {
        "results": {task: {"alias": task, "acc,none": p, "acc_stderr,none": math.sqrt(p * (1 - p) / max(n - 1, 1))}},
        "configs": {task: {"task": task}},
        "n-shot": {task: 0},
        "n-samples": {task: {"original": n, "effective": n}},
        "higher_is_better": {task: {"acc": True}},
        "config": {"model": "hf", "model_args": {"pretrained": model}, "model_num_parameters": int(params)},
        "date": 1795303706.7,
    }
    (folder / "results_2026-11-21T23-28-27.334028.json").write_text(json.dumps(results))
    samples = folder / f"samples_{task}_2026-11-21T23-28-27.334028.jsonl"
    samples.write_text("".join(json.dumps(line) + "\n" for line in lines))


def inspect_header(*, clustered: float | None = None, right: int = 13, items: int = 40) -> dict[str, object]:
    """Header of an Inspect log with one scorer."""
    p = right / items
    stderr = math.sqrt(p * (1 - p) / (items - 1))
    metrics: dict[str, object] = {
        "accuracy": {"name": "accuracy", "value": p, "params": {}},
        "stderr": {"name": "stderr", "value": stderr, "params": {}},
    }
    if clustered is not None:
        metrics["stderr2"] = {"name": "stderr", "value": clustered, "params": {"cluster": "passage"}}
    score = {"name": "match", "scorer": "match", "scored_samples": items, "params": {}, "metrics": metrics}
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "mine/addone", "model": "mockllm/model", "created": "2026-11-21T23:29:01+00:00",
            "config": {"epochs": 1}, "metadata": {"model_params": 7e9, "train_tokens": 1e12},
        },
        "results": {"total_samples": items, "completed_samples": items, "scores": [score]},
    }  # fmt: skip


def inspect_summaries(right: int = 13, items: int = 40, epochs: int = 1) -> list[dict[str, object]]:
    """Summaries of samples, the first of which are right, in passages of four."""
    return [
        {"id": i, "epoch": epoch, "metadata": {"passage": i // 4},
         "scores": {"match": {"value": "C" if i < right else "I"}}}
        for epoch in range(1, epochs + 1)
        for i in range(items)
    ]  # fmt: skip


def write_eval(
    path: Path, header: Mapping[str, object], *, summaries: object = (), method: int = zipfile.ZIP_ZSTANDARD
) -> None:
    """An Inspect log as a zip archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", compression=method) as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("samples/0_epoch_1.json", "not even JSON: samples are never read")
        archive.writestr(
            "summaries.json", json.dumps(list(summaries) if isinstance(summaries, Sequence) else summaries)
        )
        archive.writestr("header.json", json.dumps(header))


def helm_run(folder: Path, *, right: Sequence[int], references: int) -> None:
    """A HELM run: spec, statistics per instance, statistics."""

    def stat(name: str, mean: float) -> dict[str, object]:
        return {"name": {"name": name, "split": "valid"}, "count": 1, "sum": mean, "mean": mean}

    spec = {
        "name": "commonsense:dataset=hellaswag,method=multiple_choice_joint,model=eleutherai_pythia-1b",
        "adapter_spec": {"method": "multiple_choice_joint", "model": "eleutherai/pythia-1b", "max_train_instances": 5},
        "scenario_spec": {},
    }
    instances = [
        {"instance_id": f"id{i}", "train_trial_index": 0,
         "stats": [stat("num_references", references), stat("exact_match", hit), stat("max_prob", 1)]}
        for i, hit in enumerate(right)
    ]  # fmt: skip
    (folder / "run_spec.json").write_text(json.dumps(spec))
    (folder / "per_instance_stats.json").write_text(json.dumps(instances))
    (folder / "stats.json").write_text(json.dumps([stat("exact_match", sum(right) / len(right))]))


def every_eval_ever() -> dict[str, object]:
    """A document of Every Eval Ever 0.3 with one result in percent."""
    return {
        "schema_version": "0.3.0",
        "evaluation_id": "a/b/1",
        "retrieved_timestamp": "1795304474",
        "source_metadata": {
            "source_type": "evaluation_run", "source_organization_name": "me", "evaluator_relationship": "other",
        },
        "eval_library": {"name": "own", "version": "1"},
        "model_info": {"name": "m", "id": "me/m", "additional_details": {"num_parameters": "93000000"}},
        "evaluation_results": [
            {
                "evaluation_name": "sums",
                "source_data": {"dataset_name": "sums", "source_type": "other"},
                "metric_config": {
                    "metric_name": "exact_match", "metric_unit": "percent", "lower_is_better": False,
                    "score_type": "continuous", "min_score": 0, "max_score": 100,
                },
                "score_details": {"score": 25.0, "uncertainty": {"num_samples": 200}},
            }
        ],
    }  # fmt: skip


def big_bench(*, score: float, low: float, unit: int) -> dict[str, object]:
    """A BIG-bench score file, in proportions or percent."""
    return {
        "scores": [
            {"score_dict": {"multiple_choice_grade": score * unit}, "preferred_score": "multiple_choice_grade",
             "number_of_shots": 0, "low_score": low * unit, "high_score": unit, "subtask_description": "toy"}
        ],
        "task": {"task_name": "toy"},
        "model": {
            "model_family": "BIG-G", "model_name": "128m", "total_params": 1.3e8, "non_embedding_params": 1e8,
            "training_batch_size": 262144, "training_steps": 1000,
        },
    }  # fmt: skip


def openai_evals(*, right: Sequence[bool], accuracy: float) -> str:
    """Lines of a recorded eval."""
    lines: list[dict[str, object]] = [
        {"spec": {"completion_fns": ["gpt-own"], "eval_name": "toy.dev.v0", "created_at": "2023-04-20 00:00:00"}},
        {"final_report": {"accuracy": accuracy, "boostrap_std": 0.25}},
    ]
    lines += [{"sample_id": f"toy.{i}", "type": "match", "data": {"correct": hit}} for i, hit in enumerate(right)]
    return "".join(json.dumps(line) + "\n" for line in lines)
