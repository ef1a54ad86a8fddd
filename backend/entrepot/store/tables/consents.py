"""What participants let others see of their own, and who has looked."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, String
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Consent(Row, table=True):
    """Berlin Group's consent: `owner` is its PSU, `third_party` its TPP, `status` its
    consentStatus, word for word. valid_until: the last day, UTC. fields: `kind.field` of what is
    told unmasked. authorisations: which keys of the owner's have said yes, and when.
    """

    consent_id: str = Field(primary_key=True)
    owner: bytes = binary(index=True)
    third_party: bytes = binary(index=True)
    purpose: str
    fields: list[str] = json_column(default_factory=list)
    recurring: bool
    frequency_per_day: int
    valid_until: date = Field(sa_type=Date)
    status: str
    authorisations: list[dict[str, str]] = json_column(default_factory=list)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    changed_at: datetime = Field(sa_type=DateTime(timezone=True))


class ConsentResource(Row, table=True):
    """What a consent is about: one thing of a kind, or all of the owner's without resource_id."""

    consent_id: str = Field(
        sa_type=String,
        sa_column_args=(ForeignKey("consent.consent_id", ondelete="CASCADE"),),
        primary_key=True,
    )
    position: int = Field(primary_key=True)
    kind: str
    resource_id: bytes | None = binary(default=None)


class ConsentUse(Row, table=True):
    """How often a consent was used on a day, UTC; never more often than it allows."""

    consent_id: str = Field(
        sa_type=String,
        sa_column_args=(ForeignKey("consent.consent_id", ondelete="CASCADE"),),
        primary_key=True,
    )
    day: date = Field(sa_type=Date, primary_key=True)
    used: int


class AccessRecord(Row, table=True):
    """A look of a third party's at what is an owner's: under a consent, or as a supervisor.

    purpose: the consent's, or SUPERVISION. reason: the reader's own words, empty for none. read:
    method and route, without ids. resources: ids of what was told, as 0x-hex. fields: `kind.field`
    of what was told that is not open to whoever may see the thing.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = Field(sa_type=DateTime(timezone=True))
    owner: bytes = binary(index=True)
    reader: bytes = binary(index=True)
    consent_id: str | None = Field(default=None, index=True)
    purpose: str
    reason: str = ""
    request_id: str
    read: str
    resources: list[str] = json_column(default_factory=list)
    fields: list[str] = json_column(default_factory=list)
