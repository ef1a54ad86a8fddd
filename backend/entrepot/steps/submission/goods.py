"""Which goods an order speaks of, in the register against double financing (P2).

Recomputed from the papers themselves: by the exporter's side when it asks, and again by each
lender's side before an officer can sign, so that a borrower cannot choose them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.bindings.ids import AssetKey, ParticipantId
from entrepot.domain.documents.reading import read_as
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.requests import ASSET_KEYS_MAX
from entrepot.steps import World
from entrepot.steps.submission import naming, repository
from entrepot.steps.submission.papers import reference_of
from entrepot.store.session import Session
from entrepot.store.tables import Document, EvidenceItem, TradeOrder

LATE_BLOCKS: Final = 100
"""A bill or a declaration that was recorded this shortly before a request may be missing in it: the
exporter's side had not seen it yet."""


@dataclass(frozen=True, slots=True)
class Goods:
    """claims: the order's key first, then those of its standing invoices. shipments: those of its
    bills of lading and declarations with the block each was recorded in, the earliest first."""

    claims: tuple[AssetKey, ...]
    shipments: tuple[tuple[int, AssetKey], ...]

    @property
    def keys(self) -> tuple[AssetKey, ...]:
        """What a request names: all claims, and as many of the rest as the contract takes."""
        return self.claims + self._known(None)

    def are_named_by(self, keys: Sequence[AssetKey], requested_block: int) -> bool:
        """Whether a request named all claims and nothing else but these shipments, and none is
        missing that was there well before."""
        count = len(self.claims)
        rest = set(keys[count:])
        needed = set(self._known(requested_block - LATE_BLOCKS))
        known = {key for _, key in self.shipments}
        return tuple(keys[:count]) == self.claims and needed <= rest <= known

    def _known(self, until_block: int | None) -> tuple[AssetKey, ...]:
        room = max(ASSET_KEYS_MAX - len(self.claims), 0)
        known = [key for at, key in self.shipments if until_block is None or at <= until_block]
        return tuple(dict.fromkeys(known))[:room]


def asset_keys(world: World, session: Session, order: TradeOrder) -> tuple[AssetKey, ...]:
    """All keys that a request on the order names now."""
    return goods_of(world, session, order).keys


def goods_of(
    world: World, session: Session, order: TradeOrder, until_block: int | None = None
) -> Goods:
    """until_block: leaves out what was recorded later than that block."""
    keys = naming.keys(world)
    exporter = order.exporter.decode("ascii")
    claims = [keys.order_asset(exporter, reference_of(session, order.order_id))]
    for document, _ in _recorded(session, order, "INVOICE", until_block, standing=True):
        invoice = read_as("ubl-invoice", world.vault.get(session, document.sha256))
        if isinstance(invoice, UblInvoice):
            claims.append(keys.invoice_asset(invoice.seller.lei or exporter, invoice.number))
    shipments = [
        (item.recorded_block, _bill_key(world, document))
        for document, item in _recorded(
            session, order, "TRANSPORT_DOCUMENT", until_block, standing=True
        )
    ]
    shipments += [
        (item.recorded_block, keys.declaration_asset(str(document.summary["mrn"])))
        for document, item in _recorded(session, order, "CUSTOMS_RESPONSE", until_block)
    ]
    return Goods(tuple(dict.fromkeys(claims)), tuple(sorted(shipments)))


def _bill_key(world: World, document: Document) -> AssetKey:
    """The title's id, as the contract links it when a bill is pledged."""
    reference = naming.keys(world).title(document.reference)
    return AssetKey(naming.title_id(world, ParticipantId(document.owner), reference))


def _recorded(
    session: Session,
    order: TradeOrder,
    kind: str,
    until_block: int | None,
    *,
    standing: bool = False,
) -> list[tuple[Document, EvidenceItem]]:
    """Papers with their facts, in the order of their numbers; standing: only what stands now. What
    customs said of a declaration is withdrawn in the course of things and still names the goods."""
    documents = repository.documents_of(session, order.order_id, kind)
    items = repository.evidence_many(session, [d.evidence_id for d in documents if d.evidence_id])
    found: list[tuple[Document, EvidenceItem]] = []
    for document in documents:
        item = items.get(document.evidence_id or b"")
        if item is None or (standing and item.state != "RECORDED"):
            continue
        if until_block is None or item.recorded_block <= until_block:
            found.append((document, item))
    return found
