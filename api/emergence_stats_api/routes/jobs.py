"""``/v1/jobs``: tables that take longer. Submit, look, cancel, retry, delete."""

from __future__ import annotations

import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from emergence_stats_api.auth import Reader, Submitter
from emergence_stats_api.logs import request_id
from emergence_stats_api.openapi import problems
from emergence_stats_api.problems import Problem, not_found
from emergence_stats_api.routes.analyses import check_resamples
from emergence_stats_api.schemas import Inspection, JobId, JobOut, JobPage
from emergence_stats_api.state import ServerState, State
from emergence_stats_api.store import jobs
from emergence_stats_api.store.keys import Caller
from emergence_stats_api.store.tables import Job
from emergence_stats_api.submission import Submission, read_submission
from emergence_stats_api.work import tasks
from emergence_stats_api.work.runner import reading_limits

router = APIRouter(prefix="/v1", tags=["jobs"])
BUSY_SECONDS = 30  # after which a key with too many jobs may try again
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "One or more tables.",
        },
        "name": {"type": "string", "maxLength": 200},
        "scale": {"type": "string"},
        "by": {"type": "string", "description": "Column names with commas."},
        "resamples": {"type": "integer", "minimum": 0},
        "seed": {"type": "integer", "minimum": 0},
        "cross_checks": {"type": "boolean"},
    },
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Files in a form, a JSON table, or one file as it is (options then go into the query). "
        "The format is told by the content: CSV, Parquet, JSON, JSON lines, each also gzipped.",
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "application/json": {"schema": {"$ref": "#/components/schemas/JobRequest"}},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "task,params,n_correct,n_items\nadd,1e8,3,200\nadd,1e9,4,200\nadd,1e10,150,200\n",
            },
        },
    }
}
Name = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A name for this request, chosen by you: sent again, it gives the job that it made.",
    ),
]


@router.post(
    "/jobs",
    status_code=202,
    openapi_extra=BODY,
    responses={
        202: {
            "headers": {
                "Location": {"description": "The job.", "schema": {"type": "string"}},
                "Idempotent-Replayed": {
                    "description": "true: this request came before; its job is told again.",
                    "schema": {"type": "string"},
                },
            }
        },
        **problems(400, 401, 403, 408, 413, 422, 429, 503),
    },
)
async def submit(
    request: Request, response: Response, caller: Submitter, state: State, idempotency_key: Name = None
) -> JobOut:
    """Submit a table. The answer tells the job's id at once; its results come when it is done."""
    submission = await read_submission(request)
    job = await _replayed(state, caller, idempotency_key, submission)
    if job is not None:
        response.headers["Idempotent-Replayed"] = "true"
    else:
        await _check_room(state, caller)
        inspection = await inspected(state, submission)
        _require_usable(inspection)
        new = jobs.NewJob(
            key_id=caller.key_id,
            name=submission.name or ", ".join(name for name, _ in submission.uploads)[:200],
            options=submission.options.model_dump() | {"total": inspection["n_series"]},
            fingerprint=submission.fingerprint,
            total=inspection["n_series"],
            idempotency_key=idempotency_key,
            request_id=request_id.get(),
            inputs=[(name, io.BytesIO(content)) for name, content in submission.uploads],
        )
        try:
            made, is_new = await run_in_threadpool(
                jobs.submit, state.database, new, max_active=state.settings.max_active_jobs
            )
        except jobs.NoRoomError:  # taken by another request meanwhile
            raise _too_many_jobs(state) from None
        if is_new:
            await run_in_threadpool(state.queue.announce)
        else:  # another request of this name was quicker
            _require_same(made, submission)
            response.headers["Idempotent-Replayed"] = "true"
        job = made
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return told(job, state)


@router.post("/inspections", openapi_extra=BODY, responses=problems(400, 401, 403, 408, 413, 422, 429, 503))
async def inspect(request: Request, _: Submitter, state: State) -> Inspection:
    """Tell what is understood of a table, before a job is made of it. Nothing is stored."""
    return Inspection.model_validate(await inspected(state, await read_submission(request)))


@router.get("/jobs", responses=problems(401, 403, 422, 429))
def list_jobs(
    caller: Reader,
    state: State,
    job_state: Annotated[
        Literal["queued", "running", "done", "failed", "cancelled"] | None, Query(alias="state")
    ] = None,
    before: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobPage:
    """The key's jobs, newest first."""
    found = jobs.list_jobs(state.database, caller.key_id, state=job_state, before=before, limit=limit + 1)
    shown = found[:limit]
    return JobPage(
        jobs=[told(job, state) for job in shown], next=shown[-1].id if len(found) > limit and shown else None
    )


@router.get("/jobs/{job_id}", responses=problems(401, 403, 404, 429))
def show(job_id: JobId, caller: Reader, state: State) -> JobOut:
    """State and progress of a job."""
    return told(own_job(job_id, caller, state), state)


@router.post("/jobs/{job_id}/cancel", status_code=202, responses=problems(401, 403, 404, 429))
def cancel(job_id: JobId, caller: Submitter, state: State) -> JobOut:
    """Stop a job. One that waits is cancelled at once, one that runs within a second or so."""
    own_job(job_id, caller, state)
    jobs.cancel(state.database, caller.key_id, job_id)
    return told(own_job(job_id, caller, state), state)


@router.post("/jobs/{job_id}/retry", status_code=202, responses=problems(401, 403, 404, 409, 429))
def retry(job_id: JobId, caller: Submitter, state: State) -> JobOut:
    """Queue a failed or cancelled job again."""
    job = own_job(job_id, caller, state)
    try:
        queued = jobs.retry(state.database, caller.key_id, job_id, max_active=state.settings.max_active_jobs)
    except jobs.NoRoomError:
        raise _too_many_jobs(state) from None
    if not queued:
        raise Problem(409, "wrong-state", f"Expected a failed or cancelled job, got one that is {job.state}.")
    state.queue.announce()
    return told(own_job(job_id, caller, state), state)


@router.delete("/jobs/{job_id}", status_code=204, responses=problems(401, 403, 404, 429))
def delete(job_id: JobId, caller: Submitter, state: State) -> None:
    """Delete a job with its inputs, results and links; one that runs is stopped."""
    if not jobs.remove(state.database, caller.key_id, job_id):
        raise not_found()


def own_job(job_id: str, caller: Caller, state: ServerState) -> Job:
    """The caller's job.

    Raises:
        Problem: 404; it does not exist, or is somebody else's.
    """
    job = jobs.find(state.database, caller.key_id, job_id)
    if job is None:
        raise not_found()
    return job


def told(job: Job, state: ServerState) -> JobOut:
    """A job as the API tells it."""
    return JobOut.of(job, retention_days=state.settings.retention_days)


async def inspected(state: ServerState, submission: Submission) -> dict[str, Any]:
    """What is understood of the tables; raises a `Problem` if nothing can be used."""
    check_resamples(submission.options.resamples, state.settings)
    answer = await state.work(
        state.readers,
        tasks.inspect,
        submission.uploads,
        submission.options.model_dump(),
        reading_limits(state.settings),
    )
    if isinstance(answer, tasks.Refused):
        raise Problem(
            413 if answer.too_large else 422, "too-large" if answer.too_large else "invalid-table", answer.detail
        )
    return answer


async def _replayed(
    state: ServerState, caller: Caller, idempotency_key: str | None, submission: Submission
) -> Job | None:
    """The job that this very request made before."""
    if idempotency_key is None:
        return None
    job = await run_in_threadpool(jobs.find_by_idempotency_key, state.database, caller.key_id, idempotency_key)
    if job is not None:
        _require_same(job, submission)
    return job


def _require_same(job: Job, submission: Submission) -> None:
    if job.fingerprint != submission.fingerprint:
        raise Problem(422, "idempotency-key-reused", "This Idempotency-Key belongs to a request with another content.")


def _require_usable(inspection: dict[str, Any]) -> None:
    if inspection["n_usable"] == 0:
        first = inspection["problems"][0]
        detail = f"No series can be analysed: {first['name']}: {first['reason']}"
        raise Problem(422, "invalid-table", detail)


async def _check_room(state: ServerState, caller: Caller) -> None:
    active = await run_in_threadpool(jobs.count_active, state.database, caller.key_id)
    if active >= state.settings.max_active_jobs:
        raise _too_many_jobs(state)


def _too_many_jobs(state: ServerState) -> Problem:
    limit = state.settings.max_active_jobs
    return Problem(
        429,
        "too-many-jobs",
        f"This key has {limit} jobs queued or running, as many as it may.",
        retry_after=BUSY_SECONDS,
    )
