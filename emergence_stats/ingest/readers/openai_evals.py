"""OpenAI evals: JSON lines with one spec, the final report, and an event for every sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.readers.measurements import (
    Measurement,
    is_stderr,
    log_table,
    mapping,
    moment,
    number,
    precision,
    stderr_names,
    text,
)
from emergence_stats.ingest.readers.raw_table import RawTable

_HEADLINE = ("accuracy", "score", "f1_score", "pass@1")
_OUTCOMES = ("correct", "score")  # of an event, in the order of preference


def sniff(document: Document) -> bool:
    """Whether the first line is the spec of an eval."""
    return "eval_name" in mapping(document.first_line.get("spec"))


def read(document: Document) -> RawTable:
    """One measurement for each number of the final report, with the items that agree with it.

    Raises:
        ReaderError: there is no final report: the run did not end.
    """
    report: Mapping[str, object] = {}
    outcomes: dict[str, float] = {}
    damaged = 0
    for _, line in document.lines():
        if line is None:
            damaged += 1
            continue
        report = mapping(line.get("final_report")) or report
        outcome = _outcome(line)
        if outcome is not None:
            outcomes[outcome[0]] = outcome[1]
    if not report:
        msg = "expected a final report, got none: the run did not end, or the file is cut off"
        raise ReaderError(msg)
    task, model, evaluated = _run_facts(document)
    stderrs = stderr_names(report)
    headline = next((name for name in _HEADLINE if name in report), None)
    if headline and "" in stderrs:  # a standard error that does not say of what
        stderrs.setdefault(headline, stderrs[""])
    found, without_score = [], 0
    right = sum(outcomes.values())
    for metric in report:
        if is_stderr(metric) or not isinstance(report[metric], (int, float)) or isinstance(report[metric], bool):
            continue
        score = number(report[metric])
        if score is None:
            without_score += 1
            continue
        agree = bool(outcomes) and abs(right / len(outcomes) - score) < 1e-9
        exact = precision(
            score, n_items=len(outcomes) if agree else None,
            stderr=None if agree else number(report.get(stderrs.get(metric, ""))),
        )  # fmt: skip
        found.append(
            Measurement(
                task=task, metric=metric, model=model, score=score, evaluated=evaluated,
                n_items=exact.n_items, n_correct=exact.n_correct, stderr=exact.stderr,
            )
        )  # fmt: skip
    notes = [f"{damaged} line{'s' * (damaged != 1)} without a JSON object left out"] if damaged else []
    return log_table(found, notes=notes, without_score=without_score)


def items(document: Document) -> Iterator[Item]:
    """One item for each sample's last outcome."""
    task, model, _ = _run_facts(document)
    outcomes = dict(outcome for _, line in document.lines() if line and (outcome := _outcome(line)))
    for sample, score in outcomes.items():
        yield Item(task=task, metric="accuracy", model=model, item=sample, score=score)


def _outcome(line: Mapping[str, object]) -> tuple[str, float] | None:
    """Sample and score of an event that has both."""
    data, sample = mapping(line.get("data")), text(line.get("sample_id"))
    told = next((data[name] for name in _OUTCOMES if name in data), None)
    score = float(told) if isinstance(told, bool) else number(told)
    return (sample, score) if sample is not None and score is not None else None


def _run_facts(document: Document) -> tuple[str, str, str | None]:
    spec = mapping(document.first_line.get("spec"))
    models = spec.get("completion_fns")
    model = text(models[0]) if isinstance(models, list) and models else None
    return text(spec.get("eval_name")) or "unnamed task", model or "unnamed model", moment(spec.get("created_at"))
