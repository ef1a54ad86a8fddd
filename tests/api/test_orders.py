"""Orders through the API: what is asked of the chain, and what is refused at the door."""

from typing import Any

import pytest

from entrepot.bindings.trade_orders import Accept, Cancel, CloseDispute, Dispute, Fulfil, Place
from entrepot.kit.clock import to_unix
from entrepot.store.tables import OrderReference
from tests.api.stage import NOW, REFERENCE, Stage, contract_at, lei, member

ORDER: dict[str, Any] = {
    "reference": REFERENCE,
    "importer": lei("importer"),
    "amount": {"amount": "1284000.00", "currency": "USD"},
    "origin": "CN",
    "destination": "NL",
    "incoterm": "CIF",
    "accept_by": "2026-11-21T00:00:00Z",
    "ship_by": "2026-11-30T00:00:00Z",
    "attesters": [{"participant": lei("carrier"), "kinds": ["TRANSPORT_DOCUMENT"]}],
    "details": {"goods": "Kitchen appliances"},
}


def test_place_when_agreed_asks_the_chain_and_tells_the_id(stage: Stage) -> None:
    answer = stage.post("exporter", "/v1/orders", json=ORDER)
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    [row] = stage.outbox()
    call = stage.call()
    assert isinstance(call, Place)
    assert (call.terms.amount, call.terms.currency) == (128_400_000, b"USD")
    assert call.terms.exporter == member("exporter")
    assert row.target == contract_at("TradeOrders")
    assert answer.json()["result"]["order_id"] == "0x" + stage.order().hex()
    assert answer.headers["location"].endswith(answer.json()["operation_id"])


def test_p8_place_puts_no_word_of_the_parties_on_the_chain(stage: Stage) -> None:
    stage.post("exporter", "/v1/orders", json=ORDER)
    [row] = stage.outbox()
    for word in (REFERENCE, "Kitchen", "appliances", "CIF"):
        assert word.encode() not in row.calldata
        assert word not in row.key


def test_p6_place_when_said_twice_is_one_operation(stage: Stage) -> None:
    first = stage.post("exporter", "/v1/orders", json=ORDER).json()
    second = stage.post("exporter", "/v1/orders", json=ORDER).json()
    assert second["operation_id"] == first["operation_id"]
    assert len(stage.outbox()) == 1


def test_place_when_the_reference_has_another_order_is_refused(stage: Stage) -> None:
    stage.post("exporter", "/v1/orders", json=ORDER)
    before = stage.digest()
    other = {**ORDER, "amount": {"amount": "1.00", "currency": "USD"}}
    answer = stage.post("exporter", "/v1/orders", json=other)
    assert (answer.status_code, answer.json()["code"]) == (409, "already-asked")
    assert stage.digest() == before


def test_place_when_the_first_attempt_failed_is_asked_anew(stage: Stage) -> None:
    first = stage.post("exporter", "/v1/orders", json=ORDER).json()
    stage.settle("FAILED", contract="TradeOrders", name="TradeOrders_Expired", arguments={})
    second = stage.post("exporter", "/v1/orders", json=ORDER).json()
    assert second["operation_id"] != first["operation_id"]
    assert [row.state for row in stage.outbox()] == ["FAILED", "QUEUED"]


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"importer": lei("carrier")}, "invalid-input", "IMPORTER"),
        ({"importer": "ENTR00VANDERMEERBV74"}, "invalid-request", "check digits"),
        ({"importer": "213800HX6IZM1QNBAJ33"}, "invalid-input", "not an active participant"),
        ({"amount": {"amount": "0.00", "currency": "USD"}}, "invalid-input", "more than zero"),
        ({"amount": {"amount": "1.001", "currency": "USD"}}, "invalid-request", "decimals"),
        ({"amount": {"amount": "1.5", "currency": "JPY"}}, "invalid-request", "decimals"),
        ({"amount": {"amount": 1284000, "currency": "USD"}}, "invalid-request", "string"),
        ({"amount": {"amount": "-5.00", "currency": "USD"}}, "invalid-request", "pattern"),
        ({"amount": {"amount": "5.00", "currency": "XXX"}}, "invalid-request", "4217"),
        ({"ship_by": "2026-11-20T00:00:00Z"}, "invalid-input", "accept_by"),
        ({"ship_by": "2026-11-30T00:00:00+08:00"}, "invalid-request", "pattern"),
        ({"ship_by": "2026-02-30T00:00:00Z"}, "invalid-request", "ship_by"),
        ({"incoterm": "DAT"}, "invalid-request", "DPU"),
        ({"origin": "ZZ"}, "invalid-request", "origin"),
        ({"reference": ""}, "invalid-request", "reference"),
        ({"reference": "a\x00b"}, "invalid-request", "reference"),
        ({"reference": " padded "}, "invalid-request", "reference"),
        ({"details": {"a": 1.5}}, "invalid-request", "details"),
        ({"details": {"a": "\x00"}}, "invalid-request", "details"),
        ({"details": {"a": 2**60}}, "invalid-input", "details"),
        ({"surprise": True}, "invalid-request", "surprise"),
        ({"attesters": [{"participant": lei("carrier"), "kinds": []}]}, "invalid-request", "kinds"),
        (
            {"attesters": [{"participant": lei("carrier"), "kinds": ["WISH"]}]},
            "invalid-request",
            "kinds",
        ),
    ],
)
def test_place_when_malformed_names_the_place_and_changes_nothing(
    stage: Stage, change: dict[str, Any], code: str, word: str
) -> None:
    before = stage.digest()
    answer = stage.post("exporter", "/v1/orders", json={**ORDER, **change})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, code)
    assert word in told["detail"] + str(told.get("errors"))
    assert stage.digest() == before


def test_place_keeps_the_parties_words_as_they_are(stage: Stage) -> None:
    words = {"货物": "厨房电器\u3000两种", "note": "line one\nline two", "units": 2550}
    answer = stage.post("exporter", "/v1/orders", json={**ORDER, "details": words})
    order_id = bytes.fromhex(answer.json()["result"]["order_id"][2:])
    with stage.world.store.reading() as session:
        found = session.get_one(OrderReference, order_id)
    assert found.details["details"] == words


def test_place_when_not_an_exporter_is_refused(stage: Stage) -> None:
    answer = stage.post("importer", "/v1/orders", json={**ORDER, "importer": lei("exporter")})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")


def test_accept_confirms_exactly_what_stands_here(stage: Stage) -> None:
    order_id = stage.order(state="PLACED")
    answer = stage.post("importer", f"/v1/orders/0x{order_id.hex()}:accept")
    assert answer.status_code == 202
    call = stage.call()
    assert isinstance(call, Accept)
    assert call.digest != bytes(32)


def test_accept_when_the_terms_change_confirms_another_digest(stage: Stage) -> None:
    order_id = stage.order(state="PLACED")
    stage.post("importer", f"/v1/orders/0x{order_id.hex()}:accept", json={})
    first = stage.call()
    stage.reset()
    stage.order(state="PLACED", amount_minor=1)
    stage.post("importer", f"/v1/orders/0x{order_id.hex()}:accept", json={})
    second = stage.call()
    assert isinstance(first, Accept)
    assert isinstance(second, Accept)
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("verb", "actor", "state", "kind"),
    [
        ("cancel", "exporter", "PLACED", Cancel),
        ("cancel", "importer", "PLACED", Cancel),
        ("fulfil", "importer", "ACCEPTED", Fulfil),
    ],
)
def test_act_when_it_may_be_asks_the_chain(
    stage: Stage, verb: str, actor: str, state: str, kind: type
) -> None:
    order_id = stage.order(state=state)
    answer = stage.post(actor, f"/v1/orders/0x{order_id.hex()}:{verb}")
    assert answer.status_code == 202
    assert isinstance(stage.call(), kind)


def test_dispute_keeps_the_reason_off_the_chain(stage: Stage) -> None:
    order_id = stage.order()
    answer = stage.post(
        "importer", f"/v1/orders/0x{order_id.hex()}:dispute", json={"reason": "wet boxes"}
    )
    assert answer.status_code == 202
    assert isinstance(stage.call(), Dispute)
    assert b"wet boxes" not in stage.outbox()[0].calldata


def test_dispute_that_has_failed_is_not_raised_again_by_the_same_party(stage: Stage) -> None:
    order_id = stage.order(importer_failed=1)
    path = f"/v1/orders/0x{order_id.hex()}:dispute"
    before = stage.digest()
    again = stage.post("importer", path, json={"reason": "wet boxes"})
    stage.refused(again, 409, "already-asked", before)
    assert stage.post("exporter", path, json={"reason": "wet boxes"}).status_code == 202
    assert isinstance(stage.call(), Dispute)


def test_dispute_is_closed_once_its_time_is_over(stage: Stage) -> None:
    now = to_unix(NOW)
    order_id = stage.order(state="DISPUTED", disputed_until=now + 1)
    path = f"/v1/orders/0x{order_id.hex()}:close-dispute"
    before = stage.digest()
    stage.refused(stage.post("exporter", path), 409, "wrong-state", before)
    stage.order(state="DISPUTED", disputed_until=now)
    answer = stage.post("exporter", path)
    assert answer.status_code == 202, answer.text
    assert isinstance(stage.call(), CloseDispute)


@pytest.mark.parametrize(
    ("verb", "actor", "state", "status", "code"),
    [
        ("accept", "exporter", "PLACED", 403, "not-permitted"),
        ("accept", "importer", "CANCELLED", 409, "wrong-state"),
        ("cancel", "carrier", "PLACED", 403, "not-permitted"),
        ("cancel", "exporter", "ACCEPTED", 409, "wrong-state"),
        ("fulfil", "exporter", "ACCEPTED", 403, "not-permitted"),
        ("accept", "fintech", "PLACED", 404, "not-found"),
    ],
)
def test_act_when_it_may_not_be_is_refused_without_a_trace(
    stage: Stage, verb: str, actor: str, state: str, status: int, code: str
) -> None:
    order_id = stage.order(state=state)
    before = stage.digest()
    answer = stage.post(actor, f"/v1/orders/0x{order_id.hex()}:{verb}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert stage.digest() == before
