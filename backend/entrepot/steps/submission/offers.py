"""Offers: what a lender publishes beforehand, to partners or to all.

Nothing here goes to the chain, and nothing is changed once it is published: what is to be other
is a new version, which a second person confirms first (see `proposals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Role
from entrepot.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    TwoPersonsNeeded,
    WrongState,
)
from entrepot.domain.offers import OfferTerms, broken
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import checks, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.store import offers
from entrepot.store.session import Session
from entrepot.store.tables import Offer, OfferWithdrawal

LENDING = 1 << Role.BANK | 1 << Role.FINTECH
PARTNERS_MAX = 100
VERSIONS_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOffer:
    """reference: the lender's own name for it; the same again is its next version. valid_from,
    valid_until: unix seconds of chain time. partners: whom it is for; all members when none."""

    reference: str
    terms: OfferTerms
    partners: tuple[ParticipantId, ...]
    valid_from: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOffer:
    offer_id: str


def publish(world: World, session: Session, caller: Caller, command: PublishOffer) -> Accepted:
    """A new offer, its first version; in the very same words it is what stands. TwoPersonsNeeded
    for other words under a reference that stands."""
    check(world, session, caller, command)
    offer_id = offer_id_of(caller.participant_id, command.reference)
    repository.lock(session, offer_id)
    former = former_versions(session, offer_id)
    row = version_of(world, caller, command, len(former) + 1)
    if not former:
        session.add(row)
        session.flush()
    elif not is_same(former[-1], row):
        raise TwoPersonsNeeded("offer")
    return Accepted(operation_id=offer_id)


def former_versions(session: Session, offer_id: str) -> Sequence[Offer]:
    """All there are, to which another may be added. WrongState when it was withdrawn."""
    if offers.is_withdrawn(session, offer_id):
        raise WrongState("offer", "WITHDRAWN", "published; take another reference")
    former = offers.versions(session, offer_id)
    if len(former) >= VERSIONS_MAX:
        raise Conflict("this offer has been changed too often; take another reference")
    return former


def version_of(world: World, caller: Caller, command: PublishOffer, version: int) -> Offer:
    """The row of that version."""
    return Offer(
        offer_id=offer_id_of(caller.participant_id, command.reference),
        version=version,
        bank=caller.participant_id,
        reference=command.reference,
        terms=offers.written(command.terms),
        lenders=[share.lender for share in command.terms.lenders],
        partners=sorted(set(command.partners)),
        valid_from=command.valid_from,
        valid_until=command.valid_until,
        published_by=caller.label,
        created_at=world.clock.now(),
    )


def withdraw(world: World, session: Session, caller: Caller, command: OnOffer) -> Accepted:
    """Ends it with all its versions: nothing is quoted on it, and no quote of it accepted."""
    repository.lock(session, command.offer_id)
    former = offers.versions(session, command.offer_id)
    if not former or former[-1].bank != caller.participant_id:
        raise NotFound("offer")
    if not offers.is_withdrawn(session, command.offer_id):
        session.add(
            OfferWithdrawal(
                offer_id=command.offer_id,
                withdrawn_by=caller.label,
                withdrawn_at=world.clock.now(),
            )
        )
        session.flush()
    return Accepted(operation_id=command.offer_id)


def offer_id_of(bank: bytes, reference: str) -> str:
    """The same reference of a lender is always the same offer."""
    return "off_" + sha256(bank + reference.encode()).hex()[:32]


def check(world: World, session: Session, caller: Caller, command: PublishOffer) -> None:
    """It could be published: by a lender, in terms that the contract takes. Raises InvalidInput,
    NotPermitted."""
    terms, me = command.terms, caller.participant_id
    if not checks.member(session, me, "you").roles & LENDING:
        checks.has_role(session, caller, Role.BANK)
    if why := broken(terms):
        raise InvalidInput(why)
    if me not in {share.lender for share in terms.lenders}:
        raise InvalidInput("lenders: you publish it, so you are one of them")
    for share in terms.lenders:
        if not checks.member(session, share.lender, "lenders").roles & LENDING:
            raise InvalidInput("lenders: each needs the role BANK or FINTECH")
    if world.deployment.token(terms.settlement_bank, terms.currency) is None:
        raise InvalidInput(f"settlement_bank: it issues no deposits in {terms.currency}")
    if len(command.partners) > PARTNERS_MAX:
        raise InvalidInput(f"partners: at most {PARTNERS_MAX}")
    checks.members(session, command.partners, "partners")
    if not command.valid_from < command.valid_until:
        raise InvalidInput("valid_from must lie before valid_until")


def is_same(one: Offer, other: Offer) -> bool:
    """Whether two versions differ in nothing but who published them, and when."""
    apart = {"version", "published_by", "created_at"}
    return one.model_dump(exclude=apart) == other.model_dump(exclude=apart)
