"""Consents as rows: found, locked, and counted by the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, select

from entrepot.domain.consents import ConsentStatus, status_on
from entrepot.store.tables import (
    Consent,
    ConsentResource,
    ConsentUse,
    Document,
    Facility,
    TradeOrder,
)


class ConsentUnknown(Exception):
    """There is no such consent, or it was not given to the one who names it."""


class ConsentNotValid(Exception):
    """It gives nothing, as `status` says."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the consent is {status}")
        self.status = status


class AccessExceeded(Exception):
    """It was used today as often as it may be."""

    def __init__(self, frequency_per_day: int) -> None:
        super().__init__(f"the consent allows {frequency_per_day} accesses a day")
        self.frequency_per_day = frequency_per_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a consent lets its third party see, and for what."""

    consent_id: str
    owner: bytes
    purpose: str
    fields: frozenset[str]


def use(session: Session, consent_id: str, third_party: bytes, now: datetime) -> Allowed:
    """Counts one access. Of several at once, exactly as many get through as are left.

    Raises ConsentUnknown, ConsentNotValid, AccessExceeded.
    """
    consent = session.get(Consent, consent_id)
    if consent is None or consent.third_party != third_party:
        raise ConsentUnknown
    status = status_on(now.date(), consent.status, consent.valid_until)
    if status != ConsentStatus.VALID:
        raise ConsentNotValid(status)
    # One that is not recurring has one day, and on that one access.
    day = (now if consent.recurring else consent.created_at).date()
    counted = (
        insert(ConsentUse)
        .values(consent_id=consent_id, day=day, used=1)
        .on_conflict_do_update(
            index_elements=["consent_id", "day"],
            set_={"used": col(ConsentUse.used) + 1},
            where=col(ConsentUse.used) < consent.frequency_per_day,
        )
        .returning(col(ConsentUse.used))
    )
    if session.execute(counted).first() is None:
        raise AccessExceeded(consent.frequency_per_day)
    return Allowed(
        consent_id=consent_id,
        owner=consent.owner,
        purpose=consent.purpose,
        fields=frozenset(consent.fields),
    )


def find(session: Session, consent_id: str, participant_id: bytes) -> Consent | None:
    """One of the participant's, given or taken, locked until the transaction ends."""
    query = select(Consent).where(
        col(Consent.consent_id) == consent_id,
        or_(col(Consent.owner) == participant_id, col(Consent.third_party) == participant_id),
    )
    return session.exec(query.with_for_update()).first()


def add(session: Session, consent: Consent, resources: Sequence[tuple[str, bytes | None]]) -> None:
    session.add(consent)
    session.flush()
    session.add_all(
        ConsentResource(
            consent_id=consent.consent_id, position=position, kind=kind, resource_id=resource_id
        )
        for position, (kind, resource_id) in enumerate(resources)
    )
    session.flush()


def former(session: Session, consent: Consent) -> Sequence[Consent]:
    """Valid recurring consents between the same two for the same purpose, locked."""
    query = select(Consent).where(
        col(Consent.owner) == consent.owner,
        col(Consent.third_party) == consent.third_party,
        col(Consent.purpose) == consent.purpose,
        col(Consent.recurring),
        col(Consent.status) == ConsentStatus.VALID,
        col(Consent.consent_id) != consent.consent_id,
    )
    return session.exec(query.with_for_update()).all()


def covers(session: Session, consent_id: str, kind: str, resource_id: bytes) -> bool:
    """Whether the consent is about that thing of its owner's, by name or with all of the kind."""
    query = select(ConsentResource.position).where(
        col(ConsentResource.consent_id) == consent_id,
        col(ConsentResource.kind) == kind,
        or_(
            col(ConsentResource.resource_id).is_(None),
            col(ConsentResource.resource_id) == resource_id,
        ),
    )
    return session.exec(query.limit(1)).first() is not None


def owns(session: Session, owner: bytes, kind: str, resource_id: bytes) -> bool:
    """Whether the thing is there and the participant's to share."""
    match kind:
        case "orders":
            traded = or_(col(TradeOrder.exporter) == owner, col(TradeOrder.importer) == owner)
            query = select(TradeOrder.order_id).where(
                col(TradeOrder.order_id) == resource_id, traded
            )
        case "documents":
            query = select(Document.document_id).where(
                col(Document.document_id) == resource_id, col(Document.owner) == owner
            )
        case _:
            query = select(Facility.financing_id).where(
                col(Facility.financing_id) == resource_id, col(Facility.exporter) == owner
            )
    return session.exec(query).first() is not None
