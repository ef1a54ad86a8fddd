"""A lender holds the release of a tranche before it is signed, or lets it go on; with a reason."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from entrepot.bindings.ids import FinancingId
from entrepot.console.dossier import submission_caller
from entrepot.console.forms import Csrf, Id, Text
from entrepot.console.pages.facility import refused
from entrepot.console.security import check_decides, check_form
from entrepot.console.state import TheConsole, TheOfficer
from entrepot.console.trail import Act, keep
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import releases
from entrepot.steps.submission.releases import HoldRelease
from entrepot.views.values import unhexed

router = APIRouter()

Verb = Literal["hold", "resume"]
DONE: Final[dict[Verb, Act]] = {"hold": "HELD_RELEASE", "resume": "RESUMED_RELEASE"}


@router.post("/facilities/{facility_id}/tranches/{tranche}/{verb}")
def hold(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    tranche: Annotated[int, Path(ge=0, le=15)],
    verb: Verb,
    reason: Text,
    csrf: Csrf = "",
    back: Annotated[Literal["facility", "releases"], Form()] = "facility",
) -> Response:
    """Keeps the hold or its end, and shows the page again that it was asked on.

    To stop is for anybody whose session is good; to let money go on, for somebody who logged in a
    moment ago.
    """
    check_form(request, officer, csrf)
    check_decides(officer)
    if verb == "resume":
        console.sessions.check_fresh(officer)
    act = releases.hold if verb == "hold" else releases.resume
    command = HoldRelease(
        financing_id=FinancingId(unhexed(facility_id)), tranche=tranche, reason=reason.strip()
    )
    try:
        with console.world.store.transaction() as session:
            act(console.world, session, submission_caller(officer), command)
            said = f"{tranche + 1}: {command.reason}"
            keep(console.world, session, officer, DONE[verb], facility_id, said)
    except DomainError as error:
        return refused(request, console, officer, facility_id, error, about="not_held")
    base = request.scope.get("root_path", "")
    page = "releases" if back == "releases" else f"facilities/{facility_id}#tranches"
    return RedirectResponse(f"{base}/{page}", 303)
