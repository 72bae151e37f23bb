"""The typed client against a running service."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import emergence_stats as es
from emergence_stats_api.client import Client, ServiceError
from tests.api.conftest import SCORES, SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Service


@pytest.fixture
def typed(service: Service) -> Iterator[Client]:
    """A client with a key of its own."""
    with Client(service.address, key=service.new_key("submit", "read")) as made:
        yield made


def test_a_series_gives_the_same_document_as_in_python(typed: Client) -> None:
    series = es.Series(**SERIES)
    expected = json.loads(json.dumps(es.analyze(series).to_dict()))
    assert typed.analyze(series) == expected
    assert typed.analyze(SERIES) == expected
    assert typed.analyze_several([series, SERIES]) == [expected, expected]
    assert typed.analyze(SERIES, cross_checks=True)["cross_checks"] is not None


def test_from_a_table_to_results(typed: Client) -> None:
    files = {"scores.csv": SCORES.encode()}
    assert typed.inspect(files, by=["task"]).n_usable == 2
    job = typed.submit(files, resamples=0, name="nightly", idempotency_key="one")
    assert typed.submit(files, resamples=0, name="nightly", idempotency_key="one").id == job.id
    done = typed.wait(job.id)
    assert (done.state, done.name) == ("done", "nightly")
    frame = typed.results_frame(job.id)
    expected = es.analyze_frame(pd.read_csv(io.StringIO(SCORES)))
    pd.testing.assert_frame_equal(frame[list(expected.columns)], expected, check_exact=True)
    assert [document["verdict"] for document in typed.results(job.id)] == frame["verdict"].tolist()
    assert "<html" in typed.report(job.id)
    assert "/shared/" in typed.share(job.id)
    (link,) = typed.shares(job.id)
    typed.unshare(job.id, link.id)
    assert typed.shares(job.id) == []
    assert typed.run(job.id)["inputs"][0]["path"] == "scores.csv"
    points = [forecast["scores"] for forecast in typed.forecast(job.id, at=[1e12, 1e13])["forecasts"]]
    assert [[point["scale"] for point in series] for series in points] == [[1e12, 1e13]] * 2
    assert typed.changes(job.id, since=job.id)
    assert [item.id for item in typed.jobs(state="done").jobs] == [job.id]
    typed.delete(job.id)
    with pytest.raises(ServiceError, match="no such job") as refused:
        typed.job(job.id)
    assert refused.value.problem.status == 404


def test_a_refusal_is_an_error_that_says_why(typed: Client) -> None:
    with pytest.raises(ServiceError, match=r"422 Invalid table: .*binary data"):
        typed.submit({"a": b"\0\1"})
    with pytest.raises(ServiceError, match="resamples"):
        typed.submit({"a": SCORES.encode()}, resamples=-1)
