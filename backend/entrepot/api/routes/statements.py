"""Statements: what repayments brought, as JSON or as CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response

from entrepot.api.deps import Reader
from entrepot.api.routes.paths import After, Limit, router, shows
from entrepot.api.schemas.words import one_of
from entrepot.bindings.financings import PayoutKind
from entrepot.domain.errors import InvalidInput
from entrepot.kit.clock import to_unix
from entrepot.store.session import Session
from entrepot.views import statements
from entrepot.views.statements import Period, StatementLineView, StatementView

api = router("statements")

CSV: Final = "text/csv"
COLUMNS: Final = (
    "at",
    "block",
    "tx",
    "log_index",
    "facility_id",
    "order_id",
    "payer",
    "kind",
    "interest",
    "share_bps",
    "amount",
    "currency",
)
Day = Annotated[date | None, Query(description="A day of chain time, UTC.")]
KindWanted = Annotated[Annotated[str, one_of(PayoutKind)] | None, Query()]
ANSWERS: Final[dict[str, Any]] = shows(StatementView)
ANSWERS["responses"] = {
    **ANSWERS["responses"],
    200: {"content": {CSV: {"schema": {"type": "string"}}}},
}


@api.get("/statements", summary="What repayments brought you", **ANSWERS)
def get_statement(
    request: Request,
    window: Reader,
    from_: Annotated[Day, Query(alias="from")] = None,
    until: Day = None,
    kind: KindWanted = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Each payout to the caller that no fork can take back, the oldest first, of `limit`
    repayments, and the totals by month, currency and kind. `from` is the first day, `until` the day
    after the last. With `Accept: text/csv` the lines alone, `Link` naming the next page."""
    asked = Period(kind=kind, from_at=_midnight(from_), until_at=_midnight(until))

    def view(session: Session, caller: bytes) -> StatementView:
        finality = window.world.settings.finality
        return statements.statement(
            session, caller, asked, finality=finality, limit=limit, after=after
        )

    if CSV not in request.headers.get("accept", ""):
        return window.one("statement", view)
    window.whole()
    with window.opened() as look:
        try:
            found = view(look.session, window.caller.participant_id)
        except ValueError as error:
            raise InvalidInput(str(error)) from error
        look.found_nothing()
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept"}
    if found.next:
        following = request.url.include_query_params(after=found.next)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Response(_written(found), media_type=CSV, headers=headers)


def _written(found: StatementView) -> str:
    """Numbers, ids and codes only: no cell that a spreadsheet could take for a formula."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(_row(line) for line in found.items)
    return text.getvalue()


def _row(line: StatementLineView) -> list[object]:
    return [
        line.at,
        line.block,
        line.tx,
        line.log_index,
        line.facility_id,
        line.order_id,
        line.payer,
        line.kind,
        line.interest.amount if line.interest else None,
        line.share_bps,
        line.amount.amount,
        line.amount.currency,
    ]


def _midnight(day: date | None) -> int | None:
    return None if day is None else to_unix(datetime.combine(day, time(), UTC))
