"""What a browser shows. Not part of the API: the pages' script uses the same paths as everybody else."""

from __future__ import annotations

import importlib.resources
import math
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from emergence_stats_api.auth import COOKIE, Cookie, MaybeCaller, Reader, address_of, require_same_origin
from emergence_stats_api.problems import not_found
from emergence_stats_api.routes import changes, forecasts
from emergence_stats_api.routes.jobs import own_job, told
from emergence_stats_api.routes.results import report_response, stream
from emergence_stats_api.state import ServerState, State
from emergence_stats_api.store import jobs, keys, shares
from emergence_stats_api.store.keys import Caller
from emergence_stats_api.store.tables import Job
from emergence_stats_api.web.render import page, problem_page

router = APIRouter(include_in_schema=False)
LISTED = 50
STATIC = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


@router.get("/")
def home(caller: MaybeCaller, state: State, before: Annotated[str | None, Query(max_length=64)] = None) -> Response:
    """Start an analysis, and see earlier ones; or sign in."""
    if caller is None:
        return page("sign_in", caller=None, wrong=False)
    may_read = "read" in caller.scopes
    found = jobs.list_jobs(state.database, caller.key_id, before=before, limit=LISTED + 1) if may_read else []
    shown = [told(job, state) for job in found[:LISTED]]
    older = shown[-1].id if len(found) > LISTED else None
    return page("home", caller=caller, jobs=shown, older=older, max_resamples=state.settings.max_resamples)


@router.post("/session")
async def sign_in(request: Request, state: State, key: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Take a key, give a cookie that no script can read and no other site can use."""
    require_same_origin(request)
    address = address_of(request)
    state.throttle.require_trusted(address)
    caller = await run_in_threadpool(keys.caller_of_key, state.database, key.strip())
    if caller is None:
        state.throttle.count_bad_key(address)
        return page("sign_in", 401, caller=None, wrong=True)
    days = state.settings.session_days
    token = await run_in_threadpool(keys.open_session, state.database, caller.key_id, days=days)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(days * 86400),
        httponly=True,
        samesite="strict",
        secure=state.settings.behind_https,
    )
    return response


@router.post("/session/end")
def sign_out(request: Request, state: State, cookie: Cookie) -> Response:
    """Forget the browser."""
    require_same_origin(request)
    if cookie is not None:
        keys.close_session(state.database, cookie)
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/jobs/{job_id}")
def show_job(job_id: str, caller: MaybeCaller, state: State) -> Response:
    """One job: progress, then its report."""
    if caller is None:
        return page("sign_in", 401, caller=None, wrong=False)
    job = _own(caller, state, job_id)
    if job is None:
        return _nothing(caller)
    return page("job", caller=caller, job=told(job, state))


@router.get("/compare")
def compare(
    caller: MaybeCaller, state: State, job: Annotated[list[str] | None, Query(max_length=2)] = None
) -> Response:
    """What has changed between two jobs; the earlier one is the first, whichever way they were given."""
    if caller is None:
        return page("sign_in", 401, caller=None, wrong=False)
    found = [_own(caller, state, name) for name in dict.fromkeys(job or [])]
    done = sorted((item for item in found if item is not None and item.state == jobs.DONE), key=_submitted)
    if len(done) != 2:
        return problem_page("Two jobs are compared", "Choose two of your jobs that are done.", 404, caller=caller)
    return page("compare", caller=caller, before=told(done[0], state), after=told(done[1], state))


@router.get("/compare/{job_id}/{since}")
async def compare_page(job_id: str, since: str, caller: Reader, state: State) -> Response:
    """The comparison itself, for the frame: a frame cannot say what it accepts."""
    return await changes.changes(job_id, since, caller, state, accept="text/html")


@router.get("/jobs/{job_id}/forecast")
def forecast(job_id: str, caller: MaybeCaller, state: State, at: str = "", score: str = "") -> Response:
    """What further models will score."""
    if caller is None:
        return page("sign_in", 401, caller=None, wrong=False)
    job = _own(caller, state, job_id)
    if job is None:
        return _nothing(caller)
    scales, scores = [part.strip() for part in at.split(",") if part.strip()], [score.strip()] * bool(score.strip())
    wrong = next((text for text in scales + scores if not _is_number(text)), None)
    query = urlencode([("at", text) for text in scales] + [("score", text) for text in scores])
    return page("forecast", caller=caller, job=told(job, state), query=query, at=at, score=score, wrong=wrong)


@router.get("/jobs/{job_id}/forecast/page")
async def forecast_page(
    job_id: str, caller: Reader, state: State, at: forecasts.Scales = None, score: forecasts.Score = None
) -> Response:
    """The forecast itself, for the frame."""
    return await forecasts.forecast(job_id, caller, state, at, score, accept="text/html")


@router.get("/jobs/{job_id}/report")
def report(job_id: str, caller: Reader, state: State) -> Response:
    """The report for the frame, or on its own: where there is none, a page says so."""
    return report_response(own_job(job_id, caller, state), state)


@router.get("/jobs/{job_id}/results.parquet")
def parquet(job_id: str, caller: Reader, state: State) -> Response:
    """The table of results under a name: a link cannot say what it accepts."""
    job = own_job(job_id, caller, state)
    return stream(job, state, "results.parquet", "application/vnd.apache.parquet", download=True)


@router.get("/shared/{token}")
def shared(token: str, state: State) -> Response:
    """A report by its link."""
    job = shares.shared_job(state.database, token)
    if job is None:
        return _nothing(None)
    return page("shared", caller=None, job=told(job, state), token=token)


@router.get("/shared/{token}/report")
def shared_report(token: str, state: State) -> Response:
    """The report itself."""
    return report_response(_shared(token, state), state)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """Style and script."""
    if name not in STATIC:
        raise not_found("file")
    content = importlib.resources.files("emergence_stats_api.web").joinpath("static", name).read_bytes()
    # Frames have an origin of their own, and a problem in one is shown in the style of the page around it.
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(content, media_type=STATIC[name], headers=headers)


def _shared(token: str, state: ServerState) -> Job:
    job = shares.shared_job(state.database, token)
    if job is None:
        raise not_found("link")
    return job


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _submitted(job: Job) -> float:
    return job.created_at


def _nothing(caller: Caller | None) -> Response:
    return problem_page("Not found", "There is nothing here, or it is somebody else's.", 404, caller=caller)


def _own(caller: Caller, state: ServerState, job_id: str) -> Job | None:
    """A job that the caller may look at."""
    return jobs.find(state.database, caller.key_id, job_id) if "read" in caller.scopes else None
