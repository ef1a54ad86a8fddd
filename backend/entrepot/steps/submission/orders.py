"""Orders: placed by the exporter, accepted by the importer, ended or disputed by either."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from entrepot.bindings.evidence_kinds import KindSet
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.bindings.roles import Permission, Role
from entrepot.bindings.trade_orders import (
    Accept,
    Attester,
    Cancel,
    CloseDispute,
    Dispute,
    Fulfil,
    OrderTerms,
    Place,
)
from entrepot.chain.ids import order_digest
from entrepot.domain.errors import AlreadyAsked, InvalidInput, WrongState
from entrepot.domain.money import Money
from entrepot.kit.abi import Address, Call
from entrepot.kit.clock import from_unix
from entrepot.kit.hashing import canonical_json, sha256
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.store.session import Session
from entrepot.store.tables import TradeOrder

ATTESTERS_MAX = 16
DETAILS_BYTES_MAX = 32 * 1024
TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """What exporter and importer have agreed on.

    accept_by, ship_by: unix seconds of chain time. details: commercial terms in the parties' own
    words, kept off chain and bound by a commitment.
    """

    reference: str
    importer: ParticipantId
    amount: Money
    origin: str
    destination: str
    accept_by: int
    ship_by: int
    attesters: tuple[tuple[ParticipantId, KindSet], ...]
    incoterm: str | None = None
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOrder:
    """An act on one order; `reason` where the act asks for one."""

    order_id: OrderId
    reason: str = ""


def place(world: World, session: Session, caller: Caller, command: PlaceOrder) -> Accepted:
    """The exporter places an order; its id is known at once."""
    _check_terms(session, caller, command)
    sender = checks.sender(session, caller, Permission.SUBMIT)
    keys = naming.keys(world)
    natural_key = keys.order(command.reference)
    order_id = naming.order_id(world, caller.participant_id, natural_key)
    details: dict[str, Any] = {"incoterm": command.incoterm, "details": command.details}
    terms = _terms(command, caller, keys.commit(order_id, "ORDER_TERMS", _agreed(command)))
    attesters = tuple(
        Attester(participant=participant, kinds=kinds) for participant, kinds in command.attesters
    )
    call = Place(natural_key=natural_key, terms=terms, attesters=attesters)
    saved = repository.save_order_reference(session, order_id, command.reference, details)
    if (saved.reference, saved.details) != (command.reference, details):
        raise AlreadyAsked("you have placed another order under this reference")
    result = {"order_id": naming.hexed(order_id)}
    step = _step(world, order_id, "place", call, sender)
    return submit(world, session, caller, "orders:place", [step], result)


def accept(world: World, session: Session, caller: Caller, command: OnOrder) -> Accepted:
    """The importer accepts exactly what it sees here now."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.only("importer", order.importer, caller)
    checks.in_state("order", order.state, "PLACED", "ACCEPTED")
    attesters = tuple(
        Attester(participant=ParticipantId(row.participant_id), kinds=KindSet(row.kinds))
        for row in repository.order_attesters(session, order.order_id)
    )
    digest = order_digest(command.order_id, order.version, _terms_of(order), attesters)
    call = Accept(order_id=command.order_id, digest=digest)
    return _act(world, session, caller, "accept", call, command.order_id)


def cancel(world: World, session: Session, caller: Caller, command: OnOrder) -> Accepted:
    """Either party withdraws an order that nobody has accepted."""
    order = _party_order(session, caller, command.order_id)
    checks.in_state("order", order.state, "PLACED", "CANCELLED")
    return _act(
        world, session, caller, "cancel", Cancel(order_id=command.order_id), command.order_id
    )


def fulfil(world: World, session: Session, caller: Caller, command: OnOrder) -> Accepted:
    """The importer confirms that the order has been carried out."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.only("importer", order.importer, caller)
    checks.in_state("order", order.state, "ACCEPTED", "FULFILLED")
    return _act(
        world, session, caller, "fulfil", Fulfil(order_id=command.order_id), command.order_id
    )


def dispute(world: World, session: Session, caller: Caller, command: OnOrder) -> Accepted:
    """Either party freezes an accepted order."""
    order = _party_order(session, caller, command.order_id)
    checks.in_state("order", order.state, "ACCEPTED", "DISPUTED")
    is_exporter = caller.participant_id == order.exporter
    failed = order.exporter_failed if is_exporter else order.importer_failed
    if failed == order.version:
        raise AlreadyAsked("your dispute over this version of the order has failed before")
    reason = naming.keys(world).reason(command.order_id, command.reason)
    call = Dispute(order_id=command.order_id, reason=reason)
    once = f"dispute:{order.version}:{caller.lei}"
    return _act(world, session, caller, "dispute", call, command.order_id, once)


def close_dispute(world: World, session: Session, caller: Caller, command: OnOrder) -> Accepted:
    """Anybody who sees the order ends a dispute that no arbiter has resolved in time."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.in_state("order", order.state, "DISPUTED")
    head = repository.head(session)
    until = order.disputed_until or 0
    if head is None or head.timestamp < until:
        raise WrongState("dispute", f"open to an arbiter until {from_unix(until):{TIME}}", "over")
    call = CloseDispute(order_id=command.order_id)
    return _act(
        world, session, caller, "close-dispute", call, command.order_id, f"close-dispute:{until}"
    )


def _check_terms(session: Session, caller: Caller, command: PlaceOrder) -> None:
    checks.has_role(session, caller, Role.EXPORTER)
    importer = checks.member(session, command.importer, "importer")
    if not importer.roles >> Role.IMPORTER & 1:
        raise InvalidInput("importer: this participant does not have the role IMPORTER")
    if command.importer == caller.participant_id:
        raise InvalidInput("importer: an order is between two participants")
    if command.amount.amount_minor <= 0:
        raise InvalidInput("amount: it must be more than zero")
    if command.ship_by < command.accept_by:
        raise InvalidInput("ship_by: it must not lie before accept_by")
    if len(command.attesters) > ATTESTERS_MAX:
        raise InvalidInput(f"attesters: at most {ATTESTERS_MAX}")
    checks.members(session, (participant for participant, _ in command.attesters), "attesters")
    try:
        size = len(canonical_json(command.details))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"details: {error}") from error
    if size > DETAILS_BYTES_MAX:
        raise InvalidInput(f"details: at most {DETAILS_BYTES_MAX} bytes")


def _agreed(command: PlaceOrder) -> bytes:
    """SHA-256 of the full commercial terms."""
    return sha256(
        canonical_json(
            {
                "reference": command.reference,
                "importer": command.importer.decode("ascii"),
                "amount": command.amount.to_decimal_string(),
                "currency": command.amount.currency,
                "incoterm": command.incoterm,
                "details": command.details,
            }
        )
    )


def _terms(command: PlaceOrder, caller: Caller, commitment: bytes) -> OrderTerms:
    return OrderTerms(
        exporter=caller.participant_id,
        importer=command.importer,
        currency=command.amount.currency.encode("ascii"),
        amount=command.amount.amount_minor,
        origin=command.origin.encode("ascii"),
        destination=command.destination.encode("ascii"),
        commitment=commitment,
        accept_by=command.accept_by,
        ship_by=command.ship_by,
    )


def _terms_of(order: TradeOrder) -> OrderTerms:
    return OrderTerms(
        exporter=ParticipantId(order.exporter),
        importer=ParticipantId(order.importer),
        currency=order.currency.encode("ascii"),
        amount=order.amount_minor,
        origin=order.origin.encode("ascii"),
        destination=order.destination.encode("ascii"),
        commitment=order.commitment,
        accept_by=order.accept_by,
        ship_by=order.ship_by,
    )


def _party_order(session: Session, caller: Caller, order_id: OrderId) -> TradeOrder:
    order = checks.seen_order(session, caller, order_id)
    if caller.participant_id not in (order.exporter, order.importer):
        checks.only("exporter or the importer", order.exporter, caller)
    return order


def _act(
    world: World,
    session: Session,
    caller: Caller,
    verb: str,
    call: Call,
    order_id: OrderId,
    once: str | None = None,
) -> Accepted:
    """once: what names the act where the verb alone does not, for it may come again."""
    sender = checks.sender(session, caller, Permission.SUBMIT)
    step = _step(world, order_id, once or verb, call, sender)
    result = {"order_id": naming.hexed(order_id)}
    return submit(world, session, caller, f"orders:{verb}", [step], result)


def _step(world: World, order_id: OrderId, verb: str, call: Call, sender: Address) -> Step:
    return Step(
        key=f"order:{order_id.hex()}:{verb}",
        call=call,
        target=naming.contract(world, "TradeOrders"),
        sender=sender,
    )
