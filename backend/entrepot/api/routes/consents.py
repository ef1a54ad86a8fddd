"""Consents: what a participant lets another see of its own (Berlin Group NextGenPSD2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from entrepot.api.deps import Desk, Reader, hands_in
from entrepot.api.routes.paths import (
    ACT,
    COMMAND,
    After,
    LeiWanted,
    Limit,
    lists,
    router,
    shows,
)
from entrepot.api.schemas import words
from entrepot.api.schemas.consents import CreateConsentIn
from entrepot.steps.submission import consents
from entrepot.steps.submission.consents import OnConsent
from entrepot.store.session import Session
from entrepot.views import access_records as records
from entrepot.views import consents as consent_views
from entrepot.views.access_records import AccessRecordView
from entrepot.views.consents import ConsentStatusView, ConsentView

api = router("consents")
Decides = Annotated[Desk, hands_in("submit", "decide", "admin")]
ConsentInPath = Annotated[str, Path(pattern=r"^con_[0-9a-f]{32}$", examples=["con_" + "0f" * 16])]


@api.post("/consents", summary="Ask for a consent, or grant one", **COMMAND)
def create_consent(body: CreateConsentIn, desk: Decides) -> Response:
    """Naming the `owner` asks it: `received`. Naming the `third_party` grants at once: `valid`."""
    return desk.submit(consents.create, body.to_command(desk.caller.participant_id))


@api.post("/consents/{consent_id}:authorise", summary="Authorise a consent", **ACT)
def authorise_consent(consent_id: ConsentInPath, desk: Decides) -> Response:
    """The owner says yes; `partiallyAuthorised` until as many of its keys have as must."""
    return desk.submit(consents.authorise, OnConsent(consent_id=consent_id))


@api.post("/consents/{consent_id}:reject", summary="Reject a consent", **ACT)
def reject_consent(consent_id: ConsentInPath, desk: Decides) -> Response:
    """The owner says no."""
    return desk.submit(consents.reject, OnConsent(consent_id=consent_id))


@api.post("/consents/{consent_id}:revoke", summary="Revoke a consent", **ACT)
def revoke_consent(consent_id: ConsentInPath, desk: Decides) -> Response:
    """The owner takes it back; the next read under it finds nothing."""
    return desk.submit(consents.revoke, OnConsent(consent_id=consent_id))


@api.delete("/consents/{consent_id:plain}", summary="Give a consent back", **ACT)
def terminate_consent(consent_id: ConsentInPath, desk: Decides) -> Response:
    """The third party needs it no longer."""
    return desk.submit(consents.terminate, OnConsent(consent_id=consent_id))


@api.get("/consents", summary="Consents given and taken", **lists(ConsentView))
def list_consents(window: Reader, limit: Limit = 50, after: After = None) -> Response:
    """Those of which the caller is the owner or the third party."""
    today = window.world.clock.now().date()
    return window.page(
        lambda session, caller: consent_views.list_consents(
            session, caller, today=today, limit=limit, after=after
        )
    )


@api.get("/access-records", summary="Who has looked", **lists(AccessRecordView))
def list_access_records(
    window: Reader,
    reader: LeiWanted = None,
    owner: LeiWanted = None,
    consent: Annotated[str | None, Query(pattern=r"^con_[0-9a-f]{32}$")] = None,
    resource: Annotated[
        str | None,
        Query(
            pattern=r"^(0x[0-9a-fA-F]{64}|[A-Z0-9]{18}[0-9]{2})$",
            description="Only looks at this order, document, facility or other thing.",
        ),
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Each look of a third party's at what is the caller's, by consent or as a supervisor, and
    each of the caller's own at what is another's; the newest first."""
    return window.page(
        lambda session, caller: records.list_access_records(
            session,
            caller,
            reader=words.lei_of(reader),
            owner=words.lei_of(owner),
            consent_id=consent,
            resource=resource,
            limit=limit,
            after=after,
        )
    )


@api.get("/consents/{consent_id:plain}", summary="One consent", **shows(ConsentView))
def get_consent(consent_id: ConsentInPath, window: Reader) -> Response:
    """For its owner and its third party."""
    today = window.world.clock.now().date()
    return window.one(
        "consent",
        lambda session, caller: consent_views.get_consent(session, caller, consent_id, today=today),
    )


@api.get(
    "/consents/{consent_id:plain}/status", summary="A consent's status", **shows(ConsentStatusView)
)
def get_consent_status(consent_id: ConsentInPath, window: Reader) -> Response:
    """Berlin Group's consentStatus and nothing else."""
    today = window.world.clock.now().date()

    def status(session: Session, caller: bytes) -> ConsentStatusView | None:
        found = consent_views.get_consent(session, caller, consent_id, today=today)
        return ConsentStatusView(consent_status=found.consent_status) if found else None

    return window.one("consent", status)
