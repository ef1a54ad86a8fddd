"""Quotes: by consent, priced by the contract's rules, accepted by the exporter alone, as quoted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from sqlmodel import select

from entrepot.bindings.financing import Request
from entrepot.chain import ids
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import canonical_json, sha256
from entrepot.store.tables import (
    AssetLink,
    Block,
    Facility,
    FacilityLender,
    Holding,
    LenderLimit,
    QuoteFacts,
    TradeOrder,
    Tranche,
)
from tests.api.dealing import invoiced
from tests.api.offering import (
    MATURES,
    OFFER,
    accept,
    ask_quote,
    changed,
    consented,
    open_up,
    published,
    quoted,
)
from tests.api.stage import HEAD, NOW, Stage, input_file, lei, member

AFTER_TOLD = ("hash", "state", "accepted_offer", "accepted_at", "facility_id")


def usd(minor: int) -> dict[str, str]:
    return {"amount": f"{minor // 100}.{minor % 100:02}", "currency": "USD"}


def reasons(answer: Any) -> list[tuple[str, str]]:
    """Of the one offer, which does not fit."""
    assert answer.status_code == 201, answer.text
    assert answer.json()["offers"] == []
    [unmatched] = answer.json()["unmatched"]
    return [(each["code"], each["text"]) for each in unmatched["reasons"]]


def refused(stage: Stage, order_id: bytes, consent_id: str, **change: Any) -> tuple[str, str]:
    """The one reason why the one offer does not fit."""
    [reason] = reasons(ask_quote(stage, order_id, consent_id, **change))
    return reason


def later(stage: Stage, minutes: int) -> None:
    """A block so many minutes after the head."""
    at = to_unix(NOW) + minutes * 60
    stage.insert(Block(number=HEAD + 1, hash=bytes([7]) * 32, parent_hash=bytes(32), timestamp=at))


def test_quote_tells_amounts_by_the_contracts_own_rules(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    [offer] = quote["offers"]
    advance, days = 89_880_000, 61
    interest = -(-advance * days * 650 // (10_000 * 360))
    fee = -(-advance * 25 // 10_000)
    told = {name: offer[name] for name in ("advance", "interest", "fee", "cost", "net")}
    assert told == {
        "advance": usd(advance),
        "interest": usd(interest),
        "fee": usd(fee),
        "cost": usd(interest + fee),
        "net": usd(advance - interest - fee),
    }
    assert offer["repayment"] == usd(advance + interest + fee)
    assert offer["platform_share"] == usd(interest * 1500 // 10_000)
    assert offer["reserve"] == usd(advance * 500 // 10_000)
    rate = -(-(interest + fee) * 10_000 * 365 // (advance * days))
    assert (offer["days"], offer["annual_rate_bps"]) == (days, rate)
    [tranche] = offer["tranches"]
    assert tranche["amount"] == usd(advance)
    assert tranche["missing"] == ["PURCHASE_ORDER"]
    assert quote["block"] == HEAD
    assert quote["expires_at"] == "2026-11-20T12:15:00Z"


def test_hash_is_over_what_was_told_and_facts_are_kept(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    told = {name: value for name, value in quote.items() if name not in AFTER_TOLD}
    assert quote["hash"] == "0x" + sha256(canonical_json(told)).hex()
    with stage.world.store.reading() as session:
        kept = session.exec(select(QuoteFacts)).one()
    assert quote["facts_hash"] == "0x" + sha256(canonical_json(kept.facts)).hex()
    [facts] = cast("dict[str, dict[str, Any]]", kept.facts).values()
    assert facts["rooms"] == [{"lender": lei("bank"), "limit": "100000000", "used": "0"}]


def test_less_may_be_wanted_than_is_offered(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    answer = ask_quote(stage, order_id, consent_id, amount=usd(60_000_00))
    assert answer.json()["offers"][0]["advance"] == usd(60_000_00)


def test_the_exporter_quotes_for_itself_and_no_partner_shares(stage: Stage) -> None:
    open_up(stage)
    order_id = invoiced(stage)
    published(stage, partners=[])
    quote = ask_quote(stage, order_id, None, who="exporter").json()
    assert quote["partner"] is None
    assert quote["offers"][0]["platform_share"] == usd(0)
    accept(stage, quote)
    terms = cast("Request", stage.calls()[-1]).terms
    assert (terms.platform_share_bps, any(terms.platform)) == (0, False)


@pytest.mark.parametrize("who", ["importer", "carrier", "bank"])
def test_only_the_exporters_own_order_is_quoted_without_consent(stage: Stage, who: str) -> None:
    order_id, _, _ = quoted(stage)
    answer = ask_quote(stage, order_id, None, who=who)
    assert answer.status_code == (404 if who == "bank" else 403)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"purpose": "AUDIT"}, 403, "not-permitted"),
        ({"fields": []}, 403, "not-permitted"),
        ({"access": {"documents": []}}, 404, "not-found"),
        ({"access": {"orders": ["other"]}}, 404, "not-found"),
        ({"third_party": lei("carrier")}, 403, "consent-unknown"),
    ],
)
def test_p7_consent_must_be_for_financing_this_order_to_this_partner(
    stage: Stage, change: dict[str, Any], status: int, code: str
) -> None:
    open_up(stage)
    order_id = invoiced(stage)
    published(stage)
    if change.get("access") == {"orders": ["other"]}:
        other = stage.order("PO-OTHER")
        change = {"access": {"orders": [f"0x{other.hex()}"]}}
    answer = ask_quote(stage, order_id, consented(stage, order_id, **change))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_p7_consent_of_the_importer_gives_no_quote(stage: Stage) -> None:
    order_id, _, _ = quoted(stage)
    body = {
        "third_party": lei("fintech"),
        "purpose": "FINANCING",
        "access": {"orders": []},
        "fields": ["orders.amount"],
        "recurring_indicator": True,
        "frequency_per_day": 9,
        "valid_until": "2026-12-31",
    }
    given = stage.post("importer", "/v1/consents", json=body).json()["result"]["consent_id"]
    assert ask_quote(stage, order_id, given).status_code == 404


def test_p7_revoked_consent_quotes_nothing_and_hides_what_was_quoted(stage: Stage) -> None:
    order_id, consent_id, quote = quoted(stage)
    path = f"/v1/quotes/{quote['quote_id']}"
    under = {"headers": {"Consent-ID": consent_id}}
    assert stage.get("fintech", path, **under).json()["hash"] == quote["hash"]
    assert stage.get("exporter", path).json()["hash"] == quote["hash"]
    for who in ("fintech", "bank", "importer", "carrier"):
        assert stage.get(who, path).status_code == 404, who
        assert stage.get(who, "/v1/quotes").json()["items"] == []
    other = consented(stage)
    assert stage.get("fintech", path, headers={"Consent-ID": other}).status_code == 404
    stage.post("exporter", f"/v1/consents/{consent_id}:revoke")
    assert stage.get("fintech", path, **under).json()["code"] == "consent-invalid"
    assert ask_quote(stage, order_id, consent_id).json()["code"] == "consent-invalid"
    assert stage.get("exporter", path).status_code == 200


def test_each_quote_is_an_access_also_one_that_is_only_tried(stage: Stage) -> None:
    open_up(stage)
    order_id = invoiced(stage)
    published(stage)
    consent_id = consented(stage, order_id, frequency_per_day=2)
    assert ask_quote(stage, order_id, consent_id).status_code == 201
    body = {"order_id": f"0x{order_id.hex()}", "matures_at": MATURES}
    under = {"Consent-ID": consent_id}
    tried = stage.post("fintech", "/v1/quotes?dry_run=true", json=body, headers=under)
    assert tried.status_code == 201
    assert ask_quote(stage, order_id, consent_id).json()["code"] == "access-exceeded"


def test_p7_each_quote_by_consent_is_told_to_the_exporter(stage: Stage) -> None:
    """With the order that it is of, and that its amount was told; so is each look at it."""
    order_id, consent_id, quote = quoted(stage)
    headers = {"Consent-ID": consent_id}
    read = stage.get("fintech", f"/v1/quotes/{quote['quote_id']}", headers=headers)
    assert read.json()["masked"] == []
    assert read.json()["offers"] == quote["offers"]
    looked, asked = stage.get("exporter", "/v1/access-records").json()["items"]
    assert (asked["read"], looked["read"]) == ("POST /v1/quotes", "GET /v1/quotes/{quote_id}")
    assert asked["resources"] == [f"0x{order_id.hex()}"]
    for record in (asked, looked):
        assert (record["consent_id"], record["purpose"]) == (consent_id, "FINANCING")
        assert record["fields"] == ["orders.amount"]


def test_p7_a_quote_of_what_the_consent_does_not_give_leaves_no_record(stage: Stage) -> None:
    open_up(stage)
    order_id = invoiced(stage)
    other = stage.order("PO-2026-2000")
    published(stage)
    consent_id = consented(stage, order_id)
    assert ask_quote(stage, other, consent_id).status_code == 404
    assert stage.get("exporter", "/v1/access-records").json()["items"] == []


def test_offers_for_others_or_not_in_force_are_not_even_named(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    stage.post("bank.officer-1", f"/v1/offers/{_offer_id(stage)}:withdraw")
    published(stage, reference="A", partners=[lei("carrier")])
    published(stage, reference="B", valid_from="2026-12-01T00:00:00Z")
    published(stage, reference="C", valid_until="2026-11-20T12:00:00Z")
    published(stage, reference="D")
    changed(stage, reference="D", partners=[lei("carrier")])
    told = ask_quote(stage, order_id, consent_id).json()
    assert (told["offers"], told["unmatched"]) == ([], [])


def test_the_newest_version_that_has_begun_is_quoted(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    changed(stage, interest_bps=700)
    changed(stage, "2026-12-01T00:00:00Z", interest_bps=900)
    [offer] = ask_quote(stage, order_id, consent_id).json()["offers"]
    assert (offer["version"], offer["interest_bps"]) == (2, 700)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": usd(90_000_001)}, "AMOUNT"),
        ({"amount": usd(4_999_999)}, "AMOUNT"),
        ({"amount": usd(89_880_001)}, "ADVANCE"),
        ({"matures_at": "2027-03-21T00:00:00Z"}, "TENOR"),
        ({"matures_at": "2026-12-20T12:00:00Z"}, "TENOR"),
    ],
)
def test_what_an_offer_does_not_give_is_refused_with_the_reason(
    stage: Stage, change: dict[str, Any], code: str
) -> None:
    order_id, consent_id, _ = quoted(stage)
    found = [each for each, _ in reasons(ask_quote(stage, order_id, consent_id, **change))]
    assert code in found


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"corridors": [{"origin": "CN", "destination": "DE"}]}, "CORRIDOR"),
        ({"buyer_max": usd(89_879_999)}, "BUYER"),
        ({"country_max": usd(89_879_999)}, "COUNTRY"),
        ({"tranches": [{**OFFER["tranches"][0], "required": ["BOOKING_CONFIRMED"]}]}, "ATTESTERS"),
        ({"tranches": [{**OFFER["tranches"][0], "required_twice": ["INVOICE"]}]}, "ATTESTERS"),
    ],
)
def test_order_that_an_offer_is_not_for_is_refused_with_the_reason(
    stage: Stage, change: dict[str, Any], code: str
) -> None:
    order_id, consent_id, _ = quoted(stage)
    changed(stage, **change)
    assert refused(stage, order_id, consent_id)[0] == code


def test_limit_of_the_bank_counts_what_is_lent_and_what_is_promised(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    _lend(stage, order_id, outstanding=1_000_000, promised=9_120_000)
    assert ask_quote(stage, order_id, consent_id).json()["offers"]
    _lend(stage, order_id, outstanding=1_000_001, promised=9_120_000)
    code, text = refused(stage, order_id, consent_id)
    assert code == "LIMIT"
    assert "1000000.00" not in text, "how much the limit is, is not the partner's to know"


def test_buyer_and_country_count_what_other_exporters_sell_there(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    changed(stage, buyer_max=usd(100_000_000), country_max=usd(100_000_000))
    _lend(stage, order_id, outstanding=10_120_000, promised=0, exporter=member("carrier"))
    assert ask_quote(stage, order_id, consent_id).json()["offers"]
    _lend(stage, order_id, outstanding=10_120_001, promised=0, exporter=member("carrier"))
    found = [code for code, _ in reasons(ask_quote(stage, order_id, consent_id))]
    assert found == ["BUYER", "COUNTRY"]


def test_without_a_limit_or_a_corridor_nothing_is_offered(stage: Stage) -> None:
    order_id = invoiced(stage)
    published(stage)
    consent_id = consented(stage, order_id)
    found = [code for code, _ in reasons(ask_quote(stage, order_id, consent_id))]
    assert found == ["LIMIT", "SANDBOX"]
    open_up(stage, cap=89_879_999)
    assert refused(stage, order_id, consent_id)[0] == "SANDBOX"
    open_up(stage, cap=89_880_000)
    assert ask_quote(stage, order_id, consent_id).json()["offers"]


def test_p2_goods_that_are_financed_already_are_refused(stage: Stage) -> None:
    order_id, consent_id, quote = quoted(stage)
    accept(stage, quote)
    [key, *_] = cast("Request", stage.calls()[-1]).terms.asset_keys
    stage.settle("REVERTED")
    stage.insert(
        AssetLink(asset_key=key, family=key, round=0, stream=order_id),
        _holding(order_id, key, free=89_879_999),
    )
    assert refused(stage, order_id, consent_id)[0] == "REGISTER"
    stage.insert(_holding(order_id, key, free=89_880_000))
    assert ask_quote(stage, order_id, consent_id).json()["offers"]


def test_order_that_is_not_accepted_is_refused(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    with stage.world.store.transaction() as session:
        session.get_one(TradeOrder, order_id).state = "CANCELLED"
    assert refused(stage, order_id, consent_id)[0] == "ORDER"


def test_order_without_papers_is_refused(stage: Stage) -> None:
    open_up(stage)
    order_id = stage.order()
    published(stage)
    code, text = refused(stage, order_id, consented(stage, order_id))
    assert code == "TERMS"
    assert "document" in text


def test_accepting_asks_for_exactly_what_was_quoted(stage: Stage) -> None:
    order_id, _, quote = quoted(stage)
    before = len(stage.outbox())
    done = accept(stage, quote)
    assert done.status_code == 202, done.text
    call = stage.calls()[-1]
    assert isinstance(call, Request)
    terms = call.terms
    assert "0x" + ids.terms_hash(terms).hex() == quote["offers"][0]["terms_hash"]
    assert (terms.platform, terms.platform_share_bps) == (member("fintech"), 1500)
    assert terms.order_id == order_id
    assert sum(each.amount for each in terms.tranches) == 89_880_000
    again = accept(stage, quote)
    assert again.json()["operation_id"] == done.json()["operation_id"]
    assert len(stage.outbox()) == before + 1
    told = stage.get("exporter", f"/v1/quotes/{quote['quote_id']}").json()
    assert told["state"] == "ACCEPTED"
    assert told["facility_id"] == done.json()["result"]["financing_id"]


def test_accepted_quote_is_answered_again_after_it_expired(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    done = accept(stage, quote)
    later(stage, 20)
    assert accept(stage, quote).json()["operation_id"] == done.json()["operation_id"]


def test_request_that_failed_has_accepted_nothing(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    done = accept(stage, quote).json()
    stage.settle("REVERTED")
    path = f"/v1/quotes/{quote['quote_id']}"
    assert stage.get("exporter", path).json()["state"] == "OPEN"
    assert accept(stage, quote).json()["operation_id"] != done["operation_id"]


def test_partner_accepts_nothing_under_any_consent(stage: Stage) -> None:
    _, consent_id, quote = quoted(stage)
    before = stage.digest()
    stage.refused(accept(stage, quote, who="fintech"), 403, "not-permitted", before)
    body = {"offer_id": quote["offers"][0]["offer_id"], "hash": quote["hash"]}
    path = f"/v1/quotes/{quote['quote_id']}:accept"
    by_consent = stage.post("fintech", path, json=body, headers={"Consent-ID": consent_id})
    assert by_consent.status_code == 403
    for who in ("importer", "bank", "carrier"):
        stage.refused(accept(stage, quote, who=who), 404, "not-found", before)


def test_another_hash_or_offer_is_not_accepted(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    before = stage.digest()
    stage.refused(accept(stage, quote, hash="0x" + "00" * 32), 422, "invalid-input", before)
    stage.refused(accept(stage, quote, offer_id="off_" + "0" * 32), 422, "invalid-input", before)


def test_expired_quote_is_not_accepted(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    later(stage, 15)
    before = stage.digest()
    assert "expired" in stage.refused(accept(stage, quote), 409, "quote-ended", before)
    told = stage.get("exporter", f"/v1/quotes/{quote['quote_id']}").json()
    assert told["state"] == "EXPIRED"


def test_quote_of_a_withdrawn_offer_is_not_accepted(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    stage.post("bank.officer-1", f"/v1/offers/{_offer_id(stage)}:withdraw")
    before = stage.digest()
    assert "withdrawn" in stage.refused(accept(stage, quote), 409, "quote-ended", before)


def test_quote_stands_when_a_newer_version_is_published(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    changed(stage, interest_bps=900)
    assert accept(stage, quote).status_code == 202
    assert cast("Request", stage.calls()[-1]).terms.interest_bps == 650


def test_quote_of_an_amended_order_is_not_accepted(stage: Stage) -> None:
    order_id, _, quote = quoted(stage)
    with stage.world.store.transaction() as session:
        session.get_one(TradeOrder, order_id).version = 2
    before = stage.digest()
    assert "amended" in stage.refused(accept(stage, quote), 409, "quote-ended", before)


def test_quote_is_not_accepted_once_the_papers_are_others(stage: Stage) -> None:
    order_id, _, quote = quoted(stage)
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    files = input_file("packing-list.json")
    stage.post("exporter", path, data={"kind": "PACKING_LIST"}, files=files)
    stage.record()
    before = stage.digest()
    assert "papers" in stage.refused(accept(stage, quote), 409, "quote-ended", before)


def test_quote_is_not_accepted_once_the_limit_is_used(stage: Stage) -> None:
    _, _, quote = quoted(stage)
    with stage.world.store.transaction() as session:
        limit = session.exec(select(LenderLimit)).one()
        limit.limit_minor = 89_879_999
    before = stage.digest()
    assert "limit" in stage.refused(accept(stage, quote), 409, "quote-ended", before)


def _offer_id(stage: Stage) -> str:
    return str(stage.get("bank", "/v1/offers").json()["items"][0]["offer_id"])


def _lend(
    stage: Stage,
    order_id: bytes,
    outstanding: int,
    promised: int,
    exporter: bytes | None = None,
) -> None:
    """A facility of the bank's that is under way, on an order to the same importer."""
    financing_id = bytes(31) + b"\7"
    stage.insert(
        Facility(
            financing_id=financing_id,
            stream=order_id,
            order_id=order_id,
            state="RELEASED",
            exporter=exporter or member("exporter"),
            terms={"platform": "0x" + "00" * 20},
            terms_hash=bytes(32),
            document_root=bytes(32),
            token=bytes(20),
            corridor="CNNL",
            currency="USD",
            title_id=bytes(32),
            requested_block=HEAD,
        ),
        FacilityLender(
            financing_id=financing_id,
            lender=member("bank"),
            stream=order_id,
            position=0,
            funding_bps=10_000,
            loss_bps=10_000,
            outstanding_minor=outstanding,
        ),
        Tranche(
            financing_id=financing_id,
            position=1,
            stream=order_id,
            state="PENDING",
            amount_minor=promised,
            required=0,
            required_twice=0,
            blocking=0,
            title_pledged=False,
            not_before=0,
            expires_at=0,
        ),
    )


def _holding(order_id: bytes, family: bytes, free: int) -> Holding:
    return Holding(
        financing_id=bytes(31) + b"\7",
        stream=order_id,
        order_id=order_id,
        family=family,
        currency="USD",
        capacity_minor=128_400_000,
        reserved_minor=128_400_000 - free,
        expires_at=to_unix(NOW + timedelta(days=30)),
    )
