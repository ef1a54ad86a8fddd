"""Masks and choices: what a consent names is told and the rest is null; `fields` asks for less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, get_args, get_type_hints

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from entrepot.api.app import create_app
from entrepot.api.routes.paths import by
from entrepot.api.schemas.answers import Health, OperationOut, Seen, view_of
from entrepot.domain.consents import KINDS
from entrepot.steps import World
from entrepot.store.tables import Participant
from entrepot.views.fields import CATALOGUE, Class, nameable
from entrepot.views.paging import Asked
from entrepot.views.values import Amount, Party
from tests.api.dealing import requested
from tests.api.stage import Stage, lei, member
from tests.api.test_consents import OUTSIDER, granted, is_problem, under

BLUEPRINT = create_app(
    cast(
        "World",
        SimpleNamespace(settings=SimpleNamespace(document_bytes_max=1, request_seconds_max=1)),
    )
)
NO_VIEWS = (OperationOut, Health)
"""Answers about the caller's own request, and about the process."""


def answers_of(routes: Any) -> Iterator[type[BaseModel]]:
    """The models of all answers that show something stored."""
    for route in routes:
        if not isinstance(route, APIRoute):
            yield from answers_of(getattr(getattr(route, "original_router", None), "routes", ()))
        elif isinstance(route.response_model, type) and issubclass(route.response_model, Seen):
            yield route.response_model
        elif "GET" in (route.methods or ()) and route.response_model is not None:
            assert issubclass(route.response_model, NO_VIEWS), route.path


def views_below(view: Any) -> Iterator[type]:
    """A view and all that stand in it; what an amount or a party is made of needs no word."""
    if is_dataclass(view) and view not in (Amount, Party):
        yield cast("type", view)
        for hint in get_type_hints(view).values():
            yield from views_below(hint)
    for part in get_args(view):
        yield from views_below(part)


VIEWS = {
    each.__name__: each
    for answer in answers_of(BLUEPRINT.routes)
    for each in views_below(view_of(answer))
}


def unclassified(view: type, known: Any) -> set[str]:
    return {each.name for each in fields_of(view)} ^ set(known.fields)


@pytest.mark.parametrize("name", VIEWS)
def test_every_field_of_every_answer_is_classified(name: str) -> None:
    assert name in CATALOGUE, f"{name} is not in views/fields.py"
    assert unclassified(VIEWS[name], CATALOGUE[name]) == set()


def test_an_unclassified_field_is_found() -> None:
    assert len(VIEWS) > 40
    assert unclassified(VIEWS["OrderView"], CATALOGUE["TitleView"]) >= {"amount", "possessor"}
    assert sorted(CATALOGUE) == sorted(VIEWS), "a view that is in no answer any more"


def test_p7_whatever_tells_of_money_names_or_people_is_masked() -> None:
    """Judged by the types, so that a new amount or partner can't be let out by a slip."""
    told: set[tuple[str, str]] = set()
    for name, view in VIEWS.items():
        known = CATALOGUE[name]
        if known.kind not in (*KINDS, "quotes"):
            continue
        for field, hint in get_type_hints(view).items():
            parts = {hint, *get_args(hint)}
            if known.fields[field] is Class.PUBLIC and parts & {Amount, Party}:
                told.add((name, field))
            if dict in {getattr(part, "__origin__", None) for part in parts}:
                assert known.fields[field] is not Class.PUBLIC, (name, field)
    assert told == {("DocumentView", "owner")}, "the owner is whom the consent is of"


@pytest.fixture
def facility(stage: Stage) -> str:
    path, _ = requested(stage)
    return path


@pytest.fixture
def order(stage: Stage, facility: str) -> str:
    return "/v1/orders/" + stage.get("exporter", facility).json()["order_id"]


@pytest.fixture(autouse=True)
def outsider(stage: Stage) -> None:
    with stage.world.store.transaction() as session:
        session.get_one(Participant, member("regulator")).roles = 0


def test_p7_what_the_consent_does_not_name_is_null(stage: Stage, order: str) -> None:
    consent_id = granted(stage, access={"orders": []}, fields=["orders.amount"])
    own, told = stage.get("exporter", order).json(), under(stage, consent_id, order).json()
    hidden = ["reference", "exporter", "importer", "details"]
    assert sorted(told["masked"]) == sorted([*hidden, "attesters.participant"])
    assert {name: told[name] for name in hidden} == dict.fromkeys(hidden)
    assert {each["participant"] for each in told["attesters"]} == {None}
    for name in own.keys() - {*hidden, "attesters"}:
        assert told[name] == own[name], name
    assert "masked" not in own
    for text in ("PO-2026-1187", lei("importer")):
        assert text in stage.get("exporter", order).text
        assert text not in under(stage, consent_id, order).text


@pytest.mark.parametrize("kind", KINDS)
def test_p7_with_nothing_named_no_amount_and_no_partner_is_told(
    stage: Stage, order: str, facility: str, kind: str
) -> None:
    """Over every read of the kind; with everything named, it is as the owner has it."""
    document = stage.get("exporter", f"{order}/documents").json()["items"][0]["document_id"]
    title = "/v1/titles/0x" + stage.title(bytes.fromhex(order.rpartition("0x")[2])).hex()
    paths = {
        "orders": [
            "/v1/orders",
            order,
            title,
            *(f"{order}/{part}" for part in ("timeline", "evidence", "titles")),
        ],
        "documents": [f"{order}/documents", f"/v1/documents/{document}"],
        "facilities": [
            "/v1/facilities",
            facility,
            *(f"{facility}/{part}" for part in ("conditions", "repayments")),
        ],
    }[kind]
    # An order's documents are listed to who sees the order.
    access: dict[str, Any] = {kind: [], **({"orders": []} if kind == "documents" else {})}
    bare = granted(stage, access=access, purpose="AUDIT")
    full = granted(stage, access=access, fields=list(nameable(tuple(access))))
    secrets = {lei("importer"), lei("bank"), '"currency"', "PO-2026-1187"}
    owns = ""
    for path in paths:
        own = stage.get("exporter", path)
        owns += own.text
        if kind in ("orders", "documents") and path.endswith(("orders", "documents")):
            own_items = own.json()["items"]
            assert under(stage, full, path).json()["items"] == own_items
        said = under(stage, bare, path)
        assert said.status_code == 200, said.text
        assert {each for each in secrets if each in said.text} == set(), path
        assert under(stage, full, path).json()["masked"] == []
    assert any(each in owns for each in secrets), "the owner is told none of it: proves nothing"


def test_a_participant_that_has_a_part_in_it_is_told_all(stage: Stage, facility: str) -> None:
    for who in ("exporter", "importer", "bank"):
        answer = stage.get(who, facility).json()
        assert answer["amount"]["currency"] == "USD"
        assert "masked" not in answer


def test_p7_masked_fields_are_not_found_out_by_asking_for_them(stage: Stage, order: str) -> None:
    assert order
    consent_id = granted(stage, access={"orders": [], "facilities": []})
    for query, name in (
        (f"orders?importer={lei('importer')}", "orders.importer"),
        (f"orders?exporter={lei('exporter')}", "orders.exporter"),
        ("orders?currency=USD", "orders.amount"),
        ("orders?sort=-amount", "orders.amount"),
        ("facilities?sort=outstanding", "facilities.outstanding"),
        (f"facilities?exporter={lei('exporter')}", "facilities.exporter"),
        ("facilities?currency=USD", "facilities.amount"),
    ):
        answer = under(stage, consent_id, f"/v1/{query}")
        assert is_problem(answer, 422, "field-masked"), query
        assert name in answer.json()["detail"]
    assert under(stage, consent_id, "/v1/orders?state=ACCEPTED&sort=placed").status_code == 200
    named = granted(stage, fields=["orders.importer"], purpose="AUDIT")
    assert len(under(stage, named, f"/v1/orders?importer={lei('importer')}").json()["items"]) == 1


def test_each_narrowing_of_a_shared_list_is_judged() -> None:
    """A parameter that is new must be known to `by`, or be of an open field."""
    known = {"state", "limit", "after", "sort", "fields", "expand", "Consent-ID", "Access-Reason"}
    schema = BLUEPRINT.openapi()
    for path, kind in (("/v1/orders", "orders"), ("/v1/facilities", "facilities")):
        names = {each["name"] for each in schema["paths"][path]["get"]["parameters"]} - known
        assert names <= {"exporter", "importer", "currency"}
        for name in names - {"currency"}:
            assert by(kind, Asked(), **{name: "x"}) == (f"{kind}.{name}",)


def test_revoked_nothing_is_told_masked_or_not(stage: Stage, order: str) -> None:
    consent_id = granted(stage, fields=["orders.amount"])
    tag = under(stage, consent_id, order).headers["etag"]
    stage.post("exporter", f"/v1/consents/{consent_id}:revoke")
    answer = stage.get(OUTSIDER, order, headers={"Consent-ID": consent_id, "If-None-Match": tag})
    assert is_problem(answer, 403, "consent-invalid")


def test_a_consent_names_fields_that_there_are(stage: Stage) -> None:
    body = {
        "third_party": lei(OUTSIDER),
        "purpose": "AUDIT",
        "access": {"orders": []},
        "fields": ["orders.colour"],
        "recurring_indicator": True,
        "frequency_per_day": 1,
        "valid_until": "2026-12-31",
    }
    answer = stage.post("exporter", "/v1/consents", json=body)
    assert answer.status_code == 422
    assert "orders.amount" in answer.text


# fields


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("order_id", {"order_id": str}),
        ("amount.currency,state", {"amount": {"currency": str}, "state": str}),
        ("attesters.participant.lei", {"attesters": [{"participant": {"lei": str}}]}),
        ("amount,amount.currency", {"amount": {"amount": str, "currency": str}}),
        ("details.nothing", {"details": {}}),
    ],
)
def test_only_the_fields_that_are_asked_for_are_told(
    stage: Stage, order: str, asked: str, names: dict[str, Any]
) -> None:
    one = stage.get("exporter", f"{order}?fields={asked}").json()
    [of_many] = stage.get("exporter", f"/v1/orders?fields={asked}").json()["items"]
    assert {k: v for k, v in one.items() if k not in ("as_of_block", "finality")} == of_many
    assert _kinds(of_many) == names


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kinds(each) for name, each in value.items()}
    return [_kinds(value[0])] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("asked", ["colour", "amount.colour", "order_id.x", "a..b", ",", "items"])
def test_an_unknown_field_is_refused_with_those_there_are(
    stage: Stage, order: str, asked: str
) -> None:
    for path in (order, "/v1/orders"):
        answer = stage.get("exporter", path, params={"fields": asked})
        assert is_problem(answer, 422, "invalid-input")
        detail = answer.json()["detail"]
        assert ("currency" if asked.startswith("amount.") else "order_id") in detail


def test_unknown_fields_are_refused_also_when_there_is_nothing(stage: Stage) -> None:
    for path in ("/v1/releases", "/v1/webhooks", "/v1/consents", "/v1/access-records"):
        answer = stage.get("exporter", path, params={"fields": "colour"})
        assert is_problem(answer, 422, "invalid-input"), path


def test_other_fields_are_another_representation(stage: Stage, order: str) -> None:
    whole = stage.get("exporter", order).headers["etag"]
    few = stage.get("exporter", f"{order}?fields=state").headers["etag"]
    assert whole != few
    again = stage.get("exporter", f"{order}?fields=state", headers={"If-None-Match": few})
    assert again.status_code == 304
    other = stage.get("exporter", order, headers={"If-None-Match": few})
    assert other.status_code == 200


def test_pages_keep_their_fields(stage: Stage, order: str) -> None:
    assert order
    stage.order("PO-2026-2000")
    first = stage.get("exporter", "/v1/orders?limit=1&fields=order_id")
    assert "fields=order_id" in first.headers["link"]
    following = first.headers["link"].partition(">")[0][1:]
    second = stage.get("exporter", following)
    assert list(second.json()["items"][0]) == ["order_id"]
    assert second.json()["next"] is None
    assert first.json()["items"] != second.json()["items"]


def test_fields_reach_into_what_is_expanded(stage: Stage, order: str) -> None:
    asked = {"expand": "facilities,evidence", "fields": "state,facilities.items.lenders.share"}
    told = stage.get("exporter", order, params=asked).json()
    assert told.keys() - {"as_of_block", "finality"} == {"state", "facilities"}
    [one] = told["facilities"]["items"]
    assert list(one["lenders"][0]) == ["share"]
    answer = stage.get("exporter", order, params={"fields": "facilities.items"})
    assert is_problem(answer, 422, "invalid-input")


def test_fields_and_masks_go_together(stage: Stage, order: str) -> None:
    consent_id = granted(stage, fields=["orders.amount"])
    told = under(stage, consent_id, f"{order}?fields=amount.currency,importer.lei").json()
    assert told["amount"] == {"currency": "USD"}
    assert told["importer"] is None
    assert told["masked"] == ["importer"]


def test_what_is_told_whole_refuses_fields(stage: Stage, order: str) -> None:
    document = stage.get("exporter", f"{order}/documents").json()["items"][0]["document_id"]
    for path in (
        f"/v1/documents/{document}/content",
        "/v1/events/stream",
        "/v1/operations/op_" + "0" * 32,
    ):
        answer = stage.get("exporter", path, params={"fields": "data"})
        assert is_problem(answer, 422, "invalid-input"), path


def test_the_page_lists_what_a_consent_can_name() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/access.md").read_text()
    listed = {
        kind: re.findall(rf"`({kind}\.[a-z0-9_]+)`", page.partition(f"\n| {kind} |")[2])
        for kind in KINDS
    }
    assert listed == {kind: list(nameable((kind,))) for kind in KINDS}
