"""What every verb asks first: may the caller know the thing, and is it the caller's to do."""

from __future__ import annotations

from collections.abc import Iterable

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Permission, Role
from entrepot.chain.ids import key_id
from entrepot.domain.errors import InvalidInput, NotFound, NotNamed, NotPermitted, WrongState
from entrepot.kit.abi import Address
from entrepot.steps.submission import repository
from entrepot.steps.submission.caller import Caller
from entrepot.store import known
from entrepot.store.session import Session
from entrepot.store.tables import Facility, Participant, Title, TradeOrder


def sender(session: Session, caller: Caller, permission: Permission) -> Address:
    """The caller's own signer, when it has the permission; calls are sent from it.

    A passkey sends nothing by itself: what it has signed is carried by others, see own_key.
    """
    if caller.signer is None:
        raise NotPermitted("this token speaks for no key", "use one issued for a signing key")
    signatory(session, caller, caller.signer, permission)
    return Address(caller.signer)


def signatory(session: Session, caller: Caller, signer: bytes, permission: Permission) -> None:
    """The ERC-7913 signer is a key of the caller's participant, and has the permission."""
    key = repository.key(session, key_id(signer))
    if key is None or key.participant_id != caller.participant_id:
        raise NotPermitted(
            "the token's key is not registered for you", "an ADMIN key of yours can add it"
        )
    if key.revoked_at:
        raise NotPermitted("the token's key has been revoked", "use a token of another key")
    if not key.permissions >> permission & 1:
        raise NotPermitted(
            f"the token's key may not {permission.name}",
            f"use a token whose key has the permission {permission.name}",
        )


def seen_order(session: Session, caller: Caller, order_id: bytes) -> TradeOrder:
    """The order, when the caller has a part in it."""
    order = repository.order_known_to(session, caller.participant_id, order_id)
    if order is None:
        raise NotFound("order")
    return order


def seen_facility(session: Session, caller: Caller, financing_id: bytes) -> Facility:
    """The facility, when the caller has a part in it."""
    facility = repository.facility_known_to(session, caller.participant_id, financing_id)
    if facility is None:
        raise NotFound("facility")
    return facility


def seen_title(session: Session, caller: Caller, title_id: bytes) -> Title:
    """The title, when the caller has a part in its order, or holds it."""
    title = known.title_known_to(session, caller.participant_id, title_id)
    if title is None:
        raise NotFound("title")
    return title


def in_state(thing: str, current: str, *needed: str) -> None:
    if current not in needed:
        raise WrongState(thing, current, " or ".join(needed))


def only(who: str, holder: bytes, caller: Caller) -> None:
    """The act belongs to one participant, and the caller is it."""
    if holder != caller.participant_id:
        raise NotPermitted(f"this is for the {who} to do, and you are not it")


def named(session: Session, order: TradeOrder, caller: Caller, kind: EvidenceKind) -> None:
    """The order names the caller as an attester of that kind."""
    kinds = repository.attested_kinds(session, order.order_id, caller.participant_id)
    if not kinds >> kind & 1:
        raise NotNamed(kind.name)


def has_role(session: Session, caller: Caller, role: Role) -> None:
    participant = repository.participant(session, caller.participant_id)
    if participant is None or not participant.roles >> role & 1:
        raise NotPermitted(f"this is for participants with the role {role.name}")


def member(session: Session, participant_id: ParticipantId, what: str) -> Participant:
    """An active participant that the command names; `what` says in which place."""
    participant = repository.participant(session, participant_id)
    if participant is None or participant.state != "ACTIVE":
        raise InvalidInput(f"{what}: {_text(participant_id)} is not an active participant")
    return participant


def members(session: Session, participant_ids: Iterable[ParticipantId], what: str) -> None:
    for participant_id in participant_ids:
        member(session, participant_id, what)


def _text(participant_id: bytes) -> str:
    return participant_id.decode("ascii", "replace")
