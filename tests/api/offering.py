"""A lender's offer, an exporter's consent and a partner's quote, through the API."""

from typing import Any

from entrepot.kit.clock import to_unix
from entrepot.store.tables import LenderLimit, SandboxCap
from tests.api.dealing import invoiced
from tests.api.stage import NOW, Stage, lei, member

OFFER: dict[str, Any] = {
    "reference": "ORDER-USD-90",
    "product": "ORDER_FINANCE",
    "settlement_bank": lei("bank"),
    "amount_min": {"amount": "50000.00", "currency": "USD"},
    "amount_max": {"amount": "900000.00", "currency": "USD"},
    "advance_bps": 7000,
    "tenor_days_max": 120,
    "interest_bps": 650,
    "penalty_bps": 300,
    "fee_bps": 25,
    "reserve_bps": 500,
    "platform_share_bps": 1500,
    "day_count": "ACT_360",
    "grace_days": 5,
    "default_days": 30,
    "recourse": True,
    "lenders": [{"participant": lei("bank"), "funding_bps": 10000, "loss_bps": 10000}],
    "tranches": [
        {
            "share_bps": 10000,
            "required": ["PURCHASE_ORDER", "INVOICE"],
            "required_twice": ["PURCHASE_ORDER"],
            "blocking": ["FRAUD_ALERT"],
            "title_pledged": False,
            "open_days": 30,
        }
    ],
    "partners": [lei("fintech")],
    "valid_from": "2026-11-02T00:00:00Z",
    "valid_until": "2027-06-30T00:00:00Z",
}
MATURES = "2027-01-20T00:00:00Z"


def publish(stage: Stage, who: str = "bank.officer-1", **change: Any) -> Any:
    return stage.post(who, "/v1/offers", json={**OFFER, **change})


def published(stage: Stage, **change: Any) -> str:
    answer = publish(stage, **change)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["offer_id"])


def propose(stage: Stage, who: str = "bank.officer-1", **body: Any) -> Any:
    """A change of a policy; an offer is told by what of it is other."""
    if "offer" in body:
        body["offer"] = {**OFFER, **body["offer"]}
    return stage.post(who, "/v1/policy-proposals", json={"reason": "The board said so", **body})


def proposed(stage: Stage, **body: Any) -> str:
    answer = propose(stage, **body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["result"]["proposal_id"])


def say(stage: Stage, proposal_id: str, word: str, who: str = "bank.officer-2", **body: Any) -> Any:
    path = f"/v1/policy-proposals/{proposal_id}:{word}"
    return stage.post(who, path, **({"json": body} if body else {}))


def changed(stage: Stage, effective_at: str | None = None, **change: Any) -> int:
    """The offer's next version, proposed by one officer and confirmed by another."""
    proposal_id = proposed(stage, offer=change, effective_at=effective_at)
    answer = say(stage, proposal_id, "confirm")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["result"]["version"])


def open_up(
    stage: Stage, limit: int = 100_000_000, cap: int = 500_000_000, lender: str = "bank"
) -> None:
    """A limit of the bank's for the exporter and the regulator's cap, in minor units."""
    stage.insert(
        LenderLimit(
            lender=member(lender),
            exporter=member("exporter"),
            currency="USD",
            stream=member(lender),
            limit_minor=limit,
        ),
        SandboxCap(
            corridor="CNNL",
            currency="USD",
            stream=member("regulator"),
            cap_minor=cap,
            ends_at=to_unix(NOW) + 400 * 86_400,
        ),
    )


def consented(stage: Stage, order_id: bytes | None = None, **change: Any) -> str:
    """A valid consent of the exporter's to the partner; to all orders when none is named."""
    body = {
        "third_party": lei("fintech"),
        "purpose": "FINANCING",
        "access": {"orders": [] if order_id is None else [f"0x{order_id.hex()}"]},
        "fields": ["orders.amount"],
        "recurring_indicator": True,
        "frequency_per_day": 100,
        "valid_until": "2026-12-31",
        **change,
    }
    answer = stage.post("exporter", "/v1/consents", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["result"]["consent_id"])


def ask_quote(
    stage: Stage, order_id: bytes, consent_id: str | None, who: str = "fintech", **change: Any
) -> Any:
    body = {"order_id": f"0x{order_id.hex()}", "matures_at": MATURES, **change}
    headers = {} if consent_id is None else {"Consent-ID": consent_id}
    return stage.post(who, "/v1/quotes", json=body, headers=headers)


def quoted(stage: Stage) -> tuple[bytes, str, dict[str, Any]]:
    """An order with one offer that fits it, as the partner was told: the order's id, the
    consent's, the quote."""
    open_up(stage)
    order_id = invoiced(stage)
    published(stage)
    consent_id = consented(stage, order_id)
    answer = ask_quote(stage, order_id, consent_id)
    assert answer.status_code == 201, answer.text
    return order_id, consent_id, answer.json()


def accept(stage: Stage, quote: dict[str, Any], who: str = "exporter", **change: Any) -> Any:
    offer_id = quote["offers"][0]["offer_id"] if quote["offers"] else "off_" + "0" * 32
    body = {"offer_id": offer_id, "hash": quote["hash"], **change}
    return stage.post(who, f"/v1/quotes/{quote['quote_id']}:accept", json=body)
