"""Every Eval Ever 0.2 and 0.3: one document a model, validated against what of its schema is relied on here.

The files of single samples that may stand beside it are items; of their own they name model and evaluation, so they are
read as scores where the document is missing.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

from emergence_stats.errors import ReaderError
from emergence_stats.ingest.cells import round_digits
from emergence_stats.ingest.readers.document import Document
from emergence_stats.ingest.readers.json_values import JsonValue
from emergence_stats.ingest.readers.measurements import Measurement, log_table, mapping, moment, number, precision, text
from emergence_stats.ingest.readers.raw_table import RawTable

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_VERSION = re.compile(r"0\.[23]\.\d+")
_SUBJECT = re.compile(r"(.+?) on .+", re.S)  # "Accuracy on IFEval", before metrics had names


def sniff(document: Document) -> bool:
    """Whether the document has a schema version, an evaluation and results."""
    return all(name in document.outline for name in ("schema_version", "evaluation_id", "evaluation_results"))


def read(document: Document) -> RawTable:
    """One measurement for each result.

    Raises:
        ReaderError: the version is unknown, the document breaks the schema, or there is no finite score.
    """
    outline = document.outline
    require_version(outline)
    _validate(outline)
    model = mapping(outline.get("model_info"))
    details = mapping(model.get("additional_details"))
    billions = number(details.get("params_billions"))
    params = number(details.get("num_parameters")) or (billions * 1e9 if billions else None)
    found: list[Measurement] = []
    without_score = percent = 0
    results = outline.get("evaluation_results")
    for result in map(mapping, results if isinstance(results, list) else ()):
        config, told = mapping(result.get("metric_config")), mapping(result.get("score_details"))
        score = number(told.get("score"))
        if score is None or (config.get("has_unknown_level") is True and score == -1):
            without_score += 1
            continue
        unit = 100.0 if _of_100(config) else 1.0
        percent += unit != 1
        uncertainty = mapping(told.get("uncertainty"))
        items = number(uncertainty.get("num_samples"))
        stderr = _stderr(uncertainty, items)
        exact = precision(
            round_digits(score / unit) if unit != 1 else score,
            n_items=items if items and items >= 1 else None,
            stderr=None if stderr is None else stderr / unit,
        )
        more = mapping(mapping(result.get("generation_config")).get("additional_details"))
        found.append(
            Measurement(
                task=text(result.get("evaluation_name")) or "unnamed task", metric=_metric(config),
                model=text(model.get("id")) or text(model.get("name")) or "unnamed model",
                score=round_digits(score / unit) if unit != 1 else score,
                n_items=exact.n_items, n_correct=exact.n_correct, stderr=exact.stderr,
                higher_is_better=config.get("lower_is_better") is not True,
                params=params if params and params > 0 else None, shots=text(more.get("num_fewshot")),
                evaluated=moment(result.get("evaluation_timestamp")) or moment(outline.get("evaluation_timestamp"))
                or moment(outline.get("retrieved_timestamp")),
            )
        )  # fmt: skip
    notes = [f"{percent} scores of 100 divided by 100"] if percent else []
    return log_table(found, notes=notes, without_score=without_score)


def require_version(outline: Mapping[str, object]) -> None:
    """Raise for a version of the schema that is not known."""
    version = outline.get("schema_version")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        msg = f"expected Every Eval Ever in version 0.2 or 0.3 of its schema, got {version!r:.40}"
        raise ReaderError(msg)


def _validate(outline: Mapping[str, JsonValue]) -> None:
    """Raise for the first breach of the schema, with its place."""
    breach = next(iter(_validator().iter_errors(dict(outline))), None)
    if breach is not None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in breach.absolute_path)
        where = f"at {place.lstrip('.')}: " if place else ""
        msg = f"expected a document that follows Every Eval Ever's schema, got {where}{breach.message:.200}"
        raise ReaderError(msg)


@functools.cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator

    schema = resources.files("emergence_stats.ingest.readers").joinpath("every_eval_ever.schema.json")
    validator: Validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    return validator


def _metric(config: Mapping[str, object]) -> str:
    """Name of a metric; in 0.2 it has none, but a description such as "Accuracy on IFEval"."""
    named = text(config.get("metric_name")) or text(config.get("metric_id"))
    if named:
        return named
    description = text(config.get("evaluation_description")) or "score"
    subject = _SUBJECT.fullmatch(description)
    return (subject[1] if subject else description).lower()


def _of_100(config: Mapping[str, object]) -> bool:
    """Whether scores are percentages."""
    return text(config.get("metric_unit")) == "percent" or (
        number(config.get("max_score")) == 100 and number(config.get("min_score")) == 0
    )


def _stderr(uncertainty: Mapping[str, object], items: float | None) -> float | None:
    """The standard error; else from the standard deviation of the items."""
    told = number(mapping(uncertainty.get("standard_error")).get("value"))
    spread = number(uncertainty.get("standard_deviation"))
    if told is None and spread is not None and items and items >= 2:
        return spread / math.sqrt(items)
    return told
