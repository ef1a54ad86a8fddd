"""What lenders and regulators decide beforehand: limits, bands of approval, sandbox caps.

Limits and caps may be set again and again, so each has a key of its own. Bands that stand are
changed by two persons (see `proposals`).
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.financing import SetBands, SetLimit, SetSandboxCap
from entrepot.bindings.financings import Band
from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Permission, Role
from entrepot.domain.errors import InvalidInput, TwoPersonsNeeded, WrongCurrency
from entrepot.domain.money import Money
from entrepot.kit.abi import Call
from entrepot.steps import World
from entrepot.steps.submission import checks, naming
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.store import proposals
from entrepot.store.session import Session

BANDS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitExporter:
    """What the lender is ready to have outstanding with an exporter, in one currency."""

    exporter: ParticipantId
    limit: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CapCorridor:
    """What may be outstanding between two countries; ends_at: unix seconds of chain time."""

    origin: str
    destination: str
    cap: Money
    ends_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BandApprovals:
    """How many signatures an amount needs: (up to, approvals), ascending."""

    currency: str
    bands: tuple[tuple[Money, int], ...]


def set_limit(world: World, session: Session, caller: Caller, command: LimitExporter) -> Accepted:
    """A lender limits what it has outstanding with an exporter."""
    _check_lender(session, caller)
    exporter = checks.member(session, command.exporter, "exporter")
    if not exporter.roles >> Role.EXPORTER & 1:
        raise InvalidInput("exporter: this participant does not have the role EXPORTER")
    if command.limit.amount_minor < 0:
        raise InvalidInput("limit: it must not be negative")
    call = SetLimit(
        exporter=command.exporter,
        currency=command.limit.currency.encode("ascii"),
        limit=command.limit.amount_minor,
    )
    return _set(world, session, caller, "limits:set", call)


def set_cap(world: World, session: Session, caller: Caller, command: CapCorridor) -> Accepted:
    """A regulator caps a corridor of the sandbox."""
    checks.has_role(session, caller, Role.REGULATOR)
    if command.cap.amount_minor < 0:
        raise InvalidInput("cap: it must not be negative")
    call = SetSandboxCap(
        corridor=(command.origin + command.destination).encode("ascii"),
        currency=command.cap.currency.encode("ascii"),
        cap=command.cap.amount_minor,
        ends_at=command.ends_at,
    )
    return _set(world, session, caller, "sandbox-caps:set", call)


def set_bands(world: World, session: Session, caller: Caller, command: BandApprovals) -> Accepted:
    """A lender says for the first time how many officers must sign, by amount: never fewer than
    the two that sign without it. TwoPersonsNeeded where it has said so already."""
    call = bands_call(session, caller, command)
    if proposals.bands_on_chain(session, caller.participant_id, command.currency):
        raise TwoPersonsNeeded("policy of approval")
    step = Step(
        key=f"approval-bands:set:{caller.lei}:{command.currency}",
        call=call,
        target=naming.contract(world, "Financing"),
        sender=checks.sender(session, caller, Permission.DECIDE),
    )
    return submit(world, session, caller, "approval-bands:set", [step], {})


def bands_call(session: Session, caller: Caller, command: BandApprovals) -> SetBands:
    """What sets them. Raises InvalidInput for what the contract would refuse."""
    _check_lender(session, caller)
    if not 1 <= len(command.bands) <= BANDS_MAX:
        raise InvalidInput(f"bands: 1 to {BANDS_MAX}")
    for up_to, _ in command.bands:
        if up_to.currency != command.currency:
            raise WrongCurrency("a band's currency", command.currency, up_to.currency)
    limits = [up_to.amount_minor for up_to, _ in command.bands]
    if limits != sorted(set(limits)):
        raise InvalidInput("bands: up_to must ascend")
    needed = [approvals for _, approvals in command.bands]
    if needed[0] < 2 or needed != sorted(needed):
        raise InvalidInput("bands: each needs at least two approvals, and no fewer than the last")
    bands = tuple(Band(up_to=up_to.amount_minor, approvals=n) for up_to, n in command.bands)
    return SetBands(currency=command.currency.encode("ascii"), bands=bands)


def _check_lender(session: Session, caller: Caller) -> None:
    participant = checks.member(session, caller.participant_id, "you")
    if not participant.roles & (1 << Role.BANK | 1 << Role.FINTECH):
        checks.has_role(session, caller, Role.BANK)


def _set(world: World, session: Session, caller: Caller, verb: str, call: Call) -> Accepted:
    step = Step(
        key=naming.once(f"{verb}:{caller.lei}"),
        call=call,
        target=naming.contract(world, "Financing"),
        sender=checks.sender(session, caller, Permission.DECIDE),
    )
    return submit(world, session, caller, verb, [step], {})
