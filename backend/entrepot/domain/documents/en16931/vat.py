"""The VAT categories: BR-S, -Z, -E, -AE, -IC, -G, -O, -AF, -AG (01 to 14) and BR-B.

One table says how the nine families differ; the rules below are numbered alike in each of them:

| rule | asks |
|---|---|
| 01 | the category is in the VAT breakdown when it is used (once, if it has no rate of its own) |
| 02, 03, 04 | who must be known for VAT, if a line, an allowance or a charge uses it |
| 05, 06, 07 | the rate that a line, an allowance or a charge gives |
| 08 | the group's base is the sum of what is taxed so |
| 09 | the group's tax |
| 10 | the reason why there is no tax |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from entrepot.domain.documents.en16931.source import (
    InvoiceSource,
    first_number,
    indicator,
    is_vat,
    number,
    texts,
    violation,
)
from entrepot.domain.documents.en16931.sums import is_taxed_at, tax_at
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation


class Rate(NamedTuple):
    """What a category says of its rate."""

    expected: str
    is_right: Callable[[Decimal | None], bool]


def _is_positive(rate: Decimal | None) -> bool:
    return rate is not None and rate > 0


def _is_not_negative(rate: Decimal | None) -> bool:
    return rate is not None and rate >= 0


def _is_zero(rate: Decimal | None) -> bool:
    return rate == 0


def _is_absent(rate: Decimal | None) -> bool:
    return rate is None


_POSITIVE: Final = Rate("above 0", _is_positive)
_NOT_NEGATIVE: Final = Rate("0 or more", _is_not_negative)
_ZERO: Final = Rate("0", _is_zero)
_NONE: Final = Rate("none", _is_absent)


class Family(NamedTuple):
    """A VAT category (UNTDID 5305) and what makes its rules differ from the others'."""

    code: str
    name: str
    """As in the ids of its rules."""
    rate: Rate
    seller: str
    """Who the seller must be: "registered" (any tax number), "vat" or "nobody" known for VAT."""
    buyer: str
    """"" (asked nothing), "vat" or "vat or legal"."""
    gives_reason: bool
    """Whether the breakdown must say why there is no tax, or must not."""

    @property
    def is_rated(self) -> bool:
        """Whether there is one group for each rate; the others have one group and no tax."""
        return self.rate in (_POSITIVE, _NOT_NEGATIVE)

    def rule(self, number: int) -> str:
        """Id of one of its rules."""
        return f"BR-{self.name}-{number:02d}"


FAMILIES: Final = (
    Family("S", "S", _POSITIVE, "registered", "", False),
    Family("Z", "Z", _ZERO, "registered", "", False),
    Family("E", "E", _ZERO, "registered", "", True),
    Family("AE", "AE", _ZERO, "registered", "vat or legal", True),
    Family("K", "IC", _ZERO, "vat", "vat", True),
    Family("G", "G", _ZERO, "vat", "", True),
    Family("O", "O", _NONE, "nobody", "", True),
    Family("L", "AF", _NOT_NEGATIVE, "registered", "", False),
    Family("M", "AG", _NOT_NEGATIVE, "registered", "", False),
)
_SPLIT: Final = "B"
RULES: Final = frozenset(family.rule(number) for family in FAMILIES for number in range(1, 11)) | {
    "BR-IC-11",
    "BR-IC-12",
    "BR-O-11",
    "BR-O-12",
    "BR-O-13",
    "BR-O-14",
    "BR-B-01",
    "BR-B-02",
}
"""Ids of the rules checked here."""


class _Taxed(NamedTuple):
    """A tax category with the element it taxes."""

    category: XmlNode
    owner: XmlNode
    codes: set[str]
    rates: list[Decimal | None]
    is_vat: bool


class _Uses:
    """Where a document uses VAT categories, gathered once for all families."""

    def __init__(self, source: InvoiceSource) -> None:
        self.source = source
        taxed = source.named("ClassifiedTaxCategory")
        items = {each: _taxed(each, each) for each in taxed}
        self.items = list(items.values())
        self.of_line = {
            line: [items[each] for each in line.all("Item", "ClassifiedTaxCategory")]
            for line in source.lines
        }
        charges = [
            (part, each)
            for part in source.named("AllowanceCharge")
            for each in part.all("TaxCategory")
        ]
        self.any_charges = [_taxed(each, part) for part, each in charges]
        self.of_charge: dict[XmlNode, list[_Taxed]] = {}
        for part in self.any_charges:
            self.of_charge.setdefault(part.owner, []).append(part)
        self.allowances = [part for part in self.any_charges if indicator(part.owner) is False]
        self.charges = [part for part in self.any_charges if indicator(part.owner) is True]
        groups = source.root.all("TaxTotal", "TaxSubtotal")
        self.groups = [_taxed(each, group) for group in groups for each in group.all("TaxCategory")]
        parts = (*self.items, *self.allowances, *self.charges, *self.groups)
        self.codes = {code for part in parts for code in part.codes}

    def taxes(self, family: Family, where: list[_Taxed], any_scheme: bool = False) -> list[_Taxed]:
        """Those of the family, in the scheme VAT."""
        return [part for part in where if family.code in part.codes and (part.is_vat or any_scheme)]


def _taxed(category: XmlNode, owner: XmlNode) -> _Taxed:
    rates = [number(each) for each in category.all("Percent")]
    return _Taxed(category, owner, texts(category.all("ID")), rates, is_vat(category))


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every rule of a VAT category that is broken."""
    uses = _Uses(source)
    for family in FAMILIES:
        if family.code in uses.codes:
            yield from _breakdown(uses, family)
            yield from _parties(uses, family)
            yield from _rates(uses, family)
            for group in uses.taxes(family, uses.groups):
                yield from _base(uses, family, group)
                yield from _tax(family, group)
                yield from _reason(family, group)
    yield from _supplied_within(uses)
    yield from _outside_scope(uses)
    yield from _split_payment(uses)


def _breakdown(uses: _Uses, family: Family) -> Iterator[Violation]:
    any_scheme = family.code == "S"  # so do the official artefacts: what is no VAT breaks S-02
    used = [
        part
        for where in (uses.items, uses.any_charges)
        for part in uses.taxes(family, where, any_scheme)
    ]
    groups = uses.taxes(family, uses.groups, any_scheme)
    if bool(used) == bool(groups) if family.is_rated else len(groups) == 1:
        return
    if not used and not groups:
        return
    expected = "1" if not family.is_rated else "1 or more" if used else "0"
    why = f"category {family.code} is used {len(used)} time(s), in the breakdown {len(groups)}"
    mend = f"give a TaxSubtotal of category {family.code} if it is used, and only then"
    place = f"{uses.source.root.path}/TaxTotal/TaxSubtotal"
    yield violation(family.rule(1), place, why, expected, len(groups), mend)


def _parties(uses: _Uses, family: Family) -> Iterator[Violation]:
    items = uses.taxes(family, uses.items, any_scheme=True)
    if family.code == "S" and items and not uses.taxes(family, uses.items):
        why, mend = "the standard rate is of the scheme VAT", "write VAT in TaxScheme/ID"
        place = items[0].category
        yield violation(family.rule(2), place, why, "VAT", "another scheme", mend)
    expected = _unmet(uses.source, family)
    if expected:
        for order, where in ((2, uses.items), (3, uses.allowances), (4, uses.charges)):
            for part in uses.taxes(family, where)[:1]:
                why = f"category {family.code} asks for {expected}"
                found = "not so"
                mend = f"give {expected}, or another category"
                yield violation(family.rule(order), part.category, why, expected, found, mend)


def _unmet(source: InvoiceSource, family: Family) -> str:
    """What the parties lack for the category, in words; "" if nothing."""
    agent = _has_vat(source.at("TaxRepresentativeParty/PartyTaxScheme"))
    schemes = source.at("AccountingSupplierParty/Party/PartyTaxScheme")
    seller = _has_vat(schemes)
    buyer = _has_vat(source.at("AccountingCustomerParty/Party/PartyTaxScheme"))
    if family.seller == "nobody":
        return (
            "no VAT number of seller, representative or buyer" if agent or seller or buyer else ""
        )
    registered = seller or any(each.all("CompanyID") for each in schemes)
    if not (agent or (seller if family.seller == "vat" else registered)):
        return "a VAT or tax number of the seller or its representative"
    legal = bool(source.at("AccountingCustomerParty/Party/PartyLegalEntity/CompanyID"))
    if family.buyer and not (buyer or (legal and family.buyer == "vat or legal")):
        return "a VAT number of the buyer" + (
            " or its registration" if "legal" in family.buyer else ""
        )
    return ""


def _has_vat(schemes: list[XmlNode]) -> bool:
    return any(is_vat(each) and each.all("CompanyID") for each in schemes)


def _rates(uses: _Uses, family: Family) -> Iterator[Violation]:
    for order, where in ((5, uses.items), (6, uses.allowances), (7, uses.charges)):
        for part in uses.taxes(family, where):
            rate = part.rates[0] if part.rates else None
            wrong = (
                part.category.all("Percent")
                if family.rate is _NONE
                else not family.rate.is_right(rate)
            )
            if wrong:
                place = f"{part.category.path}/Percent"
                expected = family.rate.expected
                why = f"the VAT rate of category {family.code} is {expected}"
                found = "none" if rate is None else rate
                mend = "leave Percent out" if family.rate is _NONE else f"write {expected}"
                yield violation(family.rule(order), place, why, expected, found, mend)


def _base(uses: _Uses, family: Family, group: _Taxed) -> Iterator[Violation]:
    base = first_number(group.owner, "TaxableAmount")
    for rate in group.rates if family.is_rated else [None]:
        expected, is_used = _sum_taxed(uses, family, rate)
        if family.is_rated:  # added up line by line elsewhere: less than one unit may be missing
            is_used = is_used or (family.code != "S" and bool(uses.source.lines))
            holds = is_used and base is not None and abs(base - expected) < 1
        else:
            holds = bool(uses.source.lines) and base == expected
        if not holds:
            why = f"what is taxed as {family.code} does not add up to this"
            place = f"{group.owner.path}/TaxableAmount"
            found = "none" if base is None else base
            yield violation(family.rule(8), place, why, expected, found, f"write {expected}")


def _sum_taxed(uses: _Uses, family: Family, rate: Decimal | None) -> tuple[Decimal, bool]:
    """Sum of what a category (with a rate) taxes, and whether there is anything."""
    taxed, is_used = Decimal(0), False
    for line in uses.source.lines:
        if _is_taxed_as(uses.of_line.get(line, []), family, rate):
            is_used = True
            taxed += first_number(line, "LineExtensionAmount") or 0
    for part in uses.source.charges:
        charged = indicator(part)
        if charged is not None and _is_taxed_as(uses.of_charge.get(part, []), family, rate):
            is_used = True
            taxed += (first_number(part, "Amount") or 0) * (1 if charged else -1)
    return taxed, is_used


def _is_taxed_as(parts: list[_Taxed], family: Family, rate: Decimal | None) -> bool:
    return any(family.code in part.codes for part in parts) and (
        not family.is_rated or any(rate in part.rates for part in parts)
    )


def _tax(family: Family, group: _Taxed) -> Iterator[Violation]:
    base = first_number(group.owner, "TaxableAmount")
    tax = first_number(group.owner, "TaxAmount")
    expected: Decimal | str = Decimal(0)
    if family.is_rated:
        rate = group.rates[0] if group.rates else None
        holds = rate is not None and is_taxed_at(base, tax, rate)
        expected = "base x rate" if rate is None or base is None else tax_at(base, rate)
    else:
        holds = tax == 0
    if not holds:
        why = f"the tax of category {family.code} is not this"
        place = f"{group.owner.path}/TaxAmount"
        found = "none" if tax is None else tax
        yield violation(family.rule(9), place, why, expected, found, f"write {expected}")


def _reason(family: Family, group: _Taxed) -> Iterator[Violation]:
    reasons = group.category.all("TaxExemptionReason") + group.category.all(
        "TaxExemptionReasonCode"
    )
    if family.gives_reason != bool(reasons):
        should = "must" if family.gives_reason else "must not"
        why = f"a group of category {family.code} {should} say why there is no tax"
        expected, found = ("a reason", "none") if family.gives_reason else ("none", "a reason")
        mend = (
            "add TaxExemptionReason or its code" if family.gives_reason else "take the reason out"
        )
        yield violation(family.rule(10), group.category, why, expected, found, mend)


def _supplied_within(uses: _Uses) -> Iterator[Violation]:
    """BR-IC-11, BR-IC-12: when and where to, for supplies within the Community."""
    root = uses.source.root
    groups = [each for each in uses.groups if each.is_vat and "K" in each.codes]
    dates = root.all("Delivery", "ActualDeliveryDate")
    periods = [part for each in root.all("InvoicePeriod") for part in each.children]
    if groups and not periods and not any(each.text for each in dates):
        why, mend = (
            "a supply within the Community says when",
            "add ActualDeliveryDate or InvoicePeriod",
        )
        place = f"{root.path}/Delivery/ActualDeliveryDate"
        yield violation("BR-IC-11", place, why, "a date or period", "none", mend)
    where = ("Delivery", "DeliveryLocation", "Address", "Country", "IdentificationCode")
    if groups and not any(len(each.text) > 1 for each in root.all(*where)):
        why, mend = "a supply within the Community says where to", "add the country delivered to"
        yield violation(
            "BR-IC-12", f"{root.path}/{'/'.join(where)}", why, "a country", "none", mend
        )


def _outside_scope(uses: _Uses) -> Iterator[Violation]:
    """BR-O-11 to BR-O-14: what is outside the scope of VAT stands alone."""
    if not any(each.is_vat and "O" in each.codes for each in uses.groups):
        return
    parts = ((11, uses.groups), (12, uses.items), (13, uses.allowances), (14, uses.charges))
    for order, where in parts:
        for part in where:
            if part.is_vat and part.codes != {"O"}:
                why = "another category stands beside one that is outside the scope of VAT"
                found = ", ".join(sorted(part.codes)) or "none"
                mend = "invoice it separately"
                yield violation(f"BR-O-{order}", part.category, why, "O", found, mend)


def _split_payment(uses: _Uses) -> Iterator[Violation]:
    """BR-B-01, BR-B-02: split payment is Italian, and does not mix with the standard rate."""
    if _SPLIT not in uses.codes:
        return
    for country in uses.source.named("IdentificationCode"):
        if country.text != "IT":
            why, mend = "split payment (B) is for domestic Italian invoices", "use another category"
            yield violation("BR-B-01", country, why, "IT", country.text or "none", mend)
    for part in (*uses.items, *uses.allowances, *uses.charges, *uses.groups):
        if "S" in part.codes:
            why, mend = (
                "split payment (B) does not mix with the standard rate",
                "invoice it separately",
            )
            yield violation("BR-B-02", part.category, why, "not S", "S", mend)
