"""Facilities: what was asked and agreed, who signed, what has been paid out and is owed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from entrepot.domain.sharing import split
from entrepot.store import people
from entrepot.store.facts import basis_of
from entrepot.store.matches import standing_of
from entrepot.store.tables import (
    Approval,
    ApprovalBands,
    Block,
    EvidenceItem,
    Facility,
    FacilityLender,
    ParticipantKey,
    Token,
    TradeOrder,
    Tranche,
)
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import facilities_seen, find_facility
from entrepot.views.orders import references
from entrepot.views.paging import NEWEST, Asked, narrowed, turn
from entrepot.views.values import (
    Amount,
    Page,
    Parties,
    Party,
    amount,
    hexed,
    kinds,
    maybe_hexed,
    rfc3339,
)

APPROVALS_WITHOUT_BANDS = 2
"""What the contract asks of a lender that has set no bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsView:
    order_version: int
    product: str
    interest_bps: int
    penalty_bps: int
    fee_bps: int
    reserve_bps: int
    platform: Party | None
    platform_share_bps: int
    day_count: str
    matures_at: str | None
    grace_days: int
    default_days: int
    recourse: bool
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderView:
    """`share` is the lender's part of the whole facility; `outstanding` of what is owed now."""

    lender: Party
    funding_bps: int
    loss_bps: int
    share: Amount
    approvals_given: int
    approvals_needed: int
    approved: bool
    funded: bool
    principal: Amount
    true_up: Amount
    reserve: Amount
    outstanding: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheView:
    position: int
    state: str
    amount: Amount
    required: tuple[str, ...]
    required_twice: tuple[str, ...]
    blocking: tuple[str, ...]
    title_pledged: bool
    not_before: str | None
    expires_at: str | None
    released_at: str | None
    released_block: int | None
    released_tx: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """One officer's signature. `officer` is told to the officer's own participant only."""

    lender: Party
    officer: str | None
    key_id: str
    digest: str
    given: int
    needed: int
    block: int
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityView:
    """`near_matches`: those that keep the caller, as a lender, from signing."""

    facility_id: str
    order_id: str
    order_reference: str
    order_amount: Amount
    state: str
    held: bool
    exporter: Party
    importer: Party
    amount: Amount
    drawn: Amount
    outstanding: Amount
    escrow: Amount
    reserve: Amount
    corridor: str
    token: str
    terms: TermsView
    terms_hash: str
    document_root: str
    title_id: str | None
    requested_block: int
    requested_at: str | None
    lenders: tuple[LenderView, ...]
    tranches: tuple[TrancheView, ...]
    approvals: tuple[ApprovalView, ...]
    near_matches: int


def list_facilities(
    session: Session,
    caller: bytes | None,
    *,
    asked: Asked = NEWEST,
    state: str | None = None,
    order_id: bytes | None = None,
    exporter: bytes | None = None,
    currency: str | None = None,
) -> Page[FacilityView]:
    """The caller's facilities, narrowed as asked. ValueError for no such order or cursor."""
    query = select(Facility).where(facilities_seen(session, caller))
    query = narrowed(
        query,
        {
            Facility.state: state,
            Facility.order_id: order_id,
            Facility.exporter: exporter,
            Facility.currency: currency,
        },
    )
    sorts = {"asked": col(Facility.requested_block), "outstanding": col(Facility.outstanding_minor)}
    rows, more = turn(
        session, query, asked, sorts=sorts, row_id=col(Facility.financing_id), within=currency
    )
    return Page(compose(session, caller, rows), more)


def get_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> FacilityView | None:
    row = find_facility(session, caller, financing_id)
    return compose(session, caller, [row])[0] if row else None


def compose(
    session: Session, caller: bytes | None, rows: Sequence[Facility]
) -> tuple[FacilityView, ...]:
    """The views of these facilities, which the caller is known to see, in a fixed number of
    queries however many there are."""
    with beyond(session):
        parts = _Parts(session, caller, rows)
    return tuple(parts.view(row) for row in rows)


class _Parts:
    """Everything that belongs to some facilities, fetched at once."""

    def __init__(self, session: Session, caller: bytes | None, rows: Sequence[Facility]) -> None:
        ids = [row.financing_id for row in rows]
        order_ids = [row.order_id for row in rows]
        self.caller = caller
        self.lenders = _grouped(
            session.exec(
                select(FacilityLender)
                .where(col(FacilityLender.financing_id).in_(ids))
                .order_by(col(FacilityLender.position))
            )
        )
        self.tranches = _grouped(
            session.exec(
                select(Tranche)
                .where(col(Tranche.financing_id).in_(ids))
                .order_by(col(Tranche.position))
            )
        )
        self.approvals = _grouped(
            session.exec(
                select(Approval)
                .where(col(Approval.financing_id).in_(ids))
                .order_by(col(Approval.block_number), col(Approval.given))
            )
        )
        query = select(TradeOrder).where(col(TradeOrder.order_id).in_(order_ids))
        self.orders = {order.order_id: order for order in session.exec(query)}
        self.near_matches = standing_of(session, order_ids, caller)
        self.references = references(session, order_ids)
        self.officers = _officers(session, self.approvals.values())
        self.basis = basis_of(session, rows)
        self.times = _times(session, rows, self.approvals.values())
        self.bands = _bands(session, self.lenders.values())
        self.parties = Parties(
            session,
            [lender.lender for group in self.lenders.values() for lender in group]
            + [p for o in self.orders.values() for p in (o.exporter, o.importer)]
            + [_platform(row) for row in rows],
        )

    def view(self, row: Facility) -> FacilityView:
        order = self.orders[row.order_id]
        tranches = self.tranches.get(row.financing_id, [])
        total_minor = sum(tranche.amount_minor for tranche in tranches)

        def money(minor: int) -> Amount:
            return amount(minor, row.currency)

        return FacilityView(
            facility_id=hexed(row.financing_id),
            order_id=hexed(row.order_id),
            order_reference=self.references.get(row.order_id, ""),
            order_amount=amount(order.amount_minor, order.currency),
            state=row.state,
            held=row.held,
            exporter=self.parties[row.exporter],
            importer=self.parties[order.importer],
            amount=money(total_minor),
            drawn=money(row.drawn_minor),
            outstanding=money(row.outstanding_minor),
            escrow=money(row.escrow_minor),
            reserve=money(row.reserve_minor),
            corridor=row.corridor,
            token=hexed(row.token),
            terms=_terms(row, self.parties, self.basis[row.financing_id]),
            terms_hash=hexed(row.terms_hash),
            document_root=hexed(row.document_root),
            title_id=maybe_hexed(row.title_id),
            requested_block=row.requested_block,
            requested_at=self.times.get(row.requested_block),
            lenders=self._lenders(row, total_minor),
            tranches=tuple(_tranche(tranche, row.currency) for tranche in tranches),
            approvals=tuple(
                self._approval(approval) for approval in self.approvals.get(row.financing_id, [])
            ),
            near_matches=self.near_matches.get(row.order_id, 0),
        )

    def _lenders(self, row: Facility, total_minor: int) -> tuple[LenderView, ...]:
        lenders = self.lenders.get(row.financing_id, [])
        shares = split(total_minor, [lender.funding_bps for lender in lenders])
        return tuple(
            self._lender(row, lender, share) for lender, share in zip(lenders, shares, strict=True)
        )

    def _lender(self, row: Facility, lender: FacilityLender, share_minor: int) -> LenderView:
        given = [
            approval
            for approval in self.approvals.get(row.financing_id, [])
            if approval.lender == lender.lender
        ]
        needed = approvals_needed(self.bands.get((lender.lender, row.currency), []), share_minor)
        return LenderView(
            lender=self.parties[lender.lender],
            funding_bps=lender.funding_bps,
            loss_bps=lender.loss_bps,
            share=amount(share_minor, row.currency),
            approvals_given=len(given),
            approvals_needed=given[-1].needed if given else needed,
            approved=lender.approved,
            funded=lender.funded,
            principal=amount(lender.principal_minor, row.currency),
            true_up=amount(lender.true_up_minor, row.currency),
            reserve=amount(lender.reserve_minor, row.currency),
            outstanding=amount(lender.outstanding_minor, row.currency),
        )

    def _approval(self, row: Approval) -> ApprovalView:
        own = self.caller is None or self.caller == row.lender
        return ApprovalView(
            lender=self.parties[row.lender],
            officer=self.officers.get(row.key_id) if own else None,
            key_id=hexed(row.key_id),
            digest=hexed(row.digest),
            given=row.given,
            needed=row.needed,
            block=row.block_number,
            at=self.times.get(row.block_number),
        )


def approvals_needed(bands: Sequence[Sequence[str]], share_minor: int) -> int:
    """How many signatures a lender's bands ask for its share of a facility.

    As `Financing` counts: the first band that reaches the share, the last one beyond all bands.
    """
    for up_to, approvals in bands:
        if share_minor <= int(up_to):
            return int(approvals)
    return int(bands[-1][1]) if bands else APPROVALS_WITHOUT_BANDS


def _grouped(rows: Iterable[Any]) -> dict[bytes, list[Any]]:
    groups: dict[bytes, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.financing_id].append(row)
    return groups


def _times(
    session: Session, rows: Sequence[Facility], approvals: Iterable[list[Approval]]
) -> dict[int, str | None]:
    """When the blocks of the requests and the signatures were made."""
    numbers = {row.requested_block for row in rows}
    numbers |= {approval.block_number for group in approvals for approval in group}
    blocks = session.exec(select(Block).where(col(Block.number).in_(numbers)))
    return {block.number: rfc3339(block.timestamp) for block in blocks}


def _officers(session: Session, approvals: Iterable[list[Approval]]) -> dict[bytes, str]:
    """The label of the token or the person that speaks for each key that signed."""
    key_ids = {approval.key_id for group in approvals for approval in group}
    query = (
        select(ParticipantKey.key_id, Token.label)
        .join(Token, col(Token.key_address) == col(ParticipantKey.signer))
        .where(col(ParticipantKey.key_id).in_(key_ids))
        .order_by(col(Token.expires_at))
    )
    return dict(session.exec(query).all()) | people.labels_of(session, key_ids)


def _bands(
    session: Session, lenders: Iterable[list[FacilityLender]]
) -> dict[tuple[bytes, str], list[list[str]]]:
    wanted = {lender.lender for group in lenders for lender in group}
    rows = session.exec(select(ApprovalBands).where(col(ApprovalBands.lender).in_(wanted)))
    return {(row.lender, row.currency): row.bands for row in rows}


def _platform(row: Facility) -> bytes:
    return bytes.fromhex(str(row.terms["platform"]).removeprefix("0x"))


def _terms(row: Facility, parties: Parties, basis: Sequence[EvidenceItem]) -> TermsView:
    terms: dict[str, Any] = row.terms
    return TermsView(
        order_version=int(terms["order_version"]),
        product=str(terms["product"]),
        interest_bps=int(terms["interest_bps"]),
        penalty_bps=int(terms["penalty_bps"]),
        fee_bps=int(terms["fee_bps"]),
        reserve_bps=int(terms["reserve_bps"]),
        platform=parties.maybe(_platform(row)),
        platform_share_bps=int(terms["platform_share_bps"]),
        day_count=str(terms["day_count"]),
        matures_at=rfc3339(int(terms["matures_at"])),
        grace_days=int(terms["grace_days"]),
        default_days=int(terms["default_days"]),
        recourse=bool(terms["recourse"]),
        basis=tuple(hexed(item.evidence_id) for item in basis),
    )


def _tranche(row: Tranche, currency: str) -> TrancheView:
    return TrancheView(
        position=row.position,
        state=row.state,
        amount=amount(row.amount_minor, currency),
        required=kinds(row.required),
        required_twice=kinds(row.required_twice),
        blocking=kinds(row.blocking),
        title_pledged=row.title_pledged,
        not_before=rfc3339(row.not_before),
        expires_at=rfc3339(row.expires_at),
        released_at=rfc3339(row.released_at),
        released_block=row.released_block,
        released_tx=maybe_hexed(row.released_tx),
    )
