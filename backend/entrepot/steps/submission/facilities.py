"""Facilities: asked for by the exporter, declined by a lender, held by a regulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind, KindSet
from entrepot.bindings.financing import Decline, LiftHold, PlaceHold, Request
from entrepot.bindings.financings import DayCount, FinancingTerms, LenderShare, Product, Tranche
from entrepot.bindings.ids import AssetKey, EvidenceId, FinancingId, OrderId, ParticipantId
from entrepot.bindings.roles import Permission, Role
from entrepot.domain.errors import InvalidInput, NotFound, NotPermitted, WrongCurrency, WrongState
from entrepot.domain.kinds import DOCUMENTS
from entrepot.domain.money import Money
from entrepot.domain.products import minimum_kinds
from entrepot.domain.sharing import WHOLE_BPS
from entrepot.kit.abi import Address, Call, from_plain
from entrepot.steps import World
from entrepot.steps.submission import checks, goods, naming, notes, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, in_force, submit
from entrepot.store.session import Session
from entrepot.store.tables import EvidenceItem, Facility, TradeOrder

NOBODY = ParticipantId(bytes(20))
TRANCHES_MAX = 8
LENDERS_MAX = 4
BASIS_MAX = 16
"""As the contract has them: a request that it would refuse is not sent."""

HoldVerb = Literal["hold", "lift-hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTranche:
    """Kinds by set; not_before, expires_at: unix seconds of chain time."""

    amount: Money
    required: KindSet
    required_twice: KindSet
    blocking: KindSet
    title_pledged: bool
    not_before: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacility:
    """settlement_bank: whose deposits are lent and repaid in, in the order's currency.

    basis: the evidence that approvals rest on; None for every document of the order as it stands.
    """

    order_id: OrderId
    reference: str
    product: Product
    settlement_bank: ParticipantId
    lenders: tuple[LenderShare, ...]
    tranches: tuple[AskedTranche, ...]
    interest_bps: int
    penalty_bps: int
    fee_bps: int
    reserve_bps: int
    platform: ParticipantId | None
    platform_share_bps: int
    day_count: DayCount
    matures_at: int
    grace_days: int
    default_days: int
    recourse: bool
    basis: tuple[EvidenceId, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFacility:
    financing_id: FinancingId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineFacility(OnFacility):
    """reason: for the exporter to read; it stays off the chain."""

    reason: str = ""


def request(world: World, session: Session, caller: Caller, command: RequestFacility) -> Accepted:
    """The exporter asks for a facility on its accepted order; its id is known at once."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.only("exporter", order.exporter, caller)
    checks.in_state("order", order.state, "ACCEPTED")
    sender = checks.sender(session, caller, Permission.SUBMIT)
    terms, basis = drafted(world, session, order, command)
    financing_id = naming.financing_id(world, command.order_id, terms.natural_key)
    step = _step(world, financing_id, "request", Request(terms=terms), sender)
    result = {
        "financing_id": naming.hexed(financing_id),
        "asset_keys": [naming.hexed(key) for key in terms.asset_keys],
        "basis": [naming.hexed(item.evidence_id) for item in basis],
    }
    return submit(world, session, caller, "facilities:request", [step], result)


def drafted(
    world: World,
    session: Session,
    order: TradeOrder,
    command: RequestFacility,
    asset_keys: tuple[AssetKey, ...] | None = None,
) -> tuple[FinancingTerms, tuple[EvidenceItem, ...]]:
    """The terms that a request comes to as things stand, and the facts that they rest on.

    asset_keys: of the order's goods, from whoever has read its papers in this transaction already.
    """
    _check_shares(session, command)
    _check_tranches(order, command)
    basis = _basis(session, command)
    keys = goods.asset_keys(world, session, order) if asset_keys is None else asset_keys
    return _terms(world, order, command, basis, keys), basis


def decline(world: World, session: Session, caller: Caller, command: DeclineFacility) -> Accepted:
    """A lender in the terms says no; its reason, if it gives one, is kept for the exporter."""
    step = decline_step(world, session, caller, command.financing_id)
    is_new = not in_force(session, step.key)
    accepted = _submit(world, session, caller, "decline", command.financing_id, step)
    if command.reason and is_new:
        facility = checks.seen_facility(session, caller, command.financing_id)
        notes.keep(world, session, caller, facility, "DECLINED", command.reason)
    return accepted


def decline_step(world: World, session: Session, caller: Caller, financing_id: FinancingId) -> Step:
    """The call that says no, when the caller may make it."""
    facility = checks.seen_facility(session, caller, financing_id)
    as_lender(session, facility, caller)
    checks.in_state("facility", facility.state, "REQUESTED", "DECLINED")
    call = Decline(terms=terms_of(facility))
    sender = checks.sender(session, caller, Permission.DECIDE)
    return _step(world, financing_id, "decline", call, sender)


def hold(world: World, session: Session, caller: Caller, command: OnFacility) -> Accepted:
    """A regulator stops releases."""
    return _hold(world, session, caller, command, "hold")


def lift_hold(world: World, session: Session, caller: Caller, command: OnFacility) -> Accepted:
    """A regulator lets releases go on."""
    return _hold(world, session, caller, command, "lift-hold")


def hold_step(
    world: World, session: Session, caller: Caller, financing_id: FinancingId, verb: HoldVerb
) -> Step:
    """The call that places or lifts a hold, when the caller may make it. A hold may be placed and
    lifted many times, so each has its own key."""
    facility = checks.seen_facility(session, caller, financing_id)
    checks.has_role(session, caller, Role.REGULATOR)
    if facility.held == (verb == "hold"):
        raise WrongState("facility", *(("held", "free") if facility.held else ("free", "held")))
    sender = checks.sender(session, caller, Permission.DECIDE)
    call = PlaceHold if verb == "hold" else LiftHold
    act = call(terms=terms_of(facility))
    return _step(world, financing_id, naming.once(verb), act, sender)


def request_key(financing_id: bytes) -> str:
    """What a request for that facility is called in the outbox."""
    return _key(financing_id, "request")


def terms_of(facility: Facility) -> FinancingTerms:
    """The terms that every verb is given, as the request published them."""
    return from_plain(FinancingTerms, facility.terms)


def as_lender(session: Session, facility: Facility, caller: Caller) -> None:
    if repository.lender(session, facility.financing_id, caller.participant_id) is None:
        raise NotPermitted("this is for the facility's lenders, and you are none of them")


def _check_shares(session: Session, command: RequestFacility) -> None:
    for name, shares in (
        ("funding_bps", [lender.funding_bps for lender in command.lenders]),
        ("loss_bps", [lender.loss_bps for lender in command.lenders]),
    ):
        if sum(shares) != WHOLE_BPS:
            raise InvalidInput(f"lenders: {name} add up to {sum(shares)}, not to {WHOLE_BPS}")
    if len({lender.lender for lender in command.lenders}) != len(command.lenders):
        raise InvalidInput("lenders: one of them is named twice")
    for lender in command.lenders:
        participant = checks.member(session, lender.lender, "lenders")
        if not participant.roles & (1 << Role.BANK | 1 << Role.FINTECH):
            raise InvalidInput("lenders: each needs the role BANK or FINTECH")
    if command.platform is not None:
        checks.member(session, command.platform, "platform")


def _check_tranches(order: TradeOrder, command: RequestFacility) -> None:
    if not 1 <= len(command.tranches) <= TRANCHES_MAX:
        raise InvalidInput(f"tranches: 1 to {TRANCHES_MAX}")
    for tranche in command.tranches:
        if tranche.amount.currency != order.currency:
            raise WrongCurrency("a tranche's currency", order.currency, tranche.amount.currency)
        if tranche.amount.amount_minor <= 0:
            raise InvalidInput("tranches: each amount must be more than zero")
        if tranche.not_before >= tranche.expires_at:
            raise InvalidInput("tranches: not_before must lie before expires_at")
        _check_product(command.product, tranche)
    total = sum(tranche.amount.amount_minor for tranche in command.tranches)
    if total > order.amount_minor:
        lent, goods_worth = Money(total, order.currency), Money(order.amount_minor, order.currency)
        raise InvalidInput(f"tranches: {lent} is more than the order's {goods_worth}")


def _check_product(product: Product, tranche: AskedTranche) -> None:
    """What the contract asks of every tranche of such a facility."""
    missing = minimum_kinds(product) & ~(tranche.required | tranche.required_twice)
    if missing:
        names = ", ".join(kind.name for kind in EvidenceKind if missing >> kind & 1)
        raise InvalidInput(f"tranches: with product {product.name} each must require {names}")
    if product is Product.RECEIVABLE_FINANCE and not tranche.title_pledged:
        raise InvalidInput(f"tranches: with product {product.name} each must have title_pledged")


def _terms(
    world: World,
    order: TradeOrder,
    command: RequestFacility,
    basis: tuple[EvidenceItem, ...],
    asset_keys: tuple[AssetKey, ...],
) -> FinancingTerms:
    token = world.deployment.token(command.settlement_bank, order.currency)
    if token is None:
        raise InvalidInput(f"settlement_bank: it issues no deposits in {order.currency}")
    return FinancingTerms(
        order_id=command.order_id,
        order_version=order.version,
        natural_key=naming.keys(world).facility(command.reference),
        product=command.product,
        token=token,
        asset_keys=asset_keys,
        basis=tuple(
            EvidenceKey(
                attester=ParticipantId(item.attester),
                kind=EvidenceKind[item.kind],
                source_key=item.source_key,
            )
            for item in basis
        ),
        lenders=command.lenders,
        tranches=tuple(_tranche(tranche) for tranche in command.tranches),
        interest_bps=command.interest_bps,
        penalty_bps=command.penalty_bps,
        fee_bps=command.fee_bps,
        reserve_bps=command.reserve_bps,
        platform=command.platform or NOBODY,
        platform_share_bps=command.platform_share_bps,
        day_count=command.day_count,
        matures_at=command.matures_at,
        grace_days=command.grace_days,
        default_days=command.default_days,
        recourse=command.recourse,
    )


def _tranche(asked: AskedTranche) -> Tranche:
    return Tranche(
        amount=asked.amount.amount_minor,
        required=asked.required,
        required_twice=asked.required_twice,
        blocking=asked.blocking,
        title_pledged=asked.title_pledged,
        not_before=asked.not_before,
        expires_at=asked.expires_at,
    )


def _basis(session: Session, command: RequestFacility) -> tuple[EvidenceItem, ...]:
    """What approvals will rest on: facts about this order that stand."""
    standing = {
        item.evidence_id: item
        for item in repository.evidence_of(session, command.order_id)
        if item.state == "RECORDED"
    }
    if command.basis is None:
        chosen = [each for each, item in standing.items() if _is_document(item)]
    else:
        chosen = [*dict.fromkeys(command.basis)]
        if any(evidence_id not in standing for evidence_id in chosen):
            raise NotFound("evidence on this order")
    if len(chosen) > BASIS_MAX:
        raise InvalidInput(f"basis: at most {BASIS_MAX} facts")
    return tuple(standing[each] for each in chosen)


def _is_document(item: EvidenceItem) -> bool:
    return EvidenceKind[item.kind] in DOCUMENTS


def _hold(
    world: World, session: Session, caller: Caller, command: OnFacility, verb: HoldVerb
) -> Accepted:
    step = hold_step(world, session, caller, command.financing_id, verb)
    return _submit(world, session, caller, verb, command.financing_id, step)


def _step(world: World, financing_id: FinancingId, name: str, call: Call, sender: Address) -> Step:
    return Step(
        key=_key(financing_id, name),
        call=call,
        target=naming.contract(world, "Financing"),
        sender=sender,
    )


def _key(financing_id: bytes, name: str) -> str:
    return f"facility:{financing_id.hex()}:{name}"


def _submit(
    world: World, session: Session, caller: Caller, verb: str, financing_id: FinancingId, step: Step
) -> Accepted:
    result = {"financing_id": naming.hexed(financing_id)}
    return submit(world, session, caller, f"facilities:{verb}", [step], result)
