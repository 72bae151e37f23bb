"""What an Inspect log's header says: scores with their standard errors, items and attempts, and the model's size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.readers.item_table import Item
from emergence_stats.ingest.readers.measurements import (
    Measurement,
    is_stderr,
    log_table,
    mapping,
    moment,
    number,
    precision,
    text,
)
from emergence_stats.ingest.readers.raw_table import RawTable

_VERSIONS = (None, 1, 2)
_SPREADS = ("std", "var", "stddev", "ci_lower", "ci_upper")
_PARAMS = ("model_params", "params", "n_params", "num_parameters", "model_num_parameters")
_TOKENS = ("train_tokens", "tokens", "training_tokens")
_FLOPS = ("train_flops", "training_flops", "training_compute")
# How scorers write right, partly right, wrong and no answer.
_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0, "CORRECT": 1.0, "PARTIAL": 0.5, "INCORRECT": 0.0}


def is_header(outline: Mapping[str, object]) -> bool:
    """Whether an object is the header of a log: how the run ended, and what was evaluated."""
    evaluated = mapping(outline.get("eval"))
    return "status" in outline and "task" in evaluated and "model" in evaluated


def header_table(outline: Mapping[str, object]) -> RawTable:
    """One measurement for each score and metric of the header.

    Raises:
        ReaderError: an unknown version, a run that did not end well, or no finite score.
    """
    version = outline.get("version")
    if version not in _VERSIONS or isinstance(version, bool):
        msg = f"expected an Inspect log of version 1 or 2, got version {version!r:.40}"
        raise ReaderError(msg)
    status = outline.get("status")
    if status != "success":
        msg = f"expected a run that ended with success, got status {status!r:.40}: its scores are not of all items"
        raise ReaderError(msg)
    results = mapping(outline.get("results"))
    scores = results.get("scores")
    listed = [mapping(entry) for entry in scores] if isinstance(scores, list) else []
    found: list[Measurement] = []
    without_score, notes = 0, []
    for entry in listed:
        stderr, kind = _stderr(mapping(entry.get("metrics")))
        if kind:
            notes.append(f"{text(entry.get('name'))}: standard error {kind}; the items are not independent")
        for name, metric in mapping(entry.get("metrics")).items():
            score = number(mapping(metric).get("value"))
            plain = _plain(text(mapping(metric).get("name")) or name)
            if is_stderr(plain) or plain in _SPREADS:
                continue
            if score is None:
                without_score += 1
                continue
            label = plain if len(listed) == 1 else f"{plain},{text(entry.get('name'))}"
            found.append(_measurement(outline, entry, label, score, stderr, kind))
    return log_table(found, notes=notes, without_score=without_score)


def sample_items(outline: Mapping[str, object], samples: Iterable[object]) -> Iterator[Item]:
    """The mean score of every sample over its attempts, for each scorer whose values are numbers or grades."""
    cluster_key = _cluster_key(outline)
    attempts: dict[tuple[str, str], list[float]] = {}
    clusters: dict[str, str | None] = {}
    for sample in map(mapping, samples):
        name = text(sample.get("id"))
        if name is None:
            continue
        clusters[name] = text(mapping(sample.get("metadata")).get(cluster_key)) if cluster_key else None
        for scorer, told in mapping(sample.get("scores")).items():
            score = grade(mapping(told).get("value"))
            if score is not None:
                attempts.setdefault((scorer, name), []).append(score)
    several = len({scorer for scorer, _ in attempts}) > 1
    evaluated, (params, tokens, _) = mapping(outline.get("eval")), _sizes(outline)
    for (scorer, name), scores in attempts.items():
        yield Item(
            task=task_name(evaluated), metric=f"accuracy,{scorer}" if several else "accuracy",
            model=text(evaluated.get("model")) or "unnamed model", item=name, score=sum(scores) / len(scores),
            cluster=clusters[name], params=params, tokens=tokens, shots=_shots(evaluated),
        )  # fmt: skip


def grade(value: object) -> float | None:
    """A scorer's value as a number: grades as letters, truth values, numbers; None for anything else."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and value.strip().upper() in _GRADES:
        return _GRADES[value.strip().upper()]
    return number(value)


def task_name(evaluated: Mapping[str, object]) -> str:
    """The task without the package that registers it: ``inspect_evals/arc_easy`` is arc_easy."""
    return (text(evaluated.get("task")) or "unnamed task").rpartition("/")[2]


def _plain(name: str) -> str:
    return name.rpartition("/")[2]


def _stderr(metrics: Mapping[str, object]) -> tuple[float | None, str | None]:
    """The standard error, the clustered one before the plain one, and by what it is clustered."""
    plain: float | None = None
    for name, metric in metrics.items():
        told = mapping(metric)
        if not is_stderr(_plain(text(told.get("name")) or name)):
            continue
        value, cluster = number(told.get("value")), text(mapping(told.get("params")).get("cluster"))
        if cluster and value:
            return value, f"clustered by {cluster}"
        if plain is None:
            plain = value
    return plain, None


def _cluster_key(outline: Mapping[str, object]) -> str | None:
    """The sample metadata by which a standard error of the log is clustered."""
    scores = mapping(outline.get("results")).get("scores")
    for entry in scores if isinstance(scores, list) else ():
        for metric in mapping(mapping(entry).get("metrics")).values():
            cluster = text(mapping(mapping(metric).get("params")).get("cluster"))
            if cluster:
                return cluster
    return None


def _measurement(
    outline: Mapping[str, object], entry: Mapping[str, object], metric: str, score: float, stderr: float | None,
    kind: str | None,
) -> Measurement:  # fmt: skip
    evaluated = mapping(outline.get("eval"))
    params, tokens, flops = _sizes(outline)
    exact = precision(score, n_items=_n_items(outline, entry), stderr=stderr)
    return Measurement(
        task=task_name(evaluated), metric=metric, model=text(evaluated.get("model")) or "unnamed model", score=score,
        n_items=None if kind else exact.n_items, n_correct=None if kind else exact.n_correct, stderr=exact.stderr,
        params=params, tokens=tokens, train_flops=flops, evaluated=moment(evaluated.get("created")), stderr_kind=kind,
        shots=_shots(evaluated),
    )  # fmt: skip


def _shots(evaluated: Mapping[str, object]) -> str | None:
    """Examples in the prompt, where the task takes their number."""
    return text(mapping(evaluated.get("task_args")).get("fewshot"))


def _n_items(outline: Mapping[str, object], entry: Mapping[str, object]) -> float | None:
    """Different items that were scored: several attempts at one are one item."""
    results = mapping(outline.get("results"))
    epochs = number(mapping(mapping(outline.get("eval")).get("config")).get("epochs")) or 1
    completed = number(results.get("completed_samples")) or 0
    scored = number(entry.get("scored_samples"))
    if scored is None or (epochs > 1 and scored == completed):  # older logs count attempts
        scored = (completed if scored is None else scored) / epochs
    return scored if scored >= 1 and scored.is_integer() else None


def _sizes(outline: Mapping[str, object]) -> tuple[float | None, float | None, float | None]:
    """Parameters, training tokens and training FLOP, where somebody wrote them into the metadata."""
    evaluated = mapping(outline.get("eval"))
    places = [mapping(evaluated.get(name)) for name in ("metadata", "task_args", "model_args")]
    places.append(mapping(outline.get("metadata")))

    def first(names: Iterable[str]) -> float | None:
        values = (number(place.get(name)) for place in places for name in names)
        return next((value for value in values if value is not None and value > 0), None)

    return first(_PARAMS), first(_TOKENS), first(_FLOPS)
