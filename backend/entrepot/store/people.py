"""People of the console: invited once, known from then on by their passkeys."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import col, func, or_, select

from entrepot.store.session import Session
from entrepot.store.tables import (
    Approval,
    Invitation,
    Participant,
    ParticipantKey,
    Passkey,
    Person,
    Profile,
)
from entrepot.store.tenancy import beyond


def new_code() -> str:
    """A code of 256 random bits."""
    return secrets.token_urlsafe(32)


def invite(
    session: Session, person: Person, code: str, expires_at: datetime, *, decides: bool = False
) -> None:
    """Adds the person, who may bring a passkey by that code.

    decides: it is meant to be a key on the ledger, with DECIDE.
    """
    session.add(person)
    session.add(
        Invitation(
            code_sha256=_hash(code),
            person_id=person.person_id,
            expires_at=expires_at,
            decides=decides,
        )
    )


def invited(session: Session, code: str, now: datetime) -> Person | None:
    """Whom the code invites, while it holds; locked, so that two who have it do not both get in."""
    query = select(Invitation).where(col(Invitation.code_sha256) == _hash(code))
    row = session.exec(query.with_for_update()).first()
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    return find(session, row.person_id)


def accept(session: Session, code: str, passkey: Passkey, now: datetime) -> bool:
    """The invited person has this passkey from now on, and the code is used up.

    Answers whether it is meant to be a key that decides.
    """
    invitation = session.get_one(Invitation, _hash(code))
    invitation.used_at = now
    session.add(passkey)
    return invitation.decides


def find(session: Session, person_id: bytes) -> Person | None:
    """A person who is not out."""
    person = session.get(Person, person_id)
    return person if person is not None and person.disabled_at is None else None


def of_subject(session: Session, subject: str) -> Person | None:
    """Who that is to the OpenID provider, unless they are out."""
    query = select(Person).where(col(Person.oidc_subject) == subject)
    person = session.exec(query).first()
    return person if person is not None and person.disabled_at is None else None


def passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """Locked, so that its counter is compared with the last one there was."""
    query = select(Passkey).where(col(Passkey.credential_id) == credential_id)
    return session.exec(query.with_for_update()).first()


def passkeys_of(session: Session, person_id: bytes) -> list[Passkey]:
    """The person's, oldest first."""
    query = select(Passkey).where(col(Passkey.person_id) == person_id)
    return list(session.exec(query.order_by(col(Passkey.created_at), col(Passkey.credential_id))))


def signers_beside(session: Session, signer: bytes) -> set[bytes]:
    """What else signs for whoever that signer is of: their key, and their passkeys.

    The ledger counts keys; that one person counts once is for whoever knows people to see to.
    """
    with beyond(session):
        of_passkey = select(Passkey.person_id).where(col(Passkey.signer) == signer)
        query = select(Person).where(
            or_(col(Person.key_address) == signer, col(Person.person_id).in_(of_passkey))
        )
        persons = session.exec(query).all()
        ids = [person.person_id for person in persons]
        passkeys = session.exec(select(Passkey.signer).where(col(Passkey.person_id).in_(ids)))
        keys = {person.key_address for person in persons if person.key_address}
        return (keys | set(passkeys)) - {signer}


def have_approved(session: Session, financing_id: bytes, key_ids: Sequence[bytes]) -> bool:
    """Whether any of these keys has signed for the facility, on the ledger."""
    query = select(Approval.key_id).where(
        col(Approval.financing_id) == financing_id, col(Approval.key_id).in_(key_ids)
    )
    return session.exec(query.limit(1)).first() is not None


def labels_of(session: Session, key_ids: Iterable[bytes]) -> dict[bytes, str]:
    """What the people are called whose passkeys these keys on the ledger are."""
    with beyond(session):
        query = (
            select(ParticipantKey.key_id, Person.label)
            .join(Passkey, col(Passkey.signer) == col(ParticipantKey.signer))
            .join(Person, col(Person.person_id) == col(Passkey.person_id))
            .where(col(ParticipantKey.key_id).in_(key_ids))
        )
        return dict(session.exec(query).all())


def note_use(row: Passkey, sign_count: int, now: datetime) -> None:
    row.sign_count, row.used_at = sign_count, now


def disable(session: Session, person_id: bytes, now: datetime) -> bool:
    """Out at once and for good; False when there is no such person."""
    person = session.get(Person, person_id)
    if person is None:
        return False
    person.disabled_at = person.disabled_at or now
    return True


def everybody(session: Session) -> list[Person]:
    """For whoever runs this node, oldest first."""
    return list(session.exec(select(Person).order_by(col(Person.created_at))))


def next_label(session: Session, participant_id: bytes) -> str:
    """What the next person of a member is called, if nobody says: person-1, person-2, on."""
    query = select(func.count()).where(col(Person.participant_id) == participant_id)
    return f"person-{session.exec(query).one() + 1}"


def member_called(session: Session, text: str) -> bytes | None:
    """The member with that LEI, or the only one with that name: "Harbour Bank", harbour-bank."""
    if session.get(Participant, text.encode()) is not None:
        return text.encode()
    found = [
        row.participant_id
        for row in session.exec(select(Profile))
        if _slug(row.name) == _slug(text)
    ]
    return found[0] if len(found) == 1 else None


def _slug(name: str) -> str:
    return "-".join(name.lower().replace("-", " ").split())


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
