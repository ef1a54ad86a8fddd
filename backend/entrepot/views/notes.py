"""Notes on a facility, as those who wrote them and those they are for read them."""

from dataclasses import dataclass

from sqlmodel import Session, col, or_, select, true

from entrepot.kit.clock import to_unix
from entrepot.store.tables import FacilityNote
from entrepot.store.visibility import find_facility, sees_everything
from entrepot.views.values import Parties, Party, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """kind: QUESTION, ANSWER or DECLINED. answers: the number of a question.

    officer: label of the person or token that wrote it, told to its own participant only.
    """

    number: int
    kind: str
    author: Party
    recipient: Party
    officer: str | None
    answers: int | None
    text: str
    written_at: str | None


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[NoteView, ...] | None:
    """In the order in which they were written, the caller's own and those for it; None if the
    caller does not see the facility."""
    if find_facility(session, caller, financing_id) is None:
        return None
    everything = sees_everything(session, caller)
    mine = or_(col(FacilityNote.author) == caller, col(FacilityNote.recipient) == caller)
    query = (
        select(FacilityNote)
        .where(col(FacilityNote.financing_id) == financing_id, true() if everything else mine)
        .order_by(col(FacilityNote.number))
    )
    rows = session.exec(query).all()
    parties = Parties(session, [each for row in rows for each in (row.author, row.recipient)])
    return tuple(
        NoteView(
            number=row.number,
            kind=row.kind,
            author=parties[row.author],
            recipient=parties[row.recipient],
            officer=row.label if row.author == caller else None,
            answers=row.answers,
            text=row.text,
            written_at=rfc3339(to_unix(row.written_at)),
        )
        for row in rows
    )
