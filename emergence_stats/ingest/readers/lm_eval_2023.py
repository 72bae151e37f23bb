"""lm-evaluation-harness up to 0.3 (2023): one JSON document a model, accuracies with standard errors, no item counts.

The counts are recovered exactly from the standard errors, see `measurements.precision`. Where all answers agree the
error is 0 and tells nothing: the number of items then comes from another metric of the same task, here or, after all
files are read, in another file.
"""

from __future__ import annotations

from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.lm_eval_model import model_name
from emergence_stats.ingest.readers.measurements import (
    Measurement,
    is_stderr,
    log_table,
    mapping,
    number,
    precision,
    stderr_names,
    text,
)
from emergence_stats.ingest.readers.raw_table import RawTable

_LATER = ("configs", "n-shot", "n-samples", "task_hashes", "lm_eval_version", "higher_is_better")


def sniff(document: Document) -> bool:
    """Whether there are results by task beside a config, and none of the members of later versions."""
    outline = document.outline
    results, config = mapping(outline.get("results")), mapping(outline.get("config"))
    if not results or not ("model" in config or "model_args" in config) or any(name in outline for name in _LATER):
        return False
    entries = [entry for entry in results.values() if isinstance(entry, dict)]
    return bool(entries) and not any("," in name for entry in entries for name in entry)


def read(document: Document) -> RawTable:
    """One measurement for each task and metric.

    Raises:
        ReaderError: there is no finite score.
    """
    outline = document.outline
    config = mapping(outline.get("config"))
    model, shots = model_name(config), text(config.get("num_fewshot"))
    found: list[Measurement] = []
    without_score = 0
    for task, entry in mapping(outline.get("results")).items():
        scores = mapping(entry)
        stderrs = stderr_names(scores)
        told = []
        for metric in scores:
            score = number(scores[metric])
            if is_stderr(metric) or not isinstance(scores[metric], (int, float)):
                continue
            if score is None:
                without_score += 1
                continue
            told.append(
                (metric, score, precision(score, n_items=None, stderr=number(scores.get(stderrs.get(metric, "")))))
            )
        sizes = {exact.n_items for _, _, exact in told if exact.n_items is not None}
        for metric, score, exact in told:
            if exact.stderr is None and metric in stderrs and len(sizes) == 1:
                exact = precision(score, n_items=next(iter(sizes)), stderr=None)
            found.append(
                Measurement(
                    task=task, metric=metric, model=model, score=score, shots=shots,
                    n_items=exact.n_items, n_correct=exact.n_correct, stderr=exact.stderr,
                )
            )  # fmt: skip
    return log_table(found, without_score=without_score)
