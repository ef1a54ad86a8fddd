"""Every route, asked by everybody who has no part in the thing it names (P7).

A stranger of each kind, and parties of the trade that have no part in this thing of it, are told
exactly what is told of a thing that was never there, after exactly as many questions to the
database: neither the answer nor its time tells that there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from psycopg import Connection
from sqlalchemy import event

from entrepot.api.app import create_app
from entrepot.bindings.roles import Role
from entrepot.devnet import cast as devnet
from entrepot.steps import World
from entrepot.store import tokens
from entrepot.store.tables import (
    Client,
    Examination,
    Participant,
    ParticipantKey,
    Token,
    VoyageLink,
    WebhookDelivery,
    WebhookEndpoint,
)
from tests.api.dealing import requested
from tests.api.offering import ask_quote, consented, proposed, published
from tests.api.routes_of import Route, routes_of
from tests.api.stage import NOW, Stage, input_file, lei, member

BLUEPRINT = create_app(
    cast(
        "World",
        SimpleNamespace(settings=SimpleNamespace(document_bytes_max=1, request_seconds_max=1)),
    )
)
ROUTES = list(routes_of(BLUEPRINT))

STRANGERS = tuple(role.name for role in Role if role is not Role.REGULATOR)
"""One member of each role that has no part in anything; a regulator has one in everything."""

CLIENT = "client_" + "c" * 32
WEBHOOK = "cd" * 16

ATTESTERS = ("carrier", "export_customs", "import_customs")

WRONG: dict[str, tuple[str, ...]] = {
    "order_id": STRANGERS,
    "title_id": STRANGERS,
    "evidence_id": STRANGERS,
    "voyage_id": (*STRANGERS, "export_customs", "exporter", "bank"),
    "document_id": (*STRANGERS, *ATTESTERS),
    "facility_id": (*STRANGERS, *ATTESTERS),
    "examination_id": (*STRANGERS, *ATTESTERS, "fintech"),
    "operation_id": (*STRANGERS, *ATTESTERS, "importer", "bank", "fintech"),
    "consent_id": (*STRANGERS, *ATTESTERS, "importer", "bank"),
    "client_id": (*STRANGERS, *ATTESTERS, "importer", "bank", "fintech"),
    "webhook_id": (*STRANGERS, *ATTESTERS, "importer", "bank", "fintech"),
    "offer_id": (*STRANGERS, *ATTESTERS, "importer", "exporter"),
    "proposal_id": (*STRANGERS, *ATTESTERS, "importer", "exporter", "fintech"),
    "quote_id": (*STRANGERS, *ATTESTERS, "importer", "bank"),
    "lei": (*STRANGERS, "exporter", "bank"),
}
"""By the thing that a path names: who has no part in it."""

STRICTER = {"GET /v1/orders/{order_id}/examinations": (*STRANGERS, *ATTESTERS, "fintech")}
"""Where a part in the thing is not enough."""

IN_THE_BODY = {
    "POST /v1/facilities": "order_id",
    "POST /v1/titles": "order_id",
    "POST /v1/shipments": "order_id",
    "POST /v1/quotes": "order_id",
}
"""Where the thing is named in the body."""

OWN = (
    "GET /v1/orders",
    "GET /v1/facilities",
    "GET /v1/releases",
    "GET /v1/deposits",
    "GET /v1/limits",
    "GET /v1/approval-bands",
    "GET /v1/clients",
    "GET /v1/consents",
    "GET /v1/access-records",
    "GET /v1/webhooks",
    "GET /v1/offers",
    "GET /v1/policy-proposals",
    "GET /v1/quotes",
    "GET /v1/statements",
)
"""Lists of what is one's own: a stranger's are empty."""

OF_ALL = (
    "GET /v1/participants",
    "GET /v1/participants/{lei}",
    "GET /v1/sandbox-caps",
    "GET /v1/chain",
)
"""What every member may know."""

ELSEWHERE = {
    "POST /v1/consents": "shares a thing of one's own: test_consents",
    "POST /v1/offers": "makes a thing of one's own",
    "POST /v1/policy-proposals": "changes a thing of one's own: test_proposals",
    "POST /v1/orders": "makes a thing of one's own",
    "POST /v1/clients": "makes a thing of one's own",
    "POST /v1/webhooks": "makes a thing of one's own",
    "POST /v1/deposits": "makes a thing of one's own",
    "POST /v1/limits": "makes a thing of one's own",
    "POST /v1/approval-bands": "makes a thing of one's own",
    "POST /v1/sandbox-caps": "for regulators: test_facilities",
    "POST /v1/participants": "for the governor: test_access",
    "POST /v1/documents": "finds its order by content: test_receiving",
    "POST /v1/customs-events": "finds its order by content: test_customs",
    "POST /v1/documents/verify": "a statement, not a thing: test_disclosures",
    "GET /v1/events": "cut to what one may know: store/test_views",
    "GET /v1/events/stream": "the same, as it comes: test_stream",
}
"""What is held to it by another test."""


@dataclass
class Trade:
    """A trade that is under way, and everything of it that has an id."""

    stage: Stage
    ids: dict[str, str]

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The questions that the database is asked meanwhile."""
        asked: list[str] = []

        def note(*told: Any) -> None:
            asked.append(str(told[2]))

        engine = self.stage.world.store.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def trade(running: Stage) -> Trade:
    stage = running
    stage.reset()
    path, terms = requested(stage)
    order_id = bytes(terms.order_id)
    title_id = stage.title(order_id)
    voyage_id = hashlib.sha256(b"voyage").digest()
    examination_id = hashlib.sha256(b"examination").digest()
    stage.insert(
        VoyageLink(
            order_id=order_id, voyage_id=voyage_id, stream=order_id, carrier=member("carrier")
        ),
        _examination(examination_id, order_id),
        Client(client_id=CLIENT, participant_id=member("exporter"), label="ERP", created_at=NOW),
        _webhook(),
    )
    stage.insert(_delivery())
    upload = stage.post(
        "exporter",
        f"/v1/orders/0x{order_id.hex()}/documents",
        data={"kind": "PACKING_LIST"},
        files=input_file("packing-list.json"),
    ).json()
    stage.record()
    for alias in (*ATTESTERS, "exporter", "importer", "bank", "fintech"):
        _may_do_anything(stage, f"token-of-{alias}")
    for role in STRANGERS:
        _join(stage, role)
    given = stage.post(
        "exporter",
        "/v1/consents",
        json={
            "third_party": lei("fintech"),
            "purpose": "AUDIT",
            "access": {"orders": []},
            "recurring_indicator": True,
            "frequency_per_day": 1,
            "valid_until": "2026-12-31",
        },
    ).json()
    offer_id, quote_id = _offered(stage, order_id)
    proposal_id = proposed(stage, offer={"interest_bps": 700})
    ids = {
        "client_id": CLIENT,
        "offer_id": offer_id,
        "proposal_id": proposal_id,
        "quote_id": quote_id,
        "webhook_id": WEBHOOK,
        "delivery_id": "1",
        "consent_id": given["result"]["consent_id"],
        "order_id": "0x" + order_id.hex(),
        "title_id": "0x" + title_id.hex(),
        "voyage_id": "0x" + voyage_id.hex(),
        "facility_id": path.rpartition("/")[2],
        "document_id": upload["result"]["document_id"],
        "evidence_id": upload["result"]["evidence_ids"][0],
        "examination_id": "0x" + examination_id.hex(),
        "operation_id": upload["operation_id"],
    }
    return Trade(stage, ids)


def test_every_route_is_in_the_table() -> None:
    told = [*OWN, *OF_ALL, *ELSEWHERE, *IN_THE_BODY]
    named = [str(route) for route in ROUTES if _thing(route) and str(route) not in OF_ALL]
    assert sorted(told + named) == sorted(str(route) for route in ROUTES)


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if str(r) not in OF_ALL and "{" in r.template], ids=str
)
def test_p7_a_thing_of_others_is_as_if_it_were_not_there(trade: Trade, route: Route) -> None:
    thing, before = _thing(route), trade.stage.digest()
    for who in STRICTER.get(str(route), WRONG[thing]):
        hidden = {"lei": lei("importer")} if thing == "lei" else trade.ids
        absent = {"lei": "529900T8BM49AURSDO55"} if thing == "lei" else {}
        _is_as_if_absent(trade, who, route, route.request, hidden, route.request, absent)
    assert trade.stage.digest() == before


@pytest.mark.parametrize("route", [r for r in ROUTES if str(r) in IN_THE_BODY], ids=str)
def test_p7_so_is_one_that_is_named_in_the_body(trade: Trade, route: Route) -> None:
    name, before = IN_THE_BODY[str(route)], trade.stage.digest()
    for who in WRONG[name]:
        hidden, absent = (
            {
                part: {**body, name: given} if part in ("json", "data") else body
                for part, body in route.request.items()
            }
            for given in (trade.ids[name], "0x" + "ab" * 32)
        )
        _is_as_if_absent(trade, who, route, hidden, {}, absent, {})
    assert trade.stage.digest() == before


@pytest.mark.parametrize("path", [each.removeprefix("GET ") for each in OWN])
def test_p7_a_strangers_list_is_empty(trade: Trade, path: str) -> None:
    for who in STRANGERS:
        assert trade.stage.get(who, path).json()["items"] == []


@pytest.mark.parametrize(("kind", "count"), [("order", 10), ("facility", 24)])
def test_an_owners_read_costs_no_more_questions(
    trade: Trade, kind: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as it took before there were records and masks, with those put to psycopg itself."""
    thing = trade.ids[f"{kind}_id"]
    path = {"order": "/v1/orders/", "facility": "/v1/facilities/"}[kind] + thing
    put = Connection.execute

    def noted(connection: Any, question: Any, *given: Any, **how: Any) -> Any:
        asked.append(str(question))
        return put(connection, question, *given, **how)

    monkeypatch.setattr(Connection, "execute", noted)
    with trade.counted() as asked:
        assert trade.stage.get("exporter", path).status_code == 200
    questions = [each for each in asked if "plan_cache_mode" not in each]
    assert len(questions) == count, asked
    assert [each for each in asked if "access_record" in each] == []


def _is_as_if_absent(
    trade: Trade,
    who: str,
    route: Route,
    hidden: dict[str, Any],
    hidden_ids: dict[str, str],
    absent: dict[str, Any],
    absent_ids: dict[str, str],
) -> None:
    stage, headers = trade.stage, trade.stage.headers(who)
    with trade.counted() as asked_hidden:
        one = stage.client.request(
            route.method, route.path(**hidden_ids), headers=headers, **hidden
        )
    with trade.counted() as asked_absent:
        two = stage.client.request(
            route.method, route.path(**absent_ids), headers=headers, **absent
        )
    assert (one.status_code, one.json()["code"]) == (404, "not-found"), (who, one.text)
    assert _shape(one) == _shape(two), who
    assert asked_hidden == asked_absent, who


def _shape(answer: Any) -> Any:
    """All of an answer but what names the request itself."""
    body = {k: v for k, v in answer.json().items() if k not in ("instance", "request_id")}
    headers = sorted(name for name in answer.headers if name != "x-request-id")
    return answer.status_code, body, headers, answer.headers["content-type"]


def _thing(route: Route) -> str:
    """What the path names first."""
    return route.template.partition("{")[2].partition("}")[0]


def _join(stage: Stage, role: str) -> None:
    """A new member that has one role and every scope."""
    pid = hashlib.sha256(role.encode()).hexdigest()[:20].upper().encode()
    key = devnet.address_of(f"{role}.desk")
    stage.insert(
        Participant(
            participant_id=pid,
            stream=pid,
            state="ACTIVE",
            roles=1 << Role[role],
            jurisdiction="NL",
            kyc_expires_at=2_000_000_000,
            group_id=pid,
            account=devnet.address_of(f"{role}.treasury"),
        ),
        ParticipantKey(
            key_id=hashlib.sha256(key).digest(),
            stream=pid,
            participant_id=pid,
            signer=key,
            permissions=255,
            added_at=1,
        ),
        Token(
            token_sha256=tokens.fingerprint(f"token-of-{role}"),
            participant_id=pid,
            label=role,
            key_address=key,
            scopes=[],
            expires_at=NOW + timedelta(days=1),
        ),
    )
    _may_do_anything(stage, f"token-of-{role}")


def _may_do_anything(stage: Stage, token: str) -> None:
    with stage.world.store.transaction() as session:
        row = session.get_one(Token, tokens.fingerprint(token))
        row.scopes = ["read", "submit", "attest", "decide", "admin", "govern"]


def _offered(stage: Stage, order_id: bytes) -> tuple[str, str]:
    """The ids of an offer to one partner, and of a quote by consent."""
    offer_id = published(stage)
    answer = ask_quote(stage, order_id, consented(stage, order_id))
    assert answer.status_code == 201, answer.text
    return offer_id, str(answer.json()["quote_id"])


def _webhook() -> WebhookEndpoint:
    return WebhookEndpoint(
        webhook_id=WEBHOOK,
        participant_id=member("exporter"),
        url="https://erp.example/in",
        cursor="0.0",
        wake_at=NOW,
        created_at=NOW,
    )


def _delivery() -> WebhookDelivery:
    return WebhookDelivery(
        id=1,
        webhook_id=WEBHOOK,
        round=0,
        event_id="one",
        cursor="1.0",
        type="entrepot.order.placed",
        body=b"{}",
        next_at=NOW,
    )


def _examination(examination_id: bytes, order_id: bytes) -> Examination:
    return Examination(
        examination_id=examination_id,
        order_id=order_id,
        bank=member("bank"),
        number=1,
        state="DISCREPANT",
        presented_on="2026-11-20",
        answer_by="2026-11-27",
        rules_hash=bytes(32),
        examined_at=NOW,
    )
