"""People of the console: invited once, known from then on by their passkeys."""

import hashlib
import secrets
from datetime import datetime

from sqlmodel import col, select

from entrepot.store.session import Session
from entrepot.store.tables import Invitation, Passkey, Person


def new_code() -> str:
    """A code of 256 random bits."""
    return secrets.token_urlsafe(32)


def invite(session: Session, person: Person, code: str, expires_at: datetime) -> None:
    """Adds the person, who may bring a passkey by that code."""
    session.add(person)
    session.add(
        Invitation(code_sha256=_hash(code), person_id=person.person_id, expires_at=expires_at)
    )


def invited(session: Session, code: str, now: datetime) -> Person | None:
    """Whom the code invites, while it holds; locked, so that two who have it do not both get in."""
    query = select(Invitation).where(col(Invitation.code_sha256) == _hash(code))
    row = session.exec(query.with_for_update()).first()
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    return find(session, row.person_id)


def accept(session: Session, code: str, passkey: Passkey, now: datetime) -> None:
    """The invited person has this passkey from now on, and the code is used up."""
    session.get_one(Invitation, _hash(code)).used_at = now
    session.add(passkey)


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


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
