"""Asks for the release of every tranche whose conditions are met."""

from entrepot.bindings.financing import Release
from entrepot.bindings.financings import FinancingTerms
from entrepot.chain.codec import encode_call
from entrepot.kit.abi import from_plain
from entrepot.steps import World
from entrepot.steps.release import repository
from entrepot.store.outbox import RELEASE_PRIORITY, Intent, enqueue
from entrepot.store.session import lead
from entrepot.store.tables import Decision, Facility


def run(world: World, limit: int) -> int:
    """Writes one request for each due tranche that is not on its way; answers how many.

    A request that the chain would refuse is not repeated before the head has moved.
    """
    with world.store.transaction() as session:
        if not lead(session, "release"):
            return 0
        head = repository.head(session)
        asked = 0
        for facility, decision in repository.due(session, head, limit):
            asked += enqueue(session, _request(world, head, facility, decision), world.clock.now())
        return asked


def _request(world: World, head: str, facility: Facility, decision: Decision) -> Intent:
    """An operation of its own each time: one that failed must not stop the next."""
    terms = from_plain(FinancingTerms, facility.terms)
    key = f"release:{facility.financing_id.hex()}:{decision.tranche}@{head}"
    return Intent(
        key=key,
        operation_id=key,
        verb="Financing.release",
        sender=world.keeper,
        target=world.deployment["Financing"],
        calldata=encode_call(Release(terms=terms, tranche=decision.tranche)),
        priority=RELEASE_PRIORITY,
    )
