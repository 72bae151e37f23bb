"""Wide tables, a row for each model and a column for each task, as leaderboards have them, to rows of measurements."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from emergence_stats.ingest.cells import parse_numbers
from emergence_stats.ingest.columns import NUMBERS, SOURCE, listed, meanings, plain_name
from emergence_stats.ingest.registries.tasks import task_chance_level

_MODEL = ("model", "model_name", "model_id", "fullname", "models")
_FAMILY = ("family", "model_family")
_UNITS = {
    "k": 1e3,
    "m": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
    "t": 1e12,
    "trillion": 1e12,
}
_NUMERALS = {f"1e{power}": 10.0**power for power in range(3, 28)}
# Headings of scales with their unit: "Model Size (B)", "#Params (B)", "Pretraining Data Size (T)", "FLOPs (1E21)".
_SCALES: Mapping[str, str] = types.MappingProxyType(
    {
        r"(?:model_size|model_params|n_params|num_params|params|parameters|size)(?:_in)?_([a-z]+)": "params",
        r"(?:pre_?)?train(?:ing)?_(?:data_size|data|tokens)_([a-z]+)|tokens_([a-z]+)": "tokens",
        r"(?:(?:pre_?)?train(?:ing)?_)?(?:flops?|compute)_(1e\d+)": "train_flops",
    }
)
_NO_TASK = re.compile(
    r"average.*|mean|rank.*|.*likes.*|.*co2.*|.*_cost.*|.*date.*|.*_sha|precision|.*type|architecture.*|license|generation|"
    r"moe|flagged|merged|available.*|chat_template|.*_raw|year|month|id|index|unnamed.*|column_\d+|context.*|.*latency.*|.*price.*"
)
_LARGEST_SCORE = 100.0


def unpivot(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]] | None:
    """Rows of measurements from a wide table.

    A table is wide if it names models but neither tasks nor scores, has no column that may have been meant for one, and
    has at least two columns of numbers from 0 to 100, or one that is named like a known task.

    Args:
        frame: the table, known columns under their canonical names.

    Returns:
        The measurements and what was taken for what, as sentences; None if the table is not wide.
    """
    headings = [str(name) for name in frame.columns]
    plain = {name: plain_name(name) for name in headings}
    model = next((name for wanted in _MODEL for name in headings if plain[name] == wanted), None)
    if model is None or any(meanings(name) for name in headings):
        return None
    family = next((name for name in headings if plain[name] in _FAMILY), None)
    renamed = {name: found for name in headings if (found := _scale(plain[name])) is not None}
    kept = [name for name in headings if name in NUMBERS]
    rest = [name for name in headings if name not in {model, family, *renamed, *kept, *SOURCE}]
    scores = {
        name: values
        for name in rest
        if not _NO_TASK.fullmatch(plain[name]) and (values := _scores(frame[name])) is not None
    }
    if len(scores) < 2 and not any(task_chance_level(name) is not None for name in scores):
        return None
    base = pd.DataFrame({"model": frame[model], **{name: frame[name] for name in kept}})
    if family is not None:
        base["family"] = frame[family]
    for name, (scale, unit) in renamed.items():
        if scale not in base:
            base[scale] = parse_numbers(frame[name], NUMBERS[scale]).values * unit
    for name in SOURCE:
        if name in frame:
            base[name] = frame[name]
    parts = []
    for task, values in scores.items():
        part = base.assign(task=task, score=values)
        parts.append(part[np.isfinite(values)])
    long = pd.concat(parts, ignore_index=True)
    out = [name for name in rest if name not in scores]
    notes = [f"one row a model: {len(scores)} columns read as tasks ({listed(scores, 8)})"]
    notes += [f"columns left out: {listed(out, 12)}"] if out else []
    notes += [f"column {name!r} read as {scale} in units of {unit:g}" for name, (scale, unit) in renamed.items()]
    return long, notes


def _scale(heading: str) -> tuple[str, float] | None:
    """The scale column that a heading with a unit means, and the unit."""
    for pattern, scale in _SCALES.items():
        found = re.fullmatch(pattern, heading)
        unit = next((text for text in found.groups() if text), "") if found else ""
        factor = _UNITS.get(unit, _NUMERALS.get(unit))
        if factor is not None:
            return scale, factor
    return None


def _scores(cells: pd.Series) -> npt.NDArray[np.float64] | None:
    """A column as scores; None if it is not one of numbers from 0 to 100."""
    column = parse_numbers(cells, NUMBERS["score"])
    values = np.where(column.percent_signs, column.values * 100, column.values)
    found = values[np.isfinite(values)]
    if column.bad.any() or found.size == 0 or found.min() < 0 or found.max() > _LARGEST_SCORE:
        return None
    return values
