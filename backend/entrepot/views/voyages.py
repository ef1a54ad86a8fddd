"""Voyages: which orders' goods are aboard, and what was attested of each on its way."""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.store.tables import EvidenceItem, TradeOrder, VoyageLink
from entrepot.store.visibility import orders_seen
from entrepot.views.orders import references
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Page, Parties, Party, hexed, rfc3339

STAGES = ("LOADED", "SHIPPED_ON_BOARD", "VESSEL_DEPARTED", "VESSEL_ARRIVED", "DISCHARGED")
"""What a carrier says of the goods, in the order in which it happens."""
CUSTOMS = ("EXPORT_RELEASED", "IMPORT_RELEASED", "CUSTOMS_HOLD")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoyageView:
    """One order's part in a voyage. reached: the last of STAGES that stands; told: when each kind
    of STAGES and CUSTOMS that stands was said to have happened."""

    order_id: str
    reference: str
    voyage_id: str
    carrier: Party
    origin: str
    destination: str
    reached: str | None
    told: dict[str, str | None]

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
    subjects = {link.order_id for link, _ in rows} | {link.voyage_id for link, _ in rows}
    facts = _facts(session, subjects)
    names = references(session, [order.order_id for _, order in rows])
    parties = Parties(session, [link.carrier for link, _ in rows])
    views = tuple(
        _view(link, order, facts[link.order_id] | facts[link.voyage_id], names, parties)
        for link, order in rows
    )
    return Page(views, more)


def _facts(session: Session, subjects: set[bytes]) -> defaultdict[bytes, dict[str, str | None]]:
    """By order and by voyage: the kinds that stand, and when each happened last."""
    query = (
        select(EvidenceItem)
        .where(
            col(EvidenceItem.stream).in_(subjects),
            col(EvidenceItem.kind).in_((*STAGES, *CUSTOMS)),
            EvidenceItem.state == "RECORDED",
        )
        .order_by(col(EvidenceItem.occurred_at))
    )
    told: defaultdict[bytes, dict[str, str | None]] = defaultdict(dict)
    for fact in session.exec(query):
        told[fact.stream][fact.kind] = rfc3339(fact.occurred_at)
    return told


def _view(
    link: VoyageLink,
    order: TradeOrder,
    told: dict[str, str | None],
    names: dict[bytes, str],
    parties: Parties,
) -> VoyageView:
    return VoyageView(
        order_id=hexed(order.order_id),
        reference=names.get(order.order_id, ""),
        voyage_id=hexed(link.voyage_id),
        carrier=parties[link.carrier],
        origin=order.origin,
        destination=order.destination,
        reached=next((stage for stage in reversed(STAGES) if stage in told), None),
        told=told,
    )
