"""An order, its members and a ledger of its facilities, in memory; hashes are stand-ins."""

from dataclasses import replace

from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import EvidenceId, FinancingId, OrderId, ParticipantId
from entrepot.domain.facility import Signature, State
from entrepot.domain.ledger import Ledger
from entrepot.domain.surroundings import Fact, Hashing, Member, Order, Surroundings
from entrepot.kit.abi import Address
from entrepot.kit.hashing import sha256
from tests.differential.stage import DAY_S, GENESIS, LENDERS, PRICE, who
from tests.differential.terms import simple_terms, terms

FOREVER = 2**39
CASH = 10 * PRICE
ORDER, TOKEN = OrderId(b"\1" * 32), Address(b"\2" * 20)
MEMBERS = ("exporter", "importer", "platform", *LENDERS)
EXPORTER, IMPORTER = who("exporter"), who("importer")
DESK = b"\4" * 32
PAPERS = (
    EvidenceKind.PURCHASE_ORDER,
    EvidenceKind.INVOICE,
    EvidenceKind.BUYER_ACKNOWLEDGEMENT,
    EvidenceKind.TRANSPORT_DOCUMENT,
    EvidenceKind.SHIPPED_ON_BOARD,
)

BASIS = EvidenceKey(attester=IMPORTER, kind=PAPERS[0], source_key=b"\0" * 32)

some_terms = terms(ORDER, TOKEN, BASIS, 1)
more_terms = terms(ORDER, TOKEN, BASIS, 2)
TERMS = simple_terms(ORDER, TOKEN, BASIS, [(6_000, 5_000), (4_000, 5_000)], 100_000)
"""60/40 with losses 50/50, USD 1,000.00: reserve 50.00, true-up of the second 100.00."""


def id_of(key: EvidenceKey) -> EvidenceId:
    return EvidenceId(sha256(repr(key).encode()))


def open_ledger() -> Ledger:
    """Everybody has money, every paper is there."""
    around = Surroundings(
        hashing=Hashing(
            evidence_id=id_of,
            financing_id=lambda t: FinancingId(sha256(t.natural_key)),
            terms_hash=lambda t: sha256(repr(t).encode()),
            document_root=lambda items: sha256(repr(items).encode()),
        ),
        vault=Address(b"\5" * 20),
        order=Order(
            order_id=ORDER,
            exporter=EXPORTER,
            importer=IMPORTER,
            amount=PRICE,
            currency=b"USD",
            attesters=((IMPORTER, PAPERS),),
        ),
        members={
            who(name): Member(
                participant=who(name),
                account=Address(sha256(name.encode())[:20]),
                lends=name in (*LENDERS, "platform"),
            )
            for name in MEMBERS
        },
        limits=dict.fromkeys((who(name) for name in LENDERS), PRICE),
        sandbox_cap=2 * PRICE,
        sandbox_ends_at=FOREVER,
    )
    for kind in PAPERS:
        key = EvidenceKey(attester=IMPORTER, kind=kind, source_key=bytes(32))
        around.facts[id_of(key)] = Fact(
            evidence_id=id_of(key),
            attester=IMPORTER,
            kind=kind,
            source_key=key.source_key,
            commitment=b"\6" * 32,
        )
    ledger = Ledger(around)
    ledger.balances = dict.fromkeys(around.members, CASH)
    return ledger


def sign_all(ledger: Ledger, terms: FinancingTerms, at: int = GENESIS) -> None:
    """Both officers of every lender."""
    signatures = [
        Signature(lender=share.lender, key_id=bytes([n]) + share.lender, deadline=FOREVER)
        for share in terms.lenders
        for n in range(2)
    ]
    ledger.approve(terms, signatures, at)


def brought_to(state: State, terms: FinancingTerms = TERMS) -> Ledger:
    """A ledger with one facility, all of it drawn on the first day unless it is not that far."""
    ledger = open_ledger()
    ledger.request(EXPORTER, DESK, terms, GENESIS)
    if state is State.REQUESTED:
        return ledger
    sign_all(ledger, terms)
    if state is State.APPROVED:
        return ledger
    for share in terms.lenders:
        ledger.fund(terms, share.lender)
    if state is State.FUNDED:
        return ledger
    for tranche in range(len(terms.tranches)):
        ledger.release(terms, tranche, GENESIS)
    if state in (State.OVERDUE, State.DEFAULTED):
        ledger.mark_overdue(terms, LATE)
    if state is State.DEFAULTED:
        ledger.declare_default(terms.lenders[0].lender, terms, LATE)
    return ledger


LATE = GENESIS + 71 * DAY_S
"""After TERMS' maturity (60), grace (5) and days for default (5)."""


def with_shares(*shares: tuple[int, int]) -> FinancingTerms:
    """TERMS with other funding and loss shares."""
    other = simple_terms(ORDER, TOKEN, BASIS, shares, 100_000)
    return replace(TERMS, lenders=other.lenders)


def gain(ledger: Ledger, name: str) -> int:
    """What a member has more than at the beginning."""
    return ledger.balances[who(name)] - CASH


def lender(index: int) -> ParticipantId:
    return TERMS.lenders[index].lender
