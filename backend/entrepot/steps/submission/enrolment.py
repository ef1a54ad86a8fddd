"""A person's passkey becomes a key on the ledger: an ADMIN key of their participant adds it."""

from __future__ import annotations

from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Permission, PermissionSet
from entrepot.domain.errors import Conflict, NotFound
from entrepot.steps import World
from entrepot.steps.submission import membership, naming
from entrepot.steps.submission.caller import Accepted
from entrepot.steps.submission.membership import GrantKey
from entrepot.steps.submission.repository import ADDRESS_BYTES
from entrepot.store import people
from entrepot.store.session import Session
from entrepot.store.tables import Person

DECIDES = PermissionSet(1 << Permission.DECIDE)


def grant(world: World, session: Session, person_id: bytes) -> Accepted:
    """Has the person's newest passkey added, with DECIDE.

    NotFound when there is no such person, or they are out; Conflict when they have no passkey yet,
    or no ADMIN key of theirs is kept here: then `mend` says what its keeper sends.
    """
    person = people.find(session, person_id)
    if person is None:
        raise NotFound("person")
    passkeys = people.passkeys_of(session, person_id)
    if not passkeys:
        raise Conflict("there is no passkey yet", "they open the address of the invitation first")
    return _grant(world, session, person, passkeys[-1].signer)


def grant_on_devnet(world: World, session: Session, person: Person, signer: bytes) -> None:
    """Adds the passkey of an invitation without asking anybody, where keys and tokens are known to
    everybody. Elsewhere an invitation alone gives nobody a say over money."""
    if world.settings.plain_tokens and _administers(world, session, person):
        _grant(world, session, person, signer)


def _grant(world: World, session: Session, person: Person, signer: bytes) -> Accepted:
    participant_id, point = ParticipantId(person.participant_id), signer[ADDRESS_BYTES:]
    administrator = membership.administrator(world, session, participant_id, person.label)
    if administrator is None:
        lei = participant_id.decode("ascii")
        raise Conflict(
            f"no ADMIN key of {lei} is kept here",
            f"whoever keeps one sends POST /v1/participants/{lei}/keys with the permission DECIDE "
            f"and the passkey x {naming.hexed(point[:32])}, y {naming.hexed(point[32:])}",
        )
    command = GrantKey(participant_id=participant_id, key=point, permissions=DECIDES)
    return membership.grant_key(world, session, administrator, command)


def _administers(world: World, session: Session, person: Person) -> bool:
    participant_id = ParticipantId(person.participant_id)
    return membership.administrator(world, session, participant_id, person.label) is not None
