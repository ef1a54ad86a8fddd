"""Voyages: which orders' goods are aboard, and what was attested of each on its way."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from entrepot.store.tables import Document, EvidenceItem, Participant, TradeOrder, VoyageLink
from entrepot.store.visibility import documents_seen, orders_seen
from entrepot.views.orders import references
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Page, Parties, Party, hexed, rfc3339

STAGES = ("LOADED", "SHIPPED_ON_BOARD", "VESSEL_DEPARTED", "VESSEL_ARRIVED", "DISCHARGED")
"""What a carrier says of the goods, in the order in which it happens."""
CUSTOMS = ("EXPORT_RELEASED", "IMPORT_RELEASED", "CUSTOMS_HOLD")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoyageView:
    """One order's part in a voyage; without a voyage and its carrier until one is known.

    origin, destination: the order's countries. loading, discharge: the bill's ports as UN/LOCODE,
    None until there is a bill that the caller may read. reached: the last of STAGES that stands;
    told: when each kind of STAGES and CUSTOMS that stands was said to have happened. held_in: the
    countries whose customs hold the goods.
    """

    order_id: str
    reference: str
    voyage_id: str | None
    carrier: Party | None
    origin: str
    destination: str
    loading: str | None
    discharge: str | None
    reached: str | None
    told: dict[str, str | None]
    held_in: frozenset[str]

    @property
    def held(self) -> bool:
        """Whether customs hold the goods."""
        return "CUSTOMS_HOLD" in self.told


def newest(session: Session, caller: bytes | None, asked: Asked = NEWEST) -> Page[VoyageView]:
    """Of the orders that the caller sees, the newest first."""
    query = (
        select(VoyageLink, TradeOrder)
        .join(TradeOrder, col(TradeOrder.order_id) == col(VoyageLink.order_id))
        .where(orders_seen(session, caller))
    )
    rows, more = cut(
        session,
        query,
        (col(TradeOrder.placed_block), col(TradeOrder.order_id), col(VoyageLink.voyage_id)),
        at=lambda row: (row[1].placed_block, row[1].order_id, row[0].voyage_id),
        asked=asked,
    )
    return Page(_views(session, caller, rows), more)


def of_order(session: Session, caller: bytes | None, order_id: bytes) -> tuple[VoyageView, ...]:
    """The voyages that the order's goods are on; the order alone while none is known. Empty when
    the caller does not see the order."""
    query = (
        select(VoyageLink, TradeOrder)
        .join_from(
            TradeOrder,
            VoyageLink,
            col(TradeOrder.order_id) == col(VoyageLink.order_id),
            isouter=True,
        )
        .where(TradeOrder.order_id == order_id, orders_seen(session, caller))
        .order_by(col(VoyageLink.voyage_id))
    )
    return _views(session, caller, session.exec(query).all())


@dataclass(frozen=True, slots=True)
class _Facts:
    """Of an order or a voyage. told: the kinds that stand, and when each happened last."""

    told: dict[str, str | None] = field(default_factory=dict[str, str | None])
    held_in: set[str] = field(default_factory=set[str])


def _views(
    session: Session, caller: bytes | None, rows: Collection[tuple[VoyageLink | None, TradeOrder]]
) -> tuple[VoyageView, ...]:
    order_ids = [order.order_id for _, order in rows]
    facts = _facts(session, {*order_ids, *(link.voyage_id for link, _ in rows if link)})
    ports = _ports(session, caller, order_ids)
    names = references(session, order_ids)
    parties = Parties(session, [link.carrier for link, _ in rows if link])
    return tuple(
        _view(link, order, facts, ports.get(order.order_id, (None, None)), names, parties)
        for link, order in rows
    )


def _facts(session: Session, subjects: set[bytes]) -> defaultdict[bytes, _Facts]:
    query = (
        select(EvidenceItem, Participant.jurisdiction)
        .outerjoin(Participant, col(Participant.participant_id) == col(EvidenceItem.attester))
        .where(
            col(EvidenceItem.stream).in_(subjects),
            col(EvidenceItem.kind).in_((*STAGES, *CUSTOMS)),
            EvidenceItem.state == "RECORDED",
        )
        .order_by(col(EvidenceItem.occurred_at))
    )
    found: defaultdict[bytes, _Facts] = defaultdict(_Facts)
    for fact, country in session.exec(query):
        found[fact.stream].told[fact.kind] = rfc3339(fact.occurred_at)
        if fact.kind == "CUSTOMS_HOLD" and country:
            found[fact.stream].held_in.add(country)
    return found


def _ports(
    session: Session, caller: bytes | None, order_ids: Iterable[bytes]
) -> dict[bytes, tuple[str | None, str | None]]:
    """By order: the ports of its newest bill that the caller may read."""
    query = (
        select(Document.order_id, Document.summary)
        .where(
            col(Document.order_id).in_(order_ids),
            Document.kind == "TRANSPORT_DOCUMENT",
            documents_seen(session, caller),
        )
        .order_by(col(Document.stored_at), col(Document.document_id))
    )
    return {
        order_id: (_port(said, "port_of_loading"), _port(said, "port_of_discharge"))
        for order_id, said in session.exec(query)
    }


def _port(summary: Mapping[str, object], name: str) -> str | None:
    """None where the summary of a bill that was kept without being read has none."""
    found = summary.get(name)
    return found if isinstance(found, str) else None


def _view(
    link: VoyageLink | None,
    order: TradeOrder,
    facts: defaultdict[bytes, _Facts],
    ports: tuple[str | None, str | None],
    names: dict[bytes, str],
    parties: Parties,
) -> VoyageView:
    of_order = facts[order.order_id]
    of_voyage = facts[link.voyage_id] if link else _Facts()
    told = of_order.told | of_voyage.told
    loading, discharge = ports
    return VoyageView(
        order_id=hexed(order.order_id),
        reference=names.get(order.order_id, ""),
        voyage_id=hexed(link.voyage_id) if link else None,
        carrier=parties[link.carrier] if link else None,
        origin=order.origin,
        destination=order.destination,
        loading=loading,
        discharge=discharge,
        reached=next((stage for stage in reversed(STAGES) if stage in told), None),
        told=told,
        held_in=frozenset(of_order.held_in | of_voyage.held_in),
    )
