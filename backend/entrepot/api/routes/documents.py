"""Documents: sent to an order, found again, opened by who may."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import File, Form, Query, Response, UploadFile

from entrepot.api.deps import Asker, Desk, Reader, SharedReader, answer, hands_in
from entrepot.api.payloads import AS_BODY, AS_FILE, Payloads, described
from entrepot.api.routes.paths import COMMAND, IdInPath, lists, router, shows
from entrepot.api.schemas import words
from entrepot.api.schemas.answers import one
from entrepot.api.schemas.orders import FlagIn, WithdrawIn
from entrepot.api.schemas.verification import (
    DiscloseIn,
    DisclosureOut,
    FieldNamesView,
    VerificationView,
    verification_view,
)
from entrepot.domain.disclosure import read_disclosure
from entrepot.domain.errors import NotFound, OversizedDocument
from entrepot.steps import World
from entrepot.steps.submission import disclosures, documents, evidence, receiving, withdrawals
from entrepot.steps.submission.disclosures import Verify
from entrepot.steps.submission.documents import UploadDocument
from entrepot.steps.submission.receiving import Receive
from entrepot.steps.submission.withdrawals import WithdrawEvidence
from entrepot.views import documents as document_views
from entrepot.views import evidence as evidence_views
from entrepot.views.documents import DocumentView
from entrepot.views.evidence import EvidenceView
from entrepot.views.fields import CONTENT

api = router("documents")
Attests = Annotated[Desk, hands_in("attest")]
SubmitsOrAttests = Annotated[Desk, hands_in("attest", "submit")]

PAYLOAD_EXAMPLE: Final = {
    "documentType": "packing-list",
    "schemaVersion": "1",
    "number": "PL-2026-0931",
    "orderNumber": "PO-2026-1187",
}

EXTENSIONS: Final = {
    "pdf": "pdf",
    "ubl-invoice": "xml",
    "wco-declaration": "xml",
    "wco-response": "xml",
    "xml": "xml",
    "text": "txt",
}
"""By the format that was found in the content; anything else is JSON."""


def content_of(world: World, file: UploadFile) -> bytes:
    """The uploaded bytes, at most as many as the settings allow."""
    limit = world.settings.document_bytes_max
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise OversizedDocument("bytes", limit)
    return content


@api.post("/orders/{order_id}/documents", summary="Send a document", **COMMAND)
def upload_document(
    order_id: IdInPath,
    desk: SubmitsOrAttests,
    kind: Annotated[
        str, Form(pattern=r"^[A-Z_]{1,40}$", examples=["INVOICE", "EXPORT_DECLARATION"])
    ],
    file: Annotated[UploadFile, File()],
    supersedes: Annotated[str | None, Form(pattern=r"^0x[0-9a-fA-F]{64}$")] = None,
) -> Response:
    """Keeps it encrypted, and records it as a fact when the ledger has its kind.

    What a file is, is found in its content: UBL 2.1 invoices, DCSA EBL 3.0 transport documents,
    our own purchase orders and packing lists, WCO declarations; PDF, XML or JSON for the rest.
    """
    command = UploadDocument(
        order_id=words.order(order_id),
        kind=kind,
        content=content_of(desk.world, file),
        supersedes=words.evidence(supersedes) if supersedes else None,
    )
    return desk.submit(documents.upload, command)


@api.post(
    "/documents",
    summary="Send standard payloads as they are",
    **COMMAND,
    **described(*AS_BODY, *AS_FILE, example=PAYLOAD_EXAMPLE),
)
def receive_documents(
    desk: SubmitsOrAttests,
    contents: Payloads,
    order: Annotated[
        str | None, Query(pattern=r"^0x[0-9a-fA-F]{64}$", description="Where it is left open.")
    ] = None,
    kind: Annotated[
        str | None, Query(pattern=r"^[A-Z_]{1,40}$", description="Of what nothing here reads.")
    ] = None,
) -> Response:
    """Invoices, bills, lists, declarations, events, customs' answers: one as the body, or several
    as files of a form. What each is, and its order or voyage, is found in its content.

    A single new one is answered as its own verb answers; of several, or of one that was sent
    before, `result.items` tells what became of each.
    """
    command = Receive(contents=contents, order_id=words.order(order) if order else None, kind=kind)
    return desk.submit(receiving.receive, command)


@api.get("/orders/{order_id}/documents", summary="An order's documents", **lists(DocumentView))
def list_documents(order_id: IdInPath, window: SharedReader) -> Response:
    """Those that the caller may see."""
    return window.page(
        lambda session, caller: document_views.of_order(session, caller, words.order(order_id)),
        "order",
    )


@api.get("/documents/{document_id:plain}", summary="One document", **shows(DocumentView))
def get_document(document_id: IdInPath, window: SharedReader) -> Response:
    """What is known of it; its content is asked for apart."""
    return window.one(
        "document",
        lambda session, caller: document_views.get_document(
            session, caller, words.octets(document_id)
        ),
    )


@api.get(
    "/documents/{document_id:plain}/content",
    summary="A document's content",
    responses={200: {"content": {"application/octet-stream": {}}}},
    response_class=Response,
)
def get_content(document_id: IdInPath, window: SharedReader) -> Response:
    """The exact bytes, as a download: never shown by a browser as a page.

    Opened with the caller's own key, which it gets when it first asks and may ask; one that was
    taken away stays away.
    """
    caller, world = window.caller.participant_id, window.world
    window.whole()
    with window.opened() as look:
        allowed = look.allowed
        found = document_views.get_document(look.session, caller, words.octets(document_id))
        if found is None or (allowed and CONTENT not in allowed.fields):
            raise NotFound("document")
        # Written down before the bytes are fetched: a record too many rather than one too few.
        look.note_fields((found,), (CONTENT,))
    digest = words.octets(found.sha256)
    with world.store.transaction() as session:
        # A consent gives no key of one's own, which would outlast it: its owner's opens the paper.
        holder = allowed.owner if allowed else caller
        if not allowed:
            world.vault.share(session, digest, [caller], world.clock.now())
        content = world.vault.get(session, digest, holder)
    name = f"{document_id}.{EXTENSIONS.get(found.format, 'json')}"
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@api.post(
    "/documents/{document_id}:disclose",
    summary="Disclose fields",
    response_model=DisclosureOut,
)
def disclose_fields(document_id: IdInPath, body: DiscloseIn, window: Asker) -> Response:
    """The named fields, each with its salt and its proof: to hand on, and to verify anywhere.

    Nothing else of the document is told, and nothing is written.
    """
    asked = body.to_command(words.octets(document_id))
    with window.opened() as look:
        shown = disclosures.disclose(window.world, look.session, window.caller, asked)
        look.note_fields((), (CONTENT,))
    name = f'attachment; filename="{document_id}.disclosure.json"'
    return answer(shown.told(), 200, {"Content-Disposition": name, "Cache-Control": "no-store"})


@api.post("/documents/verify", summary="Verify", response_model=one(VerificationView))
def verify_document(
    window: Asker,
    file: Annotated[UploadFile | None, File()] = None,
    disclosure: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """What can be said of a file, a disclosure, or a file with its disclosure: a statement, not a
    yes. Nothing is written, and nothing is kept of what was sent.

    Of a document that the caller may not see, it says something only to a disclosure whose proofs
    hold; a guess gets the same answer as nonsense does.
    """
    world = window.world
    asked = Verify(
        file=None if file is None else content_of(world, file),
        disclosure=None if disclosure is None else read_disclosure(content_of(world, disclosure)),
    )
    return window.one(
        "document",
        lambda session, _: verification_view(
            session, disclosures.verify(world, session, window.caller, asked)
        ),
    )


@api.get(
    "/documents/{document_id:plain}/fields",
    summary="Fields that can be disclosed",
    **shows(FieldNamesView),
)
def list_fields(document_id: IdInPath, window: Reader) -> Response:
    """Their names; `content.sha256` is always one."""
    return window.one(
        "document",
        lambda session, _: FieldNamesView(
            fields=tuple(
                disclosures.field_names(
                    window.world, session, window.caller, words.octets(document_id)
                )
            )
        ),
    )


@api.post("/orders/{order_id}/flags", summary="Raise a flag", **COMMAND)
def flag_order(order_id: IdInPath, body: FlagIn, desk: Attests) -> Response:
    """A named attester stops releases that ask for the flag's absence; withdrawn as evidence."""
    return desk.submit(evidence.flag, body.to_command(order_id))


@api.post("/evidence/{evidence_id}:withdraw", summary="Withdraw evidence", **COMMAND)
def withdraw_evidence(evidence_id: IdInPath, body: WithdrawIn, desk: Attests) -> Response:
    """The attester takes its word back; approvals that rest on it fall."""
    command = WithdrawEvidence(evidence_id=words.evidence(evidence_id), reason=body.reason)
    return desk.submit(withdrawals.withdraw, command)


@api.get("/evidence/{evidence_id:plain}", summary="One fact", **shows(EvidenceView))
def get_evidence(evidence_id: IdInPath, window: SharedReader) -> Response:
    """Who attested what, when, and whether it still stands."""
    return window.one(
        "evidence",
        lambda session, caller: evidence_views.get_evidence(
            session, caller, words.evidence(evidence_id)
        ),
    )
