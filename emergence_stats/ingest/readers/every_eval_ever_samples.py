"""Single samples of Every Eval Ever 0.2 and 0.3: JSON lines that name model and evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.every_eval_ever import require_version
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.readers.measurements import (
    Measurement,
    log_table,
    mapping,
    number,
    precision_of_items,
    text,
)
from emergence_stats.ingest.readers.raw_table import RawTable

_METRIC = "accuracy"


def sniff(document: Document) -> bool:
    """Whether the first line is a sample with its schema version."""
    return all(name in document.first_line for name in ("schema_version", "evaluation_id", "sample_id", "evaluation"))


def read(document: Document) -> RawTable:
    """Scores by model and evaluation, unless the document that has them stands in the same folder.

    Raises:
        ReaderError: the version is unknown, or there is no finite score.
    """
    require_version(document.first_line)
    aggregate = _aggregate(document)
    if aggregate:
        empty = log_table([Measurement(task="", metric="", model="", score=0.0)]).frame.iloc[:0]
        return RawTable(frame=empty, rows=(), log=True, part_of=aggregate)
    values: dict[tuple[str, str], dict[str, float]] = {}
    for item in items(document):
        values.setdefault((item.task, item.model), {})[item.item] = item.score
    found = []
    for (task, model), scores in values.items():
        mean, exact = precision_of_items(list(scores.values()))
        found.append(
            Measurement(
                task=task, metric=_METRIC, model=model, score=mean,
                n_items=exact.n_items, n_correct=exact.n_correct, stderr=exact.stderr,
            )
        )  # fmt: skip
    return log_table(found, notes=["means of single samples"])


def items(document: Document) -> Iterator[Item]:
    """The score of every sample."""
    for _, line in document.lines():
        if line is None:
            continue
        score = _score(line)
        task, model, sample = (text(line.get(name)) for name in ("evaluation_name", "model_id", "sample_id"))
        if score is not None and task and model and sample:
            yield Item(task=task, metric=_METRIC, model=model, item=sample, score=score)


def _score(line: Mapping[str, object]) -> float | None:
    told = mapping(line.get("evaluation"))
    right = told.get("is_correct")
    score = number(told.get("score"))
    return score if score is not None else float(right) if isinstance(right, bool) else None


def _aggregate(document: Document) -> str:
    """The document of the same evaluation beside the samples; '' if there is none."""
    location = document.file.location
    if location is None:
        return ""
    names = [location.name.replace("_samples.jsonl", ".json"), location.name.removesuffix("l")]
    for name in names:
        beside = document.file.beside(name) if name != location.name else None
        if beside is not None and Document(beside).outline.get("evaluation_id") == document.first_line.get(
            "evaluation_id"
        ):
            return name
    return ""
