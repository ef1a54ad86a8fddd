"""Money: deposits that a bank issues, contributions of lenders, repayments.

A contract draws tokens only from an account that allows it to, for exactly this amount: so the
account's own key grants the allowance first, in the same operation.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.financing import ContributionView, Fund, Repay
from entrepot.bindings.ids import FinancingId, ParticipantId
from entrepot.bindings.roles import Permission
from entrepot.bindings.settlement_token import Approve, Mint
from entrepot.domain.errors import InvalidInput, NotPermitted, WrongCurrency
from entrepot.domain.money import Money
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.facilities import OnFacility, as_lender, terms_of
from entrepot.steps.submission.intents import Step, submit
from entrepot.store.session import Session

OWING = ("RELEASED", "OVERDUE", "DEFAULTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDeposit:
    """Money received over a payment rail, under the reference that the bank saw there."""

    participant: ParticipantId
    amount: Money
    rail_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepayFacility:
    """reference: the payer's own, used once per facility."""

    financing_id: FinancingId
    amount: Money
    reference: str


def deposit(world: World, session: Session, caller: Caller, command: IssueDeposit) -> Accepted:
    """The issuing bank credits a participant's account, once per rail reference."""
    token = world.deployment.token(caller.participant_id, command.amount.currency)
    if token is None:
        raise NotPermitted(f"you issue no deposits in {command.amount.currency}")
    _check_positive(command.amount)
    checks.member(session, command.participant, "participant")
    sender = checks.sender(session, caller, Permission.DECIDE)
    rail = naming.keys(world).rail(caller.lei, command.rail_reference)
    call = Mint(to=command.participant, amount=command.amount.amount_minor, rail_reference=rail)
    step = Step(key=f"deposit:{token.hex()}:{rail.hex()}", call=call, target=token, sender=sender)
    result = {"participant": command.participant.decode("ascii"), "rail_key": naming.hexed(rail)}
    return submit(world, session, caller, "deposits:issue", [step], result)


def fund(world: World, session: Session, caller: Caller, command: OnFacility) -> Accepted:
    """A lender posts its share of principal, true-up and reserve."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    as_lender(session, facility, caller)
    checks.in_state("facility", facility.state, "APPROVED", "FUNDED")
    sender = checks.sender(session, caller, Permission.DECIDE)
    terms, financing = terms_of(facility), naming.contract(world, "Financing")
    share = world.node.call(financing, ContributionView(terms=terms, lender=caller.participant_id))
    amount = share.principal + share.true_up + share.reserve
    key = f"facility:{command.financing_id.hex()}:fund:{caller.lei}"
    steps = [
        _allowance(session, caller, key, terms.token, financing, amount),
        Step(
            key=key,
            call=Fund(terms=terms, lender=caller.participant_id),
            target=financing,
            sender=sender,
        ),
    ]
    result = {
        "financing_id": naming.hexed(command.financing_id),
        "amount": _told(Money(amount, facility.currency)),
    }
    return submit(world, session, caller, "facilities:fund", steps, result)


def repay(world: World, session: Session, caller: Caller, command: RepayFacility) -> Accepted:
    """A participant pays what is owed, from its own account; what is too much goes on to the
    exporter, so no more than was meant should be sent."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    checks.in_state("facility", facility.state, *OWING)
    if command.amount.currency != facility.currency:
        raise WrongCurrency("the payment's currency", facility.currency, command.amount.currency)
    _check_positive(command.amount)
    sender = checks.sender(session, caller, Permission.DECIDE)
    terms, financing = terms_of(facility), naming.contract(world, "Financing")
    reference = naming.keys(world).payment(caller.lei, command.reference)
    key = f"facility:{command.financing_id.hex()}:repay:{reference.hex()}"
    amount = command.amount.amount_minor
    steps = [
        _allowance(session, caller, key, terms.token, financing, amount),
        Step(
            key=key,
            call=Repay(terms=terms, amount=amount, payment_reference=reference),
            target=financing,
            sender=sender,
        ),
    ]
    result = {
        "financing_id": naming.hexed(command.financing_id),
        "payment_reference": naming.hexed(reference),
        "amount": _told(command.amount),
    }
    return submit(world, session, caller, "facilities:repay", steps, result)


def _allowance(
    session: Session, caller: Caller, key: str, token: Address, spender: Address, amount: int
) -> Step:
    participant = repository.participant(session, caller.participant_id)
    if participant is None:
        raise NotPermitted("you are not a participant of this ledger")
    return Step(
        key=f"{key}:allowance",
        call=Approve(spender=spender, value=amount),
        target=token,
        sender=Address(participant.account),
    )


def _check_positive(amount: Money) -> None:
    if amount.amount_minor <= 0:
        raise InvalidInput("amount: it must be more than zero")


def _told(amount: Money) -> dict[str, str]:
    return {"amount": amount.to_decimal_string(), "currency": amount.currency}
