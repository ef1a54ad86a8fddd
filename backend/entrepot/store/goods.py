"""The register against double financing, as it is folded: which goods a key stands for now."""

from sqlalchemy import ColumnElement, ScalarSelect, literal
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from entrepot.store.tables import AssetLink, UnlinkedFamily


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
