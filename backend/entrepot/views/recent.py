"""The newest events of the ledger, as far as somebody may know them."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.store.tables import Log
from entrepot.store.visibility import logs_seen
from entrepot.views.ledger import event_of, times_of
from entrepot.views.values import hexed, page_size, rfc3339
from entrepot.views.words import EVENTS, kind_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """words: what it says in English; None where no sentence is kept for it."""

    block: int
    at: str | None
    event: str
    words: str | None
    contract: str
    tx_hash: str


def logs(session: Session, caller: bytes | None, limit: int = 100) -> tuple[LogView, ...]:
    """Newest first."""
    query = (
        select(Log)
        .where(logs_seen(session, caller))
        .order_by(col(Log.block_number).desc(), col(Log.log_index).desc())
        .limit(page_size(limit))
    )
    rows = list(session.exec(query))
    times = times_of(session, rows)
    return tuple(
        LogView(
            block=row.block_number,
            at=rfc3339(times.get(row.block_number)),
            event=row.event,
            words=_words(row),
            contract=row.contract,
            tx_hash=hexed(row.tx_hash),
        )
        for row in rows
    )


def _words(row: Log) -> str | None:
    """Of a fact, what it is a fact of."""
    if row.event in EVENTS:
        return EVENTS[row.event][1]
    event = event_of(row)
    kind = getattr(getattr(event, "fact", event), "kind", None)
    return kind_in_words(kind.name) if isinstance(kind, EvidenceKind) else None
