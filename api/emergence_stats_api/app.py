"""The FastAPI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from emergence_stats_api import __version__, openapi, problems, tracing
from emergence_stats_api.middleware import Accounting, BodyLimit
from emergence_stats_api.routes import analyses, changes, forecasts, jobs, operations, pages, results
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.state import open_state

DESCRIPTION = """
Is an ability of language models emergent, and how sure is that? Send scores by scale; get verdicts with their
probabilities, thresholds with their intervals, and a report to read.

Every request but `/healthz` and `/readyz` carries a key: `Authorization: Bearer es_...`. A key sees its own jobs
alone. Errors are problem documents (RFC 9457).
"""


def create_app(settings: ServiceSettings) -> FastAPI:
    """Make the application; its database is opened, and migrated, when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_state(settings) as state:
            app.state.server = state
            yield
        await run_in_threadpool(send_last_traces)

    app = FastAPI(
        title="emergence_stats",
        version=__version__,
        summary="Statistical emergence detection for scores of language models",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # they load from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    for module in (analyses, jobs, results, changes, forecasts, operations, pages):
        app.include_router(module.router)
    problems.install(app)
    openapi.install(app)
    send_last_traces = tracing.install(app, settings)
    return app


def create_asgi(settings: ServiceSettings) -> ASGIApp:
    """The application as a server runs it: every answer, whatever it is, has its headers and a line in the log."""
    return Accounting(BodyLimit(create_app(settings), settings), settings)
