"""``POST /v1/analyses``: one series or a few, answered at once."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from emergence_stats_api.auth import Submitter
from emergence_stats_api.openapi import ANALYSIS_ANSWER, problems
from emergence_stats_api.problems import Problem
from emergence_stats_api.schemas import AnalysisRequest
from emergence_stats_api.settings import ServiceSettings
from emergence_stats_api.state import State
from emergence_stats_api.work import tasks

router = APIRouter(prefix="/v1", tags=["analyses"])


@router.post(
    "/analyses",
    response_class=Response,
    responses={200: ANALYSIS_ANSWER, **problems(400, 401, 403, 408, 413, 422, 429, 503)},
)
async def analyze(request: AnalysisRequest, _: Submitter, state: State) -> Response:
    """Analyse one series or a few.

    One series gives its document, the same as `emergence-stats analyze --json` prints; a list gives a list of
    documents in the same order, in which a series that cannot be analysed has verdict "failed" and the reason.
    """
    single = not isinstance(request.series, list)
    series = request.series if isinstance(request.series, list) else [request.series]
    check_limits(request, state.settings, points=[len(item.scale) for item in series])
    fields: list[dict[str, Any]] = [item.model_dump(exclude_unset=True) for item in series]
    answer = await state.work(
        state.analysts, tasks.analyze_series, fields, request.model_dump(exclude={"series"}), single=single
    )
    if isinstance(answer, tasks.Refused):
        raise Problem(422, "invalid-series", answer.detail)
    return Response(answer, media_type="application/json")


def check_limits(request: AnalysisRequest, settings: ServiceSettings, *, points: list[int]) -> None:
    """Hold a request against the settings.

    Raises:
        Problem: 413 or 422.
    """
    if len(points) > settings.max_series_at_once:
        limit = settings.max_series_at_once
        raise Problem(413, "too-many-series", f"Expected at most {limit} series, got {len(points)}; use a job.")
    if max(points) > settings.max_points:
        raise Problem(413, "too-many-points", f"Expected at most {settings.max_points} points, got {max(points)}.")
    check_resamples(request.resamples, settings)


def check_resamples(resamples: int, settings: ServiceSettings) -> None:
    """Hold the number of resamples against the settings.

    Raises:
        Problem: 422.
    """
    if resamples > settings.max_resamples:
        raise Problem(422, "invalid-request", f"resamples: expected at most {settings.max_resamples}, got {resamples}")
