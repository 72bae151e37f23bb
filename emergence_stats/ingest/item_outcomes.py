"""Outcomes of single items behind the scores of logs: read once, and found again for the points of a series."""

from __future__ import annotations

import array
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emergence_stats.errors import InputError
from emergence_stats.ingest.cells import as_text
from emergence_stats.ingest.file_table import ReadFile
from emergence_stats.ingest.parsing import ParsedTable
from emergence_stats.ingest.readers import READERS
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.scale_choice import Rows
from emergence_stats.ingest.sources import read_file

MOST_OUTCOMES = 20_000_000  # held at once, all logs together
_KEY = ("task", "metric", "model", "prompt", "shots")  # what says of which score an outcome is a part
_AGREES = 1e-6  # outcomes whose mean is further from the score were taken otherwise: other items, other weights
_SAMPLES_INSIDE = "Inspect JSON log"  # a large one would have to be read whole, transcripts and all

type Key = tuple[str, ...]


@dataclasses.dataclass(slots=True, kw_only=True)
class _Answers:
    """Outcomes of one model on one task by one metric, in the order of the file."""

    file: str
    item: list[str] = dataclasses.field(default_factory=list)
    cluster: list[str | None] = dataclasses.field(default_factory=list)
    score: array.array[float] = dataclasses.field(default_factory=lambda: array.array("d"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutcomes:
    """Outcomes of single items of many logs.

    Attributes:
        answers: by task, metric, model, prompt and shots; None where several files have them.
        unread: logs whose items were not read, and why.
    """

    answers: Mapping[Key, _Answers | None]
    unread: tuple[str, ...] = ()

    def matrix(self, parsed: ParsedTable, rows: Rows, scale: str) -> dict[str, Any] | None:
        """Fields of `Items` for the points of one series, None if not all of them have their items.

        The outcomes must belong to the scores: one set for each point, all on the same items, each with the point's
        score as its mean.

        Args:
            parsed: the table.
            rows: the points of the series.
            scale: the scale column.
        """
        keys = _keys(parsed, rows)
        found = [self.answers.get(key) for key in keys]
        if len(set(keys)) < len(keys) or any(one is None for one in found):
            return None
        answers = [one for one in found if one is not None]
        orders = [np.argsort(np.array(one.item, dtype=np.str_), kind="stable") for one in answers]
        first = [answers[0].item[i] for i in orders[0]]
        clusters = [answers[0].cluster[i] for i in orders[0]]
        if len(set(first)) < len(first):
            return None
        for one, order in zip(answers[1:], orders[1:], strict=True):
            if [one.item[i] for i in order] != first or [one.cluster[i] for i in order] != clusters:
                return None
        score = np.stack([np.frombuffer(one.score)[order] for one, order in zip(answers, orders, strict=True)])
        if not np.allclose(score.mean(axis=1), parsed.numbers["score"][rows], rtol=_AGREES, atol=_AGREES):
            return None
        return {
            "score": score,
            "scale": parsed.numbers[scale][rows],
            "item": first,
            "cluster": clusters if all(cluster is not None for cluster in clusters) else None,
            "model": [key[_KEY.index("model")] for key in keys],
        }


def item_outcomes(files: Iterable[ReadFile]) -> ItemOutcomes:
    """Read the outcomes of single items from those of some logs that hold them.

    Args:
        files: what was read; those that came as bytes, not from a disk, are passed over, and so are files that have
            changed since.
    """
    answers: dict[Key, _Answers | None] = {}
    unread: list[str] = []
    left = MOST_OUTCOMES
    for account in files:
        reader = READERS.get(account.format)
        if reader is None or reader.items is None or not Path(account.path).is_file():
            continue
        own: dict[Key, _Answers] = {}
        try:
            file = read_file(Path(account.path))
            if file.large and account.format == _SAMPLES_INSIDE:
                unread.append(f"{account.path}: single items not read from so large a log")
                continue
            if file.sha256 != account.sha256:
                unread.append(f"{account.path}: single items not read, the file has changed")
                continue
            for item in reader.items(Document(file)):
                key: Key = (item.task, item.metric, item.model, item.prompt or "", item.shots or "")
                one = own.setdefault(key, _Answers(file=account.path))
                one.item.append(item.item)
                one.cluster.append(item.cluster)
                one.score.append(item.score)
        except InputError as error:
            unread.append(f"{account.path}: single items not read, {error}")
            continue
        left -= sum(len(one.item) for one in own.values())
        if left < 0:
            unread.append(f"single items not used: more than {MOST_OUTCOMES} outcomes in these logs")
            return ItemOutcomes(answers={}, unread=tuple(unread))
        for key, one in own.items():
            answers[key] = None if key in answers else one
    return ItemOutcomes(answers=answers, unread=tuple(unread))


def _keys(parsed: ParsedTable, rows: Rows) -> list[Key]:
    """What identifies the outcomes of each point."""
    columns: list[Sequence[str]] = [
        [as_text(cell) for cell in parsed.frame[name].iloc[rows]] if name in parsed.frame else [""] * rows.size
        for name in _KEY
    ]
    return list(zip(*columns, strict=True))
