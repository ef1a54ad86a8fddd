"""The register against double financing, as it is folded: which goods a key stands for now."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, literal
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from entrepot.bindings.encumbrances import AssetStatus
from entrepot.store.tables import AssetLink, Holding, UnlinkedFamily


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsStatus:
    """What a third lender may know, and no more, as Encumbrances.statusOf has it.

    available_minor, currency: free to be lent on; None and "" while nothing is held.
    """

    status: AssetStatus
    currency: str = ""
    available_minor: int | None = None


def family_of(session: Session, asset_key: bytes) -> bytes | None:
    """The family that the key is in, as Encumbrances.familyOf answers; None when in none."""
    return session.scalars(select(family_query(literal(asset_key)))).first()


def family_query(asset_key: ColumnElement[bytes] | Mapped[bytes]) -> ScalarSelect[bytes]:
    """The same, as part of another question."""
    ended = select(UnlinkedFamily).where(
        UnlinkedFamily.family == AssetLink.family, UnlinkedFamily.round == AssetLink.round
    )
    query = select(AssetLink.family).where(col(AssetLink.asset_key) == asset_key, ~ended.exists())
    return query.limit(1).scalar_subquery()


def status_of(session: Session, asset_keys: Iterable[bytes]) -> GoodsStatus:
    """Of the goods that any of the keys stands for; of several the one with least left."""
    families = {family for key in asset_keys if (family := family_of(session, key)) is not None}
    found = [_status(session, family) for family in families]
    return max(found, key=lambda each: each.status, default=GoodsStatus(status=AssetStatus.FREE))


def _status(session: Session, family: bytes) -> GoodsStatus:
    holdings = session.exec(select(Holding).where(col(Holding.family) == family)).all()
    if not holdings:
        return GoodsStatus(status=AssetStatus.FREE)
    committed = sum(each.committed_minor for each in holdings)
    held = committed + sum(each.reserved_minor for each in holdings)
    return GoodsStatus(
        status=AssetStatus.COMMITTED if committed else AssetStatus.RESERVED,
        currency=holdings[0].currency,
        available_minor=holdings[0].capacity_minor - held,
    )
