"""Voyages and what is told of them; customs' answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response

from entrepot.api.deps import Desk, hands_in
from entrepot.api.payloads import Payloads, described, unpacked
from entrepot.api.routes.paths import COMMAND, IdInPath, raw_body, raw_json, router
from entrepot.api.schemas import words
from entrepot.api.schemas.orders import LinkShipmentIn
from entrepot.steps.submission import customs, shipments
from entrepot.steps.submission.customs import ReportResponses
from entrepot.steps.submission.shipments import ReportEvents

api = router("shipments")
Attests = Annotated[Desk, hands_in("attest")]

EVENT_EXAMPLE = [
    {
        "eventID": "4f0c2a07-6b1d-4e0a-9c35-261187000007",
        "eventCreatedDateTime": "2026-11-12T23:00:00+08:00",
        "eventType": "TRANSPORT",
        "eventClassifierCode": "ACT",
        "eventDateTime": "2026-11-12T22:40:00+08:00",
        "transportEventTypeCode": "DEPA",
        "transportCall": {
            "modeOfTransport": "VESSEL",
            "UNLocationCode": "CNNGB",
            "exportVoyageNumber": "046W",
            "vessel": {"vesselIMONumber": "9990117", "vesselName": "MERIDIAN AURORA"},
        },
        "references": [{"referenceType": "PO", "referenceValue": "PO-2026-1187"}],
    }
]


@api.post("/shipments", summary="Put an order aboard a voyage", **COMMAND)
def link_shipment(body: LinkShipmentIn, desk: Attests) -> Response:
    """The carrier links an order to its ship's voyage; `result.voyage_id` is known at once."""
    return desk.submit(shipments.link, body.to_command())


@api.post(
    "/shipments/{voyage_id}/events",
    summary="Report events of a voyage",
    **COMMAND,
    **raw_json(EVENT_EXAMPLE),
)
def report_events(
    voyage_id: IdInPath,
    desk: Attests,
    body: Annotated[bytes, Depends(raw_body)],
) -> Response:
    """DCSA Track & Trace 2.2 events, one or many. Each is accepted, a duplicate, ignored with the
    reason (what only may come, EST and PLN, is), or refused; one that is refused stops no other.
    The same event id again is a duplicate; in other words it is a correction if it is newer."""
    command = ReportEvents(voyage_id=words.voyage(voyage_id), content=body)
    return desk.submit(shipments.report, command)


ANSWER_EXAMPLE = ["<MetaData>...</MetaData>", "<MetaData>...</MetaData>"]
AS_ANSWERS = ("application/xml", "text/xml", "application/edifact", "application/json")


@api.post(
    "/customs-events",
    summary="Report answers of customs",
    tags=["customs"],
    **COMMAND,
    **described(*AS_ANSWERS, example=ANSWER_EXAMPLE),
)
def report_responses(desk: Attests, contents: Payloads) -> Response:
    """WCO responses, one or many, in any order; each finds its declaration by reference, then by
    MRN. The answer tells of each what became of it."""
    return desk.submit(customs.report, ReportResponses(contents=unpacked(contents)))
