"""The part of Every Eval Ever's schema that is relied on, against the published schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

RESULT = ("evaluation_results",)
USED = {
    ("schema_version",), ("evaluation_id",), ("model_info",), ("model_info", "name"), ("model_info", "id"), RESULT,
    (*RESULT, "evaluation_name"), (*RESULT, "metric_config"), (*RESULT, "metric_config", "lower_is_better"),
    (*RESULT, "score_details"), (*RESULT, "score_details", "score"), (*RESULT, "score_details", "uncertainty"),
    (*RESULT, "score_details", "uncertainty", "num_samples"),
    (*RESULT, "score_details", "uncertainty", "standard_error", "value"),
}  # fmt: skip
GONE = object()


def places(value: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member and element of a document, the first two of each list."""
    if place:
        yield place
    inside = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for name, part in inside:
        yield from places(part, (*place, name))


def changed(document: dict[str, Any], place: tuple[Any, ...], value: object) -> dict[str, Any]:
    """A copy with another value at one place, or without it."""
    whole = copy.deepcopy(document)
    part: Any = whole
    for name in place[:-1]:
        part = part[name]
    if value is GONE:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return whole


@pytest.mark.shared_data
@pytest.mark.parametrize("sample", ["converted_from_lm_eval.json", "demo.json", "aggregate_sample.json"])
def test_it_refuses_what_the_published_schema_refuses_of_the_fields_in_use_and_nothing_else(
    shared_data: Path, sample: str
) -> None:
    folder = shared_data / "samples" / "eee"
    published = Draft7Validator(json.loads((folder / "eval.schema.json").read_text()))
    own = resources.files("emergence_stats.ingest.readers").joinpath("every_eval_ever.schema.json")
    relied_on = Draft202012Validator(json.loads(own.read_text(encoding="utf-8")))
    document = json.loads((folder / sample).read_text())
    assert relied_on.is_valid(document)
    if not published.is_valid(document):
        assert document["schema_version"].startswith("0.2.")  # the published schema is that of 0.3
        return
    compared = 0
    for place in places(document):
        for value in (GONE, 17, "x", None, []):
            odd = changed(document, place, value)
            accepted = published.is_valid(odd)
            if accepted:
                assert relied_on.is_valid(odd), (place, value)
            elif tuple(name for name in place if isinstance(name, str)) in USED:
                assert not relied_on.is_valid(odd), (place, value)
                compared += 1
    assert compared > 20
