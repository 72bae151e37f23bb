"""The OpenAPI document, and the whole of it thrown at a running service by schemathesis: nothing gives a 5xx."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from emergence_stats_api.app import create_app
from emergence_stats_api.settings import ServiceSettings
from tests.api.conftest import SERIES, wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.api.conftest import Service

CONTRACT = {
    "/healthz": {"get"},
    "/v1/analyses": {"post"},
    "/v1/jobs": {"get", "post"},
    "/v1/jobs/{job_id}": {"get", "delete"},
    "/v1/jobs/{job_id}/results": {"get"},
    "/v1/jobs/{job_id}/report": {"get"},
}


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    """What `/openapi.json` says."""
    made: dict[str, object] = json.loads(json.dumps(create_app(ServiceSettings()).openapi()))
    return made


def test_every_path_of_the_contract_is_described(document: dict[str, dict[str, dict[str, object]]]) -> None:
    for path, methods in CONTRACT.items():
        assert methods <= document["paths"][path].keys()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert isinstance(operation, dict)
            assert operation["summary"], (path, method)
            assert operation["responses"], (path, method)


def references(value: object) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(value, dict):
        yield from (item for key, item in value.items() if key == "$ref" and isinstance(item, str))
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from references(part)


def test_every_reference_leads_somewhere_and_every_example_fits(document: dict[str, dict[str, Any]]) -> None:
    schemas = document["components"]["schemas"]
    for reference in set(references(document)):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    examples = 0
    for schema in schemas.values():
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for example in schema.get("examples", []):
            validator.validate(example)
            examples += 1
    assert examples >= 4  # of what is sent, and of what is answered


def test_every_problem_of_every_path_is_told_as_it_is_sent(document: dict[str, dict[str, dict[str, Any]]]) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and path != "/readyz":
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_results_are_described_by_the_packages_own_schema(
    document: dict[str, dict[str, dict[str, object]]], client: httpx.Client
) -> None:
    components = {"components": document["components"]}
    validator = Draft202012Validator({"$ref": "#/components/schemas/Analysis", **components})
    answer = client.post("/v1/analyses", json={"series": SERIES, "resamples": 4, "cross_checks": True}).json()
    validator.validate(answer)
    assert not validator.is_valid({**answer, "verdict": "nonsense"})


def attack(service: Service, *, examples: int, phases: str) -> None:
    """Run schemathesis, as its users do."""
    with service.client() as client:
        wait(lambda: client.get("/readyz").status_code == 200)  # compiling takes longer than it waits for an answer
    program = Path(sys.executable).with_name("schemathesis")
    words = [
        *("run", f"{service.address}/openapi.json"),
        *("--header", f"Authorization: Bearer {service.new_key('submit', 'read', 'admin')}"),
        *("--checks", "not_a_server_error,content_type_conformance,response_schema_conformance"),
        *("--max-examples", str(examples), "--phases", phases, "--seed", "1", "--generation-deterministic"),
        *("--exclude-path", "/readyz", "--no-color", "--request-timeout", "60", "--suppress-health-check", "all"),
    ]
    done = subprocess.run([str(program), *words], capture_output=True, text=True, check=False, cwd=service.data)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"


def test_examples_and_a_few_requests_for_every_path_give_no_server_error(service: Service) -> None:
    attack(service, examples=4, phases="examples,fuzzing")


@pytest.mark.slow
def test_many_requests_for_every_path_give_no_server_error(service: Service) -> None:
    attack(service, examples=150, phases="examples,coverage,fuzzing,stateful")
