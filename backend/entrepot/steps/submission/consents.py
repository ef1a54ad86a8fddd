"""Consents: asked for by a third party or granted by the owner, authorised, rejected, ended.

Every verb may be repeated: what is so already is answered as it is. Nothing here goes to the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from entrepot.bindings.ids import ParticipantId
from entrepot.domain.consents import DAYS_MAX, ConsentStatus, authorised, status_on
from entrepot.domain.errors import InvalidInput, NotFound, WrongState
from entrepot.steps import World
from entrepot.steps.submission import checks
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.store import consents
from entrepot.store.session import Session
from entrepot.store.tables import Consent

RECEIVED, PARTLY, VALID = (
    ConsentStatus.RECEIVED,
    ConsentStatus.PARTIALLY_AUTHORISED,
    ConsentStatus.VALID,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConsent:
    """resources: kind and id, or None for all of the kind. Of owner and third party one is the
    caller: the third party asks, the owner grants at once."""

    owner: ParticipantId
    third_party: ParticipantId
    purpose: str
    resources: tuple[tuple[str, bytes | None], ...]
    fields: tuple[str, ...]
    recurring: bool
    frequency_per_day: int
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OnConsent:
    consent_id: str


def create(world: World, session: Session, caller: Caller, command: CreateConsent) -> Accepted:
    """A request of the third party's, or the owner's own grant, which is its authorisation too."""
    _check(world, session, command)
    grants = command.owner == caller.participant_id
    if grants:
        for kind, resource_id in command.resources:
            if resource_id is not None and not consents.owns(
                session, command.owner, kind, resource_id
            ):
                raise NotFound(kind.removesuffix("s") if kind != "facilities" else "facility")
    now = world.clock.now()
    row = Consent(
        consent_id=f"con_{uuid4().hex}",
        owner=command.owner,
        third_party=command.third_party,
        purpose=command.purpose,
        fields=sorted(set(command.fields)),
        recurring=command.recurring,
        frequency_per_day=command.frequency_per_day,
        valid_until=command.valid_until,
        status=RECEIVED,
        authorisations=[],
        created_at=now,
        changed_at=now,
    )
    consents.add(session, row, command.resources)
    if grants:
        _authorise(world, session, caller, row)
    return _told(world, session, caller, row, "create")


def authorise(world: World, session: Session, caller: Caller, command: OnConsent) -> Accepted:
    """The owner says yes; valid as soon as enough of its keys have."""
    row = _mine(session, caller, command, "owner")
    _in(world, row, RECEIVED, PARTLY, VALID)
    if row.status != VALID:
        _authorise(world, session, caller, row)
    return _told(world, session, caller, row, "authorise")


def reject(world: World, session: Session, caller: Caller, command: OnConsent) -> Accepted:
    """The owner says no to what it was asked."""
    row = _mine(session, caller, command, "owner")
    _in(world, row, RECEIVED, PARTLY, ConsentStatus.REJECTED)
    _become(world, row, ConsentStatus.REJECTED)
    return _told(world, session, caller, row, "reject")


def revoke(world: World, session: Session, caller: Caller, command: OnConsent) -> Accepted:
    """The owner takes it back: the next read under it finds nothing."""
    row = _mine(session, caller, command, "owner")
    _in(world, row, VALID, ConsentStatus.REVOKED_BY_PSU)
    _become(world, row, ConsentStatus.REVOKED_BY_PSU)
    return _told(world, session, caller, row, "revoke")


def terminate(world: World, session: Session, caller: Caller, command: OnConsent) -> Accepted:
    """The third party needs it no longer, or never mind."""
    row = _mine(session, caller, command, "third_party")
    _in(world, row, RECEIVED, PARTLY, VALID, ConsentStatus.TERMINATED_BY_TPP)
    _become(world, row, ConsentStatus.TERMINATED_BY_TPP)
    return _told(world, session, caller, row, "terminate")


def _check(world: World, session: Session, command: CreateConsent) -> None:
    today = world.clock.now().date()
    if command.owner == command.third_party:
        raise InvalidInput("third_party: nobody needs consent to see what is its own")
    if not today <= command.valid_until <= today + timedelta(days=DAYS_MAX):
        raise InvalidInput(f"valid_until: from today on, at most {DAYS_MAX} days")
    if not command.recurring and command.frequency_per_day != 1:
        raise InvalidInput("frequency_per_day: 1 when it is not recurring")
    checks.members(session, (command.owner, command.third_party), "owner, third_party")


def _authorise(world: World, session: Session, caller: Caller, row: Consent) -> None:
    by = caller.key.hex() if caller.key else caller.label
    said = [each for each in row.authorisations if each["by"] != by]
    now = world.clock.now()
    said.append({"by": by, "label": caller.label, "at": now.strftime("%Y-%m-%dT%H:%M:%SZ")})
    row.authorisations = said
    _become(world, row, authorised(len(said), world.settings.consent_authorisations))
    if row.status == VALID and row.recurring:
        for earlier in consents.former(session, row):
            _become(world, earlier, ConsentStatus.EXPIRED)


def _become(world: World, row: Consent, status: ConsentStatus) -> None:
    if row.status != status:
        row.status, row.changed_at = status, world.clock.now()


def _in(world: World, row: Consent, *needed: ConsentStatus) -> None:
    status = status_on(world.clock.now().date(), row.status, row.valid_until)
    if status not in needed:
        raise WrongState("consent", status, " or ".join(needed))


def _mine(session: Session, caller: Caller, command: OnConsent, part: str) -> Consent:
    """The consent, for its two; the verb is for one of them."""
    row = consents.find(session, command.consent_id, caller.participant_id)
    if row is None:
        raise NotFound("consent")
    checks.only(part.replace("_", " "), getattr(row, part), caller)
    return row


def _told(world: World, session: Session, caller: Caller, row: Consent, verb: str) -> Accepted:
    session.flush()
    result: dict[str, Any] = {"consent_id": row.consent_id, "consent_status": str(row.status)}
    return submit(world, session, caller, f"consents:{verb}", [], result)
