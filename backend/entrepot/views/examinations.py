"""Examinations as the bank, the buyer and the presenter see them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from entrepot.kit.clock import to_unix
from entrepot.store.tables import Examination, TradeOrder
from entrepot.store.visibility import examinations_seen, sees_everything
from entrepot.views.values import hexed, lei, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """by: which document, "credit-terms", or "presentation". place: XPath or JSON pointer in it."""

    by: str
    value: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """severity: DISCREPANCY, a ground to refuse; CHOICE, the bank may accept it; NOTE."""

    rule: str
    article: str
    severity: str
    asked: PlaceView
    found: PlaceView
    text: str
    text_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverView:
    """label: of the token that was used; no name of a person."""

    participant: str
    label: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminedView:
    """A document, by the exact bytes that were examined."""

    document_id: str
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationView:
    """state: COMPLIES, DISCREPANT, WAIVED, REFUSED, or VOID since a document has a newer version
    or was taken back. answer_by: the last day for notice of refusal (UCP 600 14(b)); rules_hash:
    which rules."""

    examination_id: str
    order_id: str
    bank: str
    number: int
    state: str
    presented_on: str
    answer_by: str
    documents: tuple[ExaminedView, ...]
    findings: tuple[FindingView, ...]
    waivers: tuple[WaiverView, ...]
    evidence_id: str | None
    rules_hash: str
    examined_at: str | None


def of_order(
    session: Session, caller: bytes | None, order_id: bytes
) -> tuple[ExaminationView, ...] | None:
    """In the order in which they were made; None for who is neither party nor examining bank."""
    query = select(Examination).where(
        col(Examination.order_id) == order_id, examinations_seen(session, caller)
    )
    rows = session.exec(query.order_by(col(Examination.number))).all()
    if not rows and not _may_ask(session, caller, order_id):
        return None
    return tuple(_view(row) for row in rows)


def get_examination(
    session: Session, caller: bytes | None, examination_id: bytes
) -> ExaminationView | None:
    """One examination."""
    query = select(Examination).where(
        col(Examination.examination_id) == examination_id, examinations_seen(session, caller)
    )
    row = session.exec(query).first()
    return _view(row) if row else None


def _may_ask(session: Session, caller: bytes | None, order_id: bytes) -> bool:
    """Whether there is such an order, and the caller would see an examination of it."""
    query = select(TradeOrder.order_id).where(col(TradeOrder.order_id) == order_id)
    if not sees_everything(session, caller):
        query = query.where(
            or_(col(TradeOrder.exporter) == caller, col(TradeOrder.importer) == caller)
        )
    return session.exec(query).first() is not None


def _view(row: Examination) -> ExaminationView:
    return ExaminationView(
        examination_id=hexed(row.examination_id),
        order_id=hexed(row.order_id),
        bank=lei(row.bank),
        number=row.number,
        state=row.state,
        presented_on=row.presented_on,
        answer_by=row.answer_by,
        documents=tuple(ExaminedView(**one) for one in row.documents),
        findings=tuple(_finding(one) for one in row.notice),
        waivers=tuple(
            WaiverView(
                participant=one["lei"], label=one["label"], reason=one["reason"], at=one["at"]
            )
            for one in row.waivers
        ),
        evidence_id=hexed(row.evidence_id) if row.evidence_id else None,
        rules_hash=hexed(row.rules_hash),
        examined_at=rfc3339(to_unix(row.examined_at)),
    )


def _finding(told: dict[str, Any]) -> FindingView:
    return FindingView(
        rule=told["rule"],
        article=told["article"],
        severity=told["severity"],
        asked=PlaceView(**told["asked"]),
        found=PlaceView(**told["found"]),
        text=told["en"],
        text_zh=told["zh"],
    )
