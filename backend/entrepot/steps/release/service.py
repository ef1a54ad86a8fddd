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
from entrepot.store.outbox import RELEASE_PRIORITY, Intent, write
from entrepot.store.session import Session, lead

MANY = 8
"""From so many on that fall due at once they go together."""

TOGETHER_MAX = 25
"""Of one transaction: each takes up to 400,000 gas, and there is a cap on what one may use."""


def run(world: World, limit: int) -> int:
    """Writes a request for each due tranche that is not on its way; answers for how many.

    A request that the chain would refuse is not repeated before the head has moved.
    """
    with world.store.transaction() as session:
        if not lead(session, "release"):
            return 0
        head = repository.head(session)
        due = repository.due(session, head, limit)
        together = [one for one in due if not one.alone] if len(due) >= MANY else []
        asked = 0
        for start in range(0, len(together), TOGETHER_MAX):
            group = _releasable(world, together[start : start + TOGETHER_MAX])
            asked += _ask(world, session, head, group)
            due = [one for one in due if one not in group]
        for one in due:
            asked += _ask(world, session, head, [one])
        return asked


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


def _ask(world: World, session: Session, head: Head, group: Sequence[Due]) -> int:
    if not group:
        return 0
    row = write(session, _intent(world, head, group), world.clock.now())
    if row is None:
        return 0
    repository.note(session, row, group)
    return len(group)


def _intent(world: World, head: Head, group: Sequence[Due]) -> Intent:
    names = [f"{one.facility.financing_id.hex()}:{one.tranche}" for one in group]
    name = names[0] if len(group) == 1 else sha256(",".join(names).encode()).hex()
    verb = "release" if len(group) == 1 else "releases"
    call = _call(group)
    return Intent(
        key=f"{verb}:{name}@{head.name}",
        operation_id=f"{verb}-{name.replace(':', '-')}",
        verb=call.abi.path,
        sender=world.keeper,
        target=world.deployment["Financing"],
        calldata=encode_call(call),
        priority=RELEASE_PRIORITY,
    )


def _call(group: Sequence[Due]) -> Call:
    terms = [from_plain(FinancingTerms, one.facility.terms) for one in group]
    if len(group) == 1:
        return Release(terms=terms[0], tranche=group[0].tranche)
    return ReleaseMany(terms=tuple(terms), tranches=tuple(one.tranche for one in group))
