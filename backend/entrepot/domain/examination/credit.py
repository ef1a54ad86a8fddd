"""Terms of a documentary credit, as our own JSON, documentType "credit-terms"."""

from __future__ import annotations

from dataclasses import dataclass, field
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
)
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.examination.calendar import BankingDays
from entrepot.domain.identifiers import (
    Incoterm,
    Locode,
    parse_currency,
    parse_incoterm,
    parse_locode,
)
from entrepot.domain.money import Money

DOCUMENT_TYPE: Final = "credit-terms"
PRESENTATION_DAYS: Final = 21
"""After shipment, unless the credit says otherwise: 14(c)."""

INSURED_PERCENT: Final = Decimal(110)
"""Of the CIF or CIP value, unless the credit says otherwise: 28(f)(ii)."""

REQUIRABLE: Final = frozenset(
    {
        "INVOICE",
        "TRANSPORT_DOCUMENT",
        "PACKING_LIST",
        "INSURANCE_CERTIFICATE",
        "CERTIFICATE_OF_ORIGIN",
    }
)
"""Documents that an examination reads, by their kind of evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTerms(Placed):
    """about_amount, about_quantity: whether the credit says "about" or "approximately" (30(a)).

    quantity: how much of which unit is asked for; a unit that counts packages or single items
    leaves no tolerance (30(b)). banking_days: of the place where documents are presented.
    """

    number: str
    beneficiary: TradeParty
    applicant: TradeParty
    amount: Money
    expires_on: date
    incoterm: Incoterm
    port_of_loading: Locode
    port_of_discharge: Locode
    description: str
    required: tuple[str, ...]
    issued_on: date | None = None
    latest_shipment_on: date | None = None
    presentation_days: int = PRESENTATION_DAYS
    quantity: Decimal | None = None
    unit: str | None = None
    about_amount: bool = False
    about_quantity: bool = False
    partial_shipments: bool = True
    transhipment: bool = True
    insured_percent: Decimal = INSURED_PERCENT
    banking_days: BankingDays = field(default_factory=BankingDays)
    kind: Literal["credit-terms"] = "credit-terms"


def read_credit_terms(root: JsonNode) -> CreditTerms:
    """Read the terms; MalformedDocument names the member that is wrong or missing."""
    read_head(root, DOCUMENT_TYPE)
    at = Places(root)
    code = root.require("currency")
    currency = parse_identifier(parse_currency, code.text(3), code.pointer)
    term = at("incoterm", root.require("incoterm"))
    goods = root.require("goods")
    quantity, unit = goods.find("quantity"), goods.find("unit")
    if (quantity is None) != (unit is None):
        goods.fail("a quantity has a unit, and a unit a quantity")
    issued, shipped = root.find("issueDate"), root.find("latestShipmentDate")
    days, percent = root.find("presentationDays"), root.find("insuredPercent")
    terms = CreditTerms(
        number=at("number", root.require("number")).reference(),
        issued_on=read_date(at("issued_on", issued)) if issued is not None else None,
        beneficiary=read_trade_party(root.require("beneficiary"), at, "beneficiary"),
        applicant=read_trade_party(root.require("applicant"), at, "applicant"),
        amount=read_money(at("amount", root.require("amount")), currency),
        about_amount=_flag(root, "aboutAmount", default=False),
        expires_on=read_date(at("expires_on", root.require("expiryDate"))),
        latest_shipment_on=(
            read_date(at("latest_shipment_on", shipped)) if shipped is not None else None
        ),
        presentation_days=days.count(least=1) if days is not None else PRESENTATION_DAYS,
        incoterm=parse_identifier(parse_incoterm, term.text(3), term.pointer),
        port_of_loading=_place(at("port_of_loading", root.require("portOfLoading"))),
        port_of_discharge=_place(at("port_of_discharge", root.require("portOfDischarge"))),
        description=at("description", goods.require("description")).text(1_000),
        quantity=at("quantity", quantity).decimal() if quantity is not None else None,
        unit=unit.text(20) if unit is not None else None,
        about_quantity=_flag(goods, "aboutQuantity", default=False),
        partial_shipments=_flag(root, "partialShipments", default=True),
        transhipment=_flag(root, "transhipment", default=True),
        insured_percent=percent.decimal() if percent is not None else INSURED_PERCENT,
        required=tuple(each.code(REQUIRABLE) for each in root.items("requiredDocuments", least=1)),
        banking_days=BankingDays(frozenset(read_date(day) for day in root.items("closedDays"))),
        places=at,
    )
    root.refuse_unread()
    return terms


def _flag(node: JsonNode, member: str, *, default: bool) -> bool:
    found = node.find(member)
    return default if found is None else found.boolean()


def _place(node: JsonNode) -> Locode:
    return parse_identifier(parse_locode, node.text(5), node.pointer)
