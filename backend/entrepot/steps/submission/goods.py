"""Which goods an order speaks of, in the register against double financing (P2).

Recomputed from the papers themselves: by the exporter's side when it asks, and again by each
lender's side before an officer can sign, so that a borrower cannot choose them.
"""

from __future__ import annotations

from entrepot.bindings.ids import AssetKey
from entrepot.domain.documents.reading import read_as
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.steps import World
from entrepot.steps.submission import naming, repository
from entrepot.steps.submission.papers import reference_of
from entrepot.store.session import Session
from entrepot.store.tables import TradeOrder


def asset_keys(
    world: World, session: Session, order: TradeOrder, until_block: int | None = None
) -> tuple[AssetKey, ...]:
    """The order's key first, then those of its standing invoices.

    until_block: leaves out what was recorded later than that block.
    """
    keys = naming.keys(world)
    exporter = order.exporter.decode("ascii")
    found = [keys.order_asset(exporter, reference_of(session, order.order_id))]
    for invoice in _invoices(world, session, order, until_block):
        found.append(keys.invoice_asset(invoice.seller.lei or exporter, invoice.number))
    return tuple(dict.fromkeys(found))


def _invoices(
    world: World, session: Session, order: TradeOrder, until_block: int | None
) -> list[UblInvoice]:
    """Invoices that stand recorded, read from the vault, in the order of their numbers."""
    documents = repository.documents_of(session, order.order_id, "INVOICE")
    items = repository.evidence_many(session, [d.evidence_id for d in documents if d.evidence_id])
    found: list[UblInvoice] = []
    for document in documents:
        item = items.get(document.evidence_id or b"")
        if item is None or item.state != "RECORDED":
            continue
        if until_block is not None and item.recorded_block > until_block:
            continue
        invoice = read_as("ubl-invoice", world.vault.get(session, document.sha256))
        if isinstance(invoice, UblInvoice):
            found.append(invoice)
    return found
