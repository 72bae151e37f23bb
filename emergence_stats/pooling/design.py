"""The points of many series laid out for one model: which task, family and model each belongs to."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from emergence_stats.errors import InputError, SeriesError
from emergence_stats.models.likelihood import COUNTS, Observations, observe
from emergence_stats.series import FloatArray, Series
from emergence_stats.settings import PriorSettings

FEWEST_FAMILIES = 3
SHARED = 1.5  # tasks that a model took, on average, from which models have shifts of their own
IntArray = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """Points of all series; arrays of shape (n_points,) unless said otherwise.

    Attributes:
        x: log10 scale (minus it for a loss).
        first: successes, or the score in [0, 1].
        second: items, or the standard error.
        counted: whether a point is a count; the others have normal noise.
        task: index of its task.
        family: index of its family.
        cell: index of its (task, family).
        model: index of its model.
        tasks: names.
        families: names.
        cells: task and family of each cell, shape (n_cells, 2).
        n_models: number of models.
        chance: of each task, shape (n_tasks,).
        ends: smallest and largest x of each task, shape (n_tasks, 2).
        covariates: of each family, standardised, shape (n_families, n_covariates).
        covariate_names: their names.
        covariate_units: mean and standard deviation of each before, shape (n_covariates, 2).
        scale_kind: kind of scale.
        warnings: what a reader must know.
    """

    x: FloatArray
    first: FloatArray
    second: FloatArray
    counted: npt.NDArray[np.bool_]
    task: IntArray
    family: IntArray
    cell: IntArray
    model: IntArray
    tasks: tuple[str, ...]
    families: tuple[str, ...]
    cells: IntArray
    n_models: int
    chance: FloatArray
    ends: FloatArray
    covariates: FloatArray
    covariate_names: tuple[str, ...]
    covariate_units: FloatArray
    scale_kind: str
    warnings: tuple[str, ...]

    @property
    def models_shared(self) -> bool:
        """Whether models took several tasks: what one is better at everywhere can then be told from scatter."""
        pairs = np.unique(np.stack([self.model, self.task]), axis=1).shape[1]
        return len(self.tasks) > 1 and pairs >= SHARED * self.n_models


def lay_out(
    series: Sequence[Series],
    *,
    by: str,
    covariates: Mapping[str, Mapping[str, float]],
    prior: PriorSettings,
) -> Design:
    """Points of all series.

    Args:
        series: with the column `by` in their identity; what else tells them apart is the task.
        by: identity column of what is pooled over.
        covariates: name of a covariate to its value for each family.
        prior: how scores become observations.

    Raises:
        SeriesError: series lack the column, are on several kinds of scale, are of fewer than three families, or of a
            metric without bounds.
        InputError: a covariate names a family that no series has.
    """
    if not series:
        msg = "pool: expected several series, got none"
        raise SeriesError(msg)
    for one in series:
        if not one.identity.get(by):
            known = ", ".join(one.identity) or "none"
            msg = f"pool: expected a column {by!r} in the identity of every series; {one.name} has {known}"
            raise SeriesError(msg)
    kinds = sorted({one.scale_kind for one in series})
    if len(kinds) > 1:
        msg = f"pool: expected one kind of scale, got {', '.join(kinds)}; name the column with scale= (--scale)"
        raise SeriesError(msg)
    for one in series:
        if (reason := unfit(one)) is not None:
            msg = f"pool: {one.name}: {reason}"
            raise SeriesError(msg)
    naming = _naming(series, by)
    ordered = sorted(series, key=lambda one: (_task(one, naming), one.identity[by]))
    families = tuple(sorted({one.identity[by] for one in ordered}))
    if len(families) < FEWEST_FAMILIES:
        msg = f"pool: expected at least {FEWEST_FAMILIES} families, got {len(families)} ({', '.join(families)})"
        raise SeriesError(msg)
    tasks = tuple(dict.fromkeys(_task(one, naming) for one in ordered))
    found = [observe(one, prior) for one in ordered]
    cells = list(dict.fromkeys((tasks.index(_task(one, naming)), families.index(one.identity[by])) for one in ordered))
    models: dict[tuple[str, str, float], int] = {}
    parts = [
        _points(one, data, tasks, families, cells, models, by, naming) for one, data in zip(ordered, found, strict=True)
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    names, table, units = _covariates(covariates, families)
    chances = [
        [data.chance or 0.0 for one, data in zip(ordered, found, strict=True) if _task(one, naming) == task]
        for task in tasks
    ]  # a metric with bounds always has a chance level
    at = [joined["x"][joined["task"] == i] for i in range(len(tasks))]
    return Design(
        **joined,
        tasks=tasks,
        families=families,
        cells=np.array(cells, dtype=np.intp),
        n_models=len(models),
        chance=np.array([float(np.median(of)) for of in chances]),
        ends=np.array([[values.min(), values.max()] for values in at]),
        covariates=table,
        covariate_names=names,
        covariate_units=units,
        scale_kind=kinds[0],
        warnings=(*_warnings(joined, families, tasks), *_of_series(ordered, found, naming)),
    )


def unfit(series: Series) -> str | None:
    """Why a series cannot be pooled, or None.

    Without the bounds of its metric a series is mapped by the range of its own scores: each family would then begin at
    the floor and end at the ceiling, wherever it stands.
    """
    if series.score_bounds is None:
        return "expected a metric with bounds (score_bounds): without them families have no common axis"
    return None


def task_names(series: Sequence[Series], *, by: str) -> list[str]:
    """The task that each series belongs to in a pooled analysis of all of them."""
    naming = _naming(series, by)
    return [_task(one, naming) for one in series]


def _naming(series: Sequence[Series], by: str) -> tuple[str, ...]:
    """Identity columns that tell tasks apart: the task itself, and what is not the same in all series."""
    names = dict.fromkeys(name for one in series for name in one.identity if name != by)
    return tuple(name for name in names if name == "task" or len({one.identity.get(name) for one in series}) > 1)


def _task(series: Series, naming: Sequence[str]) -> str:
    """What identifies a series beside its family."""
    parts = [series.identity[name] for name in naming if series.identity.get(name)]
    return " · ".join(parts) or series.metric or "task"


def _points(
    series: Series,
    data: Observations,
    tasks: Sequence[str],
    families: Sequence[str],
    cells: Sequence[tuple[int, int]],
    models: dict[tuple[str, str, float], int],
    by: str,
    naming: Sequence[str],
) -> dict[str, npt.NDArray[np.generic]]:
    """The points of one series; models are numbered as they come, the same number over tasks."""
    n = series.n_points
    place = tasks.index(_task(series, naming)), families.index(series.identity[by])
    labels = series.model or ("",) * n
    keys = [(series.identity[by], label, float(scale)) for label, scale in zip(labels, series.scale, strict=True)]
    return {
        "x": series.log10_scale,
        "first": data.first,
        "second": data.second,
        "counted": np.full(n, data.kind == COUNTS),
        "task": np.full(n, place[0], dtype=np.intp),
        "family": np.full(n, place[1], dtype=np.intp),
        "cell": np.full(n, cells.index(place), dtype=np.intp),
        "model": np.array([models.setdefault(key, len(models)) for key in keys], dtype=np.intp),
    }


def _covariates(
    given: Mapping[str, Mapping[str, float]], families: Sequence[str]
) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Standardised over families; one that does not vary, or lacks a family, is an error."""
    rows, units = [], []
    for name, values in given.items():
        unknown = sorted(str(family) for family in values if family not in families)
        if unknown:
            msg = f"covariate {name}: expected families of the series, got {', '.join(unknown[:5])}"
            raise InputError(msg)
        missing = [family for family in families if family not in values or not np.isfinite(values[family])]
        if missing:
            msg = f"covariate {name}: expected a finite number for every family; missing: {', '.join(missing[:5])}"
            raise SeriesError(msg)
        column = np.array([float(values[family]) for family in families])
        if column.std() == 0.0:
            msg = f"covariate {name}: expected values that differ between families, got {column[0]:g} for all"
            raise SeriesError(msg)
        rows.append((column - column.mean()) / column.std())
        units.append((column.mean(), column.std()))
    table = np.stack(rows, axis=1) if rows else np.zeros((len(families), 0))
    return tuple(given), table, np.array(units).reshape(-1, 2)


def _warnings(
    points: Mapping[str, npt.NDArray[np.generic]],
    families: Sequence[str],
    tasks: Sequence[str],
) -> tuple[str, ...]:
    """What a reader must know about the design."""
    found = []
    sizes = {family: len(np.unique(points["x"][points["family"] == i])) for i, family in enumerate(families)}
    single = [family for family, count in sizes.items() if count == 1]
    if single:
        found.append(
            f"{len(single)} of {len(families)} families have one size ({', '.join(single[:5])}"
            f"{', ...' if len(single) > 5 else ''}): they are placed by the others' curve alone"
        )
    if len(families) < 5:
        found.append(f"only {len(families)} families: how much families differ is known vaguely")
    per_task = collections.Counter(points["task"].tolist())
    thin = [task for i, task in enumerate(tasks) if per_task[i] < 5]
    if thin:
        found.append(f"fewer than five points: {', '.join(thin[:5])}")
    return tuple(found)


def _of_series(series: Sequence[Series], data: Sequence[Observations], naming: Sequence[str]) -> tuple[str, ...]:
    """Warnings of the series themselves, each once, with the tasks that it concerns unless it concerns all series."""
    where: dict[str, list[str]] = {}
    count: collections.Counter[str] = collections.Counter()
    for one, seen in zip(series, data, strict=True):
        for text in dict.fromkeys((*one.warnings, *seen.warnings)):
            where.setdefault(text, []).append(_task(one, naming))
            count[text] += 1
    return tuple(
        text if count[text] == len(series) else f"{text} ({_some(tuple(dict.fromkeys(tasks)))})"
        for text, tasks in where.items()
    )


def _some(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
