"""Money that was asked to go out: how far each release has come, and what keeps it."""

from dataclasses import dataclass

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.views import holds, orders, releases
from entrepot.views.releases import ReleaseView
from entrepot.views.values import Party, unhexed
from entrepot.views.words import refused_because


@dataclass(frozen=True, slots=True)
class Release:
    """A release under its order's reference. is_lent: by the officer's own participant."""

    release: ReleaseView
    reference: str
    is_lent: bool

    @property
    def may_hold(self) -> bool:
        """Whether the officer's participant may still hold it."""
        its = self.release
        return self.is_lent and its.state == "PENDING" and not its.is_signed

    @property
    def held_by(self) -> Party | None:
        """Who holds it, the first where several do."""
        return self.release.holds[0].holder if self.release.holds else None

    @property
    def error(self) -> str | None:
        """Why the last call for it came to nothing."""
        name = self.release.error
        return refused_because({"name": name}) if name else None


COLUMNS = (
    Column(
        name="reference",
        title="Reference",
        of=lambda row: row.reference,
        kind="reference",
        to=lambda row: f"/facilities/{row.release.facility_id}",
    ),
    Column(name="tranche", title="Tranche", of=lambda row: row.release.tranche + 1, kind="count"),
    Column(name="amount", title="Amount", of=lambda row: row.release.amount, kind="money"),
    Column(name="state", title="State", of=lambda row: row.release.state, kind="state"),
    Column(name="request", title="Request", of=lambda row: row.release.request, kind="state"),
    Column(name="attempts", title="Attempts", of=lambda row: row.release.attempts, kind="count"),
    Column(name="error", title="Last error", of=lambda row: row.error, kind="words"),
    Column(
        name="held_by", title="Held by", of=lambda row: row.held_by, kind="party", on_page=False
    ),
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
    ids = [unhexed(row.facility_id) for row in page.items]
    lent = holds.lent_by(looking.session, looking.officer.holder.participant_id, ids)
    names = orders.references(looking.session, [unhexed(row.order_id) for row in page.items])
    rows = [
        Release(row, names.get(unhexed(row.order_id)) or row.order_id, own in lent)
        for row, own in zip(page.items, ids, strict=True)
    ]
    return {"listing": Listing(columns=COLUMNS, rows=rows, next=page.next)}


SCREEN = Screen(
    name="releases",
    path="/releases",
    title="Releases",
    key="r",
    asked=Asked,
    columns=COLUMNS,
    gather=gather,
    pulse=lambda session, _: holds.pulse(session),
)
