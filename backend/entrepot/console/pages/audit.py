"""The member's trail as one signed file."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from entrepot.console.forms import Csrf
from entrepot.console.security import check_form
from entrepot.console.state import TheConsole, TheOfficer
from entrepot.console.trail import keep, signing_key
from entrepot.domain.audit_trail import write
from entrepot.kit.clock import rfc3339
from entrepot.store import audit_trail

router = APIRouter()


@router.post("/audit/export")
def export(
    request: Request,
    console: TheConsole,
    officer: TheOfficer,
    csrf: Csrf = "",
) -> Response:
    """All entries from the first to this one: that it was taken stands in it."""
    check_form(request, officer, csrf)
    world = console.world
    with world.store.transaction() as session:
        keep(world, session, officer, "EXPORTED")
        rows = audit_trail.whole(session, officer.participant_id)
        trail = [(audit_trail.entry_of(row), row.sha256) for row in rows]
    lei = officer.holder.participant.lei
    text = write(lei, trail, rfc3339(world.clock.now()), signing_key(world.settings))
    name = 'attachment; filename="entrepot-audit.jsonl"'
    return Response(text, media_type="application/jsonl", headers={"Content-Disposition": name})
