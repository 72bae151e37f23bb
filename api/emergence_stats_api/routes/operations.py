"""For those who run the service: is it alive, is it ready, how busy is it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from emergence_stats_api import __version__, metrics
from emergence_stats_api.auth import Admin
from emergence_stats_api.openapi import problems
from emergence_stats_api.schemas import Health, Readiness
from emergence_stats_api.state import ServerState, State
from emergence_stats_api.store import leases

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> Health:
    """The server lives. Looks at nothing else, so that a slow database does not get it restarted."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Some part is not ready."}})
def readyz(state: State) -> Response:
    """Whether the server can do its work: database, schema, workers, and warm analysis processes."""
    parts = _parts(state)
    answer = Readiness(ready=all(parts.values()), parts=parts)
    return JSONResponse(answer.model_dump(), status_code=200 if answer.ready else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(401, 403, 429),
    },
)
def show_metrics(_: Admin, state: State) -> Response:
    """Metrics for Prometheus, for keys with the scope `admin`."""
    text = metrics.page(state.database, state.queue, worker_seconds=state.settings.lease_seconds, waiting=state.waiting)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _parts(state: ServerState) -> dict[str, bool]:
    warm = state.analysts.is_warm and state.readers.is_warm
    try:
        return {
            "database": True,
            "schema": state.database.is_current(),
            "workers": leases.count_workers(state.database, seconds=state.settings.lease_seconds) > 0,
            "analyses": warm,
        }
    except SQLAlchemyError:
        return {"database": False, "schema": False, "workers": False, "analyses": warm}
