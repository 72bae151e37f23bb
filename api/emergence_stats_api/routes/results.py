"""What came of a job: results, report, run record, and links that show the report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from emergence_stats_api.auth import Reader, Submitter
from emergence_stats_api.openapi import RESULTS_ANSWER, problems
from emergence_stats_api.problems import Problem, not_found
from emergence_stats_api.routes.jobs import own_job
from emergence_stats_api.schemas import JobId, ShareOut
from emergence_stats_api.state import ServerState, State
from emergence_stats_api.store import shares
from emergence_stats_api.store.files import find_output, read_parts
from emergence_stats_api.store.jobs import DONE
from emergence_stats_api.store.tables import Job

router = APIRouter(prefix="/v1", tags=["results"])
FORMATS = {  # media type -> file; the first is the default
    "application/json": "results.json",
    "application/vnd.apache.parquet": "results.parquet",
    "application/x-parquet": "results.parquet",
}
_HTML: dict[int | str, dict[str, Any]] = {
    200: {"description": "The report, one page.", "content": {"text/html": {"schema": {"type": "string"}}}}
}
_JSON: dict[int | str, dict[str, Any]] = {
    200: {"description": "The record.", "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get(
    "/jobs/{job_id}/results",
    response_class=Response,
    responses={200: RESULTS_ANSWER, **problems(401, 403, 404, 406, 409, 429)},
)
def results(job_id: JobId, caller: Reader, state: State, accept: Annotated[str, Header()] = "*/*") -> Response:
    """The results: `application/json` (a list of documents) or `application/vnd.apache.parquet` (the table)."""
    job = own_job(job_id, caller, state)
    wanted = preferred(accept, FORMATS)
    if wanted is None:
        raise Problem(406, "not-acceptable", f"Expected Accept to allow one of {', '.join(FORMATS)}.")
    return stream(job, state, FORMATS[wanted], wanted, {"Vary": "Accept"}, download=True)


@router.get(
    "/jobs/{job_id}/report",
    response_class=Response,
    responses={**_HTML, **problems(401, 403, 404, 409, 429)},
)
def report(job_id: JobId, caller: Reader, state: State) -> Response:
    """The report as `emergence-stats report` writes it."""
    return report_response(own_job(job_id, caller, state), state)


@router.get("/jobs/{job_id}/run", response_class=Response, responses={**_JSON, **problems(401, 403, 404, 409, 429)})
def run(job_id: JobId, caller: Reader, state: State) -> Response:
    """What was run, on what, with which settings: run.json."""
    return stream(own_job(job_id, caller, state), state, "run.json", "application/json")


@router.post("/jobs/{job_id}/shares", status_code=201, responses=problems(401, 403, 404, 409, 429))
def share(job_id: JobId, caller: Submitter, state: State) -> ShareOut:
    """Make a link that shows the report to whoever has it."""
    job = own_job(job_id, caller, state)
    require_done(job)
    made, token = shares.share(state.database, job.id)
    return ShareOut.of(made, token)


@router.get("/jobs/{job_id}/shares", responses=problems(401, 403, 404, 429))
def list_shares(job_id: JobId, caller: Reader, state: State) -> list[ShareOut]:
    """The links of a job."""
    job = own_job(job_id, caller, state)
    return [ShareOut.of(item) for item in shares.list_shares(state.database, job.id)]


@router.delete("/jobs/{job_id}/shares/{share_id}", status_code=204, responses=problems(401, 403, 404, 429))
def unshare(job_id: JobId, share_id: str, caller: Submitter, state: State) -> None:
    """Take a link back."""
    job = own_job(job_id, caller, state)
    if not shares.unshare(state.database, job.id, share_id):
        raise not_found("link")


def report_response(job: Job, state: ServerState) -> Response:
    """The report under its own policy."""
    return stream(job, state, "report.html", "text/html; charset=utf-8", frame_headers(job.report_policy or ""))


def frame_headers(policy: str) -> dict[str, str]:
    """Headers of a page that the package made: its own policy, which names its script and style by their hashes.

    The sandbox gives it an origin of its own, from which nothing here can be asked for.
    """
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors 'self'; sandbox allow-scripts",
        "X-Frame-Options": "SAMEORIGIN",
    }


def stream(
    job: Job,
    state: ServerState,
    name: str,
    media_type: str,
    headers: dict[str, str] | None = None,
    *,
    download: bool = False,
) -> Response:
    """A result of a job, a part at a time.

    Raises:
        Problem: 409, the job has none yet.
    """
    require_done(job)
    file = find_output(state.database, job.id, name)
    if file is None:
        raise not_found("result")
    sent = {"Content-Length": str(file.size), **(headers or {})}
    if download:
        sent["Content-Disposition"] = f'attachment; filename="{name}"'
    parts: Iterable[bytes] = read_parts(state.database, file.id)
    return StreamingResponse(parts, media_type=media_type, headers=sent)


def require_done(job: Job) -> None:
    """Refuse a job that has no results.

    Raises:
        Problem: 409.
    """
    if job.state != DONE:
        raise Problem(409, "not-done", f"Expected a job that is done, got one that is {job.state}.")


def preferred(accept: str, offered: Iterable[str]) -> str | None:
    """The media type that the header prefers; of equals, the first that is offered; None: none is accepted."""
    best: tuple[float, str] | None = None
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()]
    for kind in offered:
        fitting = [(specific, quality) for name, specific, quality in ranges if _fits(name, kind)]
        quality = max(fitting)[1] if fitting else 0.0
        if quality > 0 and (best is None or quality > best[0]):
            best = (quality, kind)
    return None if best is None else best[1]


def _media_range(text: str) -> tuple[str, int, float]:
    """Name, how specific it is, and quality."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        weight = min(1.0, max(0.0, float(quality)))
    except ValueError:
        weight = 0.0
    return name, 2 - name.count("*"), weight


def _fits(name: str, kind: str) -> bool:
    return name in ("*/*", "*", kind) or (name.endswith("/*") and kind.startswith(name[:-1]))
