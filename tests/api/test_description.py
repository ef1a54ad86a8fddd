"""The OpenAPI description says what there is, with an example for every command, and tells true."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jsonschema_rs
import pytest

from entrepot.api import examples
from entrepot.api.app import create_app
from entrepot.api.auth import SCOPES
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.sequencer import Sequencer
from entrepot.steps import World
from entrepot.store import tokens
from entrepot.store.tables import Token
from tests.api.routes_of import Route, routes_of
from tests.api.serving import serve
from tests.api.stage import Stage

ROOT = Path(__file__).parents[2]
SETTINGS = SimpleNamespace(document_bytes_max=8 * 1024 * 1024, request_seconds_max=60)
BLUEPRINT = create_app(cast("World", SimpleNamespace(settings=SETTINGS)))
SCHEMA: dict[str, Any] = BLUEPRINT.openapi()
OPERATIONS = [
    (path, method, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
]
COMMANDS = [
    route for route in routes_of(BLUEPRINT) if route.method == "POST" and "json" in route.request
]
TOKEN = "Authorization: Bearer token-of-exporter"
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    )
)


def test_it_is_openapi_3_1_with_a_name_and_known_tags() -> None:
    assert SCHEMA["openapi"].startswith("3.1")
    known = {tag["name"] for tag in SCHEMA["tags"]}
    assert SCHEMA["info"]["title"] == "Entrepot"
    assert all(
        operation["tags"] and set(operation["tags"]) <= known for _, _, operation in OPERATIONS
    )


def test_every_operation_says_what_it_does() -> None:
    for path, method, operation in OPERATIONS:
        assert operation["summary"], path
        assert operation["description"], (method, path)


def test_every_operation_has_a_name_of_its_own() -> None:
    """Clients are made from them."""
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert "place_order" in names


BY_STANDARDS_OF_THEIR_OWN = {
    "/oauth/token",
    "/oauth/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/openapi.json",
    "/docs",
    "/docs/reference.css",
}


def test_every_route_that_answers_is_described_or_named_here() -> None:
    """An old version, a debug page or a forgotten route is none of these."""
    answering = {plain(route.path) for route in all_routes(BLUEPRINT)}
    assert answering - set(SCHEMA["paths"]) == BY_STANDARDS_OF_THEIR_OWN
    assert all(path.startswith("/v1/") for path in set(SCHEMA["paths"]) - {"/healthz", "/readyz"})


def all_routes(app: Any) -> Iterator[Any]:
    """Those of the application and of every router in it."""
    for route in app.routes:
        if hasattr(route, "path"):
            yield route
        else:
            yield from all_routes(route.original_router)


def plain(path: str) -> str:
    """A route's path as the description has it, without its converters."""
    return re.sub(r":plain\}", "}", path)


def test_every_refusal_is_a_problem() -> None:
    for path, method, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (method, path)


def test_every_command_may_carry_an_idempotency_key_and_wait() -> None:
    for path, method, operation in OPERATIONS:
        if method == "post":
            names = {parameter["name"].lower() for parameter in operation["parameters"]}
            assert {"idempotency-key", "prefer"} <= names, path


@pytest.mark.parametrize("route", COMMANDS, ids=str)
def test_every_example_is_what_its_schema_asks_for(route: Route) -> None:
    body = SCHEMA["paths"][route.template]["post"]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": SCHEMA["components"]}
    jsonschema_rs.Draft202012Validator(schema).validate(route.request["json"])


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each body that is sent, or answered when all is well: its media type, and what is said."""
    said = [operation.get("requestBody", {})]
    said += [each for status, each in operation["responses"].items() if status < "300"]
    for each in said:
        yield from each.get("content", {}).items()


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[f"{o[1]} {o[0]}" for o in OPERATIONS]
)
def test_every_body_has_an_example_that_is_what_its_schema_says(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    del path
    shown = list(bodies(operation))
    assert shown or method == "delete"
    for media_type, media in shown:
        assert "example" in media, media_type
        schema = {**media.get("schema", {}), "components": SCHEMA["components"]}
        jsonschema_rs.Draft202012Validator(schema).validate(media["example"])


def test_every_word_of_the_examples_is_used() -> None:
    told = json.dumps(SCHEMA)
    assert [name for name in examples.WORDS if f'"{name}":' not in told] == []


def test_examples_are_taken_as_sound_by_the_api_itself(stage: Stage) -> None:
    """What is refused is refused for the business's reasons, never for its form."""
    for route in COMMANDS:
        for actor in ("exporter", "bank.officer-1", "bank.admin", "governor", "carrier"):
            answer = stage.post(actor, route.path(), **route.request)
            assert answer.json().get("code") != "invalid-request", (str(route), answer.text)


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.full)])
def test_answers_conform_whatever_is_sent(stage: Stage, examples: int) -> None:
    """Schemathesis: no server error, no status and no body that the description does not have."""
    stage.order()
    with stage.world.store.transaction() as session:
        row = session.get_one(Token, tokens.fingerprint("token-of-exporter"))
        row.scopes = list(SCOPES)
    with on_chain(stage.world) as world, serve(world) as url:
        run = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                *("run", f"{url}/openapi.json", "--url", url, "--header", TOKEN),
                *(
                    "--checks",
                    CHECKS,
                    "--phases",
                    "examples,fuzzing",
                    "--max-examples",
                    f"{examples}",
                ),
                *("--exclude-path", "/readyz", "--exclude-path", "/v1/events/stream"),
                *("--warnings", "off"),
                *("--seed", "1", "--workers", "2", "--suppress-health-check", "all"),
                *("--generation-database", "none", "--no-color"),
            ],
            env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.serializers"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=3_500,
        )
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]


@contextmanager
def on_chain(world: World) -> Iterator[World]:
    """With a node that answers, for what is tried or prepared; no contract of ours is there."""
    with Sequencer() as chain, closing(Rpc(chain.url)) as rpc:
        yield replace(world, node=HttpNode(rpc))
