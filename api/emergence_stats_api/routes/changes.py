"""``GET /v1/jobs/{id}/changes``: what has changed since another job, as `emergence-stats diff` says it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from emergence_stats_api.auth import Reader
from emergence_stats_api.openapi import problems
from emergence_stats_api.problems import Problem
from emergence_stats_api.routes.jobs import own_job
from emergence_stats_api.routes.results import frame_headers, preferred, require_done
from emergence_stats_api.schemas import JobId
from emergence_stats_api.state import ServerState, State
from emergence_stats_api.store.files import find_output, read_parts
from emergence_stats_api.store.keys import Caller
from emergence_stats_api.work import tasks

router = APIRouter(prefix="/v1", tags=["results"])
FILES = ("results.json", "run.json")
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The changes, as data or as a page.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
        },
    }
}


@router.get(
    "/jobs/{job_id}/changes",
    response_class=Response,
    responses={**_ANSWER, **problems(401, 403, 404, 406, 409, 422, 429, 503)},
)
async def changes(
    job_id: JobId,
    since: Annotated[str, Query(max_length=64, description="The earlier job.")],
    caller: Reader,
    state: State,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Which verdicts changed since another job, and what else did: settings, versions, inputs."""
    wanted = preferred(accept, ("application/json", "text/html"))
    if wanted is None:
        raise Problem(406, "not-acceptable", "Expected Accept to allow application/json or text/html.")
    before = await run_in_threadpool(_files, since, caller, state)
    after = await run_in_threadpool(_files, job_id, caller, state)
    answer = await state.work(state.readers, tasks.changes, before, after)
    if isinstance(answer, tasks.Refused):
        raise Problem(422, "not-comparable", answer.detail)
    if wanted == "text/html":
        return Response(answer.page, media_type="text/html; charset=utf-8", headers=frame_headers(answer.policy))
    return Response(answer.document, media_type="application/json", headers={"Vary": "Accept"})


def _files(job_id: str, caller: Caller, state: ServerState) -> tuple[str, dict[str, bytes]]:
    """What a comparison needs of a job, and what to call it."""
    job = own_job(job_id, caller, state)
    require_done(job)
    found = {name: find_output(state.database, job.id, name) for name in FILES}
    size = sum(file.size for file in found.values() if file is not None)
    if size > state.settings.unpacked_limit:
        raise Problem(
            413, "too-large", f"Expected results of at most {state.settings.unpacked_limit} bytes, got {size}."
        )
    files = {name: b"".join(read_parts(state.database, file.id)) for name, file in found.items() if file is not None}
    return f"{job.name} ({job.id})", files
