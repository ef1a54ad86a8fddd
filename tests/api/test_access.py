"""Who may come in, and how far: tokens, scopes, and other people's things (P7)."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from entrepot.api.app import create_app
from entrepot.bindings.participants import AddKey
from entrepot.bindings.roles import Permission
from entrepot.chain.ids import key_id
from entrepot.chain.passkeys import VERIFIER
from entrepot.steps import World
from entrepot.store import tokens
from entrepot.store.tables import Outbox, OutboxState, ParticipantKey, Token
from tests.api.routes_of import QUESTIONS, Route, routes_of
from tests.api.stage import NOW, Stage, address_of, contract_at, lei

BLUEPRINT = create_app(
    cast(
        "World",
        SimpleNamespace(settings=SimpleNamespace(document_bytes_max=1, request_seconds_max=1)),
    )
)
ROUTES = list(routes_of(BLUEPRINT))
COMMANDS = [r for r in ROUTES if r.method != "GET" and r.template not in QUESTIONS]
WITH_ID = [route for route in ROUTES if route.has_id]


def ask(stage: Stage, route: Route, token: str, **ids: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return stage.client.request(route.method, route.path(**ids), headers=headers, **route.request)


def is_problem(answer: Any, status: int, code: str) -> bool:
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["code"] == code
    )


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_without_a_token_nothing_is_answered(stage: Stage, route: Route) -> None:
    answer = ask(stage, route, "")
    assert is_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("DPoP")


@pytest.mark.parametrize("route", COMMANDS, ids=str)
def test_a_token_that_may_only_read_does_nothing(stage: Stage, route: Route) -> None:
    before = stage.digest()
    assert is_problem(ask(stage, route, "token-of-exporter.reader"), 403, "scope-missing")
    assert stage.digest() == before


STANDARD_PAYLOADS = frozenset({"/v1/documents", "/v1/orders/{order_id}/examinations"})
"""Their bodies are read as what they are, by readers with tests of their own."""
OWN_BODIES = [
    route
    for route in COMMANDS
    if isinstance(route.request.get("json"), dict) and route.template not in STANDARD_PAYLOADS
]


@pytest.mark.parametrize("route", OWN_BODIES, ids=str)
def test_member_that_a_body_does_not_have_sets_nothing(stage: Stage, route: Route) -> None:
    """Mass assignment: what a body may carry is listed, and the rest is refused, not ignored."""
    give_every_scope(stage, "exporter")
    sent, before = route.request["json"], stage.digest()
    for member in ("state", "participant_id", "scopes", "operation_id", "is_admin", "__class__"):
        more = {**route.request, "json": {**sent, member: "RELEASED"}}
        answer = ask(stage, replace(route, request=more), "token-of-exporter")
        assert is_problem(answer, 422, "invalid-request"), answer.text
        assert answer.json()["errors"][0]["pointer"] == f"/body/{member}"
    assert stage.digest() == before


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_p7_what_is_not_known_to_the_caller_is_not_found(stage: Stage, route: Route) -> None:
    """Every scope at once, every route with an id, a thing that is not there."""
    give_every_scope(stage, "fintech")
    before = stage.digest()
    answer = ask(stage, route, "token-of-fintech")
    assert is_problem(answer, 404, "not-found"), answer.text
    assert stage.digest() == before


@pytest.mark.parametrize("route", WITH_ID, ids=str)
def test_p7_what_is_others_looks_as_if_it_were_not_there(stage: Stage, route: Route) -> None:
    """The same, with an order, a title and evidence that do exist; word for word the same."""
    order_id = stage.order()
    title_id = stage.title(order_id)
    upload = stage.post(
        "exporter",
        f"/v1/orders/0x{order_id.hex()}/documents",
        data={"kind": "INVOICE"},
        files=route_file(),
    ).json()
    stage.record()
    give_every_scope(stage, "fintech")
    ids = {
        "order_id": "0x" + order_id.hex(),
        "title_id": "0x" + title_id.hex(),
        "document_id": upload["result"]["document_id"],
        "evidence_id": upload["result"]["evidence_ids"][0],
        "operation_id": upload["operation_id"],
    }
    before = stage.digest()
    answer, absent = (
        ask(stage, route, "token-of-fintech", **ids),
        ask(stage, route, "token-of-fintech"),
    )
    assert is_problem(answer, 404, "not-found"), answer.text
    assert answer.json()["detail"] == absent.json()["detail"]
    assert stage.digest() == before


def route_file() -> Any:
    return next(
        r.request["files"] for r in ROUTES if r.template.endswith("/documents") and r.request
    )


def give_every_scope(stage: Stage, actor: str) -> None:
    with stage.world.store.transaction() as session:
        row = session.get_one(Token, tokens.fingerprint(f"token-of-{actor}"))
        row.scopes = ["read", "submit", "attest", "decide", "admin", "govern"]


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Basic dG9rZW4=",
        "Bearer nobody",
        f"Bearer {'x' * 5000}",
        "token-of-bank",
    ],
)
def test_a_token_that_is_none_is_refused(stage: Stage, authorization: str) -> None:
    answer = stage.client.get("/v1/orders", headers={"Authorization": authorization})
    assert is_problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize("change", [{"expires_at": NOW}, {"revoked_at": NOW}])
def test_a_token_that_has_ended_is_refused(stage: Stage, change: dict[str, Any]) -> None:
    with stage.world.store.transaction() as session:
        row = session.get_one(Token, tokens.fingerprint("token-of-exporter"))
        for name, value in change.items():
            setattr(row, name, value)
    assert is_problem(stage.get("exporter", "/v1/orders"), 401, "unauthenticated")


def test_a_token_of_a_suspended_member_is_refused(stage: Stage) -> None:
    stage.suspend("exporter")
    assert is_problem(stage.get("exporter", "/v1/orders"), 401, "unauthenticated")
    assert stage.get("importer", "/v1/orders").status_code == 200


def test_a_token_is_kept_as_a_hash_only(stage: Stage) -> None:
    with stage.world.store.reading() as session:
        row = session.get_one(Token, tokens.fingerprint("token-of-exporter"))
    assert b"token-of" not in row.token_sha256


def test_a_key_of_the_ledger_that_is_revoked_signs_nothing(stage: Stage) -> None:
    order_id = stage.order(state="PLACED")
    with stage.world.store.transaction() as session:
        key = session.get_one(ParticipantKey, key_id(address_of("importer.desk")))
        key.revoked_at = 7
    answer = stage.post("importer", f"/v1/orders/0x{order_id.hex()}:accept")
    assert is_problem(answer, 403, "not-permitted")
    assert "revoked" in answer.json()["detail"]


def test_a_key_without_the_permission_signs_nothing(stage: Stage) -> None:
    give_every_scope(stage, "importer.admin")
    order_id = stage.order(state="PLACED")
    answer = stage.post("importer.admin", f"/v1/orders/0x{order_id.hex()}:accept")
    assert is_problem(answer, 403, "not-permitted")
    assert "SUBMIT" in answer.json()["mend"]


def test_only_the_governor_admits_members(stage: Stage) -> None:
    body = {
        "lei": "213800HX6IZM1QNBAJ33",
        "name": "Newcomer Ltd",
        "roles": ["EXPORTER", "IMPORTER"],
        "jurisdiction": "GB",
        "kyc_expires_at": "2028-01-01T00:00:00Z",
        "account": "0x" + "a1" * 20,
        "admin_key": "0x" + "b2" * 20,
    }
    assert is_problem(stage.post("regulator", "/v1/participants", json=body), 403, "scope-missing")
    answer = stage.post("governor", "/v1/participants", json=body)
    assert answer.status_code == 202
    announced, admitted = stage.outbox()
    assert (announced.verb, admitted.verb) == ("AccessManager.schedule", "Participants.register")
    assert (announced.wait_s, admitted.wait_s) == (None, stage.world.deployment.delay_s)
    assert admitted.calldata in announced.calldata
    assert b"Newcomer" not in announced.calldata


def test_what_governance_announced_is_not_announced_twice_unless_it_came_to_nothing(
    stage: Stage,
) -> None:
    body = {
        "lei": "213800HX6IZM1QNBAJ33",
        "name": "Newcomer Ltd",
        "roles": ["EXPORTER"],
        "jurisdiction": "GB",
        "kyc_expires_at": "2028-01-01T00:00:00Z",
        "account": "0x" + "a1" * 20,
        "admin_key": "0x" + "b2" * 20,
    }

    def ask() -> list[Outbox]:
        before = len(stage.outbox())
        assert stage.post("governor", "/v1/participants", json=body).status_code == 202
        return stage.outbox()[before:]

    def end(row: Outbox, state: str, error: str = "") -> None:
        with stage.world.store.transaction() as session:
            kept = session.get_one(Outbox, row.id)
            kept.state, kept.error = state, {"name": error}

    announced, admitted = ask()
    assert ask() == []
    end(announced, OutboxState.FINAL)
    end(admitted, OutboxState.FAILED, "Participants_AccountTaken")
    (once_more,) = ask()
    assert (once_more.verb, once_more.not_before) == ("Participants.register", 0)
    end(once_more, OutboxState.FAILED, "AccessManagerNotScheduled")
    anew, last = ask()
    assert (anew.verb, last.verb) == (announced.verb, admitted.verb)
    assert anew.key != announced.key
    assert last.wait_s == stage.world.deployment.delay_s


def test_a_key_is_added_to_ones_own_participant_only(stage: Stage) -> None:
    body = {"address": "0x" + "c3" * 20, "permissions": ["SUBMIT"]}
    own = stage.post("bank.admin", f"/v1/participants/{lei('bank')}/keys", json=body)
    other = stage.post("bank.admin", f"/v1/participants/{lei('fintech')}/keys", json=body)
    assert own.status_code == 202
    assert is_problem(other, 404, "not-found")
    assert len(stage.outbox()) == 1


GENERATOR = (
    "0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    "0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
)


def test_a_passkey_is_added_as_a_key_of_the_ledger(stage: Stage) -> None:
    x, y = GENERATOR
    body = {"passkey": {"x": x, "y": y}, "permissions": ["DECIDE"]}
    answer = stage.post("bank.admin", f"/v1/participants/{lei('bank')}/keys", json=body)
    assert answer.status_code == 202, answer.text
    signer = contract_at(VERIFIER) + bytes.fromhex(x[2:] + y[2:])
    call = stage.call()
    assert isinstance(call, AddKey)
    assert (call.signer, call.permissions) == (signer, 1 << Permission.DECIDE)
    assert answer.json()["result"]["key_id"] == f"0x{key_id(signer).hex()}"


@pytest.mark.parametrize(
    "key",
    [
        {"passkey": {"x": GENERATOR[0], "y": GENERATOR[0]}},
        {"passkey": {"x": GENERATOR[1], "y": GENERATOR[0]}},
        {"passkey": {"x": "0x" + "00" * 32, "y": "0x" + "00" * 32}},
        {"passkey": {"x": "0x" + "ff" * 32, "y": GENERATOR[1]}},
        {"passkey": {"x": GENERATOR[0]}},
        {"passkey": {"x": GENERATOR[0], "y": GENERATOR[1]}, "address": "0x" + "c3" * 20},
        {},
    ],
)
def test_what_is_no_key_is_not_added(stage: Stage, key: dict[str, Any]) -> None:
    body = {**key, "permissions": ["DECIDE"]}
    answer = stage.post("bank.admin", f"/v1/participants/{lei('bank')}/keys", json=body)
    assert answer.status_code == 422, answer.text
    assert stage.outbox() == []
