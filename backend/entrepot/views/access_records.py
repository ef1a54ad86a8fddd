"""Who has looked at what is one's own, and at what one has looked oneself."""

from dataclasses import dataclass

from sqlalchemy import or_
from sqlmodel import Session, col, select

from entrepot.kit.clock import to_unix
from entrepot.store.tables import AccessRecord
from entrepot.views.cursors import BadCursor
from entrepot.views.paging import narrowed
from entrepot.views.values import Page, Parties, Party, page_size, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecordView:
    """One look of a third party's.

    purpose: the consent's, or SUPERVISION for a regulator's own right. reason: the reader's words,
    empty for none. read: method and route. resources: ids of what was told of. fields: what was
    told of it that is not open, by the names that consents have for it.
    """

    record_id: str
    at: str | None
    owner: Party
    reader: Party
    consent_id: str | None
    purpose: str
    reason: str
    request_id: str
    read: str
    resources: tuple[str, ...]
    fields: tuple[str, ...]


def list_access_records(
    session: Session,
    caller: bytes | None,
    *,
    reader: bytes | None = None,
    owner: bytes | None = None,
    consent_id: str | None = None,
    resource: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[AccessRecordView]:
    """Those of which the caller is the owner or the reader, the newest first; also a regulator gets
    no others. BadCursor when `after` is none."""
    query = select(AccessRecord).order_by(col(AccessRecord.id).desc())
    if caller is not None:
        mine = or_(col(AccessRecord.owner) == caller, col(AccessRecord.reader) == caller)
        query = query.where(mine)
    query = narrowed(
        query,
        {
            col(AccessRecord.reader): reader,
            col(AccessRecord.owner): owner,
            col(AccessRecord.consent_id): consent_id,
        },
    )
    if resource is not None:
        query = query.where(
            col(AccessRecord.resources).contains(
                [resource.lower() if resource.startswith("0x") else resource]
            )
        )
    if after is not None:
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        query = query.where(col(AccessRecord.id) < int(after))
    size = page_size(limit)
    rows = list(session.exec(query.limit(size + 1)))
    shown = rows[:size]
    parties = Parties(session, [one for row in shown for one in (row.owner, row.reader)])
    items = tuple(_view(row, parties) for row in shown)
    return Page(items, items[-1].record_id if len(rows) > size else None)


def _view(row: AccessRecord, parties: Parties) -> AccessRecordView:
    return AccessRecordView(
        record_id=str(row.id),
        at=rfc3339(to_unix(row.at)),
        owner=parties[row.owner],
        reader=parties[row.reader],
        consent_id=row.consent_id,
        purpose=row.purpose,
        reason=row.reason,
        request_id=row.request_id,
        read=row.read,
        resources=tuple(row.resources),
        fields=tuple(row.fields),
    )
