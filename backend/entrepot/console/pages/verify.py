"""For anybody, logged in or not: is this paper intact, by whom, still valid, already financed?

Nothing is written, and nothing is kept of what was handed in. A stranger learns of a document only
by a disclosure whose proofs hold; an officer also by a file that their participant may see.
"""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import Response

from entrepot.bindings.ids import ParticipantId
from entrepot.console.dossier import submission_caller
from entrepot.console.frame import framed
from entrepot.console.limits import seconds_to_wait
from entrepot.console.security import check_origin
from entrepot.console.sessions import LoginNeeded, Officer
from entrepot.console.state import Console, TheConsole
from entrepot.domain.disclosure import read_disclosure
from entrepot.domain.errors import DomainError, OversizedDocument
from entrepot.domain.verification import AGAINST
from entrepot.steps import World
from entrepot.steps.submission import disclosures
from entrepot.steps.submission.caller import Caller
from entrepot.steps.submission.disclosures import Statement, Verify
from entrepot.views import chain
from entrepot.views.values import Parties

router = APIRouter()

STRANGER = Caller(
    participant_id=ParticipantId(bytes(20)), key=None, scopes=frozenset(), label="anybody"
)


@router.get("/verify")
def verify_form(request: Request, console: TheConsole) -> Response:
    return _page(request, console)


@router.post("/verify")
def verify(
    request: Request,
    console: TheConsole,
    file: Annotated[UploadFile | None, File()] = None,
    disclosure: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """A statement about what was handed in; what is wrong with it otherwise."""
    check_origin(request)
    officer = _officer(request, console)
    if wait_s := seconds_to_wait(request, console.world, officer):
        page = _page(request, console, wait_s=wait_s, status=429)
        page.headers["Retry-After"] = str(wait_s)
        return page
    try:
        shown = _content(console.world, disclosure)
        asked = Verify(
            file=_content(console.world, file),
            disclosure=read_disclosure(shown) if shown else None,
        )
        with console.world.store.reading() as session:
            caller = submission_caller(officer) if officer else STRANGER
            said = disclosures.verify(console.world, session, caller, asked)
            parties = Parties(session, [fact.attester for fact in said.facts])
    except DomainError as error:
        return _page(request, console, refusal=str(error), status=422)
    return _page(request, console, said=said, parties=parties)


def _page(
    request: Request,
    console: Console,
    *,
    said: Statement | None = None,
    parties: Parties | None = None,
    refusal: str | None = None,
    wait_s: int = 0,
    status: int = 200,
) -> Response:
    values = {
        "said": said,
        "parties": parties,
        "refusal": refusal,
        "wait_s": wait_s,
        "against": AGAINST,
    }
    officer = _officer(request, console)
    with console.world.store.reading() as session:
        frame = framed(console, session, officer) if officer else {"as_of": chain.as_of(session)}
    return console.renderer.page(request, "verify.html", status=status, **frame, **values)


def _officer(request: Request, console: Console) -> Officer | None:
    try:
        return console.sessions.officer(request)
    except LoginNeeded:
        return None


def _content(world: World, upload: UploadFile | None) -> bytes | None:
    """The bytes of a file that was chosen, at most as many as the settings allow."""
    if upload is None or not upload.filename:
        return None
    limit = world.settings.document_bytes_max
    content = upload.file.read(limit + 1)
    if len(content) > limit:
        raise OversizedDocument("bytes", limit)
    return content
