"""What waits for an approval, as a list that the URL describes whole."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from entrepot.console.sessions import Officer
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.store.tenancy import Acting
from entrepot.views import approvals, chain
from entrepot.views.approvals import Show

router = APIRouter()

SHOWS = get_args(Show)


@router.get("/")
def approvals_page(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    show: Show = "mine",
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    with console.world.store.reading(_acting(officer)) as session:
        rows = approvals.queue(
            session, officer.participant_id, key_id=officer.key_id, show=show, search=q
        )
        as_of = chain.as_of(session, console.world.settings.finality)
    return console.renderer.page(
        request,
        "approvals.html",
        officer=officer,
        waiting=waiting(console, officer),
        rows=rows,
        show=show,
        shows=SHOWS,
        q=q,
        as_of=as_of,
    )


def waiting(console: Console, officer: Officer) -> int:
    """How many facilities wait for this officer: the number beside the page's name."""
    with console.world.store.reading(_acting(officer)) as session:
        return len(approvals.queue(session, officer.participant_id, key_id=officer.key_id))


def _acting(officer: Officer) -> Acting:
    return Acting(participant_id=officer.participant_id)
