"""Column types that the tables share."""

import re
from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, LargeBinary, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Whole(TypeDecorator[int]):
    """Any integer of the chain, up to uint256, as NUMERIC(78, 0)."""

    impl = Numeric(78, 0)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else Decimal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else int(value)


def whole(*, default: Any = ..., primary_key: bool = False, index: bool = False) -> Any:
    """A column of minor units, unix seconds, bitmaps: whatever the chain counts."""
    return Field(default=default, sa_type=Whole, primary_key=primary_key, index=index)


def binary(*, default: Any = ..., primary_key: bool = False, index: bool = False) -> Any:
    """A column of raw bytes: ids, hashes, addresses."""
    return Field(default=default, sa_type=LargeBinary, primary_key=primary_key, index=index)


def json_column(*, default_factory: Any = dict) -> Any:
    return Field(default_factory=default_factory, sa_type=JSONB)


class Row(SQLModel):
    """Base of every table: the table's name is the class's, in snake case."""

    # SQLAlchemy asks for a directive where SQLModel declares the plain attribute.
    @declared_attr.directive  # pyright: ignore[reportIncompatibleVariableOverride]
    def __tablename__(cls) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
