"""What waits for the officer's signature, and whatever else is under way or went wrong."""

from typing import Annotated, get_args

from pydantic import Field

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.views import approvals
from entrepot.views.approvals import QueueRow, Show

SHOWS = get_args(Show)


ID = "0x[0-9a-f]{64}"
PICKED_MAX = 100
"""As many as an address can carry everywhere."""


class AskedApprovals(Asked):
    """only: of what is shown, these facilities, by commas; all of it when empty."""

    show: Show = "mine"
    only: Annotated[str, Field(pattern=f"^({ID}(,{ID}){{0,{PICKED_MAX - 1}}})?$")] = ""


def _signed(row: QueueRow) -> str:
    return f"{row.approvals_given}/{row.approvals_needed}"


def _met(row: QueueRow) -> str:
    return f"{row.conditions_met}/{row.conditions_needed}"


COLUMNS = (
    Column(
        name="reference",
        title="Reference",
        of=lambda row: row.reference or row.facility_id,
        kind="reference",
        to=lambda row: f"/facilities/{row.facility_id}",
    ),
    Column(name="exporter", title="Exporter", of=lambda row: row.exporter, kind="party"),
    Column(name="importer", title="Buyer", of=lambda row: row.importer, kind="party"),
    Column(name="amount", title="Amount", of=lambda row: row.amount, kind="money"),
    Column(name="state", title="State", of=lambda row: row.state, kind="state"),
    Column(name="approvals", title="Sign-offs", of=_signed),
    Column(name="conditions", title="Conditions", of=_met),
    Column(name="requested_at", title="Waiting", of=lambda row: row.requested_at, kind="age"),
)


def gather(looking: Looking) -> Values:
    """The queue as the officer's participant sees it."""
    officer, asked = looking.officer, looking.asked
    page = approvals.queue(
        looking.session,
        officer.participant_id,
        key_id=officer.key_id,
        show=asked.show,
        search=asked.q,
        only=[bytes.fromhex(each[2:]) for each in asked.only.split(",") if each],
        asked=looking.part,
    )
    listing = Listing(columns=COLUMNS, rows=page.items, next=page.next)
    return {"listing": listing, "shows": SHOWS}


SCREEN = Screen(
    name="approvals",
    path="/",
    title="Approvals",
    key="a",
    asked=AskedApprovals,
    columns=COLUMNS,
    gather=gather,
)
