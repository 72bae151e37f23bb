# /// script
# requires-python = ">=3.12"
# dependencies = ["inspect-ai", "emergence-stats"]
# ///
"""Evaluate models with Inspect, then read the folder of its logs: is the ability emergent?

    python examples/inspect_eval.py logs

It runs offline: the four "models" are a solver that knows a share of the sums. With real models leave out `answers`,
give `solver=generate()` and the models' names; sizes that the registry knows need no sizes.csv.
"""

import sys
from pathlib import Path

from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import match
from inspect_ai.solver import Generate, Solver, TaskState, solver

SUMS = [(a, b) for a in range(11, 26) for b in range(11, 26)]
KNOWN = {"toy-100m": 2, "toy-1b": 4, "toy-10b": 3, "toy-100b": 180}  # sums that each model gets right
SIZES = "model,params,family\ntoy-100m,1e8,toy\ntoy-1b,1e9,toy\ntoy-10b,1e10,toy\ntoy-100b,1e11,toy\n"


@solver
def answers(known: int) -> Solver:
    """Stands for a model: right on the first sums, silent on the others."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001  # Inspect passes it by name
        right = int(state.sample_id) <= known
        state.output = ModelOutput.from_content("mockllm/model", state.target.text if right else "I do not know")
        return state

    return solve


def evaluate(folder: Path) -> None:
    """One log for each model."""
    dataset = [Sample(id=i, input=f"{a} + {b} =", target=str(a + b)) for i, (a, b) in enumerate(SUMS, start=1)]
    for model, known in KNOWN.items():
        task = Task(dataset=dataset, solver=answers(known), scorer=match(), name="addition")
        eval(task, model=f"mockllm/{model}", log_dir=str(folder), display="none", log_level="error")
    (folder / "sizes.csv").write_text(SIZES, encoding="utf-8")


def analyse(folder: Path) -> None:
    """What the logs say."""
    import emergence_stats as es

    print(es.analyze_frame(es.read(folder))[["task", "n_scales", "verdict", "reason"]].to_string(index=False))


if __name__ == "__main__":
    logs = Path(sys.argv[1])
    logs.mkdir(parents=True, exist_ok=True)
    evaluate(logs)
    if "--only-evaluate" not in sys.argv:
        analyse(logs)
