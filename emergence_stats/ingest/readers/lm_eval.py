"""lm-evaluation-harness 0.4: results with keys such as "acc,none", items in n-samples, sometimes the model's size."""

from __future__ import annotations

from collections.abc import Mapping

from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.lm_eval_model import model_name
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

_MARKS = ("configs", "n-shot", "n-samples", "task_hashes", "lm_eval_version")


def sniff(document: Document) -> bool:
    """Whether there are results by task beside a config and any of the members that came with 0.4."""
    outline = document.outline
    results = outline.get("results")
    return isinstance(results, dict) and "config" in outline and (
        any(mark in outline for mark in _MARKS)
        or any("," in name for entry in results.values() for name in mapping(entry))
    )  # fmt: skip


def read(document: Document) -> RawTable:
    """One measurement for each task, metric and filter.

    Raises:
        ReaderError: there is no finite score.
    """
    outline = document.outline
    found: list[Measurement] = []
    without_score = 0
    for task, entry in mapping(outline.get("results")).items():
        scores = mapping(entry)
        stderrs = stderr_names(scores)
        for key in scores:
            if "," not in key or is_stderr(key):
                continue
            score = number(scores[key])
            if score is None:
                without_score += 1
                continue
            found.append(_measurement(outline, task, key, score, number(scores.get(stderrs.get(key, "")))))
    return log_table(found, without_score=without_score)


def run_facts(outline: Mapping[str, object]) -> tuple[str, float | None, str | None]:
    """Model, its parameters if they are logged, and the time of a run."""
    config = mapping(outline.get("config"))
    params = number(config.get("model_num_parameters"))
    return (
        model_name(config, fallback=outline.get("model_name")),
        params if params and params > 0 else None,
        moment(outline.get("date")),
    )


def metric_name(key: str) -> str:
    """A metric without the filter that changes nothing: ``acc,none`` is acc; ``exact_match,strict-match`` stays."""
    metric, _, kind = key.partition(",")
    return metric if kind in ("none", "") else key


def shots_of(outline: Mapping[str, object], task: str) -> str | None:
    """Examples in the prompt of a task."""
    return text(mapping(outline.get("n-shot")).get(task))


def _measurement(outline: Mapping[str, object], task: str, key: str, score: float, stderr: float | None) -> Measurement:
    model, params, evaluated = run_facts(outline)
    items = number(mapping(mapping(outline.get("n-samples")).get(task)).get("effective"))
    exact = precision(score, n_items=items if items and items >= 1 else None, stderr=stderr)
    direction = mapping(mapping(outline.get("higher_is_better")).get(task)).get(key.partition(",")[0])
    return Measurement(
        task=task, metric=metric_name(key), model=model, score=score, shots=shots_of(outline, task),
        n_items=exact.n_items, n_correct=exact.n_correct, stderr=exact.stderr,
        higher_is_better=direction if isinstance(direction, bool) else None, params=params, evaluated=evaluated,
    )  # fmt: skip
