"""What logs do not say and registries know: scales and families of models, items and chance levels of tasks.

What a log or table says itself always goes first. Every cell that is filled says in ``scale_source``, ``n_source`` or
``chance_source`` where its figure is from.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.ingest.cells import as_text, parse_numbers, text_codes
from emergence_stats.ingest.columns import CHANCE_SOURCE, N_SOURCE, NUMBERS, SCALE_SOURCE, SCALES
from emergence_stats.ingest.registries.metrics import metric_spec
from emergence_stats.ingest.registries.models import (
    FLOP_PER_PARAMETER_AND_TOKEN,
    REGISTRY_HEADINGS,
    ModelRegistry,
    ModelSpec,
    registry_line,
)
from emergence_stats.ingest.registries.tasks import TaskRegistry, TaskSpec

FROM_LOG = "log"
HOW_TO_ADD = ". To add it, "  # begins the part of a reason that says what to do
OPTIONS_METRIC = "correct_choice_probability"  # its chance level in a log is 1 / options on average
_FAR = 1.25  # ratio of two figures for the parameters of one model that is worth a note

BoolArray = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """What is known beside the input: models and tasks, shipped and the user's."""

    models: ModelRegistry = dataclasses.field(default_factory=ModelRegistry)
    tasks: TaskRegistry = dataclasses.field(default_factory=TaskRegistry)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UnknownModel:
    """A model of which no scale is known.

    Attributes:
        name: as the log has it.
        n_rows: rows that are lost without it.
        nearest: names in the registry that look like it.
    """

    name: str
    n_rows: int
    nearest: tuple[str, ...]


def fill_models(
    frame: pd.DataFrame, rows: BoolArray, registry: ModelRegistry
) -> tuple[pd.DataFrame, list[UnknownModel], list[str]]:
    """Fill the scales and families of some rows from their models' names.

    Args:
        frame: measurements, with a column ``model``.
        rows: those that may be filled.
        registry: models.

    Returns:
        The frame, the models that leave a row without any scale, and notes.
    """
    codes, names = text_codes(frame["model"])
    specs = {code: registry[names[code]] for code in np.unique(codes[rows]).tolist() if names[code]}
    told = {name: _numbers(frame, name) for name in SCALES}
    source = _texts(frame, SCALE_SOURCE)
    logged = np.zeros(len(frame), dtype=bool)
    for values in told.values():
        logged |= np.isfinite(values)
    source[rows & logged & (source == "")] = FROM_LOG
    known = np.array([spec is not None for spec in (specs.get(code) for code in range(len(names)))])[codes] & rows
    apart = _apart(told["params"], codes, names, specs, known)
    for name in SCALES:
        figures = np.array([_figure(specs.get(code), name) for code in range(len(names))])[codes]
        told[name] = np.where(known & ~np.isfinite(told[name]), figures, told[name])
    texts = np.array([_source_text(specs.get(code)) for code in range(len(names))], dtype=object)[codes]
    source = np.where(known & ~logged, texts, source)
    computed = rows & ~np.isfinite(told["train_flops"]) & np.isfinite(told["params"]) & np.isfinite(told["tokens"])
    with np.errstate(invalid="ignore"):
        told["train_flops"] = np.where(
            computed, FLOP_PER_PARAMETER_AND_TOKEN * told["params"] * told["tokens"], told["train_flops"]
        )
    source[computed & (source == FROM_LOG)] = f"{FROM_LOG}; FLOP derived: 6 x parameters x tokens"
    filled = frame.copy(deep=False)
    for name in SCALES:
        if name in frame or np.isfinite(told[name]).any():
            # A cell of the user's stays as it was given: it may be text that is read later.
            text = name in frame and not pd.api.types.is_numeric_dtype(frame[name].dtype)
            filled[name] = frame[name].astype(object).where(~rows, told[name]) if text else told[name]
    if SCALE_SOURCE in frame or (source != "").any():
        filled[SCALE_SOURCE] = pd.Categorical(source)  # few long texts
    families = np.array(
        [(spec.family or "") if (spec := specs.get(c)) else "" for c in range(len(names))], dtype=object
    )
    family = _texts(frame, "family")
    family = np.where(known & (family == ""), families[codes], family)
    if "family" in frame or (family != "").any():
        filled["family"] = family
    lost = rows & ~np.isfinite(np.stack([told[name] for name in SCALES])).any(axis=0)
    unknown = [
        UnknownModel(name=names[code], n_rows=count, nearest=tuple(registry.nearest(names[code])))
        for code, count in enumerate(np.bincount(codes[lost], minlength=len(names)).tolist())
        if count
    ]
    return filled, unknown, apart


def has_scale(frame: pd.DataFrame, rows: BoolArray) -> BoolArray:
    """All rows but those, among some rows, whose scales are all blank."""
    found = np.stack([np.isfinite(_numbers(frame, name)) for name in SCALES]).any(axis=0)
    kept: BoolArray = ~rows | found
    return kept


def unknown_reason(model: UnknownModel) -> str:
    """Why a model's rows are left out, and the line that would mend it."""
    near = f"; nearest: {', '.join(model.nearest)}" if model.nearest else ""
    rows = f"{model.n_rows} row{'s' * (model.n_rows != 1)}"
    return (
        f"{rows} left out: its size is neither in its log nor in the registry of models{near}{HOW_TO_ADD}put the line "
        f"{registry_line(model.name)} under the headings {REGISTRY_HEADINGS} in a CSV file among the inputs"
    )


def fill_tasks(frame: pd.DataFrame, logs: BoolArray, registry: TaskRegistry) -> pd.DataFrame:
    """Fill items and chance levels: items of logs from the same task elsewhere, else from the registry of tasks.

    A number of items is taken only if it makes the count of right answers whole, so that a test set that was cut short
    is not taken for a whole one. Chance levels are filled from the user's registry and from numbers of options in logs;
    what the shipped registry knows is used later, if nothing else is known.
    """
    codes, names = text_codes(frame["task"])
    metric_codes, metrics = (
        text_codes(frame["metric"]) if "metric" in frame else (np.zeros(len(frame), dtype=np.intp), [""])
    )
    specs = [metric_spec(name) for name in metrics]
    matched = np.array([spec is None or spec.chance_from_task for spec in specs], dtype=bool)
    filled = frame.copy(deep=False)
    score, items, stderr = (_numbers(frame, name) for name in ("score", "n_items", "stderr"))
    correct = _numbers(frame, "n_correct")
    n_source = _texts(frame, N_SOURCE)
    n_source[logs & np.isfinite(items) & (n_source == "")] = FROM_LOG
    open_rows = logs & matched[metric_codes] & ~np.isfinite(items) & ~np.isfinite(stderr) & (score >= 0) & (score <= 1)
    if open_rows.any():
        sizes = _sizes_by_task(codes[logs & np.isfinite(correct)], items[logs & np.isfinite(correct)])
        for row in np.flatnonzero(open_rows).tolist():
            told = sizes.get(int(codes[row]), set())
            task = None if told else registry[names[codes[row]]]
            size = next(iter(told)) if len(told) == 1 else task.n_items if task is not None else None
            if size is not None and abs(score[row] * size - round(score[row] * size)) < 1e-6 * size:
                items[row], correct[row] = size, round(score[row] * size)
                n_source[row] = "the same task in other rows" if task is None else f"registry of tasks: {task.source}"
        if np.isfinite(items[open_rows]).any():
            filled["n_items"], filled["n_correct"] = items, correct
    if (n_source != "").any():
        filled[N_SOURCE] = pd.Categorical(n_source)
    chance, chance_source = _numbers(frame, "chance_level"), _texts(frame, CHANCE_SOURCE)
    given = np.isfinite(chance)
    if "chance_level" in frame:  # a wrong cell is no blank
        given |= parse_numbers(frame["chance_level"], NUMBERS["chance_level"]).bad
    chance_source[logs & given & (chance_source == "")] = FROM_LOG
    optional = logs & given & _is(frame, OPTIONS_METRIC)
    levels, sources = _chance_levels(names, registry, codes[optional], chance[optional])
    blank = ~given & matched[metric_codes] & np.isfinite(levels)[codes]
    chance[blank], chance_source[blank] = levels[codes[blank]], sources[codes[blank]]
    if (np.isfinite(chance) & ~given).any():
        cells = (
            frame["chance_level"].astype(object) if "chance_level" in frame else pd.Series(np.nan, index=frame.index)
        )
        filled["chance_level"] = cells.where(given | ~np.isfinite(chance), chance)
    if (chance_source != "").any():
        filled[CHANCE_SOURCE] = pd.Categorical(chance_source)
    return filled


def _chance_levels(
    names: Sequence[str], registry: TaskRegistry, codes: npt.NDArray[np.intp], from_options: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.object_]]:
    """Chance levels of tasks that the user gave, or that the options of their questions give, and the source of each.

    Args:
        names: of the tasks.
        registry: tasks.
        codes: the task of each measurement that knows the number of options of its questions.
        from_options: the chance level that they give it.
    """
    lowest, highest = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(lowest, codes, from_options)
    np.maximum.at(highest, codes, from_options)
    agreed = lowest == highest
    levels = np.where(agreed, lowest, np.nan)
    sources = np.where(agreed, "log: number of options", "").astype(object)
    for code, name in enumerate(names):
        own: TaskSpec | None = registry.own(name)
        if own is not None and own.chance_level is not None:
            levels[code], sources[code] = own.chance_level, own.source
    return levels, sources


def _sizes_by_task(tasks: npt.NDArray[np.intp], items: npt.NDArray[np.float64]) -> dict[int, set[float]]:
    """The numbers of items with which each task was counted."""
    pairs = np.unique(np.stack([tasks.astype(np.float64), items]), axis=1) if tasks.size else np.empty((2, 0))
    sizes: dict[int, set[float]] = {}
    for task, size in pairs.T.tolist():
        sizes.setdefault(int(task), set()).add(size)
    return sizes


def _is(frame: pd.DataFrame, metric: str) -> BoolArray:
    if "metric" not in frame:
        return np.zeros(len(frame), dtype=bool)
    codes, names = text_codes(frame["metric"])
    return np.array([name == metric for name in names], dtype=bool)[codes]


def _numbers(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """A column as numbers; NaN where it is blank, is no number, or there is no such column."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return parse_numbers(frame[name], NUMBERS[name]).values


def _texts(frame: pd.DataFrame, name: str) -> npt.NDArray[np.object_]:
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    codes, names = text_codes(frame[name])
    return np.array(names, dtype=object)[codes]


def _figure(spec: ModelSpec | None, name: str) -> float:
    value = None if spec is None else {"params": spec.params, "tokens": spec.tokens}.get(name, spec.train_flops)
    return math.nan if value is None else value


def _source_text(spec: ModelSpec | None) -> str:
    if spec is None:
        return ""
    derived = "; FLOP derived: 6 x parameters x tokens" if spec.derived else ""
    return f"registry of models: {spec.name}, {spec.source}{derived}"


def _apart(
    params: npt.NDArray[np.float64], codes: npt.NDArray[np.intp], names: Sequence[str],
    specs: dict[int, ModelSpec | None], known: BoolArray,
) -> list[str]:  # fmt: skip
    """Notes on models whose logged parameters are far from those of the registry."""
    notes = []
    told = np.flatnonzero(known & np.isfinite(params))
    first = told[np.unique(codes[told], return_index=True)[1]]
    for code, logged in zip(codes[first].tolist(), params[first].tolist(), strict=True):
        spec = specs[code]
        if spec is not None and spec.params and not 1 / _FAR < logged / spec.params < _FAR:
            notes.append(
                f"model {as_text(names[code])}: {logged:g} parameters in its log, {spec.params:g} in the registry "
                f"({spec.source}); the log's figure is used"
            )
    return notes
