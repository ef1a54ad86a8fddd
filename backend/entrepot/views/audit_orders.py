"""What the rows of orders and evidence would answer, beside which view of which contract."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session, col, select

from entrepot.bindings import evidence, trade_orders
from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.ids import EvidenceId, OrderId, ParticipantId, VoyageId
from entrepot.bindings.trade_orders import OrderState
from entrepot.chain.deployment import Deployment
from entrepot.kit.abi import Address
from entrepot.store import tables as t
from entrepot.views.audit_questions import Question


def of_orders(session: Session, deployment: Deployment) -> Iterator[Question]:
    for row in session.exec(select(t.TradeOrder)):
        about = f"order 0x{row.order_id.hex()}"
        yield from _of_order(row, about, deployment["TradeOrders"])
        yield from _of_dispute(row, about, deployment["TradeOrders"])
        yield from _of_attesters(session, row, about, deployment["TradeOrders"])
        yield from _of_goods(session, row, about, deployment["Evidence"])


def of_evidence(session: Session, deployment: Deployment) -> Iterator[Question]:
    for row in session.exec(select(t.EvidenceItem)):
        yield Question(
            f"evidence 0x{row.evidence_id.hex()}",
            deployment["Evidence"],
            evidence.ItemView(evidence_id=EvidenceId(row.evidence_id)),
            evidence.ItemResult(
                state=EvidenceState[row.state],
                commitment=row.commitment if row.state == "RECORDED" else bytes(32),
            ),
        )


def _of_order(row: t.TradeOrder, about: str, at: Address) -> Iterator[Question]:
    terms = trade_orders.OrderTerms(
        exporter=ParticipantId(row.exporter),
        importer=ParticipantId(row.importer),
        currency=row.currency.encode(),
        amount=row.amount_minor,
        origin=row.origin.encode(),
        destination=row.destination.encode(),
        commitment=row.commitment,
        accept_by=row.accept_by,
        ship_by=row.ship_by,
    )
    order = trade_orders.Order(state=OrderState[row.state], version=row.version, terms=terms)
    yield Question(about, at, trade_orders.OrderView(order_id=OrderId(row.order_id)), order)


def _of_dispute(row: t.TradeOrder, about: str, at: Address) -> Iterator[Question]:
    order_id = OrderId(row.order_id)
    yield Question(
        f"dispute of {about}",
        at,
        trade_orders.DisputeOfView(order_id=order_id),
        trade_orders.OpenDispute(
            by=ParticipantId(row.disputed_by or bytes(20)), until=row.disputed_until or 0
        ),
    )
    failed = ((row.exporter, row.exporter_failed), (row.importer, row.importer_failed))
    for party, version in failed:
        yield Question(
            f"failed dispute of {party.decode()} over {about}",
            at,
            trade_orders.FailedDisputeView(order_id=order_id, party=ParticipantId(party)),
            version,
        )


def _of_attesters(
    session: Session, row: t.TradeOrder, about: str, at: Address
) -> Iterator[Question]:
    order_id = OrderId(row.order_id)
    query = select(t.OrderAttester).where(t.OrderAttester.order_id == row.order_id)
    named = session.exec(query.order_by(col(t.OrderAttester.position))).all()
    yield Question(
        f"attesters of {about}",
        at,
        trade_orders.AttestersView(order_id=order_id),
        tuple(
            trade_orders.Attester(
                participant=ParticipantId(a.participant_id), kinds=KindSet(a.kinds)
            )
            for a in named
        ),
    )
    yield Question(
        f"standing of {about}",
        at,
        trade_orders.StandingView(order_id=order_id),
        trade_orders.StandingResult(
            state=OrderState[row.state],
            version=row.version,
            shared=_shared([a.kinds for a in named]),
        ),
    )


def _of_goods(session: Session, row: t.TradeOrder, about: str, at: Address) -> Iterator[Question]:
    order_id = OrderId(row.order_id)
    links = select(t.VoyageLink.voyage_id).where(t.VoyageLink.order_id == row.order_id)
    yield Question(
        f"voyages of {about}",
        at,
        evidence.VoyagesView(order_id=order_id),
        _AnyOrder(frozenset(VoyageId(v) for v in session.exec(links))),
    )
    query = select(t.EvidenceConflict).where(t.EvidenceConflict.order_id == row.order_id)
    raised = session.exec(query.order_by(col(t.EvidenceConflict.place)))
    yield Question(
        f"conflicts of {about}",
        at,
        evidence.ConflictsView(order_id=order_id),
        tuple(
            evidence.Conflict(kind=EvidenceKind[c.kind], source_key=c.source_key) for c in raised
        ),
    )


def _shared(named: Sequence[int]) -> KindSet:
    """The kinds that more than one of them is named for."""
    several = 0
    for place, kinds in enumerate(named):
        for others in named[:place]:
            several |= kinds & others
    return KindSet(several)


class _AnyOrder:
    """Equal to a tuple that has the same members in any order."""

    def __init__(self, members: frozenset[Any]) -> None:
        self.members = members

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and frozenset(other) == self.members

    def __hash__(self) -> int:
        return hash(self.members)

    def __repr__(self) -> str:
        return repr(set(self.members))
