"""The words that all requests are made of: LEIs, ids, money, times, kinds of evidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic_core import core_schema

from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.ids import EvidenceId, FinancingId, OrderId, ParticipantId, TitleId, VoyageId
from entrepot.bindings.roles import Permission, Role
from entrepot.domain.errors import InvalidInput
from entrepot.domain.identifiers import (
    parse_country,
    parse_currency,
    parse_imo,
    parse_incoterm,
    parse_lei,
)
from entrepot.domain.money import Money
from entrepot.kit.abi import Address
from entrepot.kit.clock import to_unix

NEVER = datetime(9000, 1, 1, tzinfo=UTC)
NESTING_MAX = 16
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Command(BaseModel):
    """A request's body: no unknown member, and a number is never taken for a text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _checked(parse: Callable[[str], str]) -> AfterValidator:
    """A reader of the domain's as a validator; what it accepts stands exactly as it gives it."""

    def check(text: str) -> str:
        try:
            return parse(text)
        except InvalidInput as error:
            raise ValueError(str(error)) from error

    return AfterValidator(check)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text out of a list, which the description shows as an enum."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.literal_schema(list(self.names))


def one_of(members: Iterable[IntEnum]) -> OneOf:
    return OneOf(tuple(member.name for member in members))


def _is_instant(text: str) -> str:
    if not 0 < to_unix(_moment(text)) < to_unix(NEVER):
        raise ValueError("a time between 1970 and 9000")
    return text


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# One line of text: no control characters, which neither people nor the database can hold.
LINE = r"^[^\x00-\x1f\x7f\u2028\u2029\ufeff]+$"

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
Reference = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=64,
        pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$",
    ),
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=LINE)]
Lei = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{18}[0-9]{2}$"), _checked(parse_lei)]
Id = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{64}$")]
AddressText = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), _checked(parse_country)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _checked(parse_currency)]
Incoterm = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), _checked(parse_incoterm)]
VesselImo = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$"), _checked(parse_imo)]
Instant = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
    AfterValidator(_is_instant),
    Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-20T23:59:59Z"]),
]
"""RFC 3339, UTC, whole seconds: what a block's timestamp can be compared with."""

Bps = Annotated[int, Field(ge=0, le=10_000)]
KindName = Annotated[str, one_of(EvidenceKind)]
RoleName = Annotated[str, one_of(Role)]
PermissionName = Annotated[str, one_of(Permission)]


class MoneyIn(Command):
    """An amount with its currency; no more decimals than the currency has (ISO 4217)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"amount": "1284000.00", "currency": "USD"}]}
    )

    amount: Annotated[
        str, StringConstraints(max_length=50, pattern=r"^(0|[1-9][0-9]*)(\.[0-9]+)?$")
    ]
    currency: Currency

    @model_validator(mode="after")
    def _is_money(self) -> MoneyIn:
        try:
            self.to_money()
        except InvalidInput as error:
            raise ValueError(str(error)) from error
        return self

    def to_money(self) -> Money:
        return Money.parse(self.amount, self.currency)


def participant(lei: str) -> ParticipantId:
    return ParticipantId(lei.encode("ascii"))


def lei_of(text: str | None) -> ParticipantId | None:
    """A participant that a list is narrowed to; whether there is one, the list tells."""
    return None if text is None else ParticipantId(text.encode("ascii"))


def order(text: str) -> OrderId:
    return OrderId(octets(text))


def evidence(text: str) -> EvidenceId:
    return EvidenceId(octets(text))


def voyage(text: str) -> VoyageId:
    return VoyageId(octets(text))


def title(text: str) -> TitleId:
    return TitleId(octets(text))


def financing(text: str) -> FinancingId:
    return FinancingId(octets(text))


def address(text: str) -> Address:
    return Address(octets(text))


def unix(text: str) -> int:
    """Unix seconds of an Instant."""
    return to_unix(_moment(text))


E = TypeVar("E", bound=IntEnum)


def bits(names: Iterable[str], of: type[E]) -> int:
    """Members by name as the bitmap that the ledger keeps."""
    found = 0
    for name in names:
        found |= 1 << of[name]
    return found


def kinds(names: Iterable[str]) -> KindSet:
    return KindSet(bits(names, EvidenceKind))


def check_plain(value: Any, depth: int = 0) -> Any:
    """A JSON value that the database can hold: not too deep, and no control characters."""
    if depth > NESTING_MAX:
        raise ValueError(f"at most {NESTING_MAX} levels")
    if isinstance(value, str) and CONTROL.search(value):
        raise ValueError("texts hold no control characters but tabs and line breaks")
    if isinstance(value, float):
        raise ValueError("write a fraction as a text, so that every reader keeps it exact")
    if isinstance(value, dict):
        for name, each in value.items():
            check_plain(name, depth)
            check_plain(each, depth + 1)
    if isinstance(value, list):
        for each in value:
            check_plain(each, depth + 1)
    return value


def octets(text: str) -> bytes:
    """Bytes of 0x-hex that a pattern has checked."""
    return bytes.fromhex(text[2:])
