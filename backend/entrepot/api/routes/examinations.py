"""Examination of documents under a credit: made by a bank, waived by two people, or refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Response

from entrepot.api.deps import Desk, Reader, hands_in
from entrepot.api.routes.paths import (
    ACT,
    COMMAND,
    IdInPath,
    lists,
    raw_body,
    raw_json,
    router,
    shows,
)
from entrepot.api.schemas import words
from entrepot.api.schemas.orders import WithdrawIn
from entrepot.steps.submission import examinations
from entrepot.steps.submission.examinations import ExamineDocuments, OnExamination
from entrepot.views import examinations as examination_views
from entrepot.views.examinations import ExaminationView

api = router("examinations")
Attests = Annotated[Desk, hands_in("attest")]
Decides = Annotated[Desk, hands_in("decide")]

CREDIT_EXAMPLE = {
    "documentType": "credit-terms",
    "schemaVersion": "1",
    "number": "LC-2026-4471",
    "beneficiary": {
        "name": "Ningbo Haishu Appliance Co., Ltd.",
        "lei": "ENTR00NINGBOHAISHU13",
    },
    "applicant": {"name": "Van der Meer BV", "lei": "ENTR00VANDERMEERBV73"},
    "currency": "USD",
    "amount": "1284000.00",
    "expiryDate": "2026-12-04",
    "latestShipmentDate": "2026-11-15",
    "incoterm": "CIF",
    "portOfLoading": "CNNGB",
    "portOfDischarge": "NLRTM",
    "goods": {"description": "Espresso machines and steam ovens"},
    "partialShipments": False,
    "requiredDocuments": ["INVOICE", "TRANSPORT_DOCUMENT", "PACKING_LIST"],
}


@api.post(
    "/orders/{order_id}/examinations",
    summary="Examine an order's documents",
    **COMMAND,
    **raw_json(CREDIT_EXAMPLE),
)
def examine_documents(
    order_id: IdInPath,
    desk: Attests,
    body: Annotated[bytes, Depends(raw_body)],
    presented_on: Annotated[
        date | None, Query(description="The day of presentation; today, if it is not said.")
    ] = None,
) -> Response:
    """By UCP 600 and eUCP 2.1, under the credit's terms in the body. What complies is recorded on
    the ledger at once; what does not is for people to waive or to refuse."""
    command = ExamineDocuments(
        order_id=words.order(order_id), credit=body, presented_on=presented_on
    )
    return desk.submit(examinations.examine, command)


@api.get(
    "/orders/{order_id}/examinations",
    summary="An order's examinations",
    **lists(ExaminationView),
)
def list_examinations(order_id: IdInPath, window: Reader) -> Response:
    """For the parties of the order and the examining bank: one notice each, with everything."""
    return window.page(
        lambda session, caller: examination_views.of_order(session, caller, words.order(order_id)),
        "order",
    )


@api.get(
    "/examinations/{examination_id:plain}", summary="One examination", **shows(ExaminationView)
)
def get_examination(examination_id: IdInPath, window: Reader) -> Response:
    """What was examined, by which rules, what was found, and what became of it."""
    return window.one(
        "examination",
        lambda session, caller: examination_views.get_examination(
            session, caller, words.octets(examination_id)
        ),
    )


@api.post("/examinations/{examination_id}:waive", summary="Waive discrepancies", **COMMAND)
def waive_examination(examination_id: IdInPath, body: WithdrawIn, desk: Decides) -> Response:
    """One of two people of the buyer or the bank; one of them is of the bank."""
    command = OnExamination(examination_id=words.octets(examination_id), reason=body.reason)
    return desk.submit(examinations.waive, command)


@api.post("/examinations/{examination_id}:record", summary="Record a waiver", **ACT)
def record_examination(examination_id: IdInPath, desk: Attests) -> Response:
    """The bank puts what two people have waived on the ledger."""
    return desk.submit(examinations.record, _on(examination_id))


@api.post("/examinations/{examination_id}:refuse", summary="Refuse a presentation", **ACT)
def refuse_examination(examination_id: IdInPath, desk: Attests) -> Response:
    """By the notice, on its last day at the latest; it stops money until it is withdrawn."""
    return desk.submit(examinations.refuse, _on(examination_id))


def _on(examination_id: str) -> OnExamination:
    return OnExamination(examination_id=words.octets(examination_id))
