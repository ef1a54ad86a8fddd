"""What stands around every page: who is in, what waits for them, and how fresh the page can be."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from entrepot.console.sessions import Officer
from entrepot.console.state import Console
from entrepot.store.session import Session
from entrepot.views import approvals, chain

HERE = Path(__file__).parent
HTMX = HERE / "node_modules" / "htmx.org" / "dist"


def mount_files(app: FastAPI) -> None:
    """The styles and scripts that the frame asks for."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.mount("/htmx", StaticFiles(directory=HTMX), name="htmx")


def framed(console: Console, session: Session, officer: Officer) -> dict[str, Any]:
    """What the frame of a page is given."""
    return {
        "officer": officer,
        "waiting": approvals.waiting(session, officer.participant_id, officer.key_id),
        "as_of": chain.as_of(session, console.world.settings.finality),
        "ahead": console.ahead.blocks(session),
    }
