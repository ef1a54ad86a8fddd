"""What lenders offer beforehand, and what was quoted on it. Not folded from the chain: an accepted
quote becomes a facility there."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column, whole


class Offer(Row, table=True):
    """One version of an offer; rows are only ever added. `terms` as `store.offers` writes them.

    partners: whom it is shown, all members when it is empty. From valid_from on a version stands in
    the place of those before it; times are chain time. published_by: label of the token.
    """

    offer_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    bank: bytes = binary(index=True)
    reference: str
    terms: dict[str, object] = json_column()
    lenders: list[bytes] = Field(default_factory=list, sa_type=ARRAY(LargeBinary))
    partners: list[bytes] = Field(default_factory=list, sa_type=ARRAY(LargeBinary))
    valid_from: int = whole()
    valid_until: int = whole()
    published_by: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class OfferWithdrawal(Row, table=True):
    """That an offer ended, with all its versions."""

    offer_id: str = Field(primary_key=True)
    withdrawn_by: str
    withdrawn_at: datetime = Field(sa_type=DateTime(timezone=True))


class Quote(Row, table=True):
    """What was told of an order's financing, as it was told. Only its acceptance is added later.

    partner: who asked, by consent_id; the exporter itself without one. financing_id: of the
    facility that it becomes when it is accepted. wanted_minor: as asked, None for as much as there
    is. told: what `hash` is over.
    """

    quote_id: str = Field(primary_key=True)
    partner: bytes = binary(index=True)
    exporter: bytes = binary(index=True)
    consent_id: str | None = Field(default=None, index=True)
    order_id: bytes = binary(index=True)
    order_version: int
    wanted_minor: int | None = whole(default=None)
    matures_at: int = whole()
    financing_id: bytes = binary(index=True)
    hash: bytes = binary()
    told: dict[str, object] = json_column()
    at: int = whole()
    expires_at: int = whole()
    as_of_block: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    accepted_offer: str | None = None
    operation_id: str | None = None
    accepted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class QuoteFacts(Row, table=True):
    """What each offer of a quote was held against: limits and uses that are not the partner's to
    know, so that it can be reckoned again why an offer did or did not fit."""

    quote_id: str = Field(primary_key=True)
    facts: dict[str, object] = json_column()
