"""Papers: what there is, which version of it, what the ledger says, and what speaks against it."""

from typing import Any

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Looking, Screen, Values
from entrepot.console.screens.missing import not_here, octets
from entrepot.views import documents, evidence, examinations, orders
from entrepot.views.documents import DocumentView
from entrepot.views.examinations import FindingView
from entrepot.views.values import amount, unhexed
from entrepot.views.words import FIELDS

COLUMNS = (
    Column(
        name="reference",
        title="Paper",
        of=lambda row: row.reference,
        to=lambda row: f"/documents/{row.document_id}",
    ),
    Column(name="kind", title="Kind", of=lambda row: row.kind, kind="kind"),
    Column(name="owner", title="Owner", of=lambda row: row.owner, kind="party"),
    Column(name="version", title="Version", of=lambda row: row.version, kind="count"),
    Column(name="format", title="Format", of=lambda row: row.format),
    Column(name="stored_at", title="Received", of=lambda row: row.stored_at, kind="moment"),
    Column(name="sha256", title="SHA-256", of=lambda row: row.sha256, kind="hash"),
)


def gather(looking: Looking) -> Values:
    """The newest papers that the officer may read."""
    page = documents.newest(
        looking.session,
        looking.officer.participant_id,
        search=looking.asked.q,
        asked=looking.part,
    )
    return {"listing": Listing(columns=COLUMNS, rows=page.items, next=page.next)}


def gather_one(looking: Looking) -> Values:
    """One paper, beside the version before it, with its fact and its discrepancies."""
    session, caller = looking.session, looking.officer.participant_id
    found = documents.get_document(session, caller, octets(looking.place["document"]))
    if found is None:
        raise not_here()
    earlier = documents.before(session, caller, found)
    fact = (
        evidence.get_evidence(session, caller, unhexed(found.evidence_id))
        if (found.evidence_id)
        else None
    )
    order = orders.get_order(session, caller, unhexed(found.order_id))
    return {
        "title": found.reference,
        "document": found,
        "said": said(found),
        "order": order,
        "fact": fact,
        "differences": differences(earlier, found) if earlier else [],
        "earlier": earlier,
        "findings": _findings(looking, found),
    }


def said(document: DocumentView) -> dict[str, Any]:
    """What the paper's summary tells people, by the title of each field; its amount as an Amount,
    and nothing of what only we reckon with."""
    found = document.summary
    told = {FIELDS[name]: value for name, value in found.items() if name in FIELDS}
    if "amount_minor" in found and "currency" in found:
        money = amount(int(found["amount_minor"]), str(found["currency"]))
        return {FIELDS["amount"]: money} | told
    return told


def differences(earlier: DocumentView, later: DocumentView) -> list[tuple[str, Any, Any]]:
    """What the summaries of two versions say differently: field, before, after."""
    was, now = said(earlier), said(later)
    pairs = [(title, was.get(title), now.get(title)) for title in was | now]
    return [(title, before, after) for title, before, after in pairs if before != after]


def _findings(looking: Looking, document: DocumentView) -> list[FindingView]:
    """What the last examination of this very text found against it."""
    caller = looking.officer.participant_id
    made = examinations.of_order(looking.session, caller, unhexed(document.order_id)) or ()
    for each in reversed(made):
        if any(one.document_id == document.document_id for one in each.documents):
            own = (document.kind, document.document_id)
            return [x for x in each.findings if x.found.by in own or x.asked.by in own]
    return []


SCREEN = Screen(
    name="documents",
    path="/documents",
    title="Documents",
    key="d",
    columns=COLUMNS,
    gather=gather,
)
ONE = Screen(
    name="document",
    path="/documents/{document}",
    title="Document",
    within="documents",
    gather=gather_one,
)
