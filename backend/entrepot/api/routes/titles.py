"""Bills of lading: issued, moved, pledged, surrendered (DCSA EBL 3.0, PINT 3.0)."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, Form, Response, UploadFile

from entrepot.api.deps import Desk, SharedReader, hands_in
from entrepot.api.routes.documents import content_of
from entrepot.api.routes.paths import ACT, COMMAND, IdInPath, router, shows
from entrepot.api.schemas import words
from entrepot.api.schemas.titles import EndorseIn, OfferPledgeIn, SurrenderIn, TransferIn
from entrepot.steps.submission import titles
from entrepot.steps.submission.titles import IssueTitle, OnTitle, ReissueTitle
from entrepot.views import titles as title_views
from entrepot.views.titles import TitleView

api = router("titles")
Submits = Annotated[Desk, hands_in("submit")]
Attests = Annotated[Desk, hands_in("attest")]


@api.post("/titles", summary="Issue a bill of lading", **COMMAND)
def issue_title(
    desk: Attests,
    order_id: Annotated[str, Form(pattern=r"^0x[0-9a-fA-F]{64}$")],
    file: Annotated[UploadFile, File()],
) -> Response:
    """The carrier issues the bill to the shipper, and records it as evidence."""
    command = IssueTitle(order_id=words.order(order_id), content=content_of(desk.world, file))
    return desk.submit(titles.issue, command)


@api.post("/titles/{title_id}:reissue", summary="Issue an amended bill of lading", **COMMAND)
def reissue_title(
    title_id: IdInPath, desk: Attests, file: Annotated[UploadFile, File()]
) -> Response:
    """The carrier issues it instead of a void one, to who surrendered that; once, and never when
    it was turned into paper."""
    command = ReissueTitle(title_id=words.title(title_id), content=content_of(desk.world, file))
    return desk.submit(titles.reissue, command)


@api.post("/titles/{title_id}:transfer", summary="Hand over possession", **COMMAND)
def transfer_title(title_id: IdInPath, body: TransferIn, desk: Submits) -> Response:
    """PINT TRANSFER."""
    return desk.submit(titles.transfer, body.to_command(title_id))


@api.post("/titles/{title_id}:endorse", summary="Endorse", **COMMAND)
def endorse_title(title_id: IdInPath, body: EndorseIn, desk: Submits) -> Response:
    """PINT ENDORSE, or ENDORSE_TO_ORDER when the new endorsee may endorse further."""
    return desk.submit(titles.endorse, body.to_command(title_id))


@api.post("/titles/{title_id}:blank-endorse", summary="Endorse in blank", **ACT)
def blank_endorse_title(title_id: IdInPath, desk: Submits) -> Response:
    """PINT BLANK_ENDORSE: from then on possession suffices."""
    return desk.submit(titles.blank_endorse, _on(title_id))


@api.post("/titles/{title_id}:sign", summary="Leave a mark", **ACT)
def sign_title(title_id: IdInPath, desk: Submits) -> Response:
    """PINT SIGN."""
    return desk.submit(titles.sign, _on(title_id))


@api.post("/titles/{title_id}:surrender", summary="Surrender to the carrier", **COMMAND)
def surrender_title(title_id: IdInPath, body: SurrenderIn, desk: Submits) -> Response:
    """PINT SURRENDER_FOR_DELIVERY or _FOR_AMENDMENT."""
    return desk.submit(titles.surrender, body.to_command(title_id))


@api.post("/titles/{title_id}:accept-surrender", summary="Accept a surrender", **ACT)
def accept_surrender(title_id: IdInPath, desk: Attests) -> Response:
    """PINT SACC: terminal."""
    return desk.submit(titles.accept_surrender, _on(title_id))


@api.post("/titles/{title_id}:reject-surrender", summary="Reject a surrender", **ACT)
def reject_surrender(title_id: IdInPath, desk: Attests) -> Response:
    """PINT SREJ: possession returns."""
    return desk.submit(titles.reject_surrender, _on(title_id))


@api.post("/titles/{title_id}:offer-pledge", summary="Offer in pledge", **COMMAND)
def offer_pledge(title_id: IdInPath, body: OfferPledgeIn, desk: Submits) -> Response:
    """For one facility; once that is repaid the bill goes to the order's importer."""
    return desk.submit(titles.offer_pledge, body.to_command(title_id))


@api.post("/titles/{title_id}:withdraw-pledge", summary="Withdraw a pledge offer", **ACT)
def withdraw_pledge(title_id: IdInPath, desk: Submits) -> Response:
    """While it has not been taken."""
    return desk.submit(titles.withdraw_pledge, _on(title_id))


@api.get("/titles/{title_id:plain}", summary="One bill of lading", **shows(TitleView))
def get_title(title_id: IdInPath, window: SharedReader) -> Response:
    """Who has it, who is entitled, and for what it is pledged."""
    return window.one(
        "title",
        lambda session, caller: title_views.get_title(session, caller, words.title(title_id)),
    )


def _on(title_id: str) -> OnTitle:
    return OnTitle(title_id=words.title(title_id))
