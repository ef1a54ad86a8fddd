"""Near matches: an officer says whether papers speak of the same goods, and why."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.bindings.ids import FinancingId
from entrepot.console.dossier import submission_caller
from entrepot.console.forms import Csrf, Id, Text
from entrepot.console.security import check_decides, check_form
from entrepot.console.state import TheConsole, TheOfficer
from entrepot.console.trail import keep
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import matches
from entrepot.steps.submission.matches import DecideMatch
from entrepot.views.values import unhexed

router = APIRouter()


@router.post("/facilities/{facility_id}/near-matches/{match_id}")
def decide(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    match_id: Id,
    verdict: Annotated[Literal["SAME_GOODS", "OTHER_GOODS"], Form()],
    reason: Text,
    csrf: Csrf = "",
) -> Response:
    """Keeps the verdict of somebody who logged in a moment ago, and shows the facility again."""
    check_form(request, officer, csrf)
    check_decides(officer)
    console.sessions.check_fresh(officer)
    command = DecideMatch(
        financing_id=FinancingId(unhexed(facility_id)),
        match_id=unhexed(match_id),
        verdict=verdict,
        reason=reason.strip(),
    )
    try:
        with console.world.store.transaction() as session:
            matches.decide(console.world, session, submission_caller(officer), command)
            reason = f"{verdict}: {command.reason}"
            keep(console.world, session, officer, "JUDGED_MATCH", facility_id, reason)
    except DomainError as error:
        raise HTTPException(409, str(error)) from error
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/facilities/{facility_id}#matches", 303)
