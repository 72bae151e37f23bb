"""Samples of lm-evaluation-harness 0.4: JSON lines, one a question, with the log-likelihoods of its options as texts.

Neither model nor task stands in the file: they come from the results of the same run, beside it. Its accuracies are in
those results already, so the table gets what only the samples can tell: probability of the right option, Brier score
and margin (see `choice_metrics`), and the number of options. Every question is yielded as an item.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.choice_metrics import ChoiceScores, choice_scores
from emergence_stats.ingest.readers import lm_eval
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
from emergence_stats.ingest.sources import read_file

PROBABILITY, BRIER, MARGIN = "correct_choice_probability", "brier", "choice_margin"
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9-]+(?:\.\d+)?")
_TWO_PASSES = "acc_mutual_info"  # its samples hold the options twice: with the question and without


def sniff(document: Document) -> bool:
    """Whether the first line is a sample: a document, its answers and their target."""
    line = document.first_line
    return "doc_id" in line and "target" in line and ("filtered_resps" in line or "resps" in line)


def read(document: Document) -> RawTable:
    """Means over the questions of what their log-likelihoods say.

    Raises:
        ReaderError: no results beside the file say which model and task it is of.
    """
    run = _run_of(document)
    scores: dict[str, list[float]] = {PROBABILITY: [], BRIER: [], MARGIN: []}
    options: list[int] = []
    damaged = unclear = 0
    for _, line in document.lines():
        if line is None:
            damaged += 1
            continue
        question = _question(line)
        if question is None:
            continue
        if question.scores is None:
            unclear += 1
            continue
        options.append(question.n_options)
        scores[PROBABILITY].append(question.scores.probability)
        scores[BRIER].append(question.scores.brier)
        if question.scores.margin is not None:
            scores[MARGIN].append(question.scores.margin)
    notes = [f"{damaged} line{'s' * (damaged != 1)} without a JSON object left out"] if damaged else []
    notes += [f"{unclear} questions whose right option is not clear left out"] if unclear else []
    if not options:
        return RawTable(
            frame=log_table([_EMPTY]).frame.iloc[:0], rows=(), notes=tuple(notes), log=True, part_of=run.results
        )
    chance = math.fsum(1 / count for count in options) / len(options)
    levels = {PROBABILITY: chance, BRIER: 1 - chance, MARGIN: None}
    found = []
    for metric, values in scores.items():
        if len(values) < len(options):  # a margin that is infinite has no mean
            continue
        mean, exact = precision_of_items(values)
        found.append(
            Measurement(
                task=run.task, metric=metric, model=run.model, score=mean, stderr=exact.stderr,
                n_items=exact.n_items, n_correct=exact.n_correct, chance_level=levels[metric],
                higher_is_better=metric != BRIER, params=run.params, shots=run.shots, evaluated=run.evaluated,
            )
        )  # fmt: skip
    return dataclasses.replace(log_table(found, notes=notes), part_of=run.results)


def items(document: Document) -> Iterator[Item]:
    """Every metric of every question: those logged, and those that the log-likelihoods give."""
    run = _run_of(document)
    for _, line in document.lines():
        name = None if line is None else text(line.get("doc_id"))
        if line is None or name is None:
            continue
        kind = text(line.get("filter")) or "none"
        logged = line.get("metrics")
        found = {
            lm_eval.metric_name(f"{metric},{kind}"): number(line.get(metric))
            for metric in (logged if isinstance(logged, list) else ())
            if isinstance(metric, str)
        }
        question = _question(line)
        if question is not None and question.scores is not None:
            found.setdefault("acc", question.scores.accuracy)
            found |= {
                PROBABILITY: question.scores.probability,
                BRIER: question.scores.brier,
                MARGIN: question.scores.margin,
            }
        for metric, score in found.items():
            if score is not None:
                yield Item(
                    task=run.task, metric=metric, model=run.model, item=name, score=score, params=run.params,
                    shots=run.shots,
                )  # fmt: skip


_EMPTY = Measurement(task="", metric="", model="", score=0.0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    n_options: int
    scores: ChoiceScores | None


def _question(line: Mapping[str, object]) -> _Question | None:
    """The scores of a multiple-choice question; None for other kinds of question."""
    answers = line.get("filtered_resps", line.get("resps"))
    values = _log_likelihoods(answers)
    if values is None or _TWO_PASSES in line:
        return None
    right = _right_option(line, values)
    try:
        scores = None if right is None else choice_scores(values, right)
    except ValueError:
        scores = None
    return _Question(n_options=len(values), scores=scores)


def _log_likelihoods(answers: object) -> list[float] | None:
    """Log-likelihoods of at least two options, each given with whether it is what greedy decoding writes."""
    if not isinstance(answers, list) or len(answers) < 2:
        return None
    values = []
    for answer in answers:
        while isinstance(answer, list) and len(answer) == 1:
            answer = answer[0]
        if not isinstance(answer, list) or len(answer) != 2 or str(answer[1]) not in ("True", "False"):
            return None
        try:
            values.append(float(answer[0]))
        except (TypeError, ValueError, OverflowError):
            return None
    return values


def _right_option(line: Mapping[str, object], values: Sequence[float]) -> int | None:
    """Index of the right option: the target as a number, else as the text of an option; never against logged acc."""
    target, arguments = line.get("target"), mapping(line.get("arguments"))
    candidates: list[int] = []
    whole = number(target)
    if whole is not None and whole.is_integer():
        candidates.append(int(whole))
    texts = [text(mapping(arguments.get(f"gen_args_{i}")).get("arg_1")) for i in range(len(values))]
    if isinstance(target, str) and target.strip() in texts:
        candidates.append(texts.index(target.strip()))
    logged = number(line.get("acc"))
    best = max(range(len(values)), key=lambda i: values[i])
    for index in candidates:
        if 0 <= index < len(values) and (logged is None or (index == best) == (logged == 1)):
            return index
    return None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    task: str
    model: str
    params: float | None
    shots: str | None
    evaluated: str | None
    results: str


def _run_of(document: Document) -> _Run:
    """The run that a samples file belongs to: same time in the name, or the only results in the folder."""
    location = document.file.location
    if location is None:
        msg = (
            "expected the results of the same run beside the samples, which do not name their model; got samples alone"
        )
        raise ReaderError(msg)
    stamp = _STAMP.search(location.name)
    same = location.with_name(f"results_{stamp[0]}.json") if stamp else None
    results = [same] if same is not None and same.is_file() else sorted(location.parent.glob("results*.json"))
    if len(results) != 1:
        msg = f"expected one file of results beside the samples, which do not name their model, got {len(results)}"
        raise ReaderError(msg)
    outline = _outline(results[0], results[0].stat().st_mtime_ns)
    tasks = [str(task) for task in mapping(outline.get("results"))]
    named = location.name.removeprefix("samples_").partition(f"_{stamp[0]}" if stamp else ".json")[0]
    task = named if named in tasks else tasks[0] if len(tasks) == 1 else None
    if task is None:
        msg = f"expected samples of a task in {results[0].name}, got {named!r}, which is not there"
        raise ReaderError(msg)
    model, params, evaluated = lm_eval.run_facts(outline)
    return _Run(
        task=task, model=model, params=params, shots=lm_eval.shots_of(outline, task), evaluated=evaluated,
        results=str(results[0]),
    )  # fmt: skip


@functools.lru_cache(maxsize=8)
def _outline(path: Path, modified: int) -> Mapping[str, object]:
    """The results of a run, which many files of samples share; read again if the file was written again."""
    del modified
    return Document(read_file(path)).outline
