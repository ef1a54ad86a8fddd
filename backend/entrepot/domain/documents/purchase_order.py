"""A purchase order as our own JSON, documentType "purchase-order": what buyer and seller agreed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.trade_json import TradeParty, read_head, read_money, read_trade_party
from entrepot.domain.documents.values import parse_date, parse_identifier
from entrepot.domain.errors import InvalidMoney, MalformedDocument
from entrepot.domain.identifiers import (
    HsCode,
    Incoterm,
    Locode,
    parse_currency,
    parse_hs,
    parse_incoterm,
    parse_locode,
)
from entrepot.domain.money import Money

DOCUMENT_TYPE: Final = "purchase-order"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Goods or a service; `net` is quantity times price, exactly."""

    id: str
    description: str
    hs_code: HsCode | None
    quantity: Decimal
    unit: str
    price: Money
    net: Money


@dataclass(frozen=True, slots=True)
class PurchaseOrder(Placed):
    """An order whose lines, VAT and total add up."""

    number: str
    issued_on: date
    buyer: TradeParty
    seller: TradeParty
    incoterm: Incoterm
    incoterm_place: Locode
    latest_shipment_on: date
    payment_due_on: date
    lines: tuple[OrderLine, ...]
    net: Money
    vat: Money
    total: Money
    kind: Literal["purchase-order"] = "purchase-order"


def read_purchase_order(root: JsonNode) -> PurchaseOrder:
    """Read a purchase order; MalformedDocument where its arithmetic does not hold."""
    read_head(root, DOCUMENT_TYPE)
    at = Places(root)
    currency_node = root.require("currency")
    currency = parse_identifier(parse_currency, currency_node.text(3), currency_node)
    term = at("incoterm", root.require("incoterm"))
    place = at("incoterm_place", root.require("incotermPlace"))
    order = PurchaseOrder(
        number=at("number", root.require("number")).reference(),
        issued_on=_date(at("issued_on", root.require("issueDate"))),
        buyer=read_trade_party(root.require("buyer"), at, "buyer"),
        seller=read_trade_party(root.require("seller"), at, "seller"),
        incoterm=parse_identifier(parse_incoterm, term.text(3), term),
        incoterm_place=parse_identifier(parse_locode, place.text(5), place),
        latest_shipment_on=_date(at("latest_shipment_on", root.require("latestShipmentDate"))),
        payment_due_on=_date(at("payment_due_on", root.require("paymentDueDate"))),
        lines=tuple(
            _read_line(line, currency, inner)
            for line, inner in at.each("lines", root.items("lines", least=1))
        ),
        net=read_money(at("net", root.require("net")), currency),
        vat=read_money(at("vat", root.require("vat")), currency),
        total=read_money(at("total", root.require("total")), currency),
        places=at,
    )
    root.refuse_unread()
    for name, why in sums_of(order):
        raise MalformedDocument(order.where(name), why)
    return order


def _read_line(node: JsonNode, currency: str, at: Places) -> OrderLine:
    hs = at("hs_code", node.find("hsCode"))
    line = OrderLine(
        id=at("id", node.require("id")).text(35),
        description=at("description", node.require("description")).text(200),
        hs_code=parse_identifier(parse_hs, hs.text(12), hs) if hs is not None else None,
        quantity=at("quantity", node.require("quantity")).decimal(),
        unit=at("unit", node.require("unit")).text(3),
        price=read_money(at("price", node.require("price")), currency),
        net=read_money(at("net", node.require("net")), currency),
    )
    if line.quantity <= 0:
        node.require("quantity").fail("a quantity is more than nothing")
    return line


def sums_of(order: PurchaseOrder) -> Iterator[tuple[str, str]]:
    """(field, why) of each figure that the others contradict."""
    seen: set[str] = set()
    for number, line in enumerate(order.lines):
        if line.id in seen:
            yield f"lines[{number}].id", "another line has the same id"
        seen.add(line.id)
        if line.net.amount_minor != line.quantity * line.price.amount_minor:
            yield f"lines[{number}].net", f"{line.net} is not {line.quantity} times {line.price}"
    if not order.lines:
        yield "lines", "it needs at least 1 line"
        return
    try:
        net = sum((line.net for line in order.lines[1:]), order.lines[0].net)
        total = order.net + order.vat
    except InvalidMoney as error:
        yield "total", str(error)
        return
    if order.net != net:
        yield "net", f"{order.net} is not the sum of the lines, {net}"
    if order.total != total:
        yield "total", f"{order.total} is not net and VAT, {total}"


def _date(node: JsonNode) -> date:
    return parse_date(node.text(10), node)
