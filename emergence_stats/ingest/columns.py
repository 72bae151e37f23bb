"""The vocabulary of the tidy table: which columns it knows, what their cells must hold, and near matches of names."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import types
from collections.abc import Iterable, Mapping, Sequence

from emergence_stats.errors import TableError
from emergence_stats.series_rules import MAX_ITEMS, MAX_SCALE


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NumberRule:
    """What a cell of a numeric column must hold.

    Attributes:
        expected: the same in words, for messages.
        minimum: smallest value allowed, or None.
        above_minimum: whether the value must be larger than the minimum.
        maximum: largest value allowed, or None.
        whole: whether the value must be a whole number.
        suffixes: whether "7B", "1.4M" and "350 million" are understood.
        percent_sign: whether "85 %" is understood.
        truths: whether true and false are understood: single outcomes are right or wrong.
    """

    expected: str
    minimum: float | None = None
    above_minimum: bool = False
    maximum: float | None = None
    whole: bool = False
    suffixes: bool = False
    percent_sign: bool = False
    truths: bool = False


_POSITIVE = "a positive finite number"
_SCALE = NumberRule(expected=_POSITIVE, minimum=0.0, above_minimum=True, maximum=MAX_SCALE, suffixes=True)
NUMBERS: Mapping[str, NumberRule] = types.MappingProxyType(
    {
        # An untrained checkpoint has seen 0 tokens: not a mistake, and dealt with where the scale is chosen.
        "train_flops": dataclasses.replace(_SCALE, above_minimum=False, suffixes=False),
        "params": _SCALE,
        "tokens": dataclasses.replace(_SCALE, above_minimum=False),
        "loss": dataclasses.replace(_SCALE, suffixes=False),
        "scale": _SCALE,
        "n_correct": NumberRule(expected="a whole number that is not negative", minimum=0.0, whole=True),
        "n_items": NumberRule(
            expected=f"a positive whole number up to {MAX_ITEMS:g}",
            minimum=0.0,
            above_minimum=True,
            maximum=MAX_ITEMS,
            whole=True,
        ),
        "score": NumberRule(expected="a finite number", percent_sign=True, truths=True),
        "stderr": NumberRule(expected="a finite number that is not negative", minimum=0.0, percent_sign=True),
        "chance_level": NumberRule(expected="a finite number", percent_sign=True),
        "answer_tokens": NumberRule(expected=_POSITIVE, minimum=0.0, above_minimum=True),
    }
)
SCALES = ("train_flops", "params", "tokens")  # in the order in which they are tried
OTHER_SCALES = ("loss", "scale")  # tried when a table has none of the above
IDENTITY = ("task", "metric", "family", "prompt", "shots")
LABELS = ("model", "seed", "cluster")
ITEM = "item"
OUTCOMES = (ITEM, "attempt", "response", "target")  # of long tables, one row per model and item
SCORES = ("score", "n_correct")
KNOWN = (*IDENTITY, *LABELS, *OUTCOMES, *NUMBERS, "higher_is_better")

# Where each row came from. They are written by the readers and travel with the rows.
SOURCE_FILE, SOURCE_ROW, SOURCE_UNIT, SOURCE_PROBLEM = "source_file", "source_row", "source_unit", "source_problem"
SOURCE = (SOURCE_FILE, SOURCE_ROW, SOURCE_UNIT, SOURCE_PROBLEM)

# Where a figure is from that a table or log did not have itself; written where it is filled in.
SCALE_SOURCE, N_SOURCE, CHANCE_SOURCE = "scale_source", "n_source", "chance_source"

# Headings that people use for the same thing: named in messages, never renamed silently.
_SYNONYMS: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "task": ("benchmark", "dataset", "ability", "eval", "evaluation", "subtask", "task_name", "bigbench_task"),
        "score": ("accuracy", "acc", "value", "result", "exact_match", "performance"),
        "n_correct": ("correct", "n_success", "successes", "passes", "num_correct"),
        "n_items": ("n", "count", "samples", "n_samples", "num_examples", "attempts"),
        "params": ("parameters", "n_params", "model_size", "size", "num_parameters", "threshold_params"),
        "train_flops": ("flops", "flop", "compute", "training_flops", "training_compute", "threshold_flops"),
        "tokens": ("train_tokens", "training_tokens", "n_tokens"),
        "answer_tokens": ("answer_length", "target_tokens", "target_length", "tokens_per_answer"),
    }
)


@functools.lru_cache(maxsize=4096)
def plain_name(heading: str) -> str:
    """A heading in lower case, other characters as underscores: ``Train FLOPs`` is ``train_flops``."""
    return re.sub(r"[^0-9a-z]+", "_", heading.strip().lower()).strip("_")


def canonical_names(headings: Sequence[object]) -> list[str]:
    """Headings as text, those that mean a known column under its canonical name.

    Raises:
        TableError: two columns have the same known name, or mean the same and neither has its name.
    """
    names = [str(heading).strip() for heading in headings]
    for known in KNOWN:
        meant = [name for name in names if plain_name(name) == known]
        if len(meant) > 1 and known not in meant:
            msg = f"expected one column {known!r}, got {len(meant)} that mean it: {listed(meant)}"
            raise TableError(msg)
    for i, name in enumerate(names):
        plain = plain_name(name)
        if name not in KNOWN and plain in KNOWN and plain not in names:
            names[i] = plain
    for name in KNOWN:
        if names.count(name) > 1:
            msg = f"expected one column {name!r}, got {names.count(name)}; columns: {listed(names)}"
            raise TableError(msg)
    seen: set[str] = set()
    for i, name in enumerate(names):
        unique, repeat = name or f"column_{i + 1}", 2
        while unique in seen:
            unique, repeat = f"{name or f'column_{i + 1}'}_{repeat}", repeat + 1
        seen.add(unique)
        names[i] = unique
    return names


def meanings(heading: str) -> list[str]:
    """Of task, score and counts, those that a heading is or may have been meant for."""
    plain = plain_name(heading)
    return [name for name in ("task", *SCORES, "n_items") if plain == name or plain in _SYNONYMS.get(name, ())]


def near_matches(wanted: str, available: Iterable[str]) -> list[str]:
    """Columns that may have been meant by a missing one."""
    plain = {plain_name(name): name for name in available}
    synonyms = [plain[word] for word in _SYNONYMS.get(wanted, ()) if word in plain]
    similar = [plain[word] for word in difflib.get_close_matches(plain_name(wanted), list(plain), n=2, cutoff=0.75)]
    return list(dict.fromkeys([*synonyms, *similar]))


def listed(names: Iterable[object], limit: int = 20) -> str:
    """Names joined for a message, cut after ``limit``."""
    texts = [f"{str(name)[:40]!r}"[1:-1] for name in names]
    cut = [f"and {len(texts) - limit} more"] if len(texts) > limit else []
    return ", ".join(texts[:limit] + cut) or "none"


def wanted_columns(by: object) -> tuple[str, ...]:
    """Names of further columns, from one name or several.

    Raises:
        TableError: something else was given.
    """
    if isinstance(by, str):
        return (by,)
    names = tuple(by) if isinstance(by, Iterable) else (by,)
    for name in names:
        if not isinstance(name, str):
            msg = f"by: expected names of columns, got {name!r:.80}"
            raise TableError(msg)
    return names


NOT_A_SCALE = (
    "task", "metric", "family", "prompt", "shots", "model", "seed", "cluster", *OUTCOMES,
    "score", "stderr", "n_correct", "n_items", "chance_level", "answer_tokens", "higher_is_better",
)  # fmt: skip


def require_columns(
    available: Sequence[str], *, scale: str | None = None, by: Iterable[str] = (), scale_to_come: bool = False
) -> None:
    """Check that a table has what a series is made of.

    Args:
        available: its columns.
        scale: a scale column that must be there.
        by: further columns that must be there.
        scale_to_come: whether the scale may yet be found from the names of models.

    Raises:
        TableError: no task, no score or no scale column, or a named column is missing.
    """
    told = [name for name in available if name not in SOURCE]
    asked: object = scale
    if asked is not None and (not isinstance(asked, str) or asked in NOT_A_SCALE):
        near = [name for name in (*SCALES, *OTHER_SCALES) if name in told]
        msg = f"scale: expected a column with sizes of models ({listed(near or SCALES)}), got {asked!r:.60}"
        raise TableError(msg)
    wanted: list[tuple[bool, str, Sequence[str]]] = [
        ("task" in told, "a column 'task'", ["task"]),
        (any(name in told for name in SCORES), "a column 'score', or 'n_correct' and 'n_items'", SCORES),
        ("score" in told or "n_items" in told, "a column 'n_items' beside 'n_correct'", ["n_items"]),
    ]
    if scale_to_come and (scale is None or scale in SCALES):
        pass
    elif scale is None:
        found = any(name in told for name in (*SCALES, *OTHER_SCALES))
        wanted.append((found, f"a scale column ({', '.join(SCALES)})", SCALES))
    else:
        wanted.append((scale in told, f"the scale column {scale[:60]!r}", [scale]))
    wanted += [(name in available, f"the column {name[:60]!r} to separate series by", [name]) for name in by]
    for present, expected, meant in wanted:
        if not present:
            near = list(dict.fromkeys(match for name in meant for match in near_matches(name, told)))
            hint = f"; near matches: {listed(near)}" if near else ""
            msg = f"expected {expected}, got columns {listed(told)}{hint}"
            raise TableError(msg)
