"""The chance level of a series: what its table says, what its metric or task is known for, or the worst score."""

from __future__ import annotations

import dataclasses
from typing import Literal

from emergence_stats.ingest.cells import shown
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.registries.tasks import task_chance_level

ChanceSource = Literal["column", "metric", "task", "assumed"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A chance level, where it came from, and the warning that goes with it. None: not defined."""

    level: float | None
    source: ChanceSource | None
    warnings: tuple[str, ...] = ()


def chance_of(
    given: float | None, *, bounds: tuple[float, float] | None, higher_is_better: bool, metric: str, task: str
) -> Chance:
    """Find the chance level of one series.

    Args:
        given: what the table says, or None.
        bounds: lowest and highest possible score, or None.
        higher_is_better: direction of the score.
        metric: name of the metric.
        task: name of the task.
    """
    if given is not None:
        return Chance(level=given, source="column")
    if bounds is None:
        return Chance(level=None, source=None)
    spec = metric_spec(metric)
    if spec is not None and spec.chance_level is not None:
        return Chance(level=spec.chance_level, source="metric")
    if higher_is_better and (spec is None or spec.chance_from_task):
        level = task_chance_level(task, metric)
        if level is not None:
            return Chance(level=level, source="task")
    worst = bounds[0] if higher_is_better else bounds[1]
    warning = f"no chance level given and none known for the task {shown(task)}: {worst:g} assumed"
    return Chance(level=worst, source="assumed", warnings=(warning,))
