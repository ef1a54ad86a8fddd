"""Money that was asked to go out: how far each release has come, and what keeps it."""

from dataclasses import dataclass

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.views import orders, releases
from entrepot.views.releases import ReleaseView
from entrepot.views.values import unhexed

STAGES = ("QUEUED", "SIGNED", "SENT", "MINED", "FINAL")


@dataclass(frozen=True, slots=True)
class Release:
    """A release under its order's reference."""

    release: ReleaseView
    reference: str


COLUMNS = (
    Column(
        name="reference",
        title="Reference",
        of=lambda row: row.reference,
        to=lambda row: f"/facilities/{row.release.facility_id}",
    ),
    Column(name="tranche", title="Tranche", of=lambda row: row.release.tranche + 1, kind="count"),
    Column(name="amount", title="Amount", of=lambda row: row.release.amount, kind="money"),
    Column(name="state", title="State", of=lambda row: row.release.state, kind="state"),
    Column(name="request", title="Request", of=lambda row: row.release.request, kind="state"),
    Column(name="attempts", title="Attempts", of=lambda row: row.release.attempts, kind="count"),
    Column(
        name="released_at", title="Released", of=lambda row: row.release.released_at, kind="moment"
    ),
    Column(
        name="released_block",
        title="Block",
        of=lambda row: row.release.released_block,
        kind="count",
    ),
    Column(
        name="released_tx", title="Transaction", of=lambda row: row.release.released_tx, kind="hash"
    ),
)


def gather(looking: Looking) -> Values:
    """The releases of the facilities that the officer sees, newest first."""
    page = releases.list_releases(
        looking.session,
        looking.officer.participant_id,
        limit=looking.rows,
        after=looking.asked.after,
    )
    names = orders.references(looking.session, [unhexed(row.order_id) for row in page.items])
    rows = [Release(row, names.get(unhexed(row.order_id)) or row.order_id) for row in page.items]
    return {"listing": Listing(columns=COLUMNS, rows=rows, next=page.next)}


SCREEN = Screen(
    name="releases",
    path="/releases",
    title="Releases",
    key="r",
    asked=Asked,
    columns=COLUMNS,
    gather=gather,
)
