"""Members: who they are, until when they are known, what they may do, what the bank lends them."""

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.console.screens.missing import not_here
from entrepot.views import exposure, participants
from entrepot.views.participants import ParticipantView

COLUMNS = (
    Column(
        name="participant",
        title="Member",
        of=lambda row: row.participant,
        kind="party",
        to=lambda row: f"/counterparties/{row.participant.lei}",
    ),
    Column(name="lei", title="LEI", of=lambda row: row.participant.lei),
    Column(name="roles", title="Roles", of=lambda row: row.roles, kind="roles"),
    Column(name="jurisdiction", title="Country", of=lambda row: row.jurisdiction, kind="country"),
    Column(name="state", title="State", of=lambda row: row.state, kind="state"),
    Column(
        name="kyc_expires_at", title="Known until", of=lambda row: row.kyc_expires_at, kind="moment"
    ),
)
KEYS = (
    Column(name="key_id", title="Key", of=lambda row: row.key_id, kind="hash"),
    Column(name="permissions", title="May", of=lambda row: " · ".join(row.permissions)),
    Column(name="added_at", title="Since", of=lambda row: row.added_at, kind="moment"),
    Column(name="revoked_at", title="Revoked", of=lambda row: row.revoked_at, kind="moment"),
)
LEI_LENGTH = 20


def gather(looking: Looking) -> Values:
    """All members whose name or LEI has the words that were asked for."""
    page = participants.list_participants(
        looking.session,
        looking.officer.participant_id,
        limit=looking.rows,
        after=looking.asked.after,
    )
    words = looking.asked.q.strip().casefold()
    rows = [row for row in page.items if _has(row, words)]
    return {"listing": Listing(columns=COLUMNS, rows=rows, next=page.next)}


def _has(row: ParticipantView, words: str) -> bool:
    party = row.participant
    return any(words in text.casefold() for text in (party.lei, party.name, party.name_zh))


def gather_one(looking: Looking) -> Values:
    """One member; its keys for itself and for regulators, its limits for whoever set them."""
    asked = looking.place["lei"]
    if len(asked) != LEI_LENGTH or not asked.isascii():
        raise not_here()
    caller = looking.officer.participant_id
    found = participants.get_participant(looking.session, caller, asked.encode("ascii"))
    if found is None:
        raise not_here()
    limits = [
        row
        for row in exposure.limits(looking.session, caller)
        if asked in (row.exporter.lei, row.lender.lei)
    ]
    return {
        "title": found.participant,
        "member": found,
        "limits": limits,
        "listing": None if found.keys is None else Listing(columns=KEYS, rows=found.keys),
    }


SCREEN = Screen(
    name="counterparties",
    path="/counterparties",
    title="Counterparties",
    key="c",
    columns=COLUMNS,
    gather=gather,
)
ONE = Screen(
    name="counterparty",
    path="/counterparties/{lei}",
    title="Counterparty",
    within="counterparties",
    columns=KEYS,
    gather=gather_one,
)
