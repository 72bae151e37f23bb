"""What the OpenAPI document says beyond the paths: the package's schema, problems, examples."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from emergence_stats_api.problems import MEDIA_TYPE, ProblemDocument
from emergence_stats_api.schemas import JobOut, JobRequest

DOCUMENT = {"$ref": "#/components/schemas/Analysis"}
RESULT = {"anyOf": [DOCUMENT, {"$ref": "#/components/schemas/FailedAnalysis"}]}
ANALYSIS_ANSWER: dict[str, Any] = {
    "description": "The document of the series, or a list of documents.",
    "content": {"application/json": {"schema": {"anyOf": [DOCUMENT, {"type": "array", "items": RESULT}]}}},
}
RESULTS_ANSWER: dict[str, Any] = {
    "description": "The results, as results.json or results.parquet of the report.",
    "content": {
        "application/json": {"schema": {"type": "array", "items": RESULT}},
        "application/vnd.apache.parquet": {
            "schema": {"type": "string", "contentMediaType": "application/octet-stream"}
        },
    },
}
FAILED = {
    "type": "object",
    "title": "Series that could not be analysed",
    "required": ["schema_version", "verdict", "reason", "series"],
    "properties": {
        "schema_version": {"type": "string"},
        "verdict": {"const": "failed"},
        "reason": {"type": "string"},
        "series": {
            "type": "object",
            "required": ["name", "identity"],
            "properties": {
                "name": {"type": "string"},
                "identity": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}
_SAID = {
    400: "The body cannot be read.",
    401: "No valid key.",
    403: "The key lacks the scope.",
    404: "There is no such thing, or it is somebody else's.",
    406: "None of the accepted formats can be had.",
    408: "The body came too slowly.",
    409: "Not in this state.",
    413: "Larger than allowed.",
    422: "Not valid; the detail says what was expected.",
    429: "Too often; Retry-After says when to come again.",
    503: "Not now; Retry-After says when to come again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses of a path that are problems."""
    answers: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        answer: dict[str, Any] = {
            "description": _SAID[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        if status in (429, 503):
            answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
        answers[status] = answer
    return answers


@functools.cache
def package_schema() -> dict[str, Any]:
    """The package's JSON schema of an analysis."""
    text = importlib.resources.files("emergence_stats").joinpath("schema/analysis.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def install(app: FastAPI) -> None:
    """Make the application's document complete."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            _tell_true_problems(document)
            job_request = JobRequest.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= job_request.pop("$defs") | {"JobRequest": job_request}
            schemas["JobOut"]["examples"] = JobOut.model_json_schema()["examples"]  # FastAPI leaves out what is null
            schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
            schemas["FailedAnalysis"] = FAILED
            analysis = _moved(package_schema(), "#/components/schemas/Analysis")
            schemas["Analysis"] = {name: value for name, value in analysis.items() if name not in ("$schema", "$id")}
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _tell_true_problems(document: dict[str, Any]) -> None:
    """Take out FastAPI's own form of 422, which is never sent, and add what any path may meet that asks who asks."""
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            if "HTTPValidationError" in json.dumps(answers.get("422")):
                del answers["422"]  # made for every parameter; those of such a path are texts, which are never invalid
            if "401" in answers:
                answers.setdefault("503", problems(503)[503])
            operation["responses"] = dict(sorted(answers.items()))


def _moved(value: Any, root: str) -> Any:
    """A schema whose references to itself follow it to another place."""
    if isinstance(value, dict):
        return {
            key: root + item[1:]
            if key == "$ref" and isinstance(item, str) and item.startswith("#")
            else _moved(item, root)
            for key, item in value.items()
        }
    return [_moved(item, root) for item in value] if isinstance(value, list) else value
