"""How the API behaves whatever is asked: lists, limits, versions, dry runs."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from entrepot.api.app import create_app
from entrepot.api.auth import SCOPES
from entrepot.store import tokens
from entrepot.store.tables import Token
from tests.api.routes_of import Route
from tests.api.stage import Stage, lei
from tests.api.test_tenancy import ROUTES

PLACED = {
    "reference": "PO-9",
    "importer": lei("importer"),
    "amount": {"amount": "10.00", "currency": "USD"},
    "origin": "CN",
    "destination": "NL",
    "accept_by": "2026-12-01T00:00:00Z",
    "ship_by": "2027-01-01T00:00:00Z",
    "attesters": [{"participant": lei("carrier"), "kinds": ["SHIPPED_ON_BOARD"]}],
}


def limited(stage: Stage, **quotas: int) -> TestClient:
    """An API with smaller limits, over the same world."""
    settings = stage.world.settings.model_copy(update=quotas)
    return TestClient(create_app(replace(stage.world, settings=settings)))


def references(page: dict[str, Any]) -> list[str]:
    return [item["reference"] for item in page["items"]]


def test_page_names_the_next_one(stage: Stage) -> None:
    for number in range(3):
        stage.order(f"PO-{number}")
    first = stage.get("exporter", "/v1/orders?limit=2&state=ACCEPTED")
    assert first.links["next"]["rel"] == "next"
    second = stage.get("exporter", first.links["next"]["url"])
    assert "state=ACCEPTED" in first.links["next"]["url"]
    assert len(second.json()["items"]) == 1
    assert "next" not in second.links


def test_list_is_sorted_by_amount_within_a_currency(stage: Stage) -> None:
    for name, minor in {"PO-1": 300, "PO-2": 100, "PO-3": 200}.items():
        stage.order(name, amount_minor=minor)
    stage.order("PO-4", amount_minor=1, currency="EUR")
    rising = stage.get("exporter", "/v1/orders?sort=amount&currency=USD").json()
    assert references(rising) == ["PO-2", "PO-3", "PO-1"]
    first = stage.get("exporter", "/v1/orders?sort=-amount&currency=USD&limit=1").json()
    path = f"/v1/orders?sort=-amount&currency=USD&after={first['next']}"
    rest = stage.get("exporter", path).json()
    assert [*references(first), *references(rest)] == ["PO-1", "PO-3", "PO-2"]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("sort=amount", "ask for one, &currency="),
        ("sort=colour", "sorted by placed, -placed, amount, -amount, not by 'colour'"),
        ("after=1.2", "is not a cursor of this list"),
    ],
)
def test_list_says_what_it_can_not_do(stage: Stage, query: str, why: str) -> None:
    answer = stage.get("exporter", f"/v1/orders?{query}")
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


def test_list_may_be_narrowed_to_a_partner(stage: Stage) -> None:
    stage.order("PO-1")
    path = "/v1/orders?exporter=" + lei("exporter") + "&importer="
    assert references(stage.get("importer", path + lei("importer")).json()) == ["PO-1"]
    assert references(stage.get("importer", path + lei("exporter")).json()) == []


def test_one_read_tells_what_belongs_to_it(stage: Stage) -> None:
    order_id = stage.order()
    stage.title(order_id)
    path = f"/v1/orders/0x{order_id.hex()}"
    told = stage.get("exporter", f"{path}?expand=titles,evidence").json()
    assert told["titles"]["items"] == stage.get("exporter", f"{path}/titles").json()["items"]
    assert told["evidence"] == {"items": [], "next": None}
    assert "facilities" not in told
    refused = stage.get("exporter", f"{path}?expand=titles,secrets")
    assert refused.status_code == 422
    assert "'secrets' is none of evidence, titles, facilities" in refused.json()["detail"]


def test_limit_is_told_and_kept(stage: Stage) -> None:
    api = limited(stage, reads_per_minute=2)
    read = lambda actor: api.get("/v1/orders", headers=stage.headers(actor))  # noqa: E731 (named once, here)
    answers = [read("exporter") for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert [a.headers["RateLimit"].partition(";t=")[0] for a in answers] == [
        '"reads";r=1',
        '"reads";r=0',
        '"reads";r=0',
    ]
    assert answers[0].headers["RateLimit-Policy"] == '"reads";q=2;w=60'
    assert answers[2].json()["code"] == "rate-limited"
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert read("importer").status_code == 200, "one participant's haste is not another's"


def test_limit_counts_over_every_process(stage: Stage) -> None:
    first, second = (limited(stage, commands_per_minute=1) for _ in range(2))
    asked = {"headers": stage.headers("exporter"), "json": PLACED}
    assert first.post("/v1/orders", **asked).status_code == 202
    assert second.post("/v1/orders", **asked).status_code == 429


def test_requests_that_race_for_the_last_of_a_limit_get_no_more_than_it(stage: Stage) -> None:
    api = limited(stage, reads_per_minute=5)
    ask = lambda _: api.get("/v1/orders", headers=stage.headers("exporter"))  # noqa: E731
    with ThreadPoolExecutor(16) as pool:
        counts = Counter(answer.status_code for answer in pool.map(ask, range(32)))
    assert counts == {200: 5, 429: 27}


def test_version_is_told_and_an_unknown_one_refused(stage: Stage) -> None:
    told = stage.get("exporter", "/v1/orders")
    version = told.headers["Entrepot-Version"]
    again = stage.get("exporter", "/v1/orders", headers={"Entrepot-Version": version})
    assert again.status_code == 200
    refused = stage.get("exporter", "/v1/orders", headers={"Entrepot-Version": "2019-01-01"})
    assert (refused.status_code, refused.json()["code"]) == (400, "version-unknown")
    assert version in refused.json()["mend"]


def test_dry_run_refuses_what_would_be_refused_and_keeps_nothing(stage: Stage) -> None:
    before = stage.digest()
    wrong = {**PLACED, "importer": lei("exporter")}
    answer = stage.post("exporter", "/v1/orders?dry_run=true", json=wrong)
    assert answer.status_code == 422
    away = stage.post("exporter", "/v1/orders?dry_run=true", json=PLACED)
    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert stage.digest() == before


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_request_is_counted(stage: Stage, route: Route) -> None:
    token = tokens.fingerprint("token-of-exporter")
    with stage.world.store.transaction() as session:
        session.get_one(Token, token).scopes = list(SCOPES)
    with stage.client.stream(
        route.method, route.path(), headers=stage.headers("exporter"), **route.request
    ) as answer:
        assert "RateLimit" in answer.headers
