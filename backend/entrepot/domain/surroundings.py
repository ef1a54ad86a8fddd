"""What the facilities of one order rest on: members, the order, its evidence and bills, limits.

Plain facts, changed by whoever tells the story; the rules about them are in
`entrepot.domain.ledger` and `entrepot.domain.terms`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from entrepot.bindings import participants, titles
from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import EvidenceId, FinancingId, OrderId, ParticipantId, TitleId
from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.titles import TitleForm, TitleState
from entrepot.domain.refusals import Refused
from entrepot.domain.terms import Attestation, NamedAttester, TitleFacts
from entrepot.kit.abi import Address

NO_PARTICIPANT = ParticipantId(bytes(20))


@dataclass(slots=True, kw_only=True)
class Member:
    """account: where its money is. lends: whether it is a bank or a fintech."""

    participant: ParticipantId
    account: Address
    lends: bool = False
    state: ParticipantState = ParticipantState.ACTIVE

    @property
    def active(self) -> bool:
        return self.state is ParticipantState.ACTIVE

    def require_active(self) -> None:
        if not self.active:
            raise Refused(
                participants.NotActive(participant_id=self.participant, current=self.state)
            )


@dataclass(slots=True, kw_only=True)
class Order:
    """attesters: whom it names, for which kinds."""

    order_id: OrderId
    exporter: ParticipantId
    importer: ParticipantId
    amount: int
    currency: bytes
    attesters: tuple[tuple[ParticipantId, tuple[EvidenceKind, ...]], ...]
    state: str = "ACCEPTED"
    version: int = 1


@dataclass(slots=True, kw_only=True)
class Fact:
    evidence_id: EvidenceId
    attester: ParticipantId
    kind: EvidenceKind
    source_key: bytes
    commitment: bytes
    state: EvidenceState = EvidenceState.RECORDED


@dataclass(slots=True, kw_only=True)
class Bill:
    """A blank bill: whoever possesses it may pledge it. pledged_for: what it is offered to, or
    has been taken by."""

    title_id: TitleId
    possessor: ParticipantId
    state: TitleState = TitleState.ISSUED
    pledged_for: FinancingId | None = None
    deliver_to: ParticipantId = NO_PARTICIPANT

    @property
    def is_free(self) -> bool:
        """Whether it can be offered."""
        return self.state is TitleState.ISSUED and self.pledged_for is None

    def offer(self, financing_id: FinancingId, deliver_to: ParticipantId) -> None:
        self.pledged_for, self.deliver_to = financing_id, deliver_to

    def take(self) -> None:
        self.state = TitleState.PLEDGED

    def hand(self, to: Member) -> None:
        """The pledge ends, and `to` has the bill."""
        to.require_active()
        if self.state is not TitleState.PLEDGED:
            raise Refused(
                titles.WrongState(
                    title_id=self.title_id, current=self.state, needed=TitleState.PLEDGED
                )
            )
        self.state, self.possessor = TitleState.ISSUED, to.participant
        self.pledged_for, self.deliver_to = None, NO_PARTICIPANT

    def facts(self) -> TitleFacts:
        """As the conditions look at it."""
        return TitleFacts(
            title_id=self.title_id.hex(),
            state=self.state.name,
            form=TitleForm.BLANK.name,
            possessor=self.possessor.hex(),
            endorsee="",
            same_order=True,
            pledgee_is_financing=self.pledged_for is not None,
            deliver_to=self.deliver_to.hex(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashing:
    """How ids and digests are made, which the domain does not know."""

    financing_id: Callable[[FinancingTerms], FinancingId]
    terms_hash: Callable[[FinancingTerms], bytes]
    evidence_id: Callable[[EvidenceKey], EvidenceId]
    document_root: Callable[[Sequence[tuple[EvidenceId, EvidenceState, bytes]]], bytes]


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """limits: what a lender is ready to have outstanding with the exporter, zero when unset.
    vault: Financing's own account."""

    hashing: Hashing
    vault: Address
    order: Order
    members: dict[ParticipantId, Member]
    facts: dict[EvidenceId, Fact] = field(default_factory=dict[EvidenceId, Fact])
    bills: dict[TitleId, Bill] = field(default_factory=dict[TitleId, Bill])
    limits: dict[ParticipantId, int] = field(default_factory=dict[ParticipantId, int])
    sandbox_cap: int = 0
    sandbox_ends_at: int = 0

    def is_recorded(self, key: EvidenceKey) -> bool:
        fact = self.facts.get(self.hashing.evidence_id(key))
        return fact is not None and fact.state is EvidenceState.RECORDED

    def document_root(self, basis: Iterable[EvidenceKey]) -> bytes:
        """Zero stands for what was never recorded."""
        items: list[tuple[EvidenceId, EvidenceState, bytes]] = []
        for evidence_id in map(self.hashing.evidence_id, basis):
            fact = self.facts.get(evidence_id)
            state = fact.state if fact else EvidenceState.NONE
            items.append((evidence_id, state, fact.commitment if fact else bytes(32)))
        return self.hashing.document_root(items)

    def bill_for(self, financing_id: FinancingId) -> Bill | None:
        """The bill offered to, or taken by, a facility."""
        bills = (bill for bill in self.bills.values() if bill.pledged_for == financing_id)
        return next(bills, None)

    def attestations(self) -> tuple[Attestation, ...]:
        """What has been said and not been withdrawn."""
        return tuple(
            Attestation(
                evidence_id=fact.evidence_id.hex(),
                attester=fact.attester.hex(),
                kind=fact.kind.name,
                block=0,
                on_voyage=False,
                source_key=fact.source_key.hex(),
                commitment=fact.commitment.hex(),
            )
            for fact in self.facts.values()
            if fact.state is EvidenceState.RECORDED
        )

    def attesters(self) -> tuple[NamedAttester, ...]:
        """Nobody here is related to anybody."""
        return tuple(
            NamedAttester(
                participant=who.hex(), group=who.hex(), kinds=tuple(kind.name for kind in kinds)
            )
            for who, kinds in self.order.attesters
        )
