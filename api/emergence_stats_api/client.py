"""A typed client: what the service offers, as Python calls.

with Client("http://127.0.0.1:8000", key="es_...") as client:
    job = client.submit({"scores.csv": Path("scores.csv").read_bytes()}, resamples=200)
    documents = client.results(client.wait(job.id).id)
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from emergence_stats.errors import EmergenceStatsError
from emergence_stats_api.problems import ProblemDocument
from emergence_stats_api.schemas import Inspection, JobOut, JobPage, ShareOut
from emergence_stats_api.store.jobs import FINISHED

if TYPE_CHECKING:
    import pandas as pd

    from emergence_stats.series import Series

Document = dict[str, Any]
LOOK_SECONDS = 0.5
_PARQUET = "application/vnd.apache.parquet"


class ServiceError(EmergenceStatsError):
    """The service refused a request.

    Attributes:
        problem: what it said.
        retry_after: seconds after which the same request may succeed, or None.
    """

    def __init__(self, problem: ProblemDocument, retry_after: float | None) -> None:
        """Keep what the service said."""
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem, self.retry_after = problem, retry_after


class Client:
    """A connection to a service; use it as a context manager, or close it."""

    def __init__(self, address: str, *, key: str, timeout: float = 120.0) -> None:
        """Connect with a key.

        Args:
            address: such as ``http://127.0.0.1:8000``.
            key: a bearer key.
            timeout: seconds to wait for an answer.
        """
        self._http = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=timeout)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def analyze(self, series: Series | Mapping[str, Any], **options: object) -> Document:
        """The document of one series.

        Args:
            series: a `Series`, or its fields.
            options: ``resamples``, ``seed``, ``cross_checks``, ``settings``.

        Raises:
            ServiceError: the service refused.
        """
        answer: Document = self._ask("POST", "/v1/analyses", json={"series": _series_fields(series), **options}).json()
        return answer

    def analyze_several(self, series: Sequence[Series | Mapping[str, Any]], **options: object) -> list[Document]:
        """Documents of a few series in the same order; one that cannot be analysed has verdict "failed".

        Args:
            series: a few, each as in `analyze`.
            options: as of `analyze`.

        Raises:
            ServiceError: the service refused.
        """
        body = {"series": [_series_fields(item) for item in series], **options}
        answer: list[Document] = self._ask("POST", "/v1/analyses", json=body).json()
        return answer

    def inspect(self, files: Mapping[str, bytes], **options: object) -> Inspection:
        """What is understood of tables, before a job is made of them.

        Raises:
            ServiceError: the service refused.
        """
        return Inspection.model_validate_json(self._send("/v1/inspections", files, options, {}).content)

    def submit(self, files: Mapping[str, bytes], *, idempotency_key: str | None = None, **options: object) -> JobOut:
        """Submit tables as a job.

        Args:
            files: label and content of each.
            idempotency_key: a name for the request; sent again, it gives the job that it made.
            options: ``name``, ``scale``, ``by``, ``resamples``, ``seed``, ``cross_checks``, ``settings``.

        Raises:
            ServiceError: the service refused.
        """
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return JobOut.model_validate_json(self._send("/v1/jobs", files, options, headers).content)

    def jobs(self, *, state: str | None = None, before: str | None = None, limit: int = 50) -> JobPage:
        """Jobs of the key, newest first."""
        given = {"state": state, "before": before, "limit": limit}
        query = {name: value for name, value in given.items() if value is not None}
        return JobPage.model_validate_json(self._ask("GET", "/v1/jobs", params=query).content)

    def job(self, job_id: str) -> JobOut:
        """State and progress."""
        return JobOut.model_validate_json(self._ask("GET", f"/v1/jobs/{job_id}").content)

    def wait(self, job_id: str, *, seconds: float = 3600.0) -> JobOut:
        """The job once it is done, failed or cancelled.

        Raises:
            TimeoutError: it is none of these in time.
            ServiceError: the service refused.
        """
        end = time.monotonic() + seconds
        while (job := self.job(job_id)).state not in FINISHED:
            if time.monotonic() > end:
                msg = f"job {job_id}: expected it to end within {seconds:g} s, it is {job.state}"
                raise TimeoutError(msg)
            time.sleep(LOOK_SECONDS)
        return job

    def results(self, job_id: str) -> list[Document]:
        """The documents of a job."""
        answer: list[Document] = self._ask("GET", f"/v1/jobs/{job_id}/results").json()
        return answer

    def results_frame(self, job_id: str) -> pd.DataFrame:
        """The results as a table, one row per series."""
        import pandas as pd

        answer = self._ask("GET", f"/v1/jobs/{job_id}/results", headers={"Accept": _PARQUET})
        return pd.read_parquet(io.BytesIO(answer.content))

    def report(self, job_id: str) -> str:
        """The report as HTML."""
        return self._ask("GET", f"/v1/jobs/{job_id}/report").text

    def run(self, job_id: str) -> Document:
        """What was run, on what, with which settings: run.json."""
        answer: Document = self._ask("GET", f"/v1/jobs/{job_id}/run").json()
        return answer

    def forecast(self, job_id: str, *, at: Sequence[float] = (), score: float | None = None) -> Document:
        """What further models will score, for every series of a job's table.

        Args:
            job_id: the job.
            at: scales; none: chosen for each series.
            score: a score to reach, in the metric's unit.

        Raises:
            ServiceError: the service refused.
        """
        query = {"at": list(at)} | ({} if score is None else {"score": score})
        answer: Document = self._ask("GET", f"/v1/jobs/{job_id}/forecast", params=query).json()
        return answer

    def changes(self, job_id: str, *, since: str) -> Document:
        """What has changed since another job."""
        answer: Document = self._ask("GET", f"/v1/jobs/{job_id}/changes", params={"since": since}).json()
        return answer

    def cancel(self, job_id: str) -> JobOut:
        """Stop a job."""
        return JobOut.model_validate_json(self._ask("POST", f"/v1/jobs/{job_id}/cancel").content)

    def retry(self, job_id: str) -> JobOut:
        """Queue a failed or cancelled job again."""
        return JobOut.model_validate_json(self._ask("POST", f"/v1/jobs/{job_id}/retry").content)

    def delete(self, job_id: str) -> None:
        """Delete a job."""
        self._ask("DELETE", f"/v1/jobs/{job_id}")

    def shares(self, job_id: str) -> list[ShareOut]:
        """Links that were made, without their secrets."""
        return [ShareOut.model_validate(item) for item in self._ask("GET", f"/v1/jobs/{job_id}/shares").json()]

    def unshare(self, job_id: str, share_id: str) -> None:
        """Take a link back."""
        self._ask("DELETE", f"/v1/jobs/{job_id}/shares/{share_id}")

    def share(self, job_id: str) -> str:
        """A link that shows the report to whoever has it."""
        made = ShareOut.model_validate_json(self._ask("POST", f"/v1/jobs/{job_id}/shares").content)
        return str(self._http.base_url.join(made.url or ""))

    def _send(
        self, path: str, files: Mapping[str, bytes], options: Mapping[str, object], headers: Mapping[str, str]
    ) -> httpx.Response:
        fields = {name: _field(value) for name, value in options.items() if value is not None}
        parts = [("file", (name, content)) for name, content in files.items()]
        return self._ask("POST", path, files=parts, data=fields, headers=dict(headers))

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = self._http.request(method, path, **request)
        if answer.is_success:
            return answer
        try:
            problem = ProblemDocument.model_validate_json(answer.content)
        except ValueError:  # a proxy's answer, not ours
            problem = ProblemDocument(
                type="about:blank",
                title=answer.reason_phrase,
                status=answer.status_code,
                detail=answer.text[:200],
                instance="",
            )
        wait = answer.headers.get("retry-after", "")
        raise ServiceError(problem, float(wait) if wait.isdigit() else None)


def _series_fields(series: Series | Mapping[str, Any]) -> Document:
    """A series as JSON: what was given, or every field of a `Series`."""
    if isinstance(series, Mapping):
        return dict(series)
    import numpy as np

    from emergence_stats_api.schemas import SeriesIn

    fields = {name: getattr(series, name) for name in SeriesIn.model_fields}
    if series.n_correct is not None:
        fields["score"] = None  # it follows from the counts
    plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}
    return plain | {"identity": dict(series.identity)}


def _field(value: object) -> str:
    """An option as a field of a form."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return ",".join(str(item) for item in value)
    return json.dumps(value)
