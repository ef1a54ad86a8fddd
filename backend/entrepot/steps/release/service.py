"""Asks for the release of every tranche whose conditions are met; of many in one transaction."""

from collections.abc import Sequence

from entrepot.bindings.financing import Release, ReleaseMany
from entrepot.bindings.financings import FinancingTerms
from entrepot.chain.codec import encode_call
from entrepot.chain.errors import CallReverted
from entrepot.kit.abi import Call, from_plain
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.release import repository
from entrepot.steps.release.repository import Due, Head
from entrepot.store.outbox import RELEASE_PRIORITY, Intent, release_operation
from entrepot.store.spans import during

MANY = 8
"""From so many on that fall due at once they go together."""

TOGETHER_MAX = 25
"""Of one transaction: each takes up to 400,000 gas, and there is a cap on what one may use."""


def run(world: World, limit: int) -> int:
    """Writes a request for each due tranche that is not on its way; answers for how many.

    A request that the chain would refuse is not repeated before the head has moved. What a lender
    keeps back is not asked for; holding waits until this is through, and this for no hold.
    """
    with world.store.transaction() as session:
        head = repository.head(session)
        if head is None:
            return 0
        due = repository.due(session, head, limit)
        groups = _groups(world, due)
        asked = [(_intent(world, head, group), group) for group in groups]
        with during(session, "release", [intent for intent, _ in asked], is_root=True):
            return repository.request(session, asked, world.clock.now())


def _groups(world: World, due: list[Due]) -> list[list[Due]]:
    """What goes in one transaction: many that can be released together, the others alone."""
    together = [one for one in due if not one.alone] if len(due) >= MANY else []
    starts = range(0, len(together), TOGETHER_MAX)
    groups = [_releasable(world, together[at : at + TOGETHER_MAX]) for at in starts]
    grouped = {(one.financing_id, one.tranche) for group in groups for one in group}
    alone = [[one] for one in due if (one.financing_id, one.tranche) not in grouped]
    return [group for group in groups if group] + alone


def _releasable(world: World, group: Sequence[Due]) -> list[Due]:
    """Those that the contract would release now; the others are asked for one by one, so that each
    is refused with its own reason."""
    call, to = _call(group), world.deployment["Financing"]
    try:
        answer = world.node.simulate(world.keeper, to, encode_call(call))
    except CallReverted:
        return []
    released = int.from_bytes(answer, "big")
    return [one for place, one in enumerate(group) if released >> place & 1]


def _intent(world: World, head: Head, group: Sequence[Due]) -> Intent:
    names = [f"{one.financing_id.hex()}:{one.tranche}" for one in group]
    name = names[0] if len(group) == 1 else sha256(",".join(names).encode()).hex()
    verb = "release" if len(group) == 1 else "releases"
    call = _call(group)
    return Intent(
        key=f"{verb}:{name}@{head.name}",
        operation_id=release_operation(verb, name),
        verb=call.abi.path,
        sender=world.keeper,
        target=world.deployment["Financing"],
        calldata=encode_call(call),
        priority=RELEASE_PRIORITY,
    )


def _call(group: Sequence[Due]) -> Call:
    terms = [from_plain(FinancingTerms, one.terms) for one in group]
    if len(group) == 1:
        return Release(terms=terms[0], tranche=group[0].tranche)
    return ReleaseMany(terms=tuple(terms), tranches=tuple(one.tranche for one in group))
