"""Goods on their way: what carriers and customs attested of each order's voyage."""

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.views import voyages

COLUMNS = (
    Column(
        name="reference",
        title="Reference",
        of=lambda row: row.reference or row.order_id,
        kind="reference",
    ),
    Column(name="carrier", title="Carrier", of=lambda row: row.carrier, kind="party"),
    Column(name="origin", title="From", of=lambda row: row.origin, kind="country"),
    Column(name="destination", title="To", of=lambda row: row.destination, kind="country"),
    Column(name="reached", title="Reached", of=lambda row: row.reached, kind="kind"),
    Column(
        name="export_released_at",
        title="Export cleared",
        of=lambda row: row.told.get("EXPORT_RELEASED"),
        kind="moment",
    ),
    Column(
        name="import_released_at",
        title="Import cleared",
        of=lambda row: row.told.get("IMPORT_RELEASED"),
        kind="moment",
    ),
    Column(
        name="held",
        title="On hold",
        of=lambda row: "CUSTOMS_HOLD" if row.held else None,
        kind="kind",
    ),
)


def gather(looking: Looking) -> Values:
    """The voyages of the orders that the officer sees."""
    page = voyages.newest(looking.session, looking.officer.participant_id, looking.part)
    listing = Listing(columns=COLUMNS, rows=page.items, next=page.next)
    return {"listing": listing}


SCREEN = Screen(
    name="voyages",
    path="/voyages",
    title="Voyage & customs",
    key="v",
    columns=COLUMNS,
    gather=gather,
)
