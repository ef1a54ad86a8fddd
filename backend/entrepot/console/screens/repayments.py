"""What is owed and until when; what was paid, and where each payment went."""

from typing import Literal, get_args

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.views import debts, payments

Show = Literal["due", "paid"]
SHOWS = get_args(Show)


class AskedRepayments(Asked):
    show: Show = "due"


DUE = (
    Column(
        name="reference",
        title="Reference",
        of=lambda row: row.facility.order_reference or row.facility.facility_id,
        kind="reference",
        to=lambda row: f"/facilities/{row.facility.facility_id}",
    ),
    Column(name="exporter", title="Exporter", of=lambda row: row.facility.exporter, kind="party"),
    Column(name="importer", title="Buyer", of=lambda row: row.facility.importer, kind="party"),
    Column(
        name="outstanding",
        title="Outstanding",
        of=lambda row: row.facility.outstanding,
        kind="money",
    ),
    Column(
        name="matures_at",
        title="Matures",
        of=lambda row: row.facility.terms.matures_at,
        kind="moment",
    ),
    Column(name="days_late", title="Days late", of=lambda row: row.days_late, kind="count"),
    Column(name="state", title="State", of=lambda row: row.facility.state, kind="state"),
)
PAID = (
    Column(
        name="reference",
        title="Payment",
        of=lambda row: row.reference[:18],
        to=lambda row: f"/facilities/{row.facility_id}",
    ),
    Column(name="payer", title="Payer", of=lambda row: row.payer, kind="party"),
    Column(name="amount", title="Amount", of=lambda row: row.amount, kind="money"),
    Column(
        name="outstanding", title="Outstanding after", of=lambda row: row.outstanding, kind="money"
    ),
    Column(name="at", title="Paid", of=lambda row: row.at, kind="moment"),
    Column(name="block", title="Block", of=lambda row: row.block, kind="count"),
)


def gather(looking: Looking) -> Values:
    """Of the facilities that the officer sees."""
    caller = looking.officer.participant_id
    if looking.asked.show == "paid":
        page = payments.newest(looking.session, caller, looking.part)
        listing = Listing(columns=PAID, rows=page.items, next=page.next)
    else:
        page = debts.owing(looking.session, caller, looking.now, looking.part)
        listing = Listing(columns=DUE, rows=page.items, next=page.next)
    return {"listing": listing, "shows": SHOWS}


SCREEN = Screen(
    name="repayments",
    path="/repayments",
    title="Repayments",
    key="p",
    asked=AskedRepayments,
    columns=(*DUE, *PAID),
    gather=gather,
)
