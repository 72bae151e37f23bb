"""BIG-bench score files: one model, one task, several metrics and shots; low and high score of the preferred metric.

The low score is that of random answers (arXiv 2206.04615, section 2.1), on the metric's own scale: 0 to 1 or 0 to 100.
"""

from __future__ import annotations

from collections.abc import Mapping

from emergence_stats.ingest.cells import round_digits
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.measurements import Measurement, log_table, mapping, number, text
from emergence_stats.ingest.readers.raw_table import RawTable

_PERCENT_LIMIT = 1.5  # a high score or a score beyond it is one of 100


def sniff(document: Document) -> bool:
    """Whether there are scores with a score_dict beside a task and a model."""
    outline = document.outline
    scores = outline.get("scores")
    return (
        isinstance(scores, list)
        and any("score_dict" in mapping(entry) for entry in scores)
        and isinstance(outline.get("task"), dict)
        and isinstance(outline.get("model"), dict)
    )


def read(document: Document) -> RawTable:
    """One measurement for each subtask, number of shots and metric.

    Parameters are those without embeddings, as BIG-bench's figures have them; tokens are batch size times steps.

    Raises:
        ReaderError: there is no finite score.
    """
    outline = document.outline
    model, task = mapping(outline.get("model")), text(mapping(outline.get("task")).get("task_name"))
    family, name = text(model.get("model_family")), text(model.get("model_name"))
    params = _positive(model, "non_embedding_params") or _positive(model, "total_params")
    tokens = (_positive(model, "training_batch_size") or 0) * (_positive(model, "training_steps") or 0) or None
    computed = _positive(model, "flop_matched_non_embedding_params") or params
    found: list[Measurement] = []
    without_score = percent = 0
    entries = outline.get("scores")
    for entry in map(mapping, entries if isinstance(entries, list) else ()):
        scores = {metric: number(score) for metric, score in mapping(entry.get("score_dict")).items()}
        preferred, high = text(entry.get("preferred_score")), number(entry.get("high_score"))
        of_100 = max(high or 0.0, *(abs(score or 0.0) for score in scores.values()), 0.0) > _PERCENT_LIMIT
        unit = 100.0 if of_100 and (high is None or high <= 100) else 1.0
        for metric, score in scores.items():
            if score is None:
                without_score += 1
                continue
            low = number(entry.get("low_score")) if metric == preferred else None
            percent += unit != 1
            found.append(
                Measurement(
                    task=text(entry.get("subtask_description")) or task or "unnamed task", metric=metric,
                    model=" ".join(filter(None, (family, name))) or "unnamed model", family=family,
                    score=round_digits(score / unit), chance_level=None if low is None else round_digits(low / unit),
                    shots=text(entry.get("number_of_shots")), params=params, tokens=tokens,
                    train_flops=6 * computed * tokens if computed and tokens else None,
                )
            )  # fmt: skip
    notes = ["training FLOP derived: 6 x parameters x batch size x steps"] if computed and tokens else []
    notes += [f"{percent} scores of 100 divided by 100"] if percent else []
    return log_table(found, notes=notes, without_score=without_score)


def _positive(facts: Mapping[str, object], name: str) -> float | None:
    found = number(facts.get(name))
    return found if found and found > 0 else None
