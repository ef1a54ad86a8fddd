"""UBL 2.1 Order, read to the same purchase order as our own JSON.

UBL leaves most of it open; what the ledger's order needs must be there: both LEIs (scheme 0199),
the Incoterms rule (DeliveryTerms/ID) with its place as a UN/LOCODE, the latest day of shipment
(Delivery/Despatch/RequestedDespatchDate) and the day the payment is due.
"""

from __future__ import annotations

from typing import Final

from entrepot.domain.documents.places import Places
from entrepot.domain.documents.purchase_order import OrderLine, PurchaseOrder, sums_of
from entrepot.domain.documents.trade_json import TradeParty
from entrepot.domain.documents.ubl_model import (
    HS_LIST,
    LEI_SCHEME,
    date_of,
    decimal_of,
    money_of,
    reference_of,
    refuse_foreign_elements,
    words_of,
)
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import MalformedDocument
from entrepot.domain.identifiers import (
    Currency,
    parse_currency,
    parse_hs,
    parse_incoterm,
    parse_lei,
    parse_locode,
)
from entrepot.domain.money import Money

NAMESPACE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"


def read_ubl_order(root: XmlNode) -> PurchaseOrder:
    """Read an Order element; MalformedDocument where something is missing or does not add up."""
    refuse_foreign_elements(root)
    at = Places(root)
    currency_node = root.require("DocumentCurrencyCode")
    currency = parse_identifier(parse_currency, currency_node.text, currency_node)
    term = at("incoterm", root.require("DeliveryTerms", "ID"))
    place = at("incoterm_place", root.require("DeliveryTerms", "DeliveryLocation", "ID"))
    shipped = at(
        "latest_shipment_on", root.require("Delivery", "Despatch", "RequestedDespatchDate")
    )
    due = at("payment_due_on", root.require("PaymentTerms", "PaymentDueDate"))
    total = root.require("AnticipatedMonetaryTotal")
    net = at("net", total.require("LineExtensionAmount"))
    vat = at("vat", root.find("TaxTotal", "TaxAmount"))
    order = PurchaseOrder(
        number=reference_of(at("number", root.require("ID"))),
        issued_on=date_of(at("issued_on", root.require("IssueDate"))),
        buyer=_read_party(root.require("BuyerCustomerParty", "Party"), at, "buyer"),
        seller=_read_party(root.require("SellerSupplierParty", "Party"), at, "seller"),
        incoterm=parse_identifier(parse_incoterm, term.text, term),
        incoterm_place=parse_identifier(parse_locode, place.text, place),
        latest_shipment_on=date_of(shipped),
        payment_due_on=date_of(due),
        lines=tuple(
            _read_line(line, currency, inner)
            for line, inner in at.each("lines", root.all("OrderLine", "LineItem"))
        ),
        net=_money(net, currency),
        vat=_money(vat, currency) if vat is not None else Money(0, currency),
        total=_money(at("total", total.require("PayableAmount")), currency),
        places=at,
    )
    for name, why in sums_of(order):
        raise MalformedDocument(order.where(name), why)
    return order


def _read_party(party: XmlNode, at: Places, name: str) -> TradeParty:
    at = at.inside(name, party)
    ids = (*party.all("PartyIdentification", "ID"), *party.all("PartyLegalEntity", "CompanyID"))
    leis = [node for node in ids if node.attributes.get("schemeID") == LEI_SCHEME]
    if not leis:
        raise MalformedDocument(
            f"{party.path}/PartyLegalEntity/CompanyID",
            "the LEI is missing",
            f"add it with schemeID {LEI_SCHEME}",
        )
    lei = at("lei", leis[0])
    return TradeParty(
        name=words_of(at("name", party.require("PartyLegalEntity", "RegistrationName"))),
        lei=parse_identifier(parse_lei, lei.text, lei),
    )


def _read_line(line: XmlNode, currency: Currency, at: Places) -> OrderLine:
    quantity = at("quantity", line.require("Quantity"))
    at("unit", quantity)
    codes = line.all("Item", "CommodityClassification", "ItemClassificationCode")
    hs = at("hs_code", next((c for c in codes if c.attributes.get("listID") == HS_LIST), None))
    base = line.find("Price", "BaseQuantity")
    if base is not None and decimal_of(base) != 1:
        raise MalformedDocument(base.path, "the price of an order is that of one unit")
    found = OrderLine(
        id=words_of(at("id", line.require("ID"))),
        description=words_of(at("description", line.require("Item", "Name"))),
        hs_code=parse_identifier(parse_hs, hs.text, hs) if hs is not None else None,
        quantity=decimal_of(quantity),
        unit=quantity.attributes.get("unitCode", ""),
        price=_money(at("price", line.require("Price", "PriceAmount")), currency),
        net=_money(at("net", line.require("LineExtensionAmount")), currency),
    )
    if found.quantity <= 0 or not found.unit:
        raise MalformedDocument(quantity.path, "a quantity is more than nothing, of a unit")
    return found


def _money(node: XmlNode, currency: Currency) -> Money:
    named = node.attributes.get("currencyID", "")
    if named != currency:
        raise MalformedDocument(node.path, f"it is in {named[:10]!r}, the order in {currency}")
    return money_of(node, currency)
