"""Encumbrances: what each facility holds of which goods."""

from entrepot.bindings import encumbrances as words
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import Handler, Place, Rows, need, text
from entrepot.store.tables import AssetLink, Holding, UnlinkedFamily


def _linked(rows: Rows, e: words.AssetLinked, at: Place) -> None:
    rows.add(AssetLink, asset_key=e.key, family=e.family, round=e.round, stream=at.stream)


def _unlinked(rows: Rows, e: words.AssetsUnlinked, at: Place) -> None:
    rows.add(UnlinkedFamily, family=e.family, round=e.round, stream=at.stream)


def _reserved(rows: Rows, e: words.EncumbranceReserved, at: Place) -> None:
    rows.add(
        Holding,
        financing_id=e.financing_id,
        stream=at.stream,
        order_id=e.order_id,
        family=e.family,
        currency=text(e.currency),
        capacity_minor=e.capacity,
        reserved_minor=e.amount,
        expires_at=e.expires_at,
    )


def _committed(rows: Rows, e: words.EncumbranceCommitted, _: Place) -> None:
    holding = need(rows, Holding, e.financing_id)
    holding.reserved_minor -= e.amount
    holding.committed_minor += e.amount


def _freed(rows: Rows, e: words.EncumbranceFreed, _: Place) -> None:
    holding = need(rows, Holding, e.financing_id)
    holding.reserved_minor -= e.reserved
    holding.committed_minor -= e.committed
    if holding.reserved_minor == holding.committed_minor == 0:
        rows.remove(Holding, e.financing_id)  # as the contract does: nothing held is no holding


HANDLERS: dict[type[Event], Handler] = {
    words.AssetLinked: _linked,
    words.AssetsUnlinked: _unlinked,
    words.EncumbranceReserved: _reserved,
    words.EncumbranceCommitted: _committed,
    words.EncumbranceFreed: _freed,
}
