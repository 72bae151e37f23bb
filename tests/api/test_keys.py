"""Keys: scopes, isolation, revocation, and nothing that can be guessed."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

from emergence_stats_api.cli import main
from tests.api.conftest import SERIES, embedded, finished, require_problem, submit

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.api.conftest import Service

ALL = [
    ("POST", "/v1/analyses"),
    ("POST", "/v1/jobs"),
    ("POST", "/v1/inspections"),
    ("GET", "/v1/jobs"),
    ("GET", "/v1/jobs/x"),
    ("DELETE", "/v1/jobs/x"),
    ("POST", "/v1/jobs/x/cancel"),
    ("POST", "/v1/jobs/x/retry"),
    ("GET", "/v1/jobs/x/results"),
    ("GET", "/v1/jobs/x/report"),
    ("GET", "/v1/jobs/x/run"),
    ("POST", "/v1/jobs/x/shares"),
    ("GET", "/v1/jobs/x/shares"),
    ("DELETE", "/v1/jobs/x/shares/y"),
    ("GET", "/metrics"),
]


@pytest.mark.parametrize(("method", "path"), ALL)
def test_without_a_key_nothing_is_told(service: Service, method: str, path: str) -> None:
    with service.client("") as nobody:
        answer = nobody.request(method, path, json=SERIES if method == "POST" else None)
    require_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_scope_opens_its_own_doors_alone(service: Service) -> None:
    doors = {
        "submit": ("POST", "/v1/inspections", 422),
        "read": ("GET", "/v1/jobs", 200),
        "admin": ("GET", "/metrics", 200),
    }
    for held in doors:
        with service.client(service.new_key(held)) as client:
            for scope, (method, path, opened) in doors.items():
                answer = client.request(method, path)
                assert answer.status_code == (opened if scope == held else 403), (held, scope)


def test_somebody_elses_job_is_not_found(service: Service, client: httpx.Client) -> None:
    job = finished(client, submit(client)["id"])["id"]
    assert client.post(f"/v1/jobs/{job}/shares").status_code == 201
    with service.client(service.new_key("submit", "read", "admin")) as other:
        for method, path in ALL:
            if "/jobs/x" not in path:
                continue
            theirs = other.request(method, path.replace("/x", f"/{job}"))
            nobodys = other.request(method, path)
            assert (theirs.status_code, theirs.json()["detail"]) == (404, nobodys.json()["detail"]), path
        assert other.get("/v1/jobs").json()["jobs"] == []
        assert other.get("/v1/jobs", params={"before": job}).json()["jobs"] == []
    assert client.get(f"/v1/jobs/{job}").status_code == 200


def test_ids_are_long_and_have_no_order(client: httpx.Client) -> None:
    first, second = (submit(client)["id"] for _ in range(2))
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", first)
    assert first[:6] != second[:6]


def test_a_revoked_key_stops_at_once(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    key = service.new_key("read")
    with service.client(key) as client:
        assert client.get("/v1/jobs").status_code == 200
        place = ["--data", str(service.data)]
        assert main(["keys", "list", *place]) == 0
        listed = capsys.readouterr().out
        assert key.split("_")[1] in listed
        assert key not in listed
        assert main(["keys", "revoke", key, *place]) == 0
        require_problem(client.get("/v1/jobs"), 401)
    assert main(["keys", "revoke", key, *place]) == 2
    assert main(["keys", "list", *place]) == 0
    assert "revoked 2" in capsys.readouterr().out


def test_a_key_is_made_on_the_command_line(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "dashboard", "--scope", "read", "--data", str(service.data)]) == 0
    with service.client(capsys.readouterr().out.strip()) as client:
        assert client.get("/v1/jobs").status_code == 200
        require_problem(client.post("/v1/analyses", json=SERIES), 403, "forbidden")


def test_keys_are_stored_hashed(service: Service) -> None:
    secret = service.key.split("_", 2)[2]
    with contextlib.closing(sqlite3.connect(service.data / "service.sqlite")) as database:
        stored = "\n".join(database.iterdump())
    assert service.key.split("_")[1] in stored
    assert secret not in stored


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["keys", "create", "x", "--scope", "everything"], "expected some of submit, read, admin"),
        (["keys", "create", ""], "expected 1 to 120 characters"),
        (["keys", "revoke", "nobody"], "expected the id of a valid key"),
        (["keys", "revoke", "es_0_1"], "0: expected the id of a valid key"),
        (["serve", "--port", "99999"], "--port"),
        (["serve", "--config", "nowhere.toml"], "expected a readable TOML file"),
        (["serve", "--host", "192.0.2.1"], "cannot be listened on"),
    ],
)
def test_wrong_use_is_one_line(
    words: list[str], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--data", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert expected in printed.err


def test_many_wrong_keys_from_one_address_are_shut_out_and_good_ones_wait_with_them(tmp_path: Path) -> None:
    with embedded(tmp_path, bad_key_limit="50/minute") as service:
        with service.client("es_000000000000_" + "x" * 43) as stranger:
            answers = [stranger.get("/v1/jobs") for _ in range(60)]
        assert {answer.status_code for answer in answers[:50]} == {401}
        refused = require_problem(answers[-1], 429, "too-many-requests")
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert "wrong keys" in refused["detail"]
        with service.client("") as nobody:
            assert nobody.get("/healthz").status_code == 200


def test_a_key_that_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with embedded(tmp_path, rate_limit="5/minute") as service, service.client() as client:
        answers = [client.get("/v1/jobs") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        with service.client(service.new_key("read")) as other:
            assert other.get("/v1/jobs").status_code == 200
