"""Fields handed on with their proof, and what the ledger says of what was handed in.

Nothing is written. Nobody learns of a document that he does not hold: a disclosure must carry a
leaf whose proof holds, which takes its salt; a file alone counts only for who may see the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from entrepot.bindings.encumbrances import AssetStatus
from entrepot.domain.disclosure import CONTENT, Disclosure, Tree, Whereabouts
from entrepot.domain.errors import Conflict, InvalidInput, NotFound
from entrepot.domain.verification import Finding, Integrity, Verification
from entrepot.domain.verification import verify as hold
from entrepot.steps import Halt, World
from entrepot.steps.submission import goods, naming, repository
from entrepot.steps.submission.caller import Caller
from entrepot.store.goods import GoodsStatus, status_of
from entrepot.store.session import Session
from entrepot.store.tables import Document, EvidenceItem
from entrepot.store.tenancy import beyond
from entrepot.store.vault import VaultErased

ASKED_MAX = 5_000
OF_GOODS = {
    AssetStatus.FREE: "not-financed",
    AssetStatus.RESERVED: "reserved",
    AssetStatus.COMMITTED: "financed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclose:
    """fields: names; `content.sha256` for the hash of the bytes, which covers the whole file."""

    document_id: bytes
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    file: bytes | None
    disclosure: Disclosure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """checked: what holds by itself. facts: what the ledger has of it. goods: of the register;
    None when nothing is known here, or the goods cannot be named here."""

    checked: Verification
    findings: tuple[Finding, ...]
    facts: tuple[EvidenceItem, ...]
    goods: GoodsStatus | None


def disclose(world: World, session: Session, caller: Caller, asked: Disclose) -> Disclosure:
    """The named fields with their proofs; NotFound for a document or field that is not there."""
    if not 1 <= len(asked.fields) <= ASKED_MAX:
        raise InvalidInput(f"fields: 1 to {ASKED_MAX} names")
    document = _document(world, session, caller, asked.document_id)
    with beyond(session):
        tree, item = _tree(world, session, document)
    network = world.deployment
    return Disclosure(
        root=tree.root,
        shown=tree.show(asked.fields),
        ledger=Whereabouts(
            chain_id=network.chain_id,
            genesis_hash=network.genesis_hash,
            contract=naming.contract(world, "Evidence"),
            evidence_id=item.evidence_id if item else None,
            kind=item.kind if item else document.kind,
        ),
    )


def field_names(world: World, session: Session, caller: Caller, document_id: bytes) -> list[str]:
    """What can be disclosed of the document."""
    document = _document(world, session, caller, document_id)
    with beyond(session):
        return [CONTENT, *_fields(world, session, document)]


def verify(world: World, session: Session, caller: Caller, asked: Verify) -> Statement:
    """What can be said of a file, a disclosure or both, with the ledger as it is known here."""
    if asked.file is None and asked.disclosure is None:
        raise InvalidInput("file, disclosure: send one or both")
    with beyond(session):
        return _stated(world, session, caller, asked)


def _stated(world: World, session: Session, caller: Caller, asked: Verify) -> Statement:
    checked = hold(asked.file, asked.disclosure)
    facts, papers = _meant(session, caller, asked, checked)
    if not facts and not papers:
        found = [each for each in checked.findings if each.code != "nothing-to-compare"]
        findings = (*found, Finding("unknown-here"))
        return Statement(checked=checked, findings=findings, facts=(), goods=None)
    status = _goods(world, session, facts, papers)
    return Statement(
        checked=_upheld(checked),
        findings=(*_told(checked), *_of_ledger(session, facts, status)),
        facts=tuple(facts),
        goods=status,
    )


def _document(world: World, session: Session, caller: Caller, document_id: bytes) -> Document:
    """One that the caller may see, and has not lost the key to."""
    document = repository.document_seen(session, caller.participant_id, document_id)
    if document is None:
        raise NotFound("document")
    with beyond(session):
        world.vault.require(session, document.sha256, caller.participant_id)
    return document


def _meant(
    session: Session, caller: Caller, asked: Verify, checked: Verification
) -> tuple[list[EvidenceItem], list[Document]]:
    """The facts and papers that the caller has shown to hold; none where anything is wrong."""
    if checked.integrity is Integrity.ALTERED:
        return [], []
    if asked.disclosure is None:
        digest = checked.file_sha256 or b""
        papers = repository.documents_seen_of(session, caller.participant_id, digest)
        return _facts(session, {paper.evidence_id for paper in papers}), papers
    root, named = asked.disclosure.root, asked.disclosure.ledger.evidence_id
    papers = repository.documents_by_commitment(session, root)
    facts = _facts(session, {named, *(paper.evidence_id for paper in papers)})
    return [fact for fact in facts if fact.commitment == root], papers


def _facts(session: Session, ids: set[bytes | None]) -> list[EvidenceItem]:
    found = repository.evidence_many(session, [each for each in ids if each is not None])
    return sorted(found.values(), key=lambda each: (each.recorded_block, each.evidence_id))


def _upheld(checked: Verification) -> Verification:
    """A file that is found by its hash among what is kept is the one that was committed to."""
    if checked.integrity is Integrity.INTACT or checked.file_sha256 is None:
        return checked
    codes = {each.code for each in checked.findings}
    if "nothing-to-compare" not in codes:
        return checked
    return Verification(
        integrity=Integrity.INTACT,
        findings=checked.findings,
        fields=checked.fields,
        file_sha256=checked.file_sha256,
        kind=checked.kind,
    )


def _told(checked: Verification) -> Iterator[Finding]:
    for finding in checked.findings:
        yield Finding("file-matches") if finding.code == "nothing-to-compare" else finding


def _of_ledger(
    session: Session, facts: list[EvidenceItem], status: GoodsStatus | None
) -> Iterator[Finding]:
    if not facts:
        yield Finding("not-recorded")
    for fact in facts:
        if repository.is_replaced(session, fact):
            yield Finding("replaced", fact.kind)
        yield Finding("recorded" if fact.state == "RECORDED" else "withdrawn", fact.kind)
    yield Finding("goods-not-asked" if status is None else OF_GOODS[status.status])


def _goods(
    world: World, session: Session, facts: list[EvidenceItem], papers: list[Document]
) -> GoodsStatus | None:
    """Of the orders meant; None when one cannot be named here, or it is about a whole voyage."""
    subjects = {fact.stream for fact in facts} | {paper.order_id for paper in papers}
    orders = [repository.find_order(session, subject) for subject in subjects]
    keys: list[bytes] = []
    try:
        for order in orders:
            if order is None:
                return None
            keys.extend(goods.asset_keys(world, session, order))
    except (Conflict, VaultErased):
        return None
    return status_of(session, keys)


def _tree(world: World, session: Session, document: Document) -> tuple[Tree, EvidenceItem | None]:
    """The tree that was committed to, under the kind of the fact or of the paper itself.

    Halt when neither gives the commitment: then what is stored is not what was recorded (P9).
    """
    keys, fields = naming.keys(world), _fields(world, session, document)
    item = repository.evidence(session, document.evidence_id) if document.evidence_id else None
    if item is not None:
        tree = keys.tree(document.order_id, item.kind, document.sha256, fields)
        if tree.root == item.commitment:
            return tree, item
    tree = keys.tree(document.order_id, document.kind, document.sha256, fields)
    if tree.root != document.commitment:
        raise Halt(f"document {document.document_id.hex()} gives another commitment than stored")
    return tree, None


def _fields(world: World, session: Session, document: Document) -> dict[str, str]:
    if document.fields_sha256 is None:
        return {}
    return json.loads(world.vault.get(session, document.fields_sha256))
