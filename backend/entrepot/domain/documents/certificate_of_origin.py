"""A certificate of origin as our own JSON, documentType "certificate-of-origin"."""

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
    read_trade_party,
    text_or_none,
)
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.identifiers import Country, HsCode, Lei, parse_country, parse_hs, parse_lei

DOCUMENT_TYPE: Final = "certificate-of-origin"


@dataclass(frozen=True, slots=True)
class OriginIssuer:
    """The chamber or authority that certifies; many have no LEI."""

    name: str
    country: Country
    lei: Lei | None


@dataclass(frozen=True, slots=True)
class OriginatingGoods:
    """Goods of one kind and origin; mass in kilograms, packaging included."""

    description: str
    hs_code: HsCode
    origin: Country
    quantity: Decimal
    unit: str
    gross_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class CertificateOfOrigin(Placed):
    """Where the goods of an invoice come from; a consignee is missing where it is to order."""

    number: str
    issued_on: date
    issuer: OriginIssuer
    exporter: TradeParty
    consignee: TradeParty | None
    is_preferential: bool
    agreement: str | None
    """Of a preferential one, the agreement it is issued under: "RCEP"."""
    invoice_number: str
    order_number: str | None
    destination: Country
    goods: tuple[OriginatingGoods, ...]
    signed_by: str
    kind: Literal["certificate-of-origin"] = "certificate-of-origin"


def read_certificate_of_origin(root: JsonNode) -> CertificateOfOrigin:
    """Read a certificate of origin; MalformedDocument names the member."""
    read_head(root, DOCUMENT_TYPE)
    at = Places(root)
    consignee = root.find("consignee")
    destination = at("destination", root.require("destinationCountry"))
    agreement = at("agreement", root.find("agreement"))
    document = CertificateOfOrigin(
        number=at("number", root.require("number")).reference(),
        issued_on=read_date(at("issued_on", root.require("issueDate"))),
        issuer=_read_issuer(root.require("issuer"), at),
        exporter=read_trade_party(root.require("exporter"), at, "exporter"),
        consignee=read_trade_party(consignee, at, "consignee") if consignee is not None else None,
        is_preferential=at("is_preferential", root.require("isPreferential")).boolean(),
        agreement=text_or_none(agreement, 50),
        invoice_number=at("invoice_number", root.require("invoiceNumber")).reference(),
        order_number=text_or_none(at("order_number", root.find("orderNumber")), 35),
        destination=_country(destination),
        goods=tuple(
            _read_goods(row, inner) for row, inner in at.each("goods", root.items("goods", least=1))
        ),
        signed_by=at("signed_by", root.require("signedBy")).text(200),
        places=at,
    )
    if document.is_preferential != (agreement is not None):
        root.require("isPreferential").fail(
            "a preferential certificate names its agreement, and no other does"
        )
    root.refuse_unread()
    return document


def _read_issuer(node: JsonNode, at: Places) -> OriginIssuer:
    at = at.inside("issuer", node)
    lei = at("lei", node.find("lei"))
    return OriginIssuer(
        name=at("name", node.require("name")).text(200),
        country=_country(at("country", node.require("country"))),
        lei=parse_identifier(parse_lei, lei.text(20), lei) if lei is not None else None,
    )


def _read_goods(node: JsonNode, at: Places) -> OriginatingGoods:
    hs = at("hs_code", node.require("hsCode"))
    quantity = at("quantity", node.require("quantity"))
    gross = at("gross_kg", node.find("grossKg"))
    if quantity.decimal() <= 0:
        quantity.fail("a quantity is more than nothing")
    if gross is not None and gross.decimal() <= 0:
        gross.fail("a mass is more than nothing")
    return OriginatingGoods(
        description=at("description", node.require("description")).text(200),
        hs_code=parse_identifier(parse_hs, hs.text(12), hs),
        origin=_country(at("origin", node.require("origin"))),
        quantity=quantity.decimal(),
        unit=at("unit", node.require("unit")).text(3),
        gross_kg=gross.decimal() if gross is not None else None,
    )


def _country(node: JsonNode) -> Country:
    return parse_identifier(parse_country, node.text(2), node)
