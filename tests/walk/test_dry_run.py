"""A command that is only tried, on a real chain: what it would cost, what would refuse it."""

import pytest

from tests.api.stage import lei
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

ORDER = {
    "reference": "PO-TRIED",
    "importer": lei("importer"),
    "amount": {"amount": "10.00", "currency": "USD"},
    "origin": "CN",
    "destination": "NL",
    "accept_by": "2028-01-01T00:00:00Z",
    "ship_by": "2028-02-01T00:00:00Z",
    "attesters": [{"participant": lei("carrier"), "kinds": ["SHIPPED_ON_BOARD"]}],
}


def test_command_is_tried_on_the_chain_and_nothing_is_kept(straight_walk: Walk) -> None:
    before = straight_walk.fingerprint()
    tried = straight_walk.ask("exporter", "POST", "/v1/orders?dry_run=true", json=ORDER)
    told = tried.json()
    assert tried.status_code == 200, tried.text
    assert told["dry_run"] is True
    assert told["result"]["order_id"].startswith("0x")
    [call] = told["transactions"]
    assert call["verb"] == "TradeOrders.place"
    assert 50_000 < call["gas"] < 500_000
    assert straight_walk.fingerprint() == before


def test_contract_s_own_refusal_is_told_without_sending_anything(straight_walk: Walk) -> None:
    before = straight_walk.fingerprint()
    late = {**ORDER, "accept_by": "2026-11-01T00:00:00Z", "ship_by": "2026-11-02T00:00:00Z"}
    tried = straight_walk.ask("exporter", "POST", "/v1/orders?dry_run=true", json=late)
    told = tried.json()
    assert tried.status_code == 409, tried.text
    assert told["contract_error"]["contract"] == "TradeOrders"
    assert straight_walk.fingerprint() == before
