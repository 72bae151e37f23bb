"""``GET /v1/jobs/{id}/forecast``: what further models will score, as `emergence-stats forecast` says it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from emergence_stats_api.auth import Reader
from emergence_stats_api.openapi import problems
from emergence_stats_api.problems import Problem
from emergence_stats_api.routes.jobs import own_job
from emergence_stats_api.routes.results import frame_headers, preferred
from emergence_stats_api.schemas import JobId
from emergence_stats_api.state import State
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.files import INPUT, list_files, read_parts
from emergence_stats_api.work import tasks
from emergence_stats_api.work.runner import reading_limits

router = APIRouter(prefix="/v1", tags=["results"])
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The forecasts, as data or as a page.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
        },
    }
}
Scales = Annotated[
    list[Annotated[float, Query(gt=0, allow_inf_nan=False)]] | None,
    Query(max_length=20, description="Scales to forecast at; repeated. Default: chosen for each series."),
]
Score = Annotated[float | None, Query(allow_inf_nan=False, description="A score to reach, in the metric's unit.")]


@router.get(
    "/jobs/{job_id}/forecast",
    response_class=Response,
    responses={**_ANSWER, **problems(401, 403, 404, 406, 413, 422, 429, 503)},
)
async def forecast(
    job_id: JobId,
    caller: Reader,
    state: State,
    at: Scales = None,
    score: Score = None,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Forecast the series of a job's table at larger scales, with intervals. Many series take too long for this."""
    wanted = preferred(accept, ("application/json", "text/html"))
    if wanted is None:
        raise Problem(406, "not-acceptable", "Expected Accept to allow application/json or text/html.")
    job = await run_in_threadpool(own_job, job_id, caller, state)
    uploads = await run_in_threadpool(_uploads, state.database, job.id)
    limits = reading_limits(state.settings)
    answer = await state.work(state.readers, tasks.forecast, uploads, job.options, limits, at=at or (), score=score)
    if isinstance(answer, tasks.Refused):
        raise Problem(422, "not-forecast", answer.detail)
    if wanted == "text/html":
        return Response(answer.page, media_type="text/html; charset=utf-8", headers=frame_headers(answer.policy))
    return Response(answer.document, media_type="application/json", headers={"Vary": "Accept"})


def _uploads(database: Database, job_id: str) -> list[tuple[str, bytes]]:
    """The tables of a job, as they came."""
    with database.read() as session:
        files = [(file.id, file.name) for file in list_files(session, job_id, INPUT)]
    return [(name, b"".join(read_parts(database, identity))) for identity, name in files]
