"""A facility on its way: asked for through the API, told by the chain."""

from dataclasses import replace
from typing import Any, cast

from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.financing import (
    Request,
)
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import EvidenceId
from entrepot.chain import ids
from entrepot.kit.abi import to_plain
from entrepot.store.tables import EvidenceItem, Facility, FacilityLender, Tranche
from tests.api.stage import CHAIN_ID, HEAD, Stage, contract_at, input_file, lei, member

USD = "USD"
ASKED: dict[str, Any] = {
    "reference": "FAC-2026-0311",
    "product": "ORDER_FINANCE",
    "settlement_bank": lei("bank"),
    "interest_bps": 650,
    "penalty_bps": 300,
    "fee_bps": 25,
    "reserve_bps": 500,
    "platform": lei("fintech"),
    "platform_share_bps": 2000,
    "day_count": "ACT_360",
    "matures_at": "2027-01-20T00:00:00Z",
    "grace_days": 5,
    "default_days": 30,
    "recourse": True,
    "lenders": [
        {"participant": lei("bank"), "funding_bps": 6000, "loss_bps": 5000},
        {"participant": lei("fintech"), "funding_bps": 4000, "loss_bps": 5000},
    ],
    "tranches": [
        {
            "amount": {"amount": "256800.00", "currency": USD},
            "required": ["PURCHASE_ORDER", "INVOICE"],
            "required_twice": [],
            "blocking": ["FRAUD_ALERT"],
            "title_pledged": False,
            "not_before": "2026-11-02T00:00:00Z",
            "expires_at": "2026-12-01T00:00:00Z",
        }
    ],
}


def invoiced(stage: Stage) -> bytes:
    """An accepted order with its invoice recorded."""
    order_id = stage.order()
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    stage.post("exporter", path, data={"kind": "INVOICE"}, files=input_file("invoice.xml"))
    stage.record()
    return order_id


def ask(stage: Stage, order_id: bytes, **change: Any) -> Any:
    body = {"order_id": f"0x{order_id.hex()}", **ASKED, **change}
    return stage.post("exporter", "/v1/facilities", json=body)


def requested(stage: Stage, state: str = "REQUESTED", **change: Any) -> tuple[str, FinancingTerms]:
    """A facility as the chain would tell it, and its path."""
    order_id = invoiced(stage)
    ask(stage, order_id)
    call = cast("Request", stage.calls()[-1])
    terms = replace(call.terms, **change)
    financing_id = ids.financing_id(
        CHAIN_ID, contract_at("Financing"), terms.order_id, terms.natural_key
    )
    stage.settle()
    with stage.world.store.reading() as session:
        items = [session.get_one(EvidenceItem, each) for each in terms.basis]
    root = ids.document_root(
        [(EvidenceId(i.evidence_id), EvidenceState[i.state], i.commitment) for i in items]
    )
    stage.insert(
        Facility(
            financing_id=financing_id,
            stream=order_id,
            order_id=order_id,
            state=state,
            exporter=member("exporter"),
            terms=to_plain(terms),
            terms_hash=ids.terms_hash(terms),
            document_root=root,
            token=terms.token,
            corridor="CNNL",
            currency=USD,
            title_id=bytes(32),
            requested_block=HEAD,
        ),
        *(
            FacilityLender(
                financing_id=financing_id,
                lender=share.lender,
                stream=order_id,
                position=position,
                funding_bps=share.funding_bps,
                loss_bps=share.loss_bps,
            )
            for position, share in enumerate(terms.lenders)
        ),
        Tranche(
            financing_id=financing_id,
            position=0,
            stream=order_id,
            state="PENDING",
            amount_minor=terms.tranches[0].amount,
            required=terms.tranches[0].required,
            required_twice=0,
            blocking=0,
            title_pledged=False,
            not_before=0,
            expires_at=0,
        ),
    )
    return f"/v1/facilities/0x{financing_id.hex()}", terms
