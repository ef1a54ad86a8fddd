"""The chain as it is known here: its head, its contracts, and what they said, in words."""

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.store.tenancy import beyond
from entrepot.views import chain, machinery, recent
from entrepot.views.values import hexed

COLUMNS = (
    Column(name="block", title="Block", of=lambda row: row.block, kind="count"),
    Column(name="at", title="Time", of=lambda row: row.at, kind="moment"),
    Column(name="event", title="Event", of=lambda row: row.event),
    Column(name="words", title="In words", of=lambda row: row.words, kind="words"),
    Column(name="contract", title="Contract", of=lambda row: row.contract),
    Column(name="tx_hash", title="Transaction", of=lambda row: row.tx_hash, kind="hash"),
)


def gather(looking: Looking) -> Values:
    """What the officer may know of it; how far the steps are is of this node, not of any trade."""
    finality = looking.world.settings.finality
    with beyond(looking.session):
        steps = machinery.machinery(looking.session, finality).steps
    return {
        "network": chain.status(looking.session, finality),
        "contracts": {name: hexed(at) for name, at in looking.world.deployment.contracts.items()},
        "steps": steps,
        "listing": Listing(
            columns=COLUMNS, rows=recent.logs(looking.session, looking.officer.participant_id)
        ),
    }


SCREEN = Screen(
    name="chain", path="/chain", title="Chain", key="h", asked=Asked, columns=COLUMNS, gather=gather
)
