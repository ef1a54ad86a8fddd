"""Changing a policy that stands: one person proposes, another of the same lender has the last word.

What is confirmed holds from its date on, by the chain's time. A version of an offer is added with
that date, and asked for by it. Bands of approval are the contract's: the call that sets them waits
in the outbox until then, and the contract counts by the former ones as long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import uuid4

from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Permission
from entrepot.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    PolicyOvertaken,
    WrongState,
)
from entrepot.domain.money import Money
from entrepot.domain.proposals import PolicyKind, Word, begins_at, is_past
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, offers, policies, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.steps.submission.offers import PublishOffer
from entrepot.steps.submission.policies import BandApprovals
from entrepot.store import people, proposals
from entrepot.store.offers import terms_of_document
from entrepot.store.session import Session
from entrepot.store.tables import PolicyProposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeChange:
    """change: the policy as it is to be. effective_at: unix seconds of chain time, None for as soon
    as it is confirmed; an offer's `valid_from` is set to it. reason: for whoever confirms."""

    change: BandApprovals | PublishOffer
    effective_at: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnProposal:
    """reason: why it is declined, or what is to be said with a confirmation."""

    proposal_id: str
    reason: str = ""


def propose(world: World, session: Session, caller: Caller, command: ProposeChange) -> Accepted:
    """Keeps the policy as it stands beside what it is to be; nothing changes by it."""
    signer = checks.sender(session, caller, Permission.DECIDE)
    _lock(session, caller)
    now = _now(session)
    effective_at = now if command.effective_at is None else command.effective_at
    if is_past(effective_at, now):
        raise InvalidInput("effective_at: this day is over; today is the first that can be")
    if isinstance(command.change, BandApprovals):
        kind, (subject, old, new) = PolicyKind.APPROVAL_BANDS, _bands(session, caller, command)
    else:
        kind, (subject, old, new) = (
            PolicyKind.OFFER,
            _offer(world, session, caller, command.change, begins_at(effective_at, now)),
        )
    if old == new:
        raise Conflict("it stands so already: nothing would change")
    row = PolicyProposal(
        proposal_id=f"pol_{uuid4().hex}",
        participant_id=caller.participant_id,
        number=proposals.next_number(session, caller.participant_id),
        kind=kind,
        subject=subject,
        old=old,
        new=new,
        effective_at=effective_at,
        reason=command.reason,
        proposed_by=caller.label,
        proposed_signer=signer,
        proposed_at=world.clock.now(),
    )
    session.add(row)
    session.flush()
    return _done(world, session, caller, row, "propose")


def confirm(world: World, session: Session, caller: Caller, command: OnProposal) -> Accepted:
    """The second person's yes: from its date on the policy is as proposed. PolicyOvertaken when it
    was changed meanwhile, NotPermitted for whoever proposed it."""
    row, signer = _open_to(session, caller, command)
    if proposals.standing(session, row) != row.old:
        raise PolicyOvertaken
    now = _now(session)
    steps: list[Step] = []
    if row.kind == PolicyKind.OFFER:
        row.version = _add_version(world, session, caller, row, now)
    else:
        steps = [step_of(world, session, caller, command)]
        if steps[0].not_before is not None and (caller.passkey or caller.signatures):
            raise Conflict(
                "what a device of your own signs holds for half an hour, and the date is later",
                "confirm it on that day, or let somebody confirm whose key is kept here",
            )
        proposals.call_off(
            session, row.participant_id, row.subject, begins_at(row.effective_at, now)
        )
    row.effective_at = begins_at(row.effective_at, now)
    _decide(world, row, caller, signer, Word.CONFIRMED, command.reason)
    return _done(world, session, caller, row, "confirm", steps)


def decline(world: World, session: Session, caller: Caller, command: OnProposal) -> Accepted:
    """The second person's no, with the reason."""
    row, signer = _open_to(session, caller, command)
    if not command.reason:
        raise InvalidInput("reason: whoever proposed it is told why not")
    _decide(world, row, caller, signer, Word.DECLINED, command.reason)
    return _done(world, session, caller, row, "decline")


def withdraw(world: World, session: Session, caller: Caller, command: OnProposal) -> Accepted:
    """Whoever proposed it takes it back before anybody has decided."""
    row, signer = _open(session, caller, command)
    if not is_own(session, row, signer):
        raise NotPermitted(
            "somebody else proposed this; only they take it back", "decline it, with a reason"
        )
    _decide(world, row, caller, signer, Word.WITHDRAWN, command.reason)
    return _done(world, session, caller, row, "withdraw")


def is_own(session: Session, row: PolicyProposal, signer: bytes) -> bool:
    """Whether that signer is of the person who proposed it, by whichever key they did."""
    return row.proposed_signer in people.signers_beside(session, signer) | {signer}


def step_of(world: World, session: Session, caller: Caller, command: OnProposal) -> Step:
    """The call that a confirmation comes to, in the confirming person's name. NotFound for what is
    no proposal of bands."""
    row = proposals.find(session, caller.participant_id, command.proposal_id)
    if row is None or row.kind != PolicyKind.APPROVAL_BANDS:
        raise NotFound("proposal")
    return Step(
        key=proposals.outbox_key(row.proposal_id),
        call=policies.bands_call(session, caller, _bands_of(row)),
        target=naming.contract(world, "Financing"),
        sender=checks.sender(session, caller, Permission.DECIDE),
        not_before=row.effective_at if row.effective_at > _now(session) else None,
    )


def _bands(
    session: Session, caller: Caller, command: ProposeChange
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Whose bands they are, as they stand and as they are to be."""
    asked = cast("BandApprovals", command.change)
    policies.bands_call(session, caller, asked)
    old = proposals.bands_standing(session, caller.participant_id, asked.currency)
    new = proposals.bands_document([[str(up_to.amount_minor), str(n)] for up_to, n in asked.bands])
    return asked.currency, old, new


def _offer(
    world: World, session: Session, caller: Caller, asked: PublishOffer, begins: int
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Which offer it is, as it stands and as it is to be. NotFound for a reference without one: a
    new offer is published."""
    asked = replace(asked, valid_from=begins)
    offers.check(world, session, caller, asked)
    offer_id = offers.offer_id_of(caller.participant_id, asked.reference)
    former = offers.former_versions(session, offer_id)
    if not former:
        raise NotFound("offer")
    new = offers.version_of(world, caller, asked, len(former) + 1)
    return offer_id, proposals.offer_document(former[-1]), proposals.offer_document(new)


def _add_version(
    world: World, session: Session, caller: Caller, row: PolicyProposal, now: int
) -> int:
    """The offer's next version, of which nothing but the date is other than was proposed."""
    repository.lock(session, row.subject)
    former = offers.former_versions(session, row.subject)
    new = cast("dict[str, Any]", row.new)
    command = PublishOffer(
        reference=former[-1].reference,
        terms=terms_of_document(new["terms"]),
        partners=tuple(ParticipantId(each.encode("ascii")) for each in new["partners"]),
        valid_from=begins_at(row.effective_at, now),
        valid_until=new["valid_until"],
    )
    offers.check(world, session, caller, command)
    version = len(former) + 1
    session.add(offers.version_of(world, caller, command, version))
    return version


def _bands_of(row: PolicyProposal) -> BandApprovals:
    bands = cast("list[dict[str, Any]]", row.new["bands"])
    return BandApprovals(
        currency=row.subject,
        bands=tuple((Money(int(b["up_to"]), row.subject), b["approvals"]) for b in bands),
    )


def _open_to(
    session: Session, caller: Caller, command: OnProposal
) -> tuple[PolicyProposal, Address]:
    """The proposal, when it is for the caller to decide."""
    row, signer = _open(session, caller, command)
    if is_own(session, row, signer):
        raise NotPermitted(
            "you proposed this; somebody else has the word on it", "withdraw it, or let it be"
        )
    return row, signer


def _open(session: Session, caller: Caller, command: OnProposal) -> tuple[PolicyProposal, Address]:
    """The proposal as nobody else changes it, and what the caller acts by."""
    _lock(session, caller)
    row = proposals.find(session, caller.participant_id, command.proposal_id)
    if row is None:
        raise NotFound("proposal")
    signer = checks.sender(session, caller, Permission.DECIDE)
    if row.state != Word.OPEN:
        raise WrongState("proposal", row.state, Word.OPEN)
    return row, signer


def _decide(
    world: World, row: PolicyProposal, caller: Caller, signer: bytes, word: Word, reason: str
) -> None:
    row.state = word
    row.decided_by = caller.label
    row.decided_signer = signer
    row.decided_at = world.clock.now()
    row.decision_reason = reason or None


def _done(
    world: World,
    session: Session,
    caller: Caller,
    row: PolicyProposal,
    verb: str,
    steps: list[Step] | None = None,
) -> Accepted:
    result: dict[str, Any] = {"proposal_id": row.proposal_id}
    if row.version is not None:
        result |= {"offer_id": row.subject, "version": row.version}
    return submit(world, session, caller, f"policy-proposals:{verb}", steps or [], result)


def _lock(session: Session, caller: Caller) -> None:
    repository.lock(session, f"policies:{caller.lei}")


def _now(session: Session) -> int:
    head = repository.head(session)
    if head is None:
        raise Conflict("the chain is not known here yet")
    return head.timestamp
