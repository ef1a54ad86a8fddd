"""An insurance policy, certificate or declaration as our own JSON, "insurance-certificate"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.trade_json import (
    TradeParty,
    read_date,
    read_head,
    read_money,
    read_trade_party,
    text_or_none,
)
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.identifiers import Locode, parse_currency, parse_locode
from entrepot.domain.money import Money

DOCUMENT_TYPE: Final = "insurance-certificate"
_TYPES: Final = frozenset({"POLICY", "CERTIFICATE", "DECLARATION"})
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class InsuranceCertificate(Placed):
    """What is insured against what, for how much, from where to where (UCP 600 article 28).

    covered_from: the day the cover takes effect, where that is not the day of issue.
    deductible_percent: franchise or excess, None where the cover has none.
    """

    number: str
    issued_on: date
    type: str
    insurer: TradeParty
    insured: TradeParty
    amount: Money
    covered_from: date | None
    invoice_number: str
    order_number: str | None
    transport_document: str | None
    vessel_name: str | None
    voyage: str | None
    origin: Locode
    destination: Locode
    description: str
    clauses: tuple[str, ...]
    """Risks covered, as the market calls them: "ICC (A)"."""
    deductible_percent: Decimal | None
    claims_payable_at: Locode
    originals: int
    signed_by: str
    kind: Literal["insurance-certificate"] = "insurance-certificate"


def read_insurance_certificate(root: JsonNode) -> InsuranceCertificate:
    """Read an insurance document; MalformedDocument names the member."""
    read_head(root, DOCUMENT_TYPE)
    at = Places(root)
    currency_node = root.require("currency")
    currency = parse_identifier(parse_currency, currency_node.text(3), currency_node)
    amount = at("amount", root.require("insuredAmount"))
    covered = at("covered_from", root.find("coverFrom"))
    deductible = at("deductible_percent", root.find("deductiblePercent"))
    document = InsuranceCertificate(
        number=at("number", root.require("number")).reference(),
        issued_on=read_date(at("issued_on", root.require("issueDate"))),
        type=at("type", root.require("certificateType")).code(_TYPES),
        insurer=read_trade_party(root.require("insurer"), at, "insurer"),
        insured=read_trade_party(root.require("insured"), at, "insured"),
        amount=read_money(amount, currency),
        covered_from=read_date(covered) if covered is not None else None,
        invoice_number=at("invoice_number", root.require("invoiceNumber")).reference(),
        order_number=text_or_none(at("order_number", root.find("orderNumber")), 35),
        transport_document=text_or_none(
            at("transport_document", root.find("transportDocumentReference")), 20
        ),
        vessel_name=text_or_none(at("vessel_name", root.find("vesselName")), 50),
        voyage=text_or_none(at("voyage", root.find("voyageNumber")), 50),
        origin=_place(at("origin", root.require("from"))),
        destination=_place(at("destination", root.require("to"))),
        description=at("description", root.require("goodsDescription")).text(1000),
        clauses=tuple(
            each.text(100) for each, _ in at.each("clauses", root.items("clauses", least=1))
        ),
        deductible_percent=deductible.decimal() if deductible is not None else None,
        claims_payable_at=_place(at("claims_payable_at", root.require("claimsPayableAt"))),
        originals=at("originals", root.require("originals")).count(least=1),
        signed_by=at("signed_by", root.require("signedBy")).text(200),
        places=at,
    )
    if document.amount.amount_minor == 0:
        amount.fail("a cover is more than nothing")
    if deductible is not None and not 0 <= deductible.decimal() <= _HUNDRED:
        deductible.fail("it is a share between 0 and 100 percent")
    root.refuse_unread()
    return document


def _place(node: JsonNode) -> Locode:
    return parse_identifier(parse_locode, node.text(5), node)
