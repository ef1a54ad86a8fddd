"""Whoever looks at what is another's leaves a record that the owner can read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from entrepot.api import routes
from entrepot.store.tables import AccessRecord, Participant
from entrepot.store.tenancy import Acting
from tests.api.dealing import requested
from tests.api.routes_of import Route
from tests.api.stage import HEAD, Stage, input_file, lei, member
from tests.api.telling import accepted, tell
from tests.api.test_consents import granted, is_problem, under
from tests.api.test_tenancy import ROUTES, Trade, trade

__all__ = ["trade"]

EVERYTHING: dict[str, Any] = {"orders": [], "documents": [], "facilities": []}
GETS = [route for route in ROUTES if route.method == "GET"]
UNSHARED = "consent-not-applicable"
NEVER_ENDS = "/v1/events/stream"


@pytest.fixture
def facility(stage: Stage) -> str:
    path, _ = requested(stage)
    return path


@pytest.fixture
def order(stage: Stage, facility: str) -> str:
    return "/v1/orders/" + stage.get("exporter", facility).json()["order_id"]


def records(stage: Stage) -> list[AccessRecord]:
    with stage.world.store.reading() as session:
        return list(session.exec(select(AccessRecord).order_by(col(AccessRecord.id))))


def new(stage: Stage, before: list[AccessRecord]) -> list[AccessRecord]:
    return records(stage)[len(before) :]


def test_a_read_under_a_consent_is_told_to_its_owner(stage: Stage, order: str) -> None:
    consent_id = granted(stage, "carrier", fields=["orders.amount"])
    read = under(stage, consent_id, order, "carrier")
    [told] = stage.get("exporter", "/v1/access-records").json()["items"]
    assert told == {
        "record_id": told["record_id"],
        "at": "2026-11-20T12:00:00Z",
        "owner": told["owner"],
        "reader": told["reader"],
        "consent_id": consent_id,
        "purpose": "INSURANCE",
        "reason": "",
        "request_id": read.headers["x-request-id"],
        "read": "GET /v1/orders/{order_id}",
        "resources": [order.rpartition("/")[2]],
        "fields": ["orders.amount"],
    }
    assert (told["owner"]["lei"], told["reader"]["lei"]) == (lei("exporter"), lei("carrier"))
    assert stage.get("carrier", "/v1/access-records").json()["items"] == [told]
    assert stage.get("importer", "/v1/access-records").json()["items"] == []


def test_it_tells_what_was_given_and_no_more(stage: Stage, order: str) -> None:
    consent_id = granted(stage, "carrier", fields=["orders.amount", "orders.importer"])
    for asked, given in (
        ("", ["orders.amount", "orders.importer"]),
        ("?fields=order_id,importer.lei,details", ["orders.importer"]),
        ("?fields=order_id", []),
    ):
        before = records(stage)
        assert under(stage, consent_id, order + asked, "carrier").status_code == 200
        [record] = new(stage, before)
        assert record.fields == given


def test_a_list_tells_which_things_were_in_it(stage: Stage, order: str) -> None:
    other = stage.order("PO-2026-2000")
    consent_id = granted(stage, "carrier")
    under(stage, consent_id, "/v1/orders", "carrier")
    [record] = records(stage)
    assert record.resources == sorted([f"0x{other.hex()}", order.rpartition("/")[2]])
    nothing = granted(stage, "carrier", access={"documents": []}, purpose="AUDIT")
    assert under(stage, nothing, "/v1/orders", "carrier").json()["items"] == []
    assert records(stage)[-1].resources == []


def test_a_read_that_is_not_modified_is_a_read(stage: Stage, order: str) -> None:
    """It tells that all is still as the reader has it."""
    consent_id = granted(stage, "carrier")
    tag = under(stage, consent_id, order, "carrier").headers["etag"]
    headers = {"Consent-ID": consent_id, "If-None-Match": tag}
    assert stage.get("carrier", order, headers=headers).status_code == 304
    assert len(records(stage)) == 2


def test_who_was_told_nothing_leaves_no_record(stage: Stage, order: str) -> None:
    consent_id = granted(stage, "carrier", access={"documents": []})
    assert under(stage, consent_id, order, "carrier").status_code == 404
    stage.post("exporter", f"/v1/consents/{consent_id}:revoke")
    assert under(stage, consent_id, "/v1/orders", "carrier").status_code == 403
    assert records(stage) == []


@pytest.fixture
def full(stage: Stage) -> Iterator[None]:
    """The table takes no row."""

    def alter(change: str) -> None:
        with stage.world.store.transaction() as session:
            session.execute(text(f"ALTER TABLE access_record {change}"))

    alter("ADD CONSTRAINT taken CHECK (reader = owner) NOT VALID")
    yield
    alter("DROP CONSTRAINT taken")


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("who", ["carrier", "regulator"])
def test_what_can_not_be_written_down_is_not_told(stage: Stage, order: str, who: str) -> None:
    """Read and record are one transaction: without the one there is not the other."""
    consent_id = granted(stage, "carrier")
    headers = {"Consent-ID": consent_id} if who == "carrier" else {}
    answer = stage.get(who, order, headers=headers)
    assert is_problem(answer, 500, "internal")
    assert "commitment" not in answer.text
    assert records(stage) == []


# every route


def test_the_walk_is_over_every_read() -> None:
    assert len(GETS) >= 35
    assert {"GET /v1/access-records", "GET /v1/orders"} <= {str(route) for route in GETS}


@pytest.mark.parametrize("route", GETS, ids=str)
def test_p7_every_read_under_a_consent_leaves_one_record(trade: Trade, route: Route) -> None:
    """Or is none: no other route is read under a consent."""
    stage = trade.stage
    names = ["documents.content"]
    consent_id = granted(stage, "carrier", access=EVERYTHING, fields=names, frequency_per_day=9)
    before = records(stage)
    answer = under(stage, consent_id, route.path(**trade.ids), "carrier")
    if answer.status_code == 200:
        [record] = new(stage, before)
        assert (record.owner, record.reader) == (member("exporter"), member("carrier"))
        assert (record.read, record.consent_id) == (str(route), consent_id)
        return
    assert new(stage, before) == []
    if str(route) == OF_ANOTHER_CONSENT:
        assert is_problem(answer, 404, "not-found"), answer.text
        return
    assert is_problem(answer, 422, UNSHARED), answer.text
    assert str(route) not in SHARED


OF_ANOTHER_CONSENT = "GET /v1/quotes/{quote_id}"
"""Which has tests of its own: test_quotes.py."""

SHARED = {
    "GET /v1/orders",
    "GET /v1/orders/{order_id}",
    "GET /v1/orders/{order_id}/timeline",
    "GET /v1/orders/{order_id}/evidence",
    "GET /v1/orders/{order_id}/titles",
    "GET /v1/orders/{order_id}/documents",
    "GET /v1/documents/{document_id}",
    "GET /v1/documents/{document_id}/content",
    "GET /v1/evidence/{evidence_id}",
    "GET /v1/titles/{title_id}",
    "GET /v1/facilities",
    "GET /v1/facilities/{facility_id}",
    "GET /v1/facilities/{facility_id}/conditions",
    "GET /v1/facilities/{facility_id}/repayments",
    "GET /v1/quotes",
    "GET /v1/quotes/{quote_id}",
}


def test_the_shared_routes_are_those_that_take_a_consent(trade: Trade) -> None:
    paths = trade.stage.client.app.openapi()["paths"]  # type: ignore[attr-defined] (a FastAPI)
    taking = {
        str(route)
        for route in GETS
        if "Consent-ID" in {p["name"] for p in paths[route.template]["get"].get("parameters", [])}
    }
    assert taking == SHARED


NOT_FOR_OWNERS = {
    "GET /v1/facilities/{facility_id}/near-matches": "for lenders",
    "GET /v1/chain": "before the first block",
    "GET /v1/offers/{offer_id}": "for another partner",
    "GET /v1/policy-proposals/{proposal_id}": "the lender's own",
}


@pytest.mark.parametrize("route", [r for r in GETS if r.template != NEVER_ENDS], ids=str)
def test_p7_the_owners_own_reads_leave_none(trade: Trade, route: Route) -> None:
    stage = trade.stage
    before = records(stage)
    ids = {**trade.ids, "lei": lei("exporter")}
    answer = stage.get("exporter", route.path(**ids))
    status = 404 if str(route) in NOT_FOR_OWNERS else 200
    assert answer.status_code == status, answer.text
    assert new(stage, before) == []


NOBODYS = {
    "GET /v1/clients": "the reader's own",
    "GET /v1/clients/{client_id}": "the reader's own",
    "GET /v1/consents": "the reader's own",
    "GET /v1/consents/{consent_id}": "the reader's own",
    "GET /v1/consents/{consent_id}/status": "the reader's own",
    "GET /v1/access-records": "the reader's own",
    "GET /v1/deposits": "the reader's own",
    "GET /v1/webhooks": "the reader's own",
    "GET /v1/webhooks/{webhook_id}": "the reader's own",
    "GET /v1/webhooks/{webhook_id}/deliveries": "the reader's own",
    "GET /v1/operations/{operation_id}": "the reader's own",
    "GET /v1/statements": "the reader's own",
    "GET /v1/chain": "everybody's",
    "GET /v1/sandbox-caps": "everybody's",
    "GET /v1/releases": "nothing is released yet",
    "GET /v1/limits": "nothing is limited yet",
    "GET /v1/approval-bands": "there are none yet",
    "GET /v1/events": "test_events_that_a_regulator_is_told_leave_records",
}
"""Reads of a regulator's that leave no record, and why."""


@pytest.mark.parametrize("route", [r for r in GETS if r.template != NEVER_ENDS], ids=str)
def test_p7_a_regulators_reads_leave_a_record_for_each_owner(trade: Trade, route: Route) -> None:
    stage = trade.stage
    before = records(stage)
    answer = stage.get("regulator", route.path(**trade.ids))
    found = new(stage, before)
    if str(route) in NOBODYS:
        assert found == [], route
        return
    assert answer.status_code == 200, answer.text
    owners = {record.owner for record in found}
    assert len(owners) == len(found) > 0
    expected = {"/v1/offers": "bank", "/v1/policy": "bank", "/v1/participants/{lei}": "importer"}
    whose = (who for start, who in expected.items() if route.template.startswith(start))
    assert member(next(whose, "exporter")) in owners
    assert member("regulator") not in owners
    for record in found:
        assert (record.purpose, record.consent_id) == ("SUPERVISION", None)
        assert record.reader == member("regulator")


def test_p7_an_owner_is_told_of_its_own_things_only(stage: Stage, order: str) -> None:
    other = stage.order("PO-2026-2000", exporter=member("bank"), importer=member("carrier"))
    stage.get("regulator", "/v1/orders")
    named = {record.owner: record.resources for record in records(stage)}
    assert named == {
        member("exporter"): [order.rpartition("/")[2]],
        member("importer"): [order.rpartition("/")[2]],
        member("bank"): ["0x" + other.hex()],
        member("carrier"): ["0x" + other.hex()],
    }


def test_a_regulator_that_asks_by_post_leaves_a_record(stage: Stage, order: str) -> None:
    document = stage.get("exporter", f"{order}/documents").json()["items"][0]["document_id"]
    content = stage.get("regulator", f"/v1/documents/{document}/content")
    assert content.status_code == 200
    [record] = records(stage)
    assert (record.owner, record.fields) == (member("exporter"), ["documents.content"])
    asked = {"fields": ["content.sha256"]}
    shown = stage.post("regulator", f"/v1/documents/{document}:disclose", json=asked)
    assert shown.status_code == 200, shown.text
    assert [record.read for record in records(stage)][1:] == [
        "POST /v1/documents/{document_id}:disclose"
    ]
    verified = stage.post("regulator", "/v1/documents/verify", files=input_file("invoice.xml"))
    assert verified.status_code == 200
    assert len(records(stage)) == 2


def test_events_that_a_regulator_is_told_leave_records(stage: Stage) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    assert len(stage.get("exporter", "/v1/events").json()["items"]) == 1
    assert records(stage) == []
    assert len(stage.get("regulator", "/v1/events").json()["items"]) == 1
    found = records(stage)
    assert {record.owner for record in found} == {member("exporter"), member("importer")}
    assert {tuple(record.resources) for record in found} == {("0x" + order_id.hex(),)}
    assert {record.read for record in found} == {"GET /v1/events"}


def test_members_are_everybodys_and_their_keys_are_not(stage: Stage) -> None:
    stage.get("regulator", f"/v1/participants/{lei('bank')}?fields=state,roles")
    assert records(stage) == []
    stage.get("regulator", f"/v1/participants/{lei('bank')}")
    [record] = records(stage)
    assert record.owner == member("bank")
    assert record.fields == ["members.key_id", "members.signer"]


def test_a_reason_is_written_down_and_may_be_asked_for(
    stage: Stage, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.get("regulator", order, headers={"Access-Reason": "case 2026/17"})
    assert {record.reason for record in records(stage)} == {"case 2026/17"}
    strict = stage.world.settings.model_copy(update={"supervision_reason": True})
    monkeypatch.setattr(type(stage.world), "settings", strict, raising=False)
    before = records(stage)
    for path in (order, "/v1/orders", "/v1/events/stream"):
        assert is_problem(stage.get("regulator", path), 422, "reason-missing"), path
    assert new(stage, before) == []
    assert stage.get("regulator", "/v1/sandbox-caps").status_code == 200
    assert stage.get("exporter", order).status_code == 200
    again = stage.get("regulator", order, headers={"Access-Reason": "case 2026/17"})
    assert again.status_code == 200


@pytest.mark.parametrize("reason", ["", "x" * 201, "caf\xe9"])
def test_a_reason_is_a_few_plain_words(stage: Stage, order: str, reason: str) -> None:
    headers = {"Access-Reason": reason.encode("latin-1")}
    assert stage.get("regulator", order, headers=headers).status_code == 422


def test_who_regulates_no_more_reads_nothing(stage: Stage, order: str) -> None:
    with stage.world.store.transaction() as session:
        session.get_one(Participant, member("regulator")).roles = 0
    assert stage.get("regulator", order).status_code == 404
    assert records(stage) == []


# the list


def test_records_are_narrowed_and_paged(stage: Stage, order: str) -> None:
    first, second = granted(stage, "carrier"), granted(stage, "bank")
    for _ in range(2):
        under(stage, first, order, "carrier")
    under(stage, second, "/v1/facilities", "bank")
    stage.get("regulator", order)
    path = "/v1/access-records"
    order_id = order.rpartition("/")[2]
    for query, count in (
        ("", 4),
        (f"reader={lei('carrier')}", 2),
        (f"reader={lei('regulator')}", 1),
        (f"owner={lei('exporter')}", 4),
        (f"owner={lei('importer')}", 0),
        (f"consent={second}", 1),
        (f"resource={order_id}", 3),
        (f"resource={order_id.upper().replace('0X', '0x')}&consent={first}", 2),
    ):
        items = stage.get("exporter", f"{path}?{query}").json()["items"]
        assert len(items) == count, query
    seen: list[str] = []
    following: str | None = f"{path}?limit=1"
    while following:
        answer = stage.get("exporter", following)
        seen += [each["record_id"] for each in answer.json()["items"]]
        link = answer.headers.get("link")
        following = link.partition(">")[0][1:] if link else None
    assert seen == sorted(seen, key=int, reverse=True)
    assert len(seen) == 4
    assert is_problem(stage.get("exporter", f"{path}?after=x"), 422, "invalid-input")
    few = stage.get("exporter", f"{path}?fields=reader.lei,read").json()["items"][0]
    assert few.keys() == {"reader", "read"}


def test_p7_the_database_itself_shows_records_to_their_two(stage: Stage, order: str) -> None:
    under(stage, granted(stage, "carrier"), order, "carrier")
    for who, count in (("exporter", 1), ("carrier", 1), ("importer", 0), ("bank", 0)):
        with stage.world.store.reading(Acting(participant_id=member(who))) as session:
            assert len(session.exec(select(AccessRecord)).all()) == count, who


# events, which no consent gives


@pytest.mark.parametrize("path", ["/v1/events", NEVER_ENDS])
def test_p7_no_consent_gives_events(stage: Stage, path: str) -> None:
    """So that nothing of their data is to be masked: the holder is told what it has a part in, and
    an order's events come by its timeline, which is masked."""
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    consent_id = granted(stage, "bank", access=EVERYTHING)
    assert is_problem(under(stage, consent_id, path, "bank"), 422, UNSHARED)
    assert stage.get("bank", "/v1/events").json()["items"] == []
    order = f"/v1/orders/0x{order_id.hex()}/timeline"
    [entry] = under(stage, consent_id, order, "bank").json()["items"]
    own = stage.get("exporter", order).json()["items"][0]
    assert own["actor"]
    assert entry == {**own, "actor": None, "to": None, "amount": None}


# how it stays so


def test_no_route_reads_beside_the_window() -> None:
    """Whatever opens the database itself would leave no record."""
    allowed = {
        ("events.py", "stream_events"): "where a stream starts: a cursor",
        ("health.py", "readyz"): "for operators",
    }
    found: set[tuple[str, str]] = set()
    for path in Path(routes.__path__[0]).glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                calls = {
                    node.func.attr
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                }
                if calls & {"reading", "accessing"}:
                    found.add((path.name, function.name))
    assert found == set(allowed)
