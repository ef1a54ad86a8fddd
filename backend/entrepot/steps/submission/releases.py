"""Tranches on request: the worker asks by itself, and anybody with a part in it may ask too.

The contract decides; it is asked beforehand, so that a release that cannot be is refused with the
contract's own reason and leaves no trace.

A lender may keep a release back before it is signed. That is off the chain: nobody here asks for
the release then, while the contract would still pay whoever calls it by a way of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.bindings.financing import Lapse, Release
from entrepot.bindings.ids import FinancingId
from entrepot.bindings.roles import Permission
from entrepot.chain.codec import encode_call
from entrepot.domain.errors import AlreadyAsked, NotFound, NotPermitted, WrongState
from entrepot.kit.abi import Address, Call
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.facilities import as_lender, terms_of
from entrepot.steps.submission.intents import Step, submit
from entrepot.store import holds
from entrepot.store.holds import RELEASING, release_stem
from entrepot.store.session import Session
from entrepot.store.tables import Facility


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTranche:
    """tranche: its position in the terms, from 0."""

    financing_id: FinancingId
    tranche: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRelease(OnTranche):
    """reason: of holding or of letting go; for the lender's own people, and regulators."""

    reason: str


def release(world: World, session: Session, caller: Caller, command: OnTranche) -> Accepted:
    """Asks for the release of a tranche. CallReverted when the contract would refuse it now;
    WrongState while a lender keeps it back."""
    facility = _pending(session, caller, command)
    stem = release_stem(command.financing_id, command.tranche)
    repository.lock(session, stem)
    if held := holds.holders(session, command.financing_id, command.tranche):
        names = " and ".join(each.decode("ascii") for each in held)
        raise WrongState("release", f"held by {names}", "held by nobody")
    if repository.is_release_under_way(session, command.financing_id, command.tranche, stem):
        raise AlreadyAsked("the release of this tranche is under way", "look at its facility")
    call = Release(terms=terms_of(facility), tranche=command.tranche)
    return _ask(world, session, caller, command, "release", stem + naming.once("asked"), call)


def lapse(world: World, session: Session, caller: Caller, command: OnTranche) -> Accepted:
    """Ends a tranche that was not released in time. CallReverted when it is too early."""
    facility = _pending(session, caller, command)
    call = Lapse(terms=terms_of(facility), tranche=command.tranche)
    key = f"lapse:{command.financing_id.hex()}:{command.tranche}"
    return _ask(world, session, caller, command, "lapse", key, call)


def hold(world: World, session: Session, caller: Caller, command: HoldRelease) -> Accepted:
    """A lender keeps the release of a tranche back until it lets go: a call that is queued for it
    is taken back, and what else that call was for is asked for anew. WrongState when one is signed
    already, or when the lender holds it already."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    as_lender(session, facility, caller)
    checks.sender(session, caller, Permission.DECIDE)
    # Nothing is newly asked for while these are held, and signing waits for the rows, or is first.
    repository.lock(session, RELEASING, release_stem(command.financing_id, command.tranche))
    _pending(session, caller, command)
    of_this = (command.financing_id, command.tranche)
    if holds.standing_of(session, *of_this, caller.participant_id) is not None:
        raise WrongState("release", "held by you", "held by others at most")
    calls = holds.calls_for(session, *of_this)
    if gone := holds.past_holding(session, calls):
        raise WrongState("release", gone.state, "QUEUED, or not asked for yet")
    holds.take_back(calls)
    now = world.clock.now()
    holds.place(session, *of_this, caller.participant_id, caller.label, command.reason, now)
    return submit(world, session, caller, "tranches:hold", [], _result(command))


def resume(world: World, session: Session, caller: Caller, command: HoldRelease) -> Accepted:
    """A lender lets go of what it keeps back; the release goes on once no other lender holds it.
    WrongState when it holds nothing."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    as_lender(session, facility, caller)
    checks.sender(session, caller, Permission.DECIDE)
    found = holds.standing_of(session, command.financing_id, command.tranche, caller.participant_id)
    if found is None:
        raise WrongState("release", "not held by you", "held by you")
    found.ended_at, found.ended_by = world.clock.now(), caller.label
    found.ended_because = command.reason
    return submit(world, session, caller, "tranches:resume", [], _result(command))


def _pending(session: Session, caller: Caller, command: OnTranche) -> Facility:
    facility = checks.seen_facility(session, caller, command.financing_id)
    tranche = repository.tranche(session, command.financing_id, command.tranche)
    if tranche is None:
        raise NotFound("tranche")
    checks.in_state("tranche", tranche.state, "PENDING")
    return facility


def _ask(
    world: World,
    session: Session,
    caller: Caller,
    command: OnTranche,
    verb: str,
    key: str,
    call: Call,
) -> Accepted:
    if caller.key is None:
        raise NotPermitted("this token speaks for no key", "use one issued for a signing key")
    sender, financing = Address(caller.key), naming.contract(world, "Financing")
    world.node.simulate(sender, financing, encode_call(call))
    step = Step(key=key, call=call, target=financing, sender=sender)
    return submit(world, session, caller, f"tranches:{verb}", [step], _result(command))


def _result(command: OnTranche) -> dict[str, Any]:
    return {"financing_id": naming.hexed(command.financing_id), "tranche": command.tranche}
