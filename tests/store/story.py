"""A small trade, told as events of the ledger and folded like the real thing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from sqlmodel import Session, SQLModel, col, delete

from entrepot.bindings import encumbrances, evidence, financing, titles, trade_orders
from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import (
    Payout,
    PayoutKind,
)
from entrepot.bindings.ids import (
    AssetKey,
    EvidenceId,
    FinancingId,
    OrderId,
    ParticipantId,
    TitleId,
    VoyageId,
)
from entrepot.chain.codec import encode_event
from entrepot.chain.ids import document_root, key_id, terms_hash
from entrepot.domain.journal import deposit_account
from entrepot.domain.terms import Outcome
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections import Place, fold
from entrepot.store.session import Store
from entrepot.store.tables import (
    Block,
    Decision,
    EvidenceItem,
    Log,
    Network,
    OrderReference,
    Posting,
    Profile,
)
from tests.store.cast import (
    BANK_A,
    BANK_B,
    CARRIER,
    CUSTOMS_CN,
    EXPORTER,
    HOUR,
    IMPORTER,
    NAMES,
    REGULATOR,
    START,
    account_of,
    keys_of,
    officer_of,
    registered,
    tokens_of,
    word,
)
from tests.store.deal import REFERENCE, USD, fact, order_placed, terms


@dataclass
class Book:
    """Blocks of events, folded into the tables as they are written."""

    store: Store
    number: int = 0
    at: int = START
    written: list[Block] = field(default_factory=list)

    def open(self) -> None:
        SQLModel.metadata.create_all(self.store.engine)
        with self.store.transaction() as session:
            session.add(
                Network(
                    chain_id=1337,
                    genesis_hash=word("genesis"),
                    deployment={"Financing": "0x" + "11" * 20},
                    first_block=1,
                )
            )

    def write(self, *events: Event, hours: float = 1) -> int:
        """One block with these events, `hours` after the one before; its number."""
        self.number += 1
        self.at += int(hours * HOUR)
        block = Block(
            number=self.number,
            hash=word(f"block {self.number}"),
            parent_hash=word(f"block {self.number - 1}"),
            timestamp=self.at,
        )
        with self.store.transaction() as session:
            session.add(block)
            session.flush()
            for index, event in enumerate(events):
                self._log(session, index, event)
        return self.number

    def take_back(self, *rows: SQLModel) -> None:
        """A fork: the last block is gone, and these rows with it."""
        with self.store.transaction() as session:
            for row in rows:
                session.delete(session.merge(row))
            session.exec(delete(Log).where(col(Log.block_number) == self.number))
            session.delete(session.get_one(Block, self.number))
        self.number -= 1

    def add(self, *rows: SQLModel) -> None:
        with self.store.transaction() as session:
            session.add_all(rows)

    def _log(self, session: Session, index: int, event: Event) -> None:
        topics, data = encode_event(event)
        place = Place(
            block_number=self.number,
            log_index=index,
            timestamp=self.at,
            tx_hash=word(f"tx {self.number}.{index}"),
            address=bytes(20),
            stream=topics[1],
        )
        session.add(
            Log(
                block_number=self.number,
                log_index=index,
                tx_hash=place.tx_hash,
                address=place.address,
                contract=event.abi.contract,
                event=type(event).__name__,
                stream=place.stream,
                topics=list(topics),
                data=data,
            )
        )
        fold(session, [(event, place)])


class Story:
    """One order of an appliance maker in Ningbo, and the money two banks lend on it."""

    order_id = OrderId(word("order 1"))
    financing_id = FinancingId(word("facility 1"))
    title_id = TitleId(word("title 1"))
    voyage_id = VoyageId(word("voyage 1"))
    reference = REFERENCE
    amount_minor = 128_400_000
    tranches_minor = (30_816_000, 46_224_000, 25_680_000)

    def __init__(self, book: Book) -> None:
        self.book = book

    def members_join(self) -> None:
        for participant, (name, name_zh, role) in NAMES.items():
            self.book.write(registered(participant, role), *keys_of(participant), hours=0.01)
            self.book.add(
                Profile(participant_id=participant, name=name, name_zh=name_zh),
                *tokens_of(participant),
            )

    def order_is_agreed(self) -> None:
        self.book.write(order_placed(self.order_id, self.amount_minor))
        self.book.add(OrderReference(order_id=self.order_id, reference=self.reference, details={}))
        self.book.write(
            trade_orders.OrderAccepted(order_id=self.order_id, importer=IMPORTER, version=1)
        )
        self.record(EXPORTER, EvidenceKind.INVOICE)

    def financing_is_requested(self) -> None:
        asked = terms(self.order_id, self.tranches_minor)
        invoice = (
            EvidenceId(word("evidence INVOICE")),
            EvidenceState.RECORDED,
            word("content INVOICE"),
        )
        self.book.write(
            financing.FinancingRequested(
                order_id=self.order_id,
                financing_id=self.financing_id,
                exporter=EXPORTER,
                terms=asked,
                terms_hash=terms_hash(asked),
                document_root=document_root([invoice]),
            )
        )
        self.book.write(
            financing.LimitSet(lender=BANK_A, exporter=EXPORTER, currency=USD, limit=800_000_000),
            financing.LimitSet(lender=BANK_B, exporter=EXPORTER, currency=USD, limit=600_000_000),
            financing.SandboxCapSet(
                corridor=b"CNNL",
                currency=USD,
                regulator=REGULATOR,
                cap=5_000_000_000,
                ends_at=START + 9_000 * HOUR,
            ),
        )

    def sign(self, lender: ParticipantId, number: int, needed: int = 2) -> int:
        """The officer's signature; the last one approves, reserves and funds nothing yet."""
        return self.book.write(
            financing.ApprovalGiven(
                order_id=self.order_id,
                financing_id=self.financing_id,
                lender=lender,
                key_id=key_id(officer_of(lender, number)),
                digest=word(f"digest {lender!r}"),
                given=number + 1,
                needed=needed,
            )
        )

    def is_funded(self) -> None:
        total = sum(self.tranches_minor)
        self.book.write(
            financing.FinancingApproved(
                order_id=self.order_id, financing_id=self.financing_id, lender=BANK_B
            ),
            encumbrances.EncumbranceReserved(
                order_id=self.order_id,
                financing_id=self.financing_id,
                family=AssetKey(word("goods 1")),
                currency=USD,
                capacity=self.amount_minor,
                amount=total,
                expires_at=START + 4_000 * HOUR,
            ),
        )
        for lender, bps in ((BANK_A, 6_000), (BANK_B, 4_000)):
            self.book.write(
                financing.LenderFunded(
                    order_id=self.order_id,
                    financing_id=self.financing_id,
                    lender=lender,
                    principal=total * bps // 10_000,
                    true_up=0,
                    reserve=total * bps // 10_000 // 20,
                )
            )
        self.book.write(
            financing.FinancingFunded(
                order_id=self.order_id, financing_id=self.financing_id, lender=BANK_B
            )
        )

    def record(self, attester: ParticipantId, kind: EvidenceKind) -> EvidenceId:
        evidence_id = EvidenceId(word(f"evidence {kind.name}"))
        self.book.write(
            evidence.EvidenceRecorded(
                order_id=self.order_id,
                evidence_id=evidence_id,
                attester=attester,
                fact=fact(kind, self.book.at),
            )
        )
        return evidence_id

    def take_back_last_fact(self, evidence_id: EvidenceId) -> None:
        with self.book.store.reading() as session:
            fact = session.get_one(EvidenceItem, evidence_id)
        self.book.take_back(fact)

    def goods_leave(self) -> None:
        self.book.write(
            titles.TitleIssued(
                order_id=self.order_id,
                title_id=self.title_id,
                carrier=CARRIER,
                bill=titles.Bill(
                    form=titles.TitleForm.TO_ORDER,
                    shipper=EXPORTER,
                    endorsee=EXPORTER,
                    commitment=word("bill"),
                ),
            ),
            hours=20,
        )
        self.record(CARRIER, EvidenceKind.SHIPPED_ON_BOARD)
        self.record(CUSTOMS_CN, EvidenceKind.EXPORT_RELEASED)
        self.book.write(
            evidence.VoyageLinked(order_id=self.order_id, voyage_id=self.voyage_id, carrier=CARRIER)
        )
        self.book.write(
            evidence.VoyageFactRecorded(
                voyage_id=self.voyage_id,
                evidence_id=EvidenceId(word("departure")),
                attester=CARRIER,
                voyage_key=word("voyage key"),
                fact=fact(EvidenceKind.VESSEL_DEPARTED, self.book.at),
            )
        )

    def decide(self, tranche: int, outcome: Outcome, facts: Iterable[tuple[str, str]]) -> None:
        """Keep a decision on the last block. facts: evidence id and kind of what was looked at."""
        self.book.add(
            Decision(
                financing_id=self.financing_id,
                tranche=tranche,
                block_number=self.book.number,
                block_hash=word(f"block {self.book.number}"),
                rules_hash=word("rules"),
                met=outcome.met,
                facts={"attestations": [{"evidence_id": one, "kind": k} for one, k in facts]},
                outcome=asdict(outcome),
            )
        )

    def tranche_is_released(self, tranche: int) -> int:
        drawn = sum(self.tranches_minor[: tranche + 1])
        block = self.book.write(
            financing.TrancheReleased(
                order_id=self.order_id,
                financing_id=self.financing_id,
                caller=BANK_A,
                tranche=tranche,
                amount=self.tranches_minor[tranche],
                outstanding=drawn,
                reserve=sum(self.tranches_minor) // 20,
                once=KindSet(0),
                twice=KindSet(0),
                title_id=TitleId(bytes(32)),
            )
        )
        accounts = ((account_of(EXPORTER), 1), (account_of(BANK_A), -1))
        self.book.add(
            *(
                Posting(
                    block_number=block,
                    log_index=0,
                    line=line,
                    account=deposit_account("USD", account, b"\x70" * 20),
                    currency="USD",
                    amount_minor=sign * self.tranches_minor[tranche],
                    memo="release",
                )
                for line, (account, sign) in enumerate(accounts)
            )
        )
        return block

    def is_repaid(self, amount_minor: int, outstanding_minor: int) -> None:
        self.book.write(
            financing.Repaid(
                order_id=self.order_id,
                financing_id=self.financing_id,
                payer=IMPORTER,
                payment_reference=word("payment"),
                amount=amount_minor,
                outstanding=outstanding_minor,
                payouts=(
                    Payout(to=BANK_A, kind=PayoutKind.PRINCIPAL, amount=amount_minor * 6 // 10),
                    Payout(to=BANK_B, kind=PayoutKind.PRINCIPAL, amount=amount_minor * 4 // 10),
                ),
            )
        )
