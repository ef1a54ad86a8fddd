"""Quotes: what an order's financing would cost, told to a partner by consent, and accepted by the
exporter alone.

A consent lets its third party see; it never lets it act. Accepting is the exporter's own request
for the facility, by its own key, of exactly the terms that were quoted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import uuid4

from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.domain.consents import ConsentStatus, status_on
from entrepot.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    QuoteEnded,
    WrongCurrency,
    WrongState,
)
from entrepot.domain.money import Money
from entrepot.kit.hashing import canonical_json, sha256
from entrepot.steps import World
from entrepot.steps.submission import checks, facilities, intents, naming, quoting, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.quoting import Wanted, Weighed
from entrepot.store import consents, offers
from entrepot.store.session import Session
from entrepot.store.tables import Quote, QuoteFacts, TradeOrder

TELLS: Final = "orders.amount"
"""The field that a consent must name: a quote is a part of the order's amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateQuote:
    """amount: what is wanted, None for as much as each offer gives. matures_at: unix seconds.
    consent_id: by which consent; None for the exporter's own order."""

    order_id: OrderId
    amount: Money | None
    matures_at: int
    consent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptQuote:
    """hash: of the quote as the exporter saw it."""

    quote_id: str
    offer_id: str
    hash: bytes


def create(world: World, session: Session, caller: Caller, command: CreateQuote) -> Accepted:
    """Holds the order against every offer that is for the caller, and keeps what comes of it."""
    order = _order(world, session, caller, command)
    head = repository.head(session)
    if head is None:
        raise Conflict("the chain is not known here yet")
    if command.amount is not None and command.amount.currency != order.currency:
        raise WrongCurrency("amount", order.currency, command.amount.currency)
    partner = None if command.consent_id is None else caller.participant_id
    wanted = Wanted(
        quote_id=f"quo_{uuid4().hex}",
        partner=partner,
        wanted=command.amount.amount_minor if command.amount else None,
        matures_at=command.matures_at,
        at=head.timestamp,
    )
    found = offers.in_force(session, caller.participant_id, head.timestamp)
    weighed = quoting.weigh(world, session, order, wanted, found)
    facts = _facts(weighed)
    expires_at = head.timestamp + world.settings.quote_minutes * 60
    told: dict[str, Any] = {
        "quote_id": wanted.quote_id,
        "order_id": naming.hexed(order.order_id),
        "order_version": order.version,
        "exporter": order.exporter.decode("ascii"),
        "partner": partner.decode("ascii") if partner else None,
        "wanted": _told(command.amount),
        "matures_at": quoting.instant(command.matures_at),
        "block": head.number,
        "block_hash": naming.hexed(head.hash),
        "at": quoting.instant(head.timestamp),
        "expires_at": quoting.instant(expires_at),
        "offers": [each.told for each in weighed if each.told],
        "unmatched": [_unmatched(each) for each in weighed if not each.told],
        "facts_hash": naming.hexed(sha256(canonical_json(facts))),
    }
    row = Quote(
        quote_id=wanted.quote_id,
        partner=caller.participant_id,
        exporter=order.exporter,
        consent_id=command.consent_id,
        order_id=order.order_id,
        order_version=order.version,
        wanted_minor=wanted.wanted,
        matures_at=command.matures_at,
        financing_id=_financing_id(world, order, wanted.quote_id),
        hash=sha256(canonical_json(told)),
        told=told,
        at=head.timestamp,
        expires_at=expires_at,
        as_of_block=head.number,
        created_at=world.clock.now(),
    )
    session.add_all((row, QuoteFacts(quote_id=wanted.quote_id, facts=facts)))
    session.flush()
    return Accepted(operation_id=wanted.quote_id)


def accept(world: World, session: Session, caller: Caller, command: AcceptQuote) -> Accepted:
    """The exporter asks for the facility of the quote, if it would be quoted just so once more."""
    row = offers.find_quote(session, command.quote_id, caller.participant_id)
    if row is None:
        raise NotFound("quote")
    checks.only("exporter", row.exporter, caller)
    quoted = _quoted(row, command)
    if row.operation_id is not None and intents.in_force(
        session, facilities.request_key(row.financing_id)
    ):
        if row.accepted_offer != command.offer_id:
            raise WrongState("quote", f"accepted with {row.accepted_offer}", "open")
        operation = repository.operation(session, row.operation_id)
        return Accepted(operation_id=row.operation_id, result=operation.result if operation else {})
    order = repository.order(session, row.order_id)
    request = _request(world, session, row, order, quoted)
    accepted = facilities.request(world, session, caller, request)
    row.accepted_offer = command.offer_id
    row.operation_id = accepted.operation_id
    row.accepted_at = world.clock.now()
    session.flush()
    return accepted


def _order(world: World, session: Session, caller: Caller, command: CreateQuote) -> TradeOrder:
    """The order, when it is the caller's own, or its exporter lets it be financed by the caller."""
    if command.consent_id is None:
        order = checks.seen_order(session, caller, command.order_id)
        checks.only("exporter", order.exporter, caller)
        return order
    order = repository.find_order(session, command.order_id)
    today = world.clock.now().date()
    consent = consents.find(session, command.consent_id, caller.participant_id)
    if (
        order is None
        or consent is None
        or not _gives(session, command.consent_id, consent, caller, order, today)
    ):
        raise NotFound("order")
    if consent.purpose != "FINANCING" or TELLS not in consent.fields:
        raise NotPermitted(
            f"the consent is for {consent.purpose}, its fields are {', '.join(consent.fields)}",
            f"ask for one with the purpose FINANCING and {TELLS} among its fields",
        )
    return order


def _gives(
    session: Session,
    consent_id: str,
    consent: Any,
    caller: Caller,
    order: TradeOrder,
    today: date,
) -> bool:
    """Whether it is valid, the exporter's to the caller, and about the order."""
    return (
        status_on(today, consent.status, consent.valid_until) == ConsentStatus.VALID
        and consent.owner == order.exporter
        and consent.third_party == caller.participant_id
        and consents.covers(session, consent_id, "orders", order.order_id)
    )


def _quoted(row: Quote, command: AcceptQuote) -> dict[str, Any]:
    """What was told of the offer that is accepted."""
    if command.hash != row.hash:
        raise InvalidInput("hash: this is not what was quoted; read the quote again")
    told: list[dict[str, Any]] = row.told["offers"]  # pyright: ignore[reportAssignmentType]
    for each in told:
        if each["offer_id"] == command.offer_id:
            return each
    raise InvalidInput("offer_id: the quote has no such offer that fits")


def _request(
    world: World, session: Session, row: Quote, order: TradeOrder, quoted: dict[str, Any]
) -> facilities.RequestFacility:
    """The request that was quoted; QuoteEnded when it would not be quoted so any more."""
    head = repository.head(session)
    if head is None or head.timestamp >= row.expires_at:
        raise QuoteEnded(f"the quote expired at {row.told['expires_at']}")
    offer = offers.version(session, quoted["offer_id"], quoted["version"])
    if offers.is_withdrawn(session, offer.offer_id):
        raise QuoteEnded("the offer was withdrawn")
    if order.version != row.order_version:
        raise QuoteEnded(
            f"the order was amended: version {row.order_version} was quoted, {order.version} stands"
        )
    wanted = Wanted(
        quote_id=row.quote_id,
        partner=ParticipantId(row.partner) if row.consent_id else None,
        wanted=row.wanted_minor,
        matures_at=row.matures_at,
        at=row.at,
    )
    [now] = quoting.weigh(world, session, order, wanted, [offer])
    if now.told is None:
        raise QuoteEnded("; ".join(reason.text for reason in now.reasons))
    if now.told["terms_hash"] != quoted["terms_hash"]:
        raise QuoteEnded("the order's papers have changed since it was quoted")
    return quoting.command_of(offers.terms_of(offer), order, wanted)


def _told(amount: Money | None) -> dict[str, str] | None:
    if amount is None:
        return None
    return {"amount": amount.to_decimal_string(), "currency": amount.currency}


def _facts(weighed: list[Weighed]) -> dict[str, Any]:
    """By offer and version: all that decided whether it fits."""
    return {
        f"{each.offer.offer_id}/{each.offer.version}": quoting.plain(asdict(each.occasion))
        for each in weighed
    }


def _unmatched(each: Weighed) -> dict[str, Any]:
    return {
        "offer_id": each.offer.offer_id,
        "version": each.offer.version,
        "reference": each.offer.reference,
        "bank": each.offer.bank.decode("ascii"),
        "reasons": [asdict(reason) for reason in each.reasons],
    }


def _financing_id(world: World, order: TradeOrder, quote_id: str) -> bytes:
    natural_key = naming.keys(world).facility(quote_id)
    return naming.financing_id(world, OrderId(order.order_id), natural_key)
