"""A regulator stops the releases of a facility, or lets them go on; each with a reason."""

from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from entrepot.bindings.ids import FinancingId
from entrepot.console.calls import StepOf, ask_device, check_fresh, signing_caller
from entrepot.console.forms import Csrf, Id, Signed, Text
from entrepot.console.pages.facility import must_say_why, refused, under_way
from entrepot.console.passkeys import NotKnown
from entrepot.console.security import check_decides, check_form
from entrepot.console.sessions import NoPermission, Officer
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.console.trail import Act, keep
from entrepot.domain.errors import DomainError
from entrepot.steps.submission import facilities
from entrepot.steps.submission.facilities import HoldVerb, OnFacility
from entrepot.views.values import unhexed

router = APIRouter()

DONE: Final[dict[HoldVerb, Act]] = {"hold": "HELD", "lift-hold": "LIFTED"}


@router.post("/facilities/{facility_id}/holding/{verb}/asked")
def ask(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    verb: HoldVerb,
    csrf: Csrf = "",
) -> Response:
    """What the regulator's device is to sign, as JSON for the page's script."""
    check_form(request, officer, csrf)
    _check_regulator(officer, facility_id)
    return ask_device(request, console, officer, _step_of(console, facility_id, verb))


@router.post("/facilities/{facility_id}/holding/{verb}")
def hold(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    facility_id: Id,
    verb: HoldVerb,
    reason: Text,
    signed: Signed,
    csrf: Csrf = "",
) -> Response:
    """Asks the ledger to hold or to let go, and keeps why on the regulator's trail."""
    check_form(request, officer, csrf)
    _check_regulator(officer, facility_id)
    check_fresh(console, officer)
    act = facilities.hold if verb == "hold" else facilities.lift_hold
    step_of = _step_of(console, facility_id, verb)
    try:
        with console.world.store.transaction() as session:
            caller = signing_caller(request, console, session, officer, step_of, signed)
            accepted = act(console.world, session, caller, _on(facility_id))
            keep(console.world, session, officer, DONE[verb], facility_id, reason.strip())
    except (DomainError, NotKnown) as error:
        return refused(request, console, officer, facility_id, error)
    return under_way(request, facility_id, accepted)


def _check_regulator(officer: Officer, facility_id: str) -> None:
    """Raises NoPermission for others, HTTPException 403 for who decides nothing, or has not said
    why they look at all."""
    if not officer.is_regulator:
        raise NoPermission
    check_decides(officer)
    if must_say_why(officer, facility_id):
        raise HTTPException(403, "a regulator says first why they look")


def _step_of(console: Console, facility_id: str, verb: HoldVerb) -> StepOf:
    return lambda session, caller: facilities.hold_step(
        console.world, session, caller, _on(facility_id).financing_id, verb
    )


def _on(facility_id: str) -> OnFacility:
    return OnFacility(financing_id=FinancingId(unhexed(facility_id)))
