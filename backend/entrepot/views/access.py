"""For whom a person or a plain token speaks, as long as it does."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.roles import Permission
from entrepot.chain.ids import key_id
from entrepot.store import people
from entrepot.store.tables import Participant, ParticipantKey, Person, Token
from entrepot.views.values import Parties, Party, roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The participant that somebody speaks for, its roles in the trade, and what they may do.

    key: the address that they decide with, when they have one. passkey: the signer of their
    passkey, once it is a key on the ledger that may DECIDE; credential_id: what their device calls
    it. signers: all that is known to sign for them, on the ledger or not.
    """

    participant_id: bytes
    participant: Party
    label: str
    key: bytes | None
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()
    person_id: bytes | None = None
    passkey: bytes | None = None
    credential_id: bytes | None = None
    signers: frozenset[bytes] = frozenset()

    @property
    def signer(self) -> bytes | None:
        """What they decide with: the passkey before the key."""
        return self.passkey or self.key

    @property
    def waits(self) -> bool:
        """Whether they have a passkey, and nothing on the ledger to decide with yet."""
        return self.signer is None and bool(self.signers)


def person_of(session: Session, person_id: bytes) -> Holder | None:
    """None when there is no such person, it is out, or its participant is not active."""
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        return None
    holder = _holder(session, person)
    if holder is None:
        return None
    own = people.passkeys_of(session, person_id)
    deciding = next((each for each in own if _decides(session, each.signer, person)), None)
    return replace(
        holder,
        person_id=person_id,
        passkey=deciding.signer if deciding else None,
        credential_id=deciding.credential_id if deciding else None,
        signers=frozenset(each.signer for each in own) | holder.signers,
    )


def holder_of(session: Session, token_sha256: bytes, now: datetime) -> Holder | None:
    """None when there is no such token, it has ended, or its participant is not active."""
    token = session.get(Token, token_sha256)
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    return _holder(session, token)


def _holder(session: Session, row: Token | Person) -> Holder | None:
    participant = session.get(Participant, row.participant_id)
    if participant is None or participant.state != ParticipantState.ACTIVE.name:
        return None
    return Holder(
        participant_id=row.participant_id,
        participant=Parties(session, [row.participant_id])[row.participant_id],
        label=row.label,
        key=row.key_address,
        scopes=frozenset(row.scopes),
        roles=roles(participant.roles),
        signers=frozenset({row.key_address} if row.key_address else ()),
    )


def _decides(session: Session, signer: bytes, person: Person) -> bool:
    key = session.get(ParticipantKey, key_id(signer))
    if key is None or key.participant_id != person.participant_id or key.revoked_at:
        return False
    return bool(key.permissions >> Permission.DECIDE & 1)
