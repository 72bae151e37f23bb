"""Jobs over HTTP: the same files as the command line writes."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import emergence_stats as es
from tests.api.conftest import SCORES, SERIES, embedded, finished, require_problem, submit, work_off

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.api.conftest import Service


def test_a_table_becomes_results_and_a_report(client: httpx.Client) -> None:
    job = submit(client)
    assert (job["state"], job["progress"]["total"]) == ("queued", 2)
    done = finished(client, job["id"])
    assert (done["state"], done["progress"]) == ("done", {"done": 2, "total": 2})
    assert done["finished_at"] > done["started_at"] >= done["created_at"]
    documents = client.get(done["links"]["results"]).json()
    parquet = client.get(done["links"]["results"], headers={"Accept": "application/vnd.apache.parquet"})
    frame = pd.read_parquet(io.BytesIO(parquet.content))
    assert [document["verdict"] for document in documents] == frame["verdict"].tolist()
    assert sum(done["counts"].values()) == 2
    # The same bits as from Python.
    expected = es.analyze_frame(pd.read_csv(io.StringIO(SCORES)))
    pd.testing.assert_frame_equal(frame[list(expected.columns)], expected, check_exact=True)
    report = client.get(done["links"]["report"])
    assert report.headers["content-type"] == "text/html; charset=utf-8"
    assert "recall" in report.text
    record = client.get(f"/v1/jobs/{job['id']}/run").json()
    assert record["inputs"][0]["path"] == "scores.csv"


def test_json_tables_and_plain_bodies_are_the_same_table(client: httpx.Client) -> None:
    rows = json.loads(pd.read_csv(io.StringIO(SCORES)).to_json(orient="records"))
    columns = pd.read_csv(io.StringIO(SCORES)).to_dict(orient="list")
    bodies = [
        {"json": {"table": rows, "options": {"resamples": 0}}},
        {"json": rows},
        {"json": {"rows": rows, "resamples": 0}},
        {"json": {"table": columns}},
        {"content": SCORES.encode(), "headers": {"Content-Type": "text/csv"}, "params": {"resamples": 0}},
        {"content": gzip.compress(SCORES.encode()), "headers": {"Content-Type": "application/octet-stream"}},
        {"files": [("file", ("a.csv", SCORES)), ("file", ("b.csv", SCORES.replace("recall", "other")))]},
        {"data": {"table": SCORES, "resamples": "0"}, "files": {"file": ("", b"")}},
    ]
    for body in bodies:
        answer = client.post("/v1/inspections", **body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["n_usable"] >= 2
        assert {"addition", "recall"} <= {series["name"] for series in found["series"]}


def test_an_inspection_tells_what_will_be_left_out(client: httpx.Client) -> None:
    table = f"{SCORES}broken,1e8,300,200,0\nbroken,1e9,2,200,0\n"
    found = client.post("/v1/inspections", files={"file": ("x.csv", table)}).json()
    assert (found["n_series"], found["n_usable"]) == (3, 2)
    assert found["problems"][0]["name"] == "broken"
    assert "n_correct" in found["problems"][0]["reason"]


def test_one_series_gives_its_document_and_a_list_gives_a_list(client: httpx.Client) -> None:
    expected = json.loads(json.dumps(es.analyze(es.Series(**SERIES), seed=3).to_dict()))
    one = client.post("/v1/analyses", json={"series": SERIES, "seed": 3})
    assert one.json() == expected
    bare = client.post("/v1/analyses", json={**SERIES, "seed": 3})
    assert bare.json() == expected
    bad = {**SERIES, "n_correct": [900, 1, 1, 1], "name": "bad"}
    several = client.post("/v1/analyses", json={"series": [SERIES, bad], "seed": 3}).json()
    assert several[0] == expected
    assert (several[1]["verdict"], several[1]["series"]["name"]) == ("failed", "bad")
    assert "n_correct" in several[1]["reason"]
    assert "n_correct" in require_problem(client.post("/v1/analyses", json={"series": bad}), 422)["detail"]


def test_jobs_are_listed_newest_first_a_page_at_a_time(service_with_few: httpx.Client) -> None:
    client = service_with_few
    made = [submit(client, name=f"job {i}")["id"] for i in range(3)]
    first = client.get("/v1/jobs", params={"limit": 2}).json()
    assert [job["id"] for job in first["jobs"]] == [made[2], made[1]]
    second = client.get("/v1/jobs", params={"limit": 2, "before": first["next"]}).json()
    assert [job["id"] for job in second["jobs"]] == [made[0]]
    assert second["next"] is None
    for job in made:
        finished(client, job)
    done = client.get("/v1/jobs", params={"state": "done"}).json()["jobs"]
    assert [job["name"] for job in done] == ["job 2", "job 1", "job 0"]
    assert client.get("/v1/jobs", params={"state": "failed"}).json()["jobs"] == []


def test_a_deleted_job_is_gone(client: httpx.Client) -> None:
    job = submit(client)["id"]
    assert client.delete(f"/v1/jobs/{job}").status_code == 204
    for path in ("", "/results", "/report", "/run", "/shares"):
        require_problem(client.get(f"/v1/jobs/{job}{path}"), 404, "not-found")
    require_problem(client.delete(f"/v1/jobs/{job}"), 404, "not-found")


def test_a_job_that_runs_out_of_time_fails_and_has_no_results(tmp_path: Path) -> None:
    with embedded(tmp_path) as service, service.client() as client:
        identity = submit(client)["id"]
        work_off(service, job_seconds=0.05)
        job = client.get(f"/v1/jobs/{identity}").json()
        assert job["state"] == "failed"
        assert "took longer than 0.05 s" in job["error"]
        require_problem(client.get(f"/v1/jobs/{job['id']}/results"), 409, "not-done")
        require_problem(client.post(f"/v1/jobs/{job['id']}/shares"), 409, "not-done")
        assert client.post(f"/v1/jobs/{job['id']}/retry").json()["state"] == "queued"


def test_a_job_that_is_done_is_not_done_again(client: httpx.Client) -> None:
    job = finished(client, submit(client)["id"])
    require_problem(client.post(f"/v1/jobs/{job['id']}/retry"), 409, "wrong-state")
    assert client.post(f"/v1/jobs/{job['id']}/cancel").json()["state"] == "done"


def test_a_table_without_a_usable_series_is_refused_at_once(client: httpx.Client) -> None:
    table = "task,params,n_correct,n_items\na,1e8,30,9\na,1e9,3,9\n"
    problem = require_problem(client.post("/v1/jobs", files={"file": ("x.csv", table)}), 422, "invalid-table")
    assert "n_correct" in problem["detail"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("application/*;q=0.5", "application/json"),
        ("text/html, application/vnd.apache.parquet;q=0.9, application/json;q=0.1", "application/vnd.apache.parquet"),
        ("text/html", None),
        ("application/json;q=0", None),
    ],
)
def test_the_format_of_results_follows_the_accept_header(client: httpx.Client, accept: str, kind: str | None) -> None:
    jobs = client.get("/v1/jobs", params={"state": "done", "limit": 1}).json()["jobs"]
    job = jobs[0] if jobs else finished(client, submit(client)["id"])
    answer = client.get(f"/v1/jobs/{job['id']}/results", headers={"Accept": accept})
    if kind is None:
        require_problem(answer, 406, "not-acceptable")
    else:
        assert answer.headers["content-type"] == kind


@pytest.fixture
def service_with_few(service: Service) -> Iterator[httpx.Client]:
    """A client whose key has no jobs yet."""
    with service.client(service.new_key("submit", "read")) as made:
        yield made


def test_the_table_of_a_job_is_forecast(client: httpx.Client) -> None:
    job = submit(client)["id"]
    answer = client.get(f"/v1/jobs/{job}/forecast", params={"at": [1e12, 1e13], "score": 0.9})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["forecasts"]) == 2
    page = client.get(f"/jobs/{job}/forecast/page", params={"at": 1e12})
    assert "addition" in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    shell = client.get(f"/jobs/{job}/forecast", params={"at": "1e12, 1e13"})
    assert "at=1e12&amp;at=1e13" in shell.text
    require_problem(client.get(f"/v1/jobs/{job}/forecast", params={"at": -1}), 422)
    require_problem(client.get("/v1/jobs/x/forecast"), 404)
