"""A request's tables, whichever way they came: a form with files, a JSON document, or the file itself as the body."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from emergence_stats_api.problems import Problem
from emergence_stats_api.schemas import JobOptions, JobRequest
from emergence_stats_api.work.uploads import label

MAX_FILES = 100
MAX_FIELDS = 100
OPTION_BYTES = 100_000
LISTS = ("by",)
_FIELDS = (*JobOptions.model_fields, "name")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was sent.

    Attributes:
        name: label of the job.
        options: how to analyse.
        uploads: label and content of each table.
    """

    name: str
    options: JobOptions
    uploads: tuple[tuple[str, bytes], ...]

    @property
    def fingerprint(self) -> str:
        """The same for the same tables and options, however they were wrapped."""
        digest = hashlib.sha256(json.dumps([self.name, self.options.model_dump()], sort_keys=True).encode())
        for name, content in self.uploads:
            digest.update(hashlib.sha256(name.encode()).digest())
            digest.update(hashlib.sha256(content).digest())
        return digest.hexdigest()


async def read_submission(request: Request) -> Submission:
    """Read a request's body.

    Raises:
        Problem: the body cannot be read, or holds no table.
        RequestValidationError: a field is not valid.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        submission = await _from_form(request)
    elif kind == "application/json":
        submission = _from_json(await request.body())
    else:
        submission = _submission(_texts(request.query_params.multi_items()), [("upload", await request.body())])
    if not any(content.strip() for _, content in submission.uploads):
        raise Problem(422, "no-table", "Expected a table: a form with files, a JSON table, or a file as the body.")
    return submission


async def _from_form(request: Request) -> Submission:
    uploads: list[tuple[str, bytes]] = []
    fields: list[tuple[str, str]] = []
    async with request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=OPTION_BYTES) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads.append((label(value.filename, len(uploads) + 1), await value.read()))
            elif name == "table":  # a table that was pasted
                uploads.append(("pasted table", value.encode()))
            else:
                fields.append((name, value))
    return _submission(_texts(fields), [upload for upload in uploads if upload[1]])


def _from_json(body: bytes) -> Submission:
    try:
        given: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "bad-request", f"Expected JSON, got something else ({str(error)[:200]}).") from None
    if isinstance(given, dict) and "table" not in given:  # options beside the rows or columns themselves
        options = {key: value for key, value in given.items() if key in _FIELDS and not _is_column(key, value)}
        name = options.pop("name", "")
        rest = {key: value for key, value in given.items() if key not in _FIELDS or _is_column(key, value)}
        nested = rest.pop("options", None)
        options |= nested if isinstance(nested, dict) else {}
        given = {"table": rest, "name": name, "options": options}
    elif isinstance(given, list):
        given = {"table": given}
    request = _validated(JobRequest, given)
    assert isinstance(request, JobRequest)
    table = json.dumps(request.table).encode() if request.table else b""
    return Submission(name=request.name, options=request.options, uploads=(("table", table),))


def _is_column(key: str, value: object) -> bool:
    """Whether a field named like an option is a column of a table in columns."""
    return isinstance(value, (list, dict)) and key not in (*LISTS, "settings")


def _submission(fields: Mapping[str, Any], uploads: Iterable[tuple[str, bytes]]) -> Submission:
    options = dict(fields)
    name = str(options.pop("name", ""))[:200]
    validated = _validated(JobOptions, options)
    assert isinstance(validated, JobOptions)
    return Submission(name=name, options=validated, uploads=tuple(uploads))


def _texts(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Options that came as texts: blank ones are not given, lists are repeated or have commas, settings are JSON."""
    options: dict[str, Any] = {}
    for name, text in items:
        if name in LISTS:
            options.setdefault(name, []).extend(part.strip() for part in text.split(",") if part.strip())
        elif name == "settings" and text.strip():
            try:
                options[name] = json.loads(text)
            except (ValueError, RecursionError):
                raise Problem(422, "invalid-request", "settings: expected JSON.") from None
        elif text.strip():
            options[name] = text.strip()
    return options


def _validated(model: type[BaseModel], given: object) -> BaseModel:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_context=False, include_url=False)) from error
