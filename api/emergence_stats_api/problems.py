"""Errors as RFC 9457 problem JSON (https://www.rfc-editor.org/rfc/rfc9457): every answer that is no success is one.

Where a browser shows what it is sent (a page, or a frame in one), the same problem is a page.
"""

from __future__ import annotations

import http
import logging
import math
import sqlite3
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from peewee import PeeweeException
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from emergence_stats_api.logs import request_id
from emergence_stats_api.web.render import problem_page

MEDIA_TYPE = "application/problem+json"
_NOWHERE = "There is nothing at this address."
LONGEST = 600  # characters of a client's own words in an answer
logger = logging.getLogger(__name__)


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="The kind of problem, as a URN.", examples=["urn:emergence-stats:problem:not-found"])
    title: str = Field(description="The kind of problem in words.", examples=["Not found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(description="What went wrong this time.", examples=["There is no such job."])
    instance: str = Field(description="The request, as it stands in the server's log.", examples=["urn:request:4f0c"])
    errors: list[dict[str, str]] | None = Field(
        default=None, description="For wrong fields: where, and what was expected."
    )


class Problem(HTTPException):
    """An answer that is no success."""

    def __init__(self, status: int, kind: str, detail: str, *, retry_after: float | None = None) -> None:
        """Say what went wrong.

        Args:
            status: HTTP status.
            kind: last part of the problem's URN.
            detail: one sentence.
            retry_after: seconds after which the same request may succeed.
        """
        headers = {} if retry_after is None else retry_header(retry_after)
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="emergence-stats"'
        super().__init__(status, detail, headers)
        self.kind = kind


def not_found(what: str = "job") -> Problem:
    """The same answer for what does not exist and for what belongs to somebody else."""
    return Problem(404, "not-found", f"There is no such {what}.")


def problem_response(
    status: int,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """A problem as a response."""
    document = ProblemDocument(
        type=f"urn:emergence-stats:problem:{kind}",
        title=_title(kind),
        status=status,
        detail=detail,
        instance=f"urn:request:{request_id.get()}",
        errors=errors,
    )
    return JSONResponse(
        document.model_dump(exclude_none=True), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def _answer(
    request: Request,
    status: int,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """A problem in the form that fits who asks: JSON, or a page for a browser outside the API."""
    if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
        return problem_response(status, kind, detail, headers=headers, errors=errors)
    framed = request.headers.get("sec-fetch-dest") == "iframe"
    return problem_page(_title(kind), detail, status, headers=headers, framed=framed)


def _title(kind: str) -> str:
    return kind.replace("-", " ").capitalize()


def retry_header(seconds: float) -> dict[str, str]:
    """Retry-After in whole seconds, at least one."""
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def install(app: FastAPI) -> None:
    """Answer every error with a problem."""

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        words = http.HTTPStatus(error.status_code).phrase.lower().split()
        kind = error.kind if isinstance(error, Problem) else "-".join(words)
        detail = _NOWHERE if error.status_code == 404 and not isinstance(error, Problem) else str(error.detail)
        return _answer(request, error.status_code, kind, detail[:LONGEST], headers=error.headers)

    @app.exception_handler(ClientDisconnect)
    async def on_disconnect(_: Request, _error: ClientDisconnect) -> JSONResponse:
        return problem_response(400, "truncated-request", "The connection ended before the request was complete.")

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        found = [_field_error(item) for item in error.errors()[:20]]
        first = f"{found[0]['field']}: {found[0]['expected']}" if found else "The request is not valid."
        return _answer(request, 422, "invalid-request", first[:LONGEST], errors=found)

    @app.exception_handler(PeeweeException)
    @app.exception_handler(sqlite3.Error)
    @app.exception_handler(OperationalError)
    async def on_database(request: Request, error: Exception) -> Response:
        logger.error("database unavailable", exc_info=error)
        detail = "The database cannot be reached."
        return _answer(request, 503, "database-unavailable", detail, headers=retry_header(5))

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        logger.error("unhandled error", exc_info=error)
        detail = "The server met an error; its log has it under this instance."
        return _answer(request, 500, "internal-error", detail)


def _field_error(item: Mapping[str, Any]) -> dict[str, str]:
    """Where and what, without the input itself: it may be long or secret."""
    place = ".".join(str(part) for part in item["loc"])
    return {"field": place[:LONGEST] or "body", "expected": str(item["msg"])[:LONGEST]}
