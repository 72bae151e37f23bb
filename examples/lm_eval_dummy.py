# /// script
# requires-python = ">=3.12"
# dependencies = ["lm-eval", "emergence-stats"]
# ///
"""Run lm-evaluation-harness offline with its dummy model, then read the folder that it wrote.

    python examples/lm_eval_dummy.py runs

The dummy model answers at random, so the honest verdict is that nothing has emerged. With real models give
`model="hf"`, their names and tasks of the harness; sizes that the registry knows need no sizes.csv.
"""

import json
import sys
from pathlib import Path

import lm_eval
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

SIZES = {"toy-100m": 1e8, "toy-1b": 1e9, "toy-10b": 1e10, "toy-100b": 1e11}
N_ITEMS = 400


def task_of(folder: Path) -> dict[str, object]:
    """A multiple-choice task on a file of our own: which of four numbers is the sum?"""
    items = folder / "items.jsonl"
    lines = [
        json.dumps({"question": f"{i} + {i + 1} =", "choices": [str(2 * i + 1 + d) for d in range(4)], "answer": 0})
        for i in range(N_ITEMS)
    ]
    items.write_text("\n".join(lines), encoding="utf-8")
    return {
        "task": "toy_addition",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(items)}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{question}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": "answer",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }


def evaluate(folder: Path) -> None:
    """One file of results for each model."""
    data = folder.parent / f"{folder.name}-data"
    data.mkdir(parents=True, exist_ok=True)
    task = task_of(data)
    for name in SIZES:
        tracker = EvaluationTracker(output_path=str(folder))
        results = lm_eval.simple_evaluate(
            model="dummy",
            model_args=f"pretrained=me/{name}",
            tasks=[task],
            task_manager=TaskManager(include_defaults=False),
            evaluation_tracker=tracker,
            bootstrap_iters=0,
            random_seed=len(name),
            verbosity="ERROR",
        )
        tracker.save_results_aggregated(results=results, samples=None)
    rows = [f"me/{name},{size:g},toy" for name, size in SIZES.items()]
    (folder / "sizes.csv").write_text("\n".join(["model,params,family", *rows, ""]), encoding="utf-8")
    (folder / "tasks.csv").write_text(f"task,chance_level,n_items\ntoy_addition,0.25,{N_ITEMS}\n", encoding="utf-8")


def analyse(folder: Path) -> None:
    """What the results say."""
    import emergence_stats as es

    print(es.analyze_frame(es.read(folder))[["task", "n_scales", "verdict", "reason"]].to_string(index=False))


if __name__ == "__main__":
    runs = Path(sys.argv[1])
    evaluate(runs)
    if "--only-evaluate" not in sys.argv:
        analyse(runs)
