"""Books every log of money once, in the order of the chain, and has what is late marked overdue."""

from entrepot.bindings.financing import (
    FinancingDefaulted,
    FinancingWrittenOff,
    MarkOverdue,
    Repaid,
    TrancheReleased,
)
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.settlement_token import Transfer
from entrepot.chain.codec import decode_event, encode_call
from entrepot.domain.journal import (
    Entry,
    for_default,
    for_release,
    for_repayment,
    for_transfer,
    for_write_off,
)
from entrepot.domain.sharing import between, split
from entrepot.kit.abi import from_plain
from entrepot.steps import World
from entrepot.steps.repayment import repository
from entrepot.store.outbox import Intent, enqueue
from entrepot.store.session import Session, lead
from entrepot.store.tables import Facility, Log


def run(world: World, limit: int) -> int:
    """Deals with the logs of up to `limit` blocks; answers how many entries were booked."""
    with world.store.transaction() as session:
        if not lead(session, "repayment"):
            return 0
        after = repository.dealt_with(session)
        upto = repository.next_blocks(session, after, limit)
        if upto is None:
            return 0
        booked = 0
        for log in repository.logs(session, after, upto):
            entry = _entry(world, session, log)
            if entry is not None:
                repository.book(session, log, entry)
                booked += 1
        repository.mark(session, upto)
        for facility in repository.late(session, limit):
            enqueue(session, _overdue(world, facility), world.clock.now())
        return booked


def _overdue(world: World, facility: Facility) -> Intent:
    """Once for each facility: a fork brings the same request back, a refusal means it was paid."""
    terms = from_plain(FinancingTerms, facility.terms)
    return Intent(
        key=f"overdue:{facility.financing_id.hex()}",
        operation_id=f"overdue-{facility.financing_id.hex()}",
        verb="Financing.markOverdue",
        sender=world.keeper,
        target=world.deployment["Financing"],
        calldata=encode_call(MarkOverdue(terms=terms)),
    )


def _entry(world: World, session: Session, log: Log) -> Entry | None:
    match decode_event(log.topics, log.data):
        case Transfer() as event:
            return for_transfer(event, log.address, _currency(world, log.address))
        case TrancheReleased() as event:
            currency = repository.currency_of(session, event.financing_id)
            return for_release(event, _shares(session, event), currency)
        case Repaid() as event:
            return for_repayment(event, repository.currency_of(session, event.financing_id))
        case FinancingDefaulted() as event:
            before, after = _borne(session, event)
            currency = repository.currency_of(session, event.financing_id)
            return for_default(event, before, after, currency)
        case FinancingWrittenOff() as event:
            claims = repository.claims(session, event.financing_id)
            return for_write_off(event, claims, repository.currency_of(session, event.financing_id))
        case _:
            return None


def _currency(world: World, token: bytes) -> str:
    return next(t.currency for t in world.deployment.tokens if t.address == token)


def _shares(session: Session, event: TrancheReleased) -> list[tuple[bytes, int]]:
    """Whose claim the release is: what each lender's share of the drawn amount grew by."""
    rows = repository.lenders(session, event.financing_id)
    drawn = repository.drawn(session, event.financing_id)
    grown = between(drawn, drawn + event.amount, [row.funding_bps for row in rows])
    return [(row.lender, part) for row, part in zip(rows, grown, strict=True)]


def _borne(
    session: Session, event: FinancingDefaulted
) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, int]]]:
    """What was outstanding with each lender before the default, and what it bears of the loss."""
    rows = repository.lenders(session, event.financing_id)
    loss = split(event.loss, [row.loss_bps for row in rows])
    claims = repository.claims(session, event.financing_id)
    return claims, [(row.lender, part) for row, part in zip(rows, loss, strict=True)]
