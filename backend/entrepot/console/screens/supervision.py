"""For regulators: the whole market in sums, the caps of their sandboxes, and what is on hold."""

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.views import exposure, market

COLUMNS = (
    Column(
        name="corridor",
        title="Corridor",
        of=lambda row: row.corridor,
        kind="corridor",
        to=lambda row: f"/?show=all&q={row.corridor}",
    ),
    Column(name="state", title="State", of=lambda row: row.state, kind="state"),
    Column(name="facilities", title="Facilities", of=lambda row: row.facilities, kind="count"),
    Column(name="drawn", title="Paid out", of=lambda row: row.drawn, kind="money"),
    Column(name="outstanding", title="Outstanding", of=lambda row: row.outstanding, kind="money"),
    Column(name="loss", title="Lost", of=lambda row: row.loss, kind="money"),
    Column(name="held", title="Releases held", of=lambda row: row.held, kind="count"),
)


def gather(looking: Looking) -> Values:
    """Sums alone: no party of any trade is named here."""
    caller = looking.officer.participant_id
    return {
        "listing": Listing(columns=COLUMNS, rows=market.by_corridor(looking.session, caller)),
        "caps": exposure.sandbox(looking.session, caller),
    }


SCREEN = Screen(
    name="supervision",
    path="/supervision",
    title="Supervision",
    key="s",
    columns=COLUMNS,
    gather=gather,
    open_to=lambda officer: officer.is_regulator,
)
