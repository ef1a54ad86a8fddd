"""When a facility is not repaid in time: what its lenders may do, and what waits for those who
could not be paid.

The contract decides; it is asked beforehand, so that what it would refuse now is refused with its
own reason and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from entrepot.bindings.financing import (
    ClaimCredit,
    ClaimRecourse,
    DeclareDefault,
    EnforceTitle,
    WriteOff,
)
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Permission
from entrepot.chain.codec import encode_call
from entrepot.domain.errors import Conflict, InvalidInput, NotPermitted
from entrepot.kit.abi import Address, Call
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.facilities import OnFacility, as_lender, terms_of
from entrepot.steps.submission.intents import Step, submit
from entrepot.store.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class PayCredit(OnFacility):
    """participant: whose money waits."""

    participant: ParticipantId


def declare_default(
    world: World, session: Session, caller: Caller, command: OnFacility
) -> Accepted:
    """A lender gives up waiting: the reserve pays, and the loss is shared."""
    return _by_lender(world, session, caller, command, "declare-default", DeclareDefault, "OVERDUE")


def claim_recourse(world: World, session: Session, caller: Caller, command: OnFacility) -> Accepted:
    """A lender calls on the exporter to answer for the default."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    if not terms_of(facility).recourse:
        raise Conflict("the exporter does not answer for a default under these terms")
    return _by_lender(world, session, caller, command, "claim-recourse", ClaimRecourse, "DEFAULTED")


def enforce_title(world: World, session: Session, caller: Caller, command: OnFacility) -> Accepted:
    """The lender with the largest loss share takes the pledged bill, for all of them."""
    return _by_lender(
        world,
        session,
        caller,
        command,
        "enforce-title",
        EnforceTitle,
        "DEFAULTED",
        "WRITTEN_OFF",
    )


def write_off(world: World, session: Session, caller: Caller, command: OnFacility) -> Accepted:
    """A lender agrees to give up what is outstanding; it is done when all have."""
    return _by_lender(world, session, caller, command, "write-off", WriteOff, "DEFAULTED")


def claim_credit(world: World, session: Session, caller: Caller, command: PayCredit) -> Accepted:
    """Pays out what waits for a participant; anybody with a part in the facility may ask."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    waiting = repository.credit(session, command.financing_id, command.participant)
    if not waiting:
        raise InvalidInput(f"nothing waits for {command.participant.decode('ascii')} here")
    call = ClaimCredit(terms=terms_of(facility), participant=command.participant)
    if caller.key is None:
        raise NotPermitted("this token speaks for no key", "use one issued for a signing key")
    name = naming.once(f"credit:{command.participant.decode('ascii')}")
    step = _asked(world, command, name, call, Address(caller.key))
    return submit(world, session, caller, "facilities:claim-credit", [step], _result(command))


def _by_lender(
    world: World,
    session: Session,
    caller: Caller,
    command: OnFacility,
    verb: str,
    call: Callable[..., Call],
    *states: str,
) -> Accepted:
    facility = checks.seen_facility(session, caller, command.financing_id)
    as_lender(session, facility, caller)
    checks.in_state("facility", facility.state, *states)
    sender = checks.sender(session, caller, Permission.DECIDE)
    terms: FinancingTerms = terms_of(facility)
    step = _asked(world, command, f"{verb}:{caller.lei}", call(terms=terms), sender)
    return submit(world, session, caller, f"facilities:{verb}", [step], _result(command))


def _asked(world: World, command: OnFacility, name: str, call: Call, sender: Address) -> Step:
    """CallReverted when the contract would refuse it now."""
    financing = naming.contract(world, "Financing")
    world.node.simulate(sender, financing, encode_call(call))
    key = f"facility:{command.financing_id.hex()}:{name}"
    return Step(key=key, call=call, target=financing, sender=sender)


def _result(command: OnFacility) -> dict[str, object]:
    return {"financing_id": naming.hexed(command.financing_id)}
