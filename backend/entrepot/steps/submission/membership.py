"""Members and their keys: admitted by the consortium, keyed by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.participants import AddKey, Register
from entrepot.bindings.roles import Permission, PermissionSet, RoleSet
from entrepot.chain import passkeys
from entrepot.chain.ids import key_id
from entrepot.domain.errors import InvalidInput, NotFound, NotPermitted
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import checks, governing, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.steps.submission.repository import ADDRESS_BYTES
from entrepot.store.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterParticipant:
    """kyc_expires_at: unix seconds. group: its ultimate parent; itself when there is none.

    account: the one address that holds its money. admin_key: the first key, which adds others.
    """

    participant_id: ParticipantId
    name: str
    name_zh: str
    roles: RoleSet
    jurisdiction: str
    kyc_expires_at: int
    account: Address
    admin_key: Address
    group: ParticipantId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantKey:
    """A key of the caller's own participant, and what it may do.

    key: an address; or a passkey, as both coordinates of its point on P-256, 64 bytes.
    """

    participant_id: ParticipantId
    key: bytes
    permissions: PermissionSet


def register(
    world: World, session: Session, caller: Caller, command: RegisterParticipant
) -> Accepted:
    """The consortium's governance admits a member; its name stays off the chain (P8)."""
    if caller.key is None:
        raise NotPermitted("this token speaks for no key", "use governance's own token")
    if not command.roles:
        raise InvalidInput("roles: at least one")
    repository.save_profile(session, command.participant_id, command.name, command.name_zh)
    call = Register(
        participant_id=command.participant_id,
        roles=command.roles,
        jurisdiction=command.jurisdiction.encode("ascii"),
        kyc_expires_at=command.kyc_expires_at,
        group=command.group or command.participant_id,
        account=command.account,
        admin_signer=command.admin_key,
    )
    lei = command.participant_id.decode("ascii")
    step = Step(
        key=f"participant:{lei}:register",
        call=call,
        target=naming.contract(world, "Participants"),
        sender=caller.key,
    )
    steps = governing.announced(world, session, step)
    return submit(world, session, caller, "participants:register", steps, {"lei": lei})


def grant_key(world: World, session: Session, caller: Caller, command: GrantKey) -> Accepted:
    """An ADMIN key of a participant adds another key to it.

    InvalidInput for a passkey whose point is none of the curve's.
    """
    if command.participant_id != caller.participant_id:
        raise NotFound("participant of yours")
    if not command.permissions:
        raise InvalidInput("permissions: at least one")
    signer = _signer(world, command.key)
    sender = checks.sender(session, caller, Permission.ADMIN)
    step = Step(
        key=f"participant:{caller.lei}:key:{signer.hex()}",
        call=AddKey(signer=signer, permissions=command.permissions),
        target=naming.contract(world, "Participants"),
        sender=sender,
    )
    result = {
        "lei": caller.lei,
        "signer": naming.hexed(signer),
        "key_id": naming.hexed(key_id(signer)),
    }
    return submit(world, session, caller, "participants:grant-key", [step], result)


def administrator(
    world: World, session: Session, participant_id: ParticipantId, label: str
) -> Caller | None:
    """Who may change the participant's keys from here: an ADMIN key of it that this node keeps."""
    kept = frozenset(world.signers.addresses())
    keys = repository.keys_with(session, participant_id, Permission.ADMIN)
    own = next((key for key in keys if key in kept), None)
    if own is None:
        return None
    return Caller(participant_id=participant_id, key=own, scopes=frozenset(), label=label)


def _signer(world: World, key: bytes) -> bytes:
    """The ERC-7913 signer: an address by itself, a passkey's point behind its verifier."""
    if len(key) == ADDRESS_BYTES:
        return key
    try:
        return passkeys.signer_of(world.deployment[passkeys.VERIFIER], key)
    except ValueError as error:
        raise InvalidInput("passkey: its x and y are no point of P-256") from error
