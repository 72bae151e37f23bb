"""HELM runs: a folder of documents; the statistics per instance hold the scores, the run's spec the names.

``stats.json`` counts trials and splits, not items, so it is read only where the statistics per instance are missing,
and then without a number of items. The other documents of a run are known and have nothing to add.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.document import Document
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
from emergence_stats.ingest.registries.metrics import metric_spec

INSTANCES, STATS, SPEC = "per_instance_stats.json", "stats.json", "run_spec.json"
# Statistics of how the run went, not of how well.
_BOOKKEEPING = re.compile(
    r"num_.*|.*_cost|inference_.*|batch_size|finish_reason_.*|prompt_truncated|max_prob|logprob|predicted_index|.*runtime.*"
)
_CHOICE_MATCHES = re.compile(r"(quasi_|prefix_)*exact_match")
_SPLITS = ("test", "valid")  # in the order of preference
_NOT_IN_TASK = ("model", "method", "model_deployment", "data_augmentation", "groups", "stop", "max_train_instances")

type _ByInstance = dict[str, list[float]]


def sniff(document: Document) -> bool:
    """Whether the document is one of those of a HELM run."""
    outline, first = document.outline, document.first_element
    return (
        ("instance_id" in first and "stats" in first)
        or ("name" in mapping(first.get("name")) and "count" in first)
        or "adapter_spec" in outline
        or ("definition_path" in outline and "tags" in outline)
    )


def read(document: Document) -> RawTable:
    """One measurement for each metric of a run; nothing for its documents without scores.

    Raises:
        ReaderError: there is no spec beside the scores to name model and scenario, or no score.
    """
    if "stats" in document.first_element:
        return _from_instances(document)
    beside = INSTANCES if "count" in document.first_element else SPEC
    if beside == INSTANCES and document.file.beside(INSTANCES) is None:
        return _from_stats(document)
    if document.file.beside(INSTANCES) is None:
        msg = f"expected {INSTANCES} beside a HELM run's spec or state, which has no scores itself; got none"
        raise ReaderError(msg)
    empty = log_table([Measurement(task="", metric="", model="", score=0.0)]).frame.iloc[:0]
    return RawTable(frame=empty, rows=(), log=True, part_of=INSTANCES)


def items(document: Document) -> Iterator[Item]:
    """The mean of every instance over its trials."""
    if "stats" not in document.first_element:
        return
    run = _run_of(document)
    for metric, instances in _values(document).scores.items():
        for name, values in instances.items():
            yield Item(
                task=run.task, metric=metric, model=run.model, item=name, score=math.fsum(values) / len(values),
                prompt=run.prompt, shots=run.shots,
            )  # fmt: skip


def _from_instances(document: Document) -> RawTable:
    run, found = _run_of(document), _values(document)
    notes = [f"metrics that are not in the registry left out: {', '.join(sorted(found.unknown))}"] * bool(found.unknown)
    references = [count for counts in found.references.values() for count in counts if count >= 2]
    chance = math.fsum(1 / count for count in references) / len(references) if references else None
    measurements = []
    for metric, instances in found.scores.items():
        score, exact = precision_of_items([math.fsum(values) / len(values) for values in instances.values()])
        choices = run.multiple_choice and _CHOICE_MATCHES.fullmatch(metric)
        measurements.append(
            Measurement(
                task=run.task, metric=metric, model=run.model, score=score, prompt=run.prompt, shots=run.shots,
                n_items=exact.n_items, n_correct=exact.n_correct, stderr=exact.stderr,
                chance_level=chance if choices else None,
            )
        )  # fmt: skip
    return log_table(measurements, notes=notes)


def _from_stats(document: Document) -> RawTable:
    run = _run_of(document)
    by_split: dict[str, dict[str, float]] = {}
    for entry in map(mapping, document.elements()):
        named, mean = mapping(entry.get("name")), number(entry.get("mean"))
        metric = text(named.get("name"))
        if metric and mean is not None and "perturbation" not in named and _is_metric(metric):
            by_split.setdefault(text(named.get("split")) or "", {})[metric] = mean
    split = next((name for name in (*_SPLITS, "") if name in by_split), None)
    scores = by_split[split] if split is not None else {}
    return log_table(
        [
            Measurement(task=run.task, metric=metric, model=run.model, score=score, prompt=run.prompt, shots=run.shots)
            for metric, score in scores.items()
        ],
        notes=[f"no {INSTANCES} beside it, so the number of items is not known"],
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """Scores by metric and instance, numbers of options by instance, and metrics that nothing is known of."""

    scores: dict[str, _ByInstance]
    references: _ByInstance
    unknown: set[str]


def _values(document: Document) -> _Values:
    """Statistics of the unperturbed instances of the best split, instance by instance."""
    by_split: dict[str, dict[str, _ByInstance]] = {}
    unknown: set[str] = set()
    for element in map(mapping, document.elements()):
        instance, stats = text(element.get("instance_id")), element.get("stats")
        if instance is None or "perturbation" in element or not isinstance(stats, list):
            continue
        for stat in map(mapping, stats):
            named, mean = mapping(stat.get("name")), number(stat.get("mean"))
            metric = text(named.get("name"))
            if metric is None or mean is None or "perturbation" in named:
                continue
            if metric != "num_references" and not _is_metric(metric):
                if not _BOOKKEEPING.fullmatch(metric) and "@" not in metric:
                    unknown.add(metric)
                continue
            split = by_split.setdefault(text(named.get("split")) or "", {})
            split.setdefault(metric, {}).setdefault(instance, []).append(mean)
    best = next((name for name in (*_SPLITS, "") if name in by_split), None)
    scores = by_split[best] if best is not None else {}
    return _Values(references=scores.pop("num_references", {}), scores=scores, unknown=unknown)


def _is_metric(name: str) -> bool:
    return not _BOOKKEEPING.fullmatch(name) and metric_spec(name) is not None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    task: str
    model: str
    prompt: str | None
    shots: str | None
    multiple_choice: bool


def _run_of(document: Document) -> _Run:
    """Model and scenario of the run, from its spec in the same folder."""
    beside = document.file.beside(SPEC)
    spec = {} if beside is None else Document(beside).outline
    adapter = mapping(spec.get("adapter_spec"))
    model = text(adapter.get("model")) or text(adapter.get("model_deployment"))
    if model is None:
        msg = f"expected {SPEC} with a model beside a HELM run's statistics, got none"
        raise ReaderError(msg)
    method = text(adapter.get("method"))
    return _Run(
        task=_task(text(spec.get("name")) or "unnamed scenario"), model=model, prompt=method,
        shots=text(adapter.get("max_train_instances")), multiple_choice=bool(method and "multiple_choice" in method),
    )  # fmt: skip


def _task(name: str) -> str:
    """``mmlu:subject=anatomy,method=...,model=...`` is mmlu:subject=anatomy; a data set stands for its scenario."""
    scenario, _, told = name.partition(":")
    pairs = dict(part.split("=", 1) for part in told.split(",") if "=" in part)
    kept = {key: value for key, value in pairs.items() if key not in _NOT_IN_TASK}
    base = kept.pop("dataset", scenario)
    return f"{base}:{','.join(f'{key}={value}' for key, value in kept.items())}" if kept else base
