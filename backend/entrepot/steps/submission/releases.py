"""Tranches on request: the worker asks by itself, and anybody with a part in it may ask too.

The contract decides; it is asked beforehand, so that a release that cannot be is refused with the
contract's own reason and leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.financing import Lapse, Release
from entrepot.bindings.ids import FinancingId
from entrepot.chain.codec import encode_call
from entrepot.domain.errors import AlreadyAsked, NotFound, NotPermitted
from entrepot.kit.abi import Address, Call
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.facilities import terms_of
from entrepot.steps.submission.intents import Step, submit
from entrepot.store.session import Session
from entrepot.store.tables import Facility


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTranche:
    """tranche: its position in the terms, from 0."""

    financing_id: FinancingId
    tranche: int


def release(world: World, session: Session, caller: Caller, command: OnTranche) -> Accepted:
    """Asks for the release of a tranche. CallReverted when the contract would refuse it now."""
    facility = _pending(session, caller, command)
    stem = f"release:{command.financing_id.hex()}:{command.tranche}@"
    repository.lock(session, stem)
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
    result = {"financing_id": naming.hexed(command.financing_id), "tranche": command.tranche}
    return submit(world, session, caller, f"tranches:{verb}", [step], result)
