"""Offers: published in versions, to partners or to all, withdrawn, never changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.offering import OFFER, changed, publish, published
from tests.api.stage import Stage, lei


def items(stage: Stage, who: str, **query: Any) -> list[dict[str, Any]]:
    return list(stage.get(who, "/v1/offers", params=query).json()["items"])


def test_offer_is_seen_by_whom_it_is_for_and_by_nobody_else(stage: Stage) -> None:
    offer_id = published(stage, buyer_max={"amount": "1.00", "currency": "USD"})
    [own] = items(stage, "bank")
    [theirs] = items(stage, "fintech")
    assert own["offer_id"] == theirs["offer_id"] == offer_id
    assert own["partners"][0]["lei"] == lei("fintech")
    assert own["buyer_max"]["amount"] == "1.00"
    assert (theirs["partners"], theirs["buyer_max"]) == ([], None)
    assert items(stage, "exporter") == items(stage, "carrier") == []
    assert stage.get("exporter", f"/v1/offers/{offer_id}").status_code == 404
    assert len(items(stage, "regulator")) == 1


def test_offer_to_nobody_in_particular_is_seen_by_all(stage: Stage) -> None:
    published(stage, partners=[])
    for who in ("exporter", "carrier", "fintech"):
        assert len(items(stage, who)) == 1


def test_the_same_reference_is_the_next_version_and_the_former_stays(stage: Stage) -> None:
    offer_id = published(stage)
    assert publish(stage).json()["version"] == 1, "in the same words it is the same"
    before = stage.digest()
    stage.refused(publish(stage, interest_bps=700), 409, "two-persons-needed", before)
    assert changed(stage, interest_bps=700) == 2
    assert stage.get("bank", f"/v1/offers/{offer_id}").json()["version"] == 2
    told = [(each["version"], each["interest_bps"]) for each in items(stage, "fintech")]
    assert told == [(1, 650), (2, 700)]
    page = stage.get("fintech", "/v1/offers", params={"limit": 1}).json()
    rest = items(stage, "fintech", after=page["next"])
    assert [each["version"] for each in (*page["items"], *rest)] == [1, 2]
    assert stage.get("fintech", "/v1/offers", params={"after": "x"}).status_code == 422


def test_withdrawn_offer_stays_withdrawn(stage: Stage) -> None:
    offer_id = published(stage)
    path = f"/v1/offers/{offer_id}:withdraw"
    assert stage.post("fintech.officer-1", path).status_code == 404
    assert stage.post("bank.officer-1", path).json()["withdrawn_at"]
    again = stage.post("bank.officer-1", path)
    assert again.status_code == 200
    before = stage.digest()
    stage.refused(publish(stage, interest_bps=1), 409, "wrong-state", before)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"platform_share_bps": 2001}, "platform_share_bps"),
        ({"reserve_bps": 499}, "reserve_bps"),
        ({"advance_bps": 0}, "advance_bps"),
        ({"amount_min": {"amount": "900000.01", "currency": "USD"}}, "amount_min"),
        ({"tenor_days_max": 30}, "tenor_days_max"),
        ({"product": "RECEIVABLE_FINANCE"}, "product"),
        ({"settlement_bank": lei("fintech")}, "settlement_bank"),
        ({"partners": ["529900T8BM49AURSDO55"]}, "partners"),
        ({"valid_until": "2026-11-02T00:00:00Z"}, "valid_from"),
        ({"lenders": [{**OFFER["lenders"][0], "participant": lei("fintech")}]}, "lenders"),
        ({"lenders": [{**OFFER["lenders"][0], "participant": lei("carrier")}]}, "lenders"),
        ({"lenders": [{**OFFER["lenders"][0], "loss_bps": 9999}]}, "lenders"),
        ({"tranches": [{**OFFER["tranches"][0], "share_bps": 9999}]}, "tranches"),
        ({"tranches": [{**OFFER["tranches"][0], "blocking": ["INVOICE"]}]}, "tranches"),
        ({"country_max": {"amount": "1.00", "currency": "EUR"}}, "country_max"),
    ],
)
def test_offer_that_the_contract_would_refuse_is_not_published(
    stage: Stage, change: dict[str, Any], why: str
) -> None:
    before = stage.digest()
    answer = publish(stage, **change)
    assert answer.status_code == 422
    assert why in stage.refused(answer, 422, answer.json()["code"], before)


def test_who_does_not_lend_publishes_nothing(stage: Stage) -> None:
    before = stage.digest()
    answer = publish(stage, "importer.officer-1")
    stage.refused(answer, 403, "not-permitted", before)
