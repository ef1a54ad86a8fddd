"""Bills of lading: in whose hands each is, how it got there, and for what it is pledged."""

from entrepot.bindings.titles import EVENTS
from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.console.screens.missing import not_here, octets
from entrepot.console.showing import short
from entrepot.views import orders, timeline, titles
from entrepot.views.values import unhexed

NAMES = frozenset(event.__name__ for event in EVENTS)

COLUMNS = (
    Column(
        name="title_id",
        title="Bill of lading",
        of=lambda row: row.title_id,
        kind="hash",
        to=lambda row: f"/titles/{row.title_id}",
    ),
    Column(name="state", title="State", of=lambda row: row.state, kind="state"),
    Column(name="medium", title="Medium", of=lambda row: row.medium, kind="state"),
    Column(name="form", title="Form", of=lambda row: row.form, kind="state"),
    Column(name="carrier", title="Carrier", of=lambda row: row.carrier, kind="party"),
    Column(name="possessor", title="In the hands of", of=lambda row: row.possessor, kind="party"),
    Column(name="endorsee", title="Endorsed to", of=lambda row: row.endorsee, kind="party"),
)


def gather(looking: Looking) -> Values:
    """The bills that the officer sees."""
    page = titles.newest(looking.session, looking.officer.participant_id, looking.part)
    return {"listing": Listing(columns=COLUMNS, rows=page.items, next=page.next)}


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
