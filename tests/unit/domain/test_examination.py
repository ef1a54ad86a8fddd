"""Each rule of the examination finds what it is for, and leaves alone what it must.

The articles are those of UCP 600 and eUCP 2.1; the papers are those of the straight walk.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.documents.dcsa_transport_document import TransportDocument, VesselVoyage
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.trade_json import TradeParty
from entrepot.domain.errors import MalformedDocument
from entrepot.domain.examination.calendar import BankingDays
from entrepot.domain.examination.case import Corrupted, Presentation
from entrepot.domain.examination.credit import read_credit_terms
from entrepot.domain.examination.examining import RULES, examine
from entrepot.domain.examination.findings import Severity
from entrepot.domain.examination.wording import corresponds, same_name, unit
from entrepot.domain.identifiers import ContainerNumber, Currency, Lei, Locode
from entrepot.domain.money import Money
from tests.unit.domain.examination_cases import CREDIT, PRESENTED, WALK, Papers, clean

OTHER_LEI = Lei("529900T8BM49AURSDO55")
Spoil = Callable[[Papers], Papers]


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def party(name: str, lei: str = OTHER_LEI) -> TradeParty:
    return TradeParty(name, Lei(lei))


def on_another_ship(papers: Papers, **changes: object) -> Papers:
    voyage = VesselVoyage("MERIDIAN BOREALIS", "011W", None)
    second = replace(papers.bill, reference="BMLNGB2611999", voyages=(voyage,), **changes)  # pyright: ignore[reportArgumentType]
    return replace(papers, extra=(second,))


def half_each(papers: Papers) -> Papers:
    """The same goods under two bills of one ship and voyage, half in each."""
    first = replace(papers.bill, items=papers.bill.items[:2])
    rest = replace(papers.bill, reference="BMLNGB2611871", items=papers.bill.items[2:])
    later = replace(rest, shipped_on_board_on=date(2026, 11, 13))
    return replace(papers, bill=first, extra=(later,))


SPOILT: dict[str, list[tuple[str, Spoil]]] = {
    "PRESENTED_LATE": [
        ("22 days after shipment", lambda p: replace(p, presented_on=date(2026, 12, 4))),
        ("later than the credit says", lambda p: p.but("credit", presentation_days=1)),
    ],
    "CREDIT_EXPIRED": [
        ("the Friday before", lambda p: p.but("credit", expires_on=date(2026, 11, 13))),
    ],
    "SHIPPED_LATE": [
        ("a day", lambda p: p.but("credit", latest_shipment_on=date(2026, 11, 11))),
        (
            "a latest date on a Sunday does not move",
            lambda p: p.but("credit", latest_shipment_on=date(2026, 11, 8)),
        ),
    ],
    "DATED_AFTER_PRESENTATION": [
        ("packing list", lambda p: p.but("packing", issued_on=date(2026, 11, 17))),
        ("invoice", lambda p: p.but("invoice", issue_date=date(2026, 11, 17))),
    ],
    "OTHER_CURRENCY": [("euro", lambda p: p.but("invoice", currency=Currency("EUR")))],
    "OVERDRAWN": [
        ("a cent", lambda p: p.but("credit", amount=usd("1283999.99"))),
        (
            "by more than 10 %",
            lambda p: p.but("credit", amount=usd("1167000.00"), about_amount=True),
        ),
    ],
    "UNDERDRAWN": [
        ("by more than 5 %", lambda p: p.but("credit", amount=usd("1360000.00"))),
        (
            "by more than 10 %",
            lambda p: p.but("credit", amount=usd("1430000.00"), about_amount=True),
        ),
    ],
    "QUANTITY": [
        ("items", lambda p: p.but("credit", quantity=Decimal(2553), unit="PCS")),
        ("fewer items", lambda p: p.but("credit", quantity=Decimal(2555), unit="pieces")),
        (
            "by more than 10 %",
            lambda p: p.but("credit", quantity=Decimal(2321), unit="EA", about_quantity=True),
        ),
    ],
    "INVOICE_ISSUER": [
        (
            "another LEI, the same name",
            lambda p: p.but("credit", beneficiary=party(p.credit.beneficiary.name)),
        ),
        (
            "another name, no LEI",
            lambda p: p.but("invoice", seller=replace(p.invoice.seller, lei=None, name="Hin Co")),
        ),
    ],
    "INVOICE_APPLICANT": [("another", lambda p: p.but("credit", applicant=party("Somebody BV")))],
    "INVOICE_GOODS": [
        ("other goods", lambda p: p.but("credit", description="Frozen fish")),
        ("one is missing", lambda p: p.but("credit", description="Espresso machines and toasters")),
    ],
    "INVOICE_TRADE_TERM": [("FOB", lambda p: p.but("invoice", delivery_terms="FOB Ningbo"))],
    "MISSING_DOCUMENT": [
        ("insurance", lambda p: replace(p, left_out=("insurance",))),
        ("all", lambda p: replace(p, left_out=("invoice", "bill", "packing", "insurance"))),
    ],
    "BILL_NOT_ISSUED": [("draft", lambda p: p.but("bill", status="DRAFT"))],
    "NOT_ON_BOARD": [
        (
            "received for shipment",
            lambda p: p.but("bill", is_shipped_on_board=False, shipped_on_board_on=None),
        ),
    ],
    "PORT_OF_LOADING": [("Shanghai", lambda p: p.but("bill", port_of_loading=Locode("CNSHA")))],
    "PORT_OF_DISCHARGE": [
        ("Antwerp", lambda p: p.but("bill", port_of_discharge=Locode("BEANR"))),
    ],
    "NOT_CLEAN": [
        ("wet", lambda p: p.but("bill", carrier_clauses=("12 cartons wet and torn",))),
        (
            "rusty",
            lambda p: p.but("bill", carrier_clauses=("STC 3 drums", "Atmospherically rusted")),
        ),
    ],
    "FREIGHT": [
        ("collect under CIF", lambda p: p.but("bill", freight_term="COL")),
        ("prepaid under FOB", lambda p: p.but("credit", incoterm="FOB")),
    ],
    "PARTIAL_SHIPMENT": [("another ship", on_another_ship)],
    "INSURED_TOO_LITTLE": [
        ("a cent", lambda p: p.but("insurance", amount=usd("1412399.99"))),
        ("the credit asks for more", lambda p: p.but("credit", insured_percent=Decimal(120))),
    ],
    "INSURED_CURRENCY": [
        ("euro", lambda p: p.but("insurance", amount=Money.parse("2000000.00", "EUR"))),
    ],
    "INSURED_LATE": [
        (
            "after shipment",
            lambda p: p.but("insurance", issued_on=date(2026, 11, 13), covered_from=None),
        ),
    ],
    "INSURED_JOURNEY": [("to Germany", lambda p: p.but("insurance", destination=Locode("DEHAM")))],
    "OTHER_INVOICE": [
        ("packing list", lambda p: p.but("packing", invoice_number="NHA-2026-0932")),
        ("insurance", lambda p: p.but("insurance", invoice_number="NHA-2026-0932")),
        ("origin", lambda p: p.but("origin", invoice_number="NHA-2026-0932")),
    ],
    "OTHER_ORDER": [("origin", lambda p: p.but("origin", order_number="PO-2026-1188"))],
    "CONTAINERS": [
        (
            "one that is not aboard",
            lambda p: p.but(
                "packing",
                goods=(
                    replace(p.packing.goods[0], container=ContainerNumber("CSQU3054383")),
                    *p.packing.goods[1:],
                ),
            ),
        ),
    ],
    "PACKAGES": [("one less", lambda p: p.but("packing", packages=2549))],
    "GROSS_MASS": [("a kilogram", lambda p: p.but("packing", gross_kg=Decimal(40851)))],
    "INSURED_VESSEL": [
        ("another ship", lambda p: p.but("insurance", vessel_name="Meridian Borealis")),
        ("another voyage", lambda p: p.but("insurance", voyage="047W")),
    ],
    "INSURED_BILL": [
        ("another", lambda p: p.but("insurance", transport_document="BMLNGB2611871")),
    ],
    "GOODS_ORIGIN": [
        (
            "Viet Nam",
            lambda p: p.but(
                "origin", goods=(replace(p.origin.goods[0], origin="VN"), *p.origin.goods[1:])
            ),
        ),
    ],
    "GOODS_CODE": [
        (
            "fish",
            lambda p: p.but("origin", goods=(replace(p.origin.goods[0], hs_code="030341"),)),
        ),
    ],
    "PACKING_PARTY": [("another buyer", lambda p: p.but("packing", buyer=party("Somebody BV")))],
}
"""By rule: what makes it find something."""

NOTED: dict[str, Spoil] = {
    "CORRUPTED_RECORD": lambda p: replace(
        p,
        left_out=("insurance",),
        corrupted=(Corrupted("INSURANCE_CERTIFICATE", "it ends in the middle"),),
    ),
    "NOT_REQUIRED": lambda p: p.but(
        "credit", required=("INVOICE", "TRANSPORT_DOCUMENT", "PACKING_LIST")
    ),
    "SEA_TERM": lambda p: p,
    "UNINSURED": lambda p: p.but("credit", required=("INVOICE", "TRANSPORT_DOCUMENT")),
    "OTHER_GOODS": lambda p: p,
}

LEFT_ALONE: list[tuple[str, Spoil]] = [
    ("14(c): the 21st day", lambda p: replace(p, presented_on=date(2026, 12, 3))),
    (
        "29(a): a last day on a Sunday moves to Monday",
        lambda p: replace(p.but("credit", presentation_days=3), presented_on=PRESENTED),
    ),
    (
        "14(c): no transport document, no 21 days",
        lambda p: replace(
            p.but("credit", required=("INVOICE",), presentation_days=1),
            presented_on=date(2026, 12, 4),
        ),
    ),
    (
        "29(a): an expiry on a Saturday moves to Monday",
        lambda p: p.but("credit", expires_on=date(2026, 11, 14)),
    ),
    (
        "14(i): older than the credit",
        lambda p: p.but("packing", issued_on=date(2026, 10, 1)),
    ),
    (
        "e11: the on-board date counts, not that of issue",
        lambda p: p.but("bill", issued_on=date(2026, 11, 16)),
    ),
    (
        '30(a): "about" allows 10 % more',
        lambda p: p.but("credit", amount=usd("1170000.00"), about_amount=True),
    ),
    ("30(c): 5 % less", lambda p: p.but("credit", amount=usd("1350000.00"))),
    (
        "30(c): less, where partial shipments are allowed",
        lambda p: p.but("credit", amount=usd("5000000.00"), partial_shipments=True),
    ),
    (
        '30(a): "about" allows 10 % of a number of items',
        lambda p: p.but("credit", quantity=Decimal(2400), unit="PCS", about_quantity=True),
    ),
    (
        "30(b): 5 % of a mass",
        lambda p: p.but("credit", quantity=Decimal("2.0"), unit="MT").but(
            "invoice",
            lines=(
                replace(p.invoice.lines[0], unit="KGM", quantity=Decimal(2090)),
                *p.invoice.lines[1:],
            ),
        ),
    ),
    (
        "30(b): fewer, where partial shipments are allowed",
        lambda p: p.but("credit", quantity=Decimal(9000), unit="PCS", partial_shipments=True),
    ),
    (
        "14(d): Co., Ltd. and Company Limited",
        lambda p: p.but(
            "invoice",
            seller=replace(p.invoice.seller, lei=None, name="Ningbo Haishu Appliance Co Ltd"),
        ),
    ),
    (
        "14(j): addresses of one country are not compared",
        lambda p: p.but("invoice", seller=replace(p.invoice.seller, address=("1 Other Street",))),
    ),
    (
        "18(c): more than the credit asks for, in another order",
        lambda p: p.but("credit", description="robot vacuum cleaner; STEAM OVEN"),
    ),
    (
        "14(k): the shipper is somebody else",
        lambda p: p.but(
            "bill",
            parties=replace(
                p.bill.parties,
                shipper=replace(p.bill.parties.shipper, name="Freight Hub", lei=None),
            ),
        ),
    ),
    (
        "another exporter on the certificate of origin",
        lambda p: p.but("origin", exporter=party("Sourcing House Ltd")),
    ),
    (
        "26(b), 27: no defects",
        lambda p: p.but(
            "bill",
            carrier_clauses=(
                "Shipper's load, stow and count",
                "Said to contain 2550 cartons",
                "Packaging may not be sufficient for the sea journey",
                "Carrier not responsible for damaged or wet goods",
                "Second-hand packaging",
            ),
        ),
    ),
    ("nothing said of freight", lambda p: p.but("bill", freight_term=None)),
    ("31(b): two bills of one voyage, loaded on two days", half_each),
    (
        "28(e): issued later, in force from the day of shipment",
        lambda p: p.but("insurance", issued_on=date(2026, 11, 14), covered_from=date(2026, 11, 12)),
    ),
    (
        "28(f)(iii): from warehouse to warehouse",
        lambda p: p.but("insurance", origin=Locode("CNHGH"), destination=Locode("NLUTC")),
    ),
    (
        "an insurance that names neither vessel nor bill",
        lambda p: p.but("insurance", vessel_name=None, voyage=None, transport_document=None),
    ),
    (
        "14(d): a number in other spacing and case",
        lambda p: p.but("packing", invoice_number="nha-2026-0931 ", order_number="po-2026-1187"),
    ),
    ("14(d): rounded mass", lambda p: p.but("packing", gross_kg=Decimal("40850.6"))),
    (
        "a national HS code of ten digits",
        lambda p: p.but("origin", goods=(replace(p.origin.goods[0], hs_code="8516710090"),)),
    ),
    (
        "an invoice that names no origin",
        lambda p: p.but(
            "invoice", lines=tuple(replace(line, origin=None) for line in p.invoice.lines)
        ).but("origin", goods=(replace(p.origin.goods[0], origin="VN"),)),
    ),
    (
        "14(g): what is not required is not examined",
        lambda p: p.but("credit", required=("INVOICE", "TRANSPORT_DOCUMENT", "PACKING_LIST")).but(
            "insurance", amount=usd("1.00"), invoice_number="X-1", vessel_name="Nobody"
        ),
    ),
    (
        "e12: a corrupted record is not a missing one",
        NOTED["CORRUPTED_RECORD"],
    ),
]


def test_the_straight_walks_papers_comply() -> None:
    notice = clean().notice()
    assert notice.complies
    assert clean().notes() == ["OTHER_GOODS", "SEA_TERM"]
    assert notice.answer_by == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [pytest.param(n, s, id=f"{n}: {what}") for n, all_ in SPOILT.items() for what, s in all_],
)
def test_it_is_found_with_both_values_and_where_they_stand(name: str, spoil: Spoil) -> None:
    findings = [f for f in spoil(clean()).notice().findings if f.rule == name]
    assert findings
    for finding in findings:
        assert finding.asked.value
        assert finding.found.value
        assert finding.asked.value != finding.found.value
        assert finding.found.place or finding.found.by == "presentation" or name == "NOT_CLEAN"
        assert finding.in_words("zh") != finding.in_words("en")


def test_a_clause_is_read_with_its_place() -> None:
    document = json.loads((WALK / "transport-document.json").read_text())
    document["carrierClauses"] = ["Shipped in apparent good order", "3 cartons crushed"]
    bill = read(json.dumps(document).encode())
    assert isinstance(bill, TransportDocument)
    (found,) = replace(clean(), bill=bill).notice().discrepancies
    assert (found.found.value, found.found.place) == ("3 cartons crushed", "/carrierClauses/1")


@pytest.mark.parametrize("name", NOTED)
def test_it_is_noted_and_no_ground_to_refuse(name: str) -> None:
    papers = NOTED[name](clean())
    assert name in papers.notes()
    assert name not in papers.grounds()


@pytest.mark.parametrize(("what", "change"), [pytest.param(w, c, id=w) for w, c in LEFT_ALONE])
def test_it_is_left_alone(what: str, change: Spoil) -> None:
    assert change(clean()).grounds() == [], what


def test_every_rule_is_tried() -> None:
    assert {rule.id for rule in RULES} == {*SPOILT, *NOTED}
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_what_is_over_drawn_is_the_banks_choice() -> None:
    notice = SPOILT["OVERDRAWN"][0][1](clean()).notice()
    assert (notice.discrepancies, [f.rule for f in notice.choices]) == ((), ["OVERDRAWN"])
    assert not notice.complies


def test_all_is_in_one_notice_and_a_late_one_is_precluded() -> None:
    papers = clean().but("bill", freight_term="COL").but("packing", packages=1)
    papers = papers.but("insurance", amount=usd("1.00"))
    notice = papers.notice()
    assert [f.rule for f in notice.discrepancies] == ["FREIGHT", "INSURED_TOO_LITTLE", "PACKAGES"]
    assert not notice.is_precluded(notice.answer_by)
    assert notice.is_precluded(notice.answer_by + timedelta(days=1))


@pytest.mark.parametrize(
    ("presented", "suspended", "last"),
    [
        (date(2026, 11, 16), (), date(2026, 11, 23)),
        (date(2026, 11, 14), (), date(2026, 11, 20)),
        (date(2026, 12, 21), (), date(2026, 12, 30)),
        (
            date(2026, 11, 16),
            ((date(2026, 11, 18), date(2026, 11, 19)),),
            date(2026, 11, 25),
        ),
    ],
    ids=["a Monday", "a Saturday", "over two holidays", "two days suspended (e12)"],
)
def test_five_banking_days_to_answer(
    presented: date, suspended: tuple[tuple[date, date], ...], last: date
) -> None:
    days = BankingDays(frozenset({date(2026, 12, 25), date(2026, 12, 28)}))
    assert days.answer_by(presented, suspended) == last


def test_insured_together_and_of_the_greater_value() -> None:
    papers = clean().but("insurance", amount=usd("1000000.00"))
    second = replace(papers.insurance, number="OMI-2", amount=usd("412400.00"))
    assert replace(papers, extra=(second,)).grounds() == []
    prepaid = clean().but("invoice", payable=usd("1220000.00"))
    assert "INSURED_TOO_LITTLE" in prepaid.but("insurance", amount=usd("1342000.00")).grounds()


@given(st.permutations(clean().documents()))
def test_the_order_of_the_documents_does_not_matter(documents: list[object]) -> None:
    papers = clean().but("packing", packages=1, invoice_number="X").but("bill", freight_term="COL")
    by_kind = {type(document): document for document in papers.documents()}
    shuffled = tuple(by_kind[type(document)] for document in documents)  # pyright: ignore[reportArgumentType]
    presentation = Presentation(shuffled, papers.presented_on)
    assert examine(papers.credit, presentation) == papers.notice()


@given(st.text(alphabet="abcdefghij XYZ,.;-", max_size=60))
def test_more_text_never_adds_a_ground(text: str) -> None:
    line = clean().invoice.lines[0]
    more = replace(line, description=f"{line.description} {text}")
    papers = clean().but("invoice", lines=(more, *clean().invoice.lines[1:]), notes=(text,))
    assert papers.grounds() == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ningbo Haishu Appliance Co., Ltd.", "NINGBO HAISHU APPLIANCE COMPANY LIMITED", True),
        ("Müller & Söhne", "Muller and Sohne", True),
        ("Van der Meer B.V.", "Van der Meer BV", True),
        ("Haishu Appliance", "Haishu Appliances Trading", False),
    ],
)
def test_names(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same


def test_units_and_descriptions() -> None:
    assert unit("KGM") == unit("kgs") == unit("Kilograms")
    assert unit("pcs.") == unit("C62")
    assert unit("KGM") != unit("MTR")
    assert corresponds("100 MT glass", "Glass, 100 tonnes, in crates")
    assert not corresponds("glass bottles", "glass")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"CIF"', '"DAT"', "DPU took its place"),
        ('"1284000.00"', '"-1.00"', "less than nothing"),
        ('"INVOICE",', '"WISH",', "code list"),
        ('"goods": {', '"goods": {"quantity": 5, ', "a quantity has a unit"),
        ('"2026-12-04"', '"04.12.2026"', "not a date"),
        ('"number"', '"numbr"', "number"),
    ],
)
def test_wrong_terms_are_refused_with_their_place(old: str, new: str, told: str) -> None:
    with pytest.raises(MalformedDocument, match=told):
        read_credit_terms(parse_json(CREDIT.read_text().replace(old, new, 1).encode()))


def test_severities_are_what_the_articles_say() -> None:
    assert {r.id for r in RULES if r.severity is Severity.CHOICE} == {"OVERDRAWN"}
    assert {r.id for r in RULES if r.severity is Severity.NOTE} == set(NOTED)
