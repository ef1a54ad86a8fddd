"""Bills of lading: in whose hands each is, how it got there, and for what it is pledged."""

from dataclasses import dataclass

from entrepot.bindings.titles import EVENTS
from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.console.screens.missing import not_here, octets
from entrepot.console.showing import short
from entrepot.views import orders, timeline, titles
from entrepot.views.titles import TitleView
from entrepot.views.values import unhexed


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill of lading under its order's reference."""

    bill: TitleView
    reference: str


NAMES = frozenset(event.__name__ for event in EVENTS)

COLUMNS = (
    Column(
        name="title_id",
        title="Bill of lading",
        of=lambda row: row.bill.title_id,
        kind="hash",
        to=lambda row: f"/titles/{row.bill.title_id}",
    ),
    Column(name="reference", title="Order", of=lambda row: row.reference, kind="reference"),
    Column(name="state", title="State", of=lambda row: row.bill.state, kind="state"),
    Column(name="medium", title="Medium", of=lambda row: row.bill.medium, kind="state"),
    Column(name="form", title="Form", of=lambda row: row.bill.form, kind="state"),
    Column(name="carrier", title="Carrier", of=lambda row: row.bill.carrier, kind="party"),
    Column(
        name="possessor", title="In the hands of", of=lambda row: row.bill.possessor, kind="party"
    ),
    Column(name="endorsee", title="Endorsed to", of=lambda row: row.bill.endorsee, kind="party"),
)


def gather(looking: Looking) -> Values:
    """The bills that the officer sees."""
    page = titles.newest(looking.session, looking.officer.participant_id, looking.part)
    names = orders.references(looking.session, [unhexed(row.order_id) for row in page.items])
    rows = [Bill(row, names.get(unhexed(row.order_id)) or row.order_id) for row in page.items]
    return {"listing": Listing(columns=COLUMNS, rows=rows, next=page.next)}


def gather_one(looking: Looking) -> Values:
    """One bill and the chain of its endorsements and hands, oldest first."""
    session, caller = looking.session, looking.officer.participant_id
    found = titles.get_title(session, caller, octets(looking.place["title"]))
    if found is None:
        raise not_here()
    order_id = unhexed(found.order_id)
    finality = looking.world.settings.finality
    told = timeline.of_order(session, caller, order_id, finality=finality) or ()
    return {
        "title": short(found.title_id),
        "bill": found,
        "order": orders.get_order(session, caller, order_id),
        "acts": [entry for entry in told if entry.event in NAMES],
    }


SCREEN = Screen(
    name="titles", path="/titles", title="Titles", key="t", columns=COLUMNS, gather=gather
)
ONE = Screen(
    name="title", path="/titles/{title}", title="Title", within="titles", gather=gather_one
)
