"""The schema says what a document is: no more, no less."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from tests.report.conftest import MakeDocument

VERDICTS = ("emergent", "smooth", "not_emerged", "flat", "inverse", "non_monotone", "metric_artifact", "undetermined")


type Path = tuple[str | int, ...]


def inside(document: object, path: Path) -> dict[str | int, object]:
    """The part of a document at a path."""
    part = document
    for key in path:
        part = cast("dict[str | int, object]", part)[key]
    return cast("dict[str | int, object]", part)


@pytest.fixture(scope="module")
def validator(schema: dict[str, object]) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("resamples", [0, 200])
def test_documents_are_valid(
    validator: Draft202012Validator, make_document: MakeDocument, verdict: str, resamples: int
) -> None:
    validator.validate(make_document(verdict, resamples=resamples))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "failed"),
        (("verdict",), "Emergent"),
        (("schema_version",), "2.0"),
        (("p_emergent",), 1.2),
        (("reason",), ""),
        (("series", "scale_kind"), "parameters"),
        (("series", "points"), []),
        (("evidence_error",), -0.1),
        (("threshold",), {"median": 1.0}),
        (("probabilities", "smooth"), None),
    ],
)
def test_wrong_values_are_refused(
    validator: Draft202012Validator, make_document: MakeDocument, path: Path, value: object
) -> None:
    document = make_document()
    inside(document, path[:-1])[path[-1]] = value
    assert not validator.is_valid(document)


@pytest.mark.parametrize(
    "part", [(), ("series",), ("stability",), ("fit",), ("conditions", 0), ("series", "points", 0)]
)
def test_unknown_fields_are_refused(validator: Draft202012Validator, make_document: MakeDocument, part: Path) -> None:
    document = make_document()
    inside(document, part)["surprise"] = 1
    assert not validator.is_valid(document)


def test_every_field_is_required(validator: Draft202012Validator, make_document: MakeDocument) -> None:
    document = make_document()
    for key in document:
        assert not validator.is_valid({name: value for name, value in document.items() if name != key}), key
