"""A packing list as our own JSON, documentType "packing-list": what lies in which container."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.trade_json import TradeParty, read_head, read_trade_party
from entrepot.domain.documents.values import parse_date, parse_identifier
from entrepot.domain.identifiers import ContainerNumber, HsCode, parse_container, parse_hs

DOCUMENT_TYPE: Final = "packing-list"


@dataclass(frozen=True, slots=True)
class PackedGoods:
    """Goods of one invoice line in one container; masses in kilograms, volume in cubic metres."""

    invoice_line: str
    container: ContainerNumber
    description: str
    hs_code: HsCode
    packages: int
    gross_kg: Decimal
    net_kg: Decimal
    volume_m3: Decimal


@dataclass(frozen=True, slots=True)
class PackingList(Placed):
    """A packing list whose totals are the sums of its rows."""

    number: str
    issued_on: date
    invoice_number: str
    order_number: str
    seller: TradeParty
    buyer: TradeParty
    goods: tuple[PackedGoods, ...]
    packages: int
    gross_kg: Decimal
    net_kg: Decimal
    volume_m3: Decimal
    kind: Literal["packing-list"] = "packing-list"


def read_packing_list(root: JsonNode) -> PackingList:
    """Read a packing list; MalformedDocument where a total is not the sum of its rows."""
    read_head(root, DOCUMENT_TYPE)
    at = Places(root)
    issued_on = at("issued_on", root.require("issueDate"))
    totals = root.require("totals")
    document = PackingList(
        number=at("number", root.require("number")).reference(),
        issued_on=parse_date(issued_on.text(10), issued_on),
        invoice_number=at("invoice_number", root.require("invoiceNumber")).reference(),
        order_number=at("order_number", root.require("orderNumber")).text(35),
        seller=read_trade_party(root.require("seller"), at, "seller"),
        buyer=read_trade_party(root.require("buyer"), at, "buyer"),
        goods=tuple(
            _read_goods(row, inner) for row, inner in at.each("goods", root.items("goods", least=1))
        ),
        packages=at("packages", totals.require("packages")).count(least=1),
        gross_kg=at("gross_kg", totals.require("grossKg")).decimal(),
        net_kg=at("net_kg", totals.require("netKg")).decimal(),
        volume_m3=at("volume_m3", totals.require("volumeM3")).decimal(),
        places=at,
    )
    root.refuse_unread()
    _check_totals(document, totals)
    return document


def _read_goods(node: JsonNode, at: Places) -> PackedGoods:
    container = at("container", node.require("container"))
    hs = at("hs_code", node.require("hsCode"))
    goods = PackedGoods(
        invoice_line=at("invoice_line", node.require("invoiceLine")).text(35),
        container=parse_identifier(parse_container, container.text(15), container),
        description=at("description", node.require("description")).text(200),
        hs_code=parse_identifier(parse_hs, hs.text(12), hs),
        packages=at("packages", node.require("packages")).count(least=1),
        gross_kg=at("gross_kg", node.require("grossKg")).decimal(),
        net_kg=at("net_kg", node.require("netKg")).decimal(),
        volume_m3=at("volume_m3", node.require("volumeM3")).decimal(),
    )
    if not 0 < goods.net_kg <= goods.gross_kg:
        node.require("netKg").fail("net mass lies between nothing and the gross mass")
    return goods


def _check_totals(document: PackingList, totals: JsonNode) -> None:
    for name, found, parts in (
        ("packages", Decimal(document.packages), [Decimal(row.packages) for row in document.goods]),
        ("grossKg", document.gross_kg, [row.gross_kg for row in document.goods]),
        ("netKg", document.net_kg, [row.net_kg for row in document.goods]),
        ("volumeM3", document.volume_m3, [row.volume_m3 for row in document.goods]),
    ):
        expected = sum(parts, Decimal(0))
        if found != expected:
            totals.require(name).fail(f"{found} is not the sum of the rows, {expected}")
