"""Who did what here in the member's name, chained so that nothing can be changed unseen."""

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.console.trail import signing_key
from entrepot.views import trail

COLUMNS = (
    Column(name="number", title="Number", of=lambda row: row.number, kind="count"),
    Column(name="at", title="Time", of=lambda row: row.at, kind="moment"),
    Column(name="actor", title="Who", of=lambda row: row.actor),
    Column(name="act", title="Did", of=lambda row: row.words, kind="words"),
    Column(name="subject", title="To what", of=lambda row: row.subject, kind="hash"),
    Column(name="reason", title="Reason", of=lambda row: row.reason),
    Column(name="sha256", title="SHA-256", of=lambda row: row.sha256, kind="hash"),
)


def gather(looking: Looking) -> Values:
    """The trail of the officer's own member, the newest first."""
    rows, after = trail.newest(
        looking.session, looking.officer.participant_id, looking.asked.after, looking.rows
    )
    return {
        "listing": Listing(columns=COLUMNS, rows=rows, next=after),
        "key": signing_key(looking.world.settings).thumbprint(),
    }


SCREEN = Screen(name="audit", path="/audit", title="Audit", key="u", columns=COLUMNS, gather=gather)
