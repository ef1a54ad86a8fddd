"""Ids and digests made here are those that the contracts make."""

from dataclasses import dataclass

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data

from entrepot.bindings import evidence, financing, participants, titles, trade_orders
from entrepot.bindings.evidence import EvidenceRecorded, EvidenceState, VoyageFactRecorded
from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind, KindSet
from entrepot.bindings.financings import (
    DayCount,
    FinancingTerms,
    LenderShare,
    Product,
    SignOff,
    Tranche,
)
from entrepot.bindings.ids import AssetKey, OrderId, ParticipantId
from entrepot.bindings.roles import Role
from entrepot.bindings.trade_orders import Attester, OrderPlaced, OrderTerms
from entrepot.chain import ids, typed_data
from entrepot.chain.signer import LocalSigner
from entrepot.kit.abi import Address
from entrepot.kit.hashing import sha256
from tests.chain.ledger import FOREVER, Ledger

pytestmark = pytest.mark.anvil

CHAIN_ID = 1337
EVERYTHING = KindSet(2 ** len(EvidenceKind) - 1)


@dataclass(frozen=True, slots=True)
class Trade:
    """Four members with a key each, and an accepted order between two of them."""

    exporter: tuple[ParticipantId, LocalSigner]
    importer: tuple[ParticipantId, LocalSigner]
    carrier: tuple[ParticipantId, LocalSigner]
    bank: tuple[ParticipantId, LocalSigner]
    order: OrderId
    terms: OrderTerms
    named: tuple[Attester, ...]
    placed: OrderPlaced


@pytest.fixture(scope="module")
def trade(ledger: Ledger) -> Trade:
    exporter = ledger.admit("exporter", [Role.EXPORTER])
    importer = ledger.admit("importer", [Role.IMPORTER])
    carrier = ledger.admit("carrier", [Role.CARRIER])
    bank = ledger.admit("bank", [Role.BANK])
    terms = OrderTerms(
        exporter=exporter[0],
        importer=importer[0],
        currency=b"USD",
        amount=1_000_000,
        origin=b"CN",
        destination=b"NL",
        commitment=sha256(b"terms"),
        accept_by=FOREVER,
        ship_by=FOREVER,
    )
    named = (Attester(participant=carrier[0], kinds=EVERYTHING),)
    orders = ledger.deployment["TradeOrders"]
    place = trade_orders.Place(natural_key=sha256(b"order"), terms=terms, attesters=named)
    (placed,) = ledger.act(exporter[1], orders, place)
    assert isinstance(placed, OrderPlaced)
    digest = ids.order_digest(placed.order_id, 1, terms, named)
    accept = trade_orders.Accept(order_id=placed.order_id, digest=digest)
    ledger.act(importer[1], orders, accept)
    return Trade(exporter, importer, carrier, bank, placed.order_id, terms, named, placed)


@pytest.fixture(scope="module")
def invoice(ledger: Ledger, trade: Trade) -> EvidenceRecorded:
    record = evidence.Record(order_id=trade.order, fact=fact(EvidenceKind.INVOICE, b"invoice"))
    (recorded,) = ledger.act(trade.carrier[1], ledger.deployment["Evidence"], record)
    assert isinstance(recorded, EvidenceRecorded)
    return recorded


@pytest.fixture(scope="module")
def departure(ledger: Ledger, trade: Trade) -> VoyageFactRecorded:
    record = evidence.RecordOnVoyage(
        voyage_key=sha256(b"voyage"), fact=fact(EvidenceKind.VESSEL_DEPARTED, b"departed")
    )
    (recorded,) = ledger.act(trade.carrier[1], ledger.deployment["Evidence"], record)
    assert isinstance(recorded, VoyageFactRecorded)
    return recorded


@pytest.fixture(scope="module")
def requested(
    ledger: Ledger, trade: Trade, invoice: EvidenceRecorded
) -> financing.FinancingRequested:
    token = ledger.deployment.token(trade.bank[0], "USD")
    assert token is not None
    terms = facility_terms(trade, token, invoice)
    ask = financing.Request(terms=terms)
    (event,) = ledger.act(trade.exporter[1], ledger.deployment["Financing"], ask)
    assert isinstance(event, financing.FinancingRequested)
    assert event.terms == terms
    return event


def test_key_id(ledger: Ledger, trade: Trade) -> None:
    who, key = trade.bank
    view = participants.KeyView(key_id=ids.key_id(key.address))
    assert ledger.node.call(ledger.deployment["Participants"], view).participant == who


def test_order_id(ledger: Ledger, trade: Trade) -> None:
    orders = ledger.deployment["TradeOrders"]
    assert trade.order == ids.order_id(CHAIN_ID, orders, trade.exporter[0], sha256(b"order"))
    assert trade.placed == OrderPlaced(
        order_id=trade.order,
        exporter=trade.exporter[0],
        importer=trade.importer[0],
        terms=trade.terms,
        attesters=trade.named,
    )


def test_order_digest(ledger: Ledger, trade: Trade) -> None:
    digest = ids.order_digest(trade.order, 1, trade.terms, trade.named)
    view = trade_orders.DigestView(order_id=trade.order)
    assert ledger.node.call(ledger.deployment["TradeOrders"], view) == digest


def test_evidence_id_of_an_order(ledger: Ledger, trade: Trade, invoice: EvidenceRecorded) -> None:
    place, carrier = ledger.deployment["Evidence"], trade.carrier[0]
    kind, key = EvidenceKind.INVOICE, sha256(b"invoice")
    expected = ids.evidence_id(CHAIN_ID, place, trade.order, carrier, kind, key)
    assert invoice.evidence_id == expected


def test_voyage_id_and_evidence_id_of_a_voyage(
    ledger: Ledger, trade: Trade, departure: VoyageFactRecorded
) -> None:
    place, carrier = ledger.deployment["Evidence"], trade.carrier[0]
    voyage = ids.voyage_id(CHAIN_ID, place, carrier, sha256(b"voyage"))
    assert departure.voyage_id == voyage
    kind, key = EvidenceKind.VESSEL_DEPARTED, sha256(b"departed")
    expected = ids.evidence_id(CHAIN_ID, place, voyage, carrier, kind, key)
    assert departure.evidence_id == expected


def test_document_root(ledger: Ledger, trade: Trade, invoice: EvidenceRecorded) -> None:
    """Of a fact that stands, one that was withdrawn and one that there never was."""
    place, (carrier, key) = ledger.deployment["Evidence"], trade.carrier
    other = fact(EvidenceKind.INVOICE, b"withdrawn")
    ledger.act(key, place, evidence.Record(order_id=trade.order, fact=other))
    taken = evidence.Withdraw(
        order_id=trade.order, kind=other.kind, source_key=other.source_key, reason=bytes(32)
    )
    (withdrawn,) = ledger.act(key, place, taken)
    assert isinstance(withdrawn, evidence.EvidenceWithdrawn)
    none = sha256(b"none")
    never = ids.evidence_id(CHAIN_ID, place, trade.order, carrier, EvidenceKind.INVOICE, none)
    keys = tuple(
        EvidenceKey(attester=carrier, kind=EvidenceKind.INVOICE, source_key=source)
        for source in (sha256(b"invoice"), other.source_key, none)
    )
    bytes_of = sha256(b"bytes")
    root = ids.document_root(
        [
            (invoice.evidence_id, EvidenceState.RECORDED, bytes_of),
            (withdrawn.evidence_id, EvidenceState.WITHDRAWN, bytes_of),
            (never, EvidenceState.NONE, bytes(32)),
        ]
    )
    view = evidence.DocumentRootView(order_id=trade.order, keys=keys)
    assert ledger.node.call(place, view) == root


def test_title_id(ledger: Ledger, trade: Trade) -> None:
    place = ledger.deployment["Titles"]
    issue = titles.Issue(
        order_id=trade.order,
        reference_key=sha256(b"bill"),
        bill=bill_of(trade),
    )
    (issued,) = ledger.act(trade.carrier[1], place, issue)
    assert isinstance(issued, titles.TitleIssued)
    assert issued.title_id == ids.title_id(CHAIN_ID, place, trade.carrier[0], sha256(b"bill"))


def test_reissued_title_id(ledger: Ledger, trade: Trade) -> None:
    place = ledger.deployment["Titles"]
    issue = titles.Issue(order_id=trade.order, reference_key=sha256(b"bill 2"), bill=bill_of(trade))
    (issued,) = ledger.act(trade.carrier[1], place, issue)
    assert isinstance(issued, titles.TitleIssued)
    void = issued.title_id
    reason = titles.SurrenderReason.AMENDMENT
    ledger.act(trade.exporter[1], place, titles.Surrender(title_id=void, reason=reason))
    ledger.act(trade.carrier[1], place, titles.AcceptSurrender(title_id=void))
    reissue = titles.Reissue(voided=void, bill=bill_of(trade))
    (reissued,) = ledger.act(trade.carrier[1], place, reissue)
    assert isinstance(reissued, titles.TitleReissued)
    assert reissued.title_id == ids.reissued_title_id(CHAIN_ID, place, void)
    told = ledger.node.call(place, titles.TitleView(title_id=void))
    assert told.replaced_by == reissued.title_id


def bill_of(trade: Trade) -> titles.Bill:
    return titles.Bill(
        form=titles.TitleForm.BLANK,
        shipper=trade.exporter[0],
        endorsee=ParticipantId(bytes(20)),
        commitment=sha256(b"bytes"),
    )


def test_financing_id_and_terms_hash(
    ledger: Ledger, trade: Trade, requested: financing.FinancingRequested
) -> None:
    place = ledger.deployment["Financing"]
    key = requested.terms.natural_key
    assert requested.financing_id == ids.financing_id(CHAIN_ID, place, trade.order, key)
    assert requested.terms_hash == ids.terms_hash(requested.terms)


def test_approval_digest_and_a_signature_over_it(
    ledger: Ledger, trade: Trade, requested: financing.FinancingRequested
) -> None:
    place, (bank, key) = ledger.deployment["Financing"], trade.bank
    signed = (requested.financing_id, requested.terms_hash, requested.document_root, bank)
    digest = ids.approval_digest(CHAIN_ID, place, *signed, FOREVER)
    view = financing.ApprovalDigestView(terms=requested.terms, lender=bank, deadline=FOREVER)
    assert ledger.node.call(place, view) == digest
    typed = typed_data.approval(CHAIN_ID, place, *signed, FOREVER).document
    hashed = _hash_eip191_message(encode_typed_data(full_message=typed))
    assert hashed == digest, "a wallet signs the same"

    approve = financing.Approve(
        terms=requested.terms,
        sign_offs=(
            SignOff(signer=key.address, deadline=FOREVER, signature=key.sign_digest(digest)),
        ),
    )
    (given,) = ledger.act(trade.exporter[1], place, approve)
    assert isinstance(given, financing.ApprovalGiven)
    assert (given.lender, given.key_id) == (bank, ids.key_id(key.address))


def fact(kind: EvidenceKind, source: bytes) -> evidence.Fact:
    return evidence.Fact(
        kind=kind,
        source_key=sha256(source),
        commitment=sha256(b"bytes"),
        occurred_at=1,
        supersedes=bytes(32),
    )


def facility_terms(trade: Trade, token: Address, invoice: EvidenceRecorded) -> FinancingTerms:
    tranche = Tranche(
        amount=800_000,
        required=KindSet(1 << EvidenceKind.INVOICE | 1 << EvidenceKind.PURCHASE_ORDER),
        required_twice=KindSet(0),
        blocking=KindSet(1 << EvidenceKind.CUSTOMS_HOLD),
        title_pledged=True,
        not_before=0,
        expires_at=FOREVER - 2,
    )
    return FinancingTerms(
        order_id=trade.order,
        order_version=1,
        natural_key=sha256(b"facility"),
        product=Product.ORDER_FINANCE,
        token=token,
        asset_keys=(AssetKey(sha256(b"goods")),),
        basis=(
            EvidenceKey(
                attester=invoice.attester,
                kind=invoice.fact.kind,
                source_key=invoice.fact.source_key,
            ),
        ),
        lenders=(LenderShare(lender=trade.bank[0], funding_bps=10_000, loss_bps=10_000),),
        tranches=(tranche,),
        interest_bps=700,
        penalty_bps=300,
        fee_bps=50,
        reserve_bps=500,
        platform=ParticipantId(bytes(20)),
        platform_share_bps=0,
        day_count=DayCount.ACT_360,
        matures_at=FOREVER,
        grace_days=5,
        default_days=30,
        recourse=True,
    )
