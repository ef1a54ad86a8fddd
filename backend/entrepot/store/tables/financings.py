"""Facilities, tranches, approvals, contributions and the register of encumbrances, folded from
Financing and Encumbrances."""

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column, whole


class Facility(Row, table=True):
    """`terms` are the FinancingTerms that every verb is given, as `to_plain` writes them."""

    __table_args__ = (
        Index("ix_facility_asked", "requested_block", "financing_id"),
        Index(
            "ix_facility_waiting",
            "requested_block",
            "financing_id",
            postgresql_where=text("state = 'REQUESTED'"),
        ),
        Index(
            "ix_facility_outstanding",
            "corridor",
            "currency",
            postgresql_where=text("outstanding_minor > 0"),
        ),
        Index(
            "ix_facility_exporter_outstanding",
            "exporter",
            "currency",
            postgresql_where=text("outstanding_minor > 0"),
        ),
    )

    financing_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    order_id: bytes = binary(index=True)
    state: str
    held: bool = False
    exporter: bytes = binary(index=True)
    terms: dict[str, object] = json_column()
    terms_hash: bytes = binary()
    document_root: bytes = binary()
    token: bytes = binary()
    corridor: str
    currency: str
    outstanding_minor: int = whole(default=0)
    drawn_minor: int = whole(default=0)
    escrow_minor: int = whole(default=0)
    reserve_minor: int = whole(default=0)
    released_set: int = 0
    lapsed_set: int = 0
    accrued_at: int = whole(default=0)
    overdue_after: int = whole(default=0)
    default_after: int = whole(default=0)
    paid_by_importer_minor: int = whole(default=0)
    loss_minor: int = whole(default=0)
    covered_minor: int = whole(default=0)
    restored_minor: int = whole(default=0)
    recourse_claimed: bool = False
    fees_paid_minor: int = whole(default=0)
    penalty_paid_minor: int = whole(default=0)
    interest_paid_minor: int = whole(default=0)
    principal_days: int = whole(default=0)
    penalty_days: int = whole(default=0)
    title_id: bytes = binary()
    requested_block: int = Field(sa_type=BigInteger)


class FacilityLender(Row, table=True):
    __table_args__ = (
        Index("ix_facility_lender_waiting", "lender", postgresql_where=text("NOT approved")),
    )

    financing_id: bytes = binary(primary_key=True)
    lender: bytes = binary(primary_key=True, index=True)
    stream: bytes = binary(index=True)
    position: int
    funding_bps: int
    loss_bps: int
    approved: bool = False
    funded: bool = False
    principal_minor: int = whole(default=0)
    true_up_minor: int = whole(default=0)
    reserve_minor: int = whole(default=0)
    outstanding_minor: int = whole(default=0)
    write_off_agreed: bool = False


class Tranche(Row, table=True):
    financing_id: bytes = binary(primary_key=True)
    position: int = Field(primary_key=True)
    stream: bytes = binary(index=True)
    state: str = Field(index=True)
    amount_minor: int = whole()
    required: int = whole()
    required_twice: int = whole()
    blocking: int = whole()
    title_pledged: bool
    not_before: int = whole()
    expires_at: int = whole()
    released_at: int = whole(default=0)
    released_block: int | None = Field(default=None, sa_type=BigInteger)
    released_tx: bytes | None = binary(default=None)


class Approval(Row, table=True):
    financing_id: bytes = binary(primary_key=True)
    key_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    lender: bytes = binary()
    digest: bytes = binary()
    given: int
    needed: int
    block_number: int = Field(sa_type=BigInteger)


class Payment(Row, table=True):
    """One repayment, with where it went: payouts as [to, kind, amount]."""

    financing_id: bytes = binary(primary_key=True)
    payer: bytes = binary(primary_key=True)
    payment_reference: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    amount_minor: int = whole()
    outstanding_minor: int = whole()
    payouts: list[list[str]] = json_column(default_factory=list)
    block_number: int = Field(sa_type=BigInteger)


class Credit(Row, table=True):
    """Money of a facility that waits for somebody who could not be paid."""

    financing_id: bytes = binary(primary_key=True)
    participant_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    amount_minor: int = whole()


class Holding(Row, table=True):
    financing_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    order_id: bytes = binary(index=True)
    family: bytes = binary(index=True)
    currency: str
    capacity_minor: int = whole()
    reserved_minor: int = whole()
    committed_minor: int = whole(default=0)
    expires_at: int = whole()


class AssetLink(Row, table=True):
    """Counts until the round of its family has ended: see UnlinkedFamily."""

    asset_key: bytes = binary(primary_key=True)
    family: bytes = binary(primary_key=True)
    round: int = whole(primary_key=True)
    stream: bytes = binary(index=True)


class UnlinkedFamily(Row, table=True):
    """The round in which the family's keys came apart. A row of its own, because the links of one
    family may stand in the streams of several orders."""

    family: bytes = binary(primary_key=True)
    round: int = whole(primary_key=True)
    stream: bytes = binary(index=True)


class LenderLimit(Row, table=True):
    lender: bytes = binary(primary_key=True)
    exporter: bytes = binary(primary_key=True)
    currency: str = Field(primary_key=True)
    stream: bytes = binary(index=True)
    limit_minor: int = whole()


class ApprovalBands(Row, table=True):
    """`bands` is a list of [up_to, approvals], amounts as decimal strings."""

    lender: bytes = binary(primary_key=True)
    currency: str = Field(primary_key=True)
    stream: bytes = binary(index=True)
    bands: list[list[str]] = json_column(default_factory=list)


class SandboxCap(Row, table=True):
    corridor: str = Field(primary_key=True)
    currency: str = Field(primary_key=True)
    stream: bytes = binary(index=True)
    cap_minor: int = whole()
    ends_at: int = whole()
