"""Who asks, and whether they may: a bearer key, or the cookie of a browser that has shown one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from emergence_stats_api.problems import Problem
from emergence_stats_api.state import State
from emergence_stats_api.store.keys import Caller, caller_of_key, caller_of_session

COOKIE = "emergence_stats_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_bearer = HTTPBearer(auto_error=False, description="A key made by `emergence-stats-api keys create`.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by `POST /session`, for browsers.")

Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
Cookie = Annotated[str | None, Security(_cookie)]


def address_of(request: Request) -> str:
    """Where a request comes from, as uvicorn understands proxies."""
    return request.client.host if request.client is not None else "unknown"


async def find_caller(request: Request, state: State, credentials: Credentials, cookie: Cookie) -> Caller | None:
    """Who asks; None: nobody that is known."""
    address = address_of(request)
    if credentials is not None:
        state.throttle.require_trusted(address)
        caller = await run_in_threadpool(caller_of_key, state.database, credentials.credentials)
        if caller is None:
            state.throttle.count_bad_key(address)
    elif cookie is not None:
        if request.method not in SAFE_METHODS:
            require_same_origin(request)
        caller = await run_in_threadpool(caller_of_session, state.database, cookie)
    else:
        return None
    if caller is not None:
        request.state.key_id = caller.key_id  # for the log
        state.throttle.count(caller.key_id)
    return caller


def require_same_origin(request: Request) -> None:
    """Refuse a change that another site's page asks for in the name of a browser that is signed in here.

    Raises:
        Problem: 403.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin" if origin else "none")
    if site != "same-origin" or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise Problem(403, "cross-site-request", "A page of another site may not do this.")


MaybeCaller = Annotated[Caller | None, Depends(find_caller)]


def require(scope: str) -> Callable[[Caller | None], Caller]:
    """A dependency: the caller, who must have a scope."""

    def check(caller: MaybeCaller) -> Caller:
        if caller is None:
            raise Problem(401, "unauthorized", "Expected a valid key, as 'Authorization: Bearer es_...'.")
        if scope not in caller.scopes:
            raise Problem(403, "forbidden", f"This key may not do that: it lacks the scope '{scope}'.")
        return caller

    return check


Submitter = Annotated[Caller, Depends(require("submit"))]
Reader = Annotated[Caller, Depends(require("read"))]
Admin = Annotated[Caller, Depends(require("admin"))]
