"""What customs corrected after an inspection: the second Declaration of a WCO response (RES, 07).

It has no ID and only what is changed. What other papers can be held against is read: mass, value,
packages; the rest (locations, exemptions) says nothing about the goods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from entrepot.domain.documents.values import parse_count, parse_decimal
from entrepot.domain.documents.wco_declaration import DeclaredItem, WcoDeclaration
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import InvalidMoney, MalformedDocument
from entrepot.domain.money import Money


@dataclass(frozen=True, slots=True)
class CorrectedItem:
    """One goods item as customs found it; None where they changed nothing. Masses in kilograms."""

    sequence: int
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What customs changed of a declaration; None where they changed nothing."""

    invoice_total: Money | None = None
    total_packages: int | None = None
    items: tuple[CorrectedItem, ...] = ()


def read_correction(declaration: XmlNode) -> Correction:
    """Read the Declaration without an ID. MalformedDocument names the element."""
    packages = declaration.find("TotalPackageQuantity")
    return Correction(
        invoice_total=_find_money(declaration, "InvoiceAmount"),
        total_packages=parse_count(packages.text, packages) if packages is not None else None,
        items=tuple(
            _read_item(each)
            for each in declaration.all("GoodsShipment", "GovernmentAgencyGoodsItem")
            if each.find("SequenceNumeric") is not None
        ),
    )


def corrected(declaration: WcoDeclaration, corrections: Iterable[Correction]) -> WcoDeclaration:
    """The declaration as customs have it after these corrections, the oldest first."""
    items = {item.sequence: item for item in declaration.items}
    total, packages = declaration.invoice_total, declaration.total_packages
    for correction in corrections:
        total = correction.invoice_total or total
        packages = correction.total_packages if correction.total_packages is not None else packages
        for change in correction.items:
            if (item := items.get(change.sequence)) is not None:
                items[change.sequence] = _changed(item, change)
    return replace(
        declaration,
        invoice_total=total,
        total_packages=packages,
        items=tuple(items.values()),
    )


def _changed(item: DeclaredItem, change: CorrectedItem) -> DeclaredItem:
    return replace(
        item,
        gross_kg=item.gross_kg if change.gross_kg is None else change.gross_kg,
        net_kg=item.net_kg if change.net_kg is None else change.net_kg,
        price=change.price or item.price,
    )


def _read_item(item: XmlNode) -> CorrectedItem:
    sequence = item.require("SequenceNumeric")
    return CorrectedItem(
        sequence=parse_count(sequence.text, sequence),
        gross_kg=_find_mass(item, "GrossMassMeasure"),
        net_kg=_find_mass(item, "NetNetWeightMeasure"),
        price=_find_money(item, "Commodity", "InvoiceLine", "ItemChargeAmount"),
    )


def _find_mass(item: XmlNode, name: str) -> Decimal | None:
    found = item.find("Commodity", "GoodsMeasure", name)
    return parse_decimal(found.text, found) if found is not None and found.text else None


def _find_money(node: XmlNode, *names: str) -> Money | None:
    found = node.find(*names)
    if found is None or not found.text:
        return None
    amount = parse_decimal(found.text, found)
    try:
        return Money.from_decimal(amount, found.attributes.get("currencyID", ""))
    except InvalidMoney as error:
        raise MalformedDocument(found.path, str(error)) from error
