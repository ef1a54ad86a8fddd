"""Random histories, told to the contracts and to the model at once.

After every act both must have done the same or refused for the same reason; then everything that
can be seen of the one is compared with the other, to the minor unit.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import wraps
from itertools import accumulate
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from entrepot.bindings import encumbrances, evidence, financing, participants, settlement_token
from entrepot.bindings import titles as bills
from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind
from entrepot.bindings.financings import FinancingState, FinancingTerms, SignOff
from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.titles import TitleForm
from entrepot.chain import governance, ids
from entrepot.chain.errors import CallReverted
from entrepot.chain.signer import LocalSigner
from entrepot.domain.accrual import deadlines
from entrepot.domain.errors import Refused
from entrepot.domain.facility import PAYABLE, Record, Signature
from entrepot.domain.ledger import Ledger
from entrepot.domain.payouts import Payouts
from entrepot.domain.surroundings import Bill
from entrepot.kit.abi import Call, Event, Revert, View
from tests.chain.ledger import FOREVER, signer
from tests.differential.stage import (
    CASH,
    CHAIN_ID,
    CORRIDOR,
    CURRENCY,
    DAY_S,
    LENDERS,
    NAMED,
    PRICE,
    ROLES,
    SAID,
    Stage,
    limit_of,
    officers,
    sandbox_of,
    who,
)
from tests.differential.terms import BREAKAGES, GOODS, TRANCHE_BREAKAGES, simple_terms, terms

State = FinancingState

STRANGER = signer("stranger")
TRANCHES = st.sampled_from([0, 0, 1, 1, 2, 3])
PAYERS = st.sampled_from(["importer", "importer", "exporter", *LENDERS])
PAID = ("exporter", "importer", "platform", *LENDERS)
MEMBERS = st.sampled_from(sorted(ROLES))
PARTS = st.lists(
    st.tuples(
        PAYERS,
        st.one_of(st.integers(1, 999), st.integers(1, 999), st.just(1_000)),
        st.sampled_from([0, 0, 0, 1, PRICE, 2 * PRICE]),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=8,
)
"""Payments: by whom, thousandths of what is owed, minor units on top when that is all of it, days
after the one before."""

LAST = (State.REPAID, State.RECOVERED, State.WRITTEN_OFF)
AIMS = (State.REQUESTED, State.FUNDED, *[State.RELEASED] * 4, State.OVERDUE, *[State.DEFAULTED] * 3)
"""How far a facility is brought at once, by the straight way; most histories are about money."""

Slots = Callable[["Histories"], list[int]]


def among(*states: FinancingState) -> Slots:
    """The facilities in one of the states; all that there are when none is named."""

    def slots(self: "Histories") -> list[int]:
        return [slot for slot, state in self.states().items() if state in (states or State)]

    return slots


def of(slots: Slots) -> Callable[[Any], Any]:
    """A rule about one of these facilities, drawn, when there are any: `verb(self, slot, data)`."""

    def decorate(verb: Callable[["Histories", int, st.DataObject], None]) -> Any:
        @wraps(verb)
        def drawn(self: "Histories", data: st.DataObject) -> None:
            verb(self, data.draw(st.sampled_from(slots(self))), data)

        return precondition(lambda self: bool(slots(self)))(rule(data=st.data())(drawn))

    return decorate


class Histories(RuleBasedStateMachine):
    """`stage` is set by the test that runs this."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(self.stage.rewound())
        self.model = Ledger(self.stage.surroundings())
        self.model.balances = dict.fromkeys(self.model.around.members, CASH)
        self.terms: dict[int, FinancingTerms] = {}
        self.due = self.stage.now
        self.numbers = len(SAID)

    def teardown(self) -> None:
        """All is undone."""
        self.undo.close()

    close = teardown

    # The beginning

    @initialize(data=st.data(), aim=st.sampled_from(AIMS))
    def begin(self, data: st.DataObject, aim: FinancingState) -> None:
        self.ask_for(0, data.draw(self.some_terms(1)))
        self.bring(0, aim)

    @precondition(lambda self: 1 not in self.terms)
    @rule(data=st.data(), aim=st.sampled_from(AIMS))
    def begin_another(self, data: st.DataObject, aim: FinancingState) -> None:
        """For the same goods, as far as they go."""
        self.ask_for(1, data.draw(self.some_terms(2)))
        if 1 in self.terms:
            self.bring(1, aim)

    @rule(data=st.data(), breakage=st.sampled_from([*BREAKAGES, *TRANCHE_BREAKAGES]))
    def ask_unsoundly(self, data: st.DataObject, breakage: dict[str, Any]) -> None:
        sound = data.draw(self.some_terms(3))
        if breakage in TRANCHE_BREAKAGES:
            breakage = {"tranches": (replace(sound.tranches[0], **breakage),)}
        self._request(replace(sound, **breakage))

    # On the way to the money

    @of(among(State.REQUESTED, State.APPROVED))
    def proceed_on(self, slot: int, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 12))):
            self.proceed(slot)

    @of(among(State.REQUESTED))
    def approve_somehow(self, slot: int, data: st.DataObject) -> None:
        """Up to three signatures at once, also of those who may not, too late or twice."""
        signers = st.one_of(st.just(self._actor(slot, data)), MEMBERS)
        signed = [
            (name, key, data.draw(st.sampled_from([FOREVER, FOREVER, FOREVER, self.due - 1])))
            for name in data.draw(st.lists(signers, max_size=3))
            for key in [data.draw(st.sampled_from(officers(name)))]
        ]
        self.approve(slot, *signed)

    @of(among(State.APPROVED))
    def fund_somebodys(self, slot: int, data: st.DataObject) -> None:
        self.fund(slot, self._actor(slot, data))

    @of(among(State.FUNDED, State.RELEASED, State.OVERDUE))
    def release_one(self, slot: int, data: st.DataObject) -> None:
        self.release(slot, data.draw(TRANCHES))

    @of(among(State.FUNDED, State.RELEASED))
    def release_what_can_be(self, slot: int, data: st.DataObject) -> None:
        self.release_all(slot, data.draw(st.integers(1, 3)))

    @of(among(State.REQUESTED, State.APPROVED, State.FUNDED, State.RELEASED, State.OVERDUE))
    def lapse_one(self, slot: int, data: st.DataObject) -> None:
        known, record = self.terms[slot], self._record(slot)
        still_open = [n for n in range(len(known.tranches)) if record.is_open(n)]
        tranche = data.draw(st.sampled_from(still_open) if still_open else TRANCHES)
        if tranche < len(known.tranches):
            wait = data.draw(st.integers(0, 1))
            self.due = max(self.due, known.tranches[tranche].expires_at + wait)
        self.lapse(slot, tranche)

    # Paying

    @of(among(*PAYABLE))
    def repay(self, slot: int, data: st.DataObject) -> None:
        self.pay(slot, data.draw(PAYERS), data.draw(self._some_amount(slot)))

    @of(among(*PAYABLE))
    def repay_in_parts(self, slot: int, data: st.DataObject) -> None:
        """Over some days, most often to the end."""
        self.pay_in_parts(slot, data.draw(PARTS))

    @of(among(*PAYABLE))
    def repay_in_units(self, slot: int, data: st.DataObject) -> None:
        """Several times a unit, by turns of one payer and another."""
        for _ in range(data.draw(st.integers(2, 5))):
            self.pay(slot, data.draw(PAYERS), 1)

    @of(among(*PAYABLE))
    def repay_past_somebody(self, slot: int, data: st.DataObject) -> None:
        """Somebody cannot be paid just then, and often not much later either."""
        name = data.draw(st.sampled_from(PAID))
        amount, payer = data.draw(self._some_amount(slot)), data.draw(PAYERS)
        if self._is_active(name):
            self.suspend_or_reinstate(name)
        self.pay(slot, payer, amount)
        self.claim_credit(slot, name)
        if data.draw(st.booleans()):
            self.suspend_or_reinstate(name)

    @of(among(*PAYABLE))
    def repay_oddly(self, slot: int, data: st.DataObject) -> None:
        """Nothing, more than there is, or under a reference that was used."""
        amount = data.draw(st.sampled_from([0, 1, 20 * PRICE]))
        reference = data.draw(st.sampled_from([None, self.numbers]))
        self.pay(slot, data.draw(PAYERS), amount, reference)

    # When nobody pays

    @of(among(State.RELEASED))
    def wait_till_overdue(self, slot: int, data: st.DataObject) -> None:
        overdue_after, _ = deadlines(self.terms[slot])
        self.due = max(self.due, overdue_after + data.draw(st.integers(0, 1)))
        self.mark_overdue(slot)

    @of(among(State.OVERDUE))
    def wait_till_default(self, slot: int, data: st.DataObject) -> None:
        _, default_after = deadlines(self.terms[slot])
        self.due = max(self.due, default_after + data.draw(st.integers(0, 1)))
        self.declare_default(slot, self._actor(slot, data))

    @of(among(State.DEFAULTED))
    def claim_on_exporter(self, slot: int, data: st.DataObject) -> None:
        self.claim_recourse(slot, self._actor(slot, data))

    @of(among(State.DEFAULTED, State.WRITTEN_OFF))
    def take_title(self, slot: int, data: st.DataObject) -> None:
        self.enforce_title(slot, self._actor(slot, data))

    @of(among(State.DEFAULTED))
    def give_up(self, slot: int, data: st.DataObject) -> None:
        """One lender, or one after the other."""
        self.write_off(slot, self._actor(slot, data))
        if data.draw(st.booleans()):
            for share in self.terms[slot].lenders:
                self.write_off(slot, name_of(share.lender))

    # What else happens

    @of(among(*LAST, *PAYABLE))
    def ask_for_credit(self, slot: int, data: st.DataObject) -> None:
        """Of somebody who has one, if anybody has."""
        record = self._record(slot)
        waiting = [name_of(to) for of, to in self.model.credits if of == record.financing_id]
        self.claim_credit(slot, data.draw(st.sampled_from(waiting or ["importer"])))

    @of(among(State.REPAID, State.RECOVERED))
    def ask_for_title(self, slot: int, data: st.DataObject) -> None:
        if data.draw(st.booleans()) and not self._is_active("importer"):
            self.suspend_or_reinstate("importer")
        self.hand_over_title(slot)

    @of(among())
    def act_out_of_turn(self, slot: int, data: st.DataObject) -> None:
        """Any verb, whatever the state; most are refused."""
        actor = self._actor(slot, data)
        verbs: list[Callable[[], object]] = [
            lambda: self._request(self.terms[slot], actor),
            lambda: self._request(self.terms[slot]),
            lambda: self.approve(slot, (actor, officers(actor)[0], FOREVER)),
            lambda: self.decline(slot, actor),
            lambda: self.fund(slot, actor),
            lambda: self.release(slot, 0),
            lambda: self.lapse(slot, 0),
            lambda: self.pay(slot, actor, 1),
            lambda: self.mark_overdue(slot),
            lambda: self.declare_default(slot, actor),
            lambda: self.claim_recourse(slot, actor),
            lambda: self.enforce_title(slot, actor),
            lambda: self.write_off(slot, actor),
            lambda: self.hand_over_title(slot),
            lambda: self.claim_credit(slot, actor),
        ]
        data.draw(st.sampled_from(verbs))()

    @of(among())
    def hold(self, slot: int, data: st.DataObject) -> None:
        held, known = data.draw(st.booleans()), self.terms[slot]
        verb = financing.PlaceHold if held else financing.LiftHold
        self._play("regulator", verb(terms=known), lambda _: self.model.hold(known, held))

    @of(among())
    def something_else_happens(self, slot: int, data: st.DataObject) -> None:
        """What releases and payments depend on, and facilities do not decide."""
        happen = (
            self.somebody_is_suspended,
            self.all_are_reinstated,
            self.something_is_said,
            self.something_is_withdrawn,
            self.a_bill_is_offered,
            self.a_limit_is_set,
            self.the_sandbox_is_set,
        )
        data.draw(st.sampled_from(happen))(slot, data)

    def somebody_is_suspended(self, _: int, data: st.DataObject) -> None:
        self.suspend_or_reinstate(data.draw(st.sampled_from(PAID)))

    def all_are_reinstated(self, *_: object) -> None:
        for name in PAID:
            if not self._is_active(name):
                self.suspend_or_reinstate(name)

    def something_is_said(self, _: int, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(NAMED)))
        self.say(name, data.draw(st.sampled_from(NAMED[name])))

    def something_is_withdrawn(self, _: int, data: st.DataObject) -> None:
        facts = self.model.around.facts.values()
        said = [fact for fact in facts if fact.state is EvidenceState.RECORDED]
        said = [fact for fact in said if self._is_active(name_of(fact.attester))]
        if said:
            fact = data.draw(st.sampled_from(said))
            withdraw = evidence.Withdraw(
                order_id=self.stage.order_id,
                kind=fact.kind,
                source_key=fact.source_key,
                reason=bytes(32),
            )
            self._tell("Evidence", name_of(fact.attester), withdraw)
            fact.state = EvidenceState.WITHDRAWN

    def a_bill_is_offered(self, slot: int, data: st.DataObject) -> None:
        """A new one, or one that was in pledge before."""
        free = [bill for bill in self.model.around.bills.values() if bill.is_free]
        bill = data.draw(st.sampled_from([*free, None]))
        self.offer_bill(slot, data.draw(st.sampled_from(["importer", "bank"])), bill)

    def a_limit_is_set(self, _: int, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(LENDERS))
        limit = data.draw(st.sampled_from([0, 1_000, PRICE, PRICE]))
        if self._is_active(name):
            self._tell("Financing", name, limit_of(limit))
            self.model.around.limits[who(name)] = limit

    def the_sandbox_is_set(self, _: int, data: st.DataObject) -> None:
        cap = data.draw(st.sampled_from([0, 1_000, 2 * PRICE, 2 * PRICE]))
        self._tell("Financing", "regulator", sandbox_of(cap))
        self.model.around.sandbox_cap = cap

    @rule(days=st.integers(0, 20), seconds=st.integers(0, DAY_S))
    def let_time_pass(self, days: int, seconds: int) -> None:
        self.due += days * DAY_S + seconds

    @rule(data=st.data(), offset=st.integers(-1, 1))
    def wait_for_a_date(self, data: st.DataObject, offset: int) -> None:
        """A second before, at, or after something that terms speak of."""
        dates = [date + offset for known in self.terms.values() for date in dates_of(known)]
        if ahead := sorted({date for date in dates if date > self.due}):
            self.due = data.draw(st.sampled_from(ahead))

    # Ways through several states

    def bring(self, slot: int, aim: FinancingState, tranches: int = 3) -> None:
        """Straight towards a state, with so many tranches drawn, as far as the rest lets it."""
        known = self.terms[slot]
        if aim is State.REQUESTED:
            return
        keys = [(name_of(s.lender), k) for s in known.lenders for k in officers(name_of(s.lender))]
        self.approve(slot, *((name, key, FOREVER) for name, key in keys))
        for share in known.lenders:
            self.fund(slot, name_of(share.lender))
        if aim is State.FUNDED:
            return
        self.release_all(slot, tranches)
        overdue_after, default_after = deadlines(known)
        if aim is not State.RELEASED:
            self.due = max(self.due, overdue_after + 1)
            self.mark_overdue(slot)
        if aim is State.DEFAULTED:
            self.due = max(self.due, default_after + 1)
            self.declare_default(slot, name_of(known.lenders[0].lender))

    def proceed(self, slot: int) -> None:
        """The next signature that is missing, or the next contribution."""
        record = self._record(slot)
        for share in record.terms.lenders:
            name = name_of(share.lender)
            for key in officers(name) if record.state is State.REQUESTED else ():
                if ids.key_id(key.address) not in record.signed:
                    return self.approve(slot, (name, key, FOREVER))
            posted = record.f.funded_set >> record.index_of(share.lender) & 1
            if record.state is State.APPROVED and not posted:
                return self.fund(slot, name)
        return None

    def release_all(self, slot: int, count: int) -> None:
        """What a keeper does, once bill and inspections are there."""
        known = self.terms[slot]
        self.due = max(self.due, *(t.not_before for t in known.tranches))
        if any(t.required_twice for t in known.tranches):
            self.say("exporter", EvidenceKind.INSPECTION_CERTIFICATE)
            self.say("carrier", EvidenceKind.INSPECTION_CERTIFICATE)
        if any(t.title_pledged for t in known.tranches):
            self.offer_bill(slot, "importer")
        for tranche in range(min(count, len(known.tranches))):
            self.release(slot, tranche)

    def pay_in_parts(self, slot: int, parts: Sequence[tuple[str, int, int, int]]) -> None:
        """PARTS, as far as anything is owed."""
        for payer, thousandths, surplus, days in parts:
            if self.states()[slot] not in PAYABLE:
                return
            self.due += days * DAY_S
            part = -(-sum(self.claims(slot)) * thousandths // 1_000)
            self.pay(slot, payer, max(1, part) + (surplus if thousandths == 1_000 else 0))

    def suspend_or_reinstate(self, name: str) -> None:
        """The guardian stops at once; the governor announces before it lets go on."""
        member = self.model.around.members[who(name)]
        if member.active:
            suspend = participants.Suspend(participant_id=who(name))
            self._tell("Participants", "guardian", suspend)
            member.state = ParticipantState.SUSPENDED
            return
        reinstate = participants.Reinstate(participant_id=who(name))
        announced = governance.scheduled(self.stage.deployment["Participants"], reinstate)
        self._tell("AccessManager", "governor", announced)
        self._tell("Participants", "governor", reinstate)
        member.state = ParticipantState.ACTIVE

    def offer_bill(self, slot: int, deliver_to: str, bill: Bill | None = None) -> None:
        """Whoever possesses the bill offers it for the facility; if need be, one is issued."""
        financing_id = self._record(slot).financing_id
        possessor = name_of(bill.possessor) if bill else "exporter"
        active = self._is_active(possessor) and self._is_active(deliver_to)
        if not active or self.model.around.bill_for(financing_id):
            return
        bill = bill or self._issue_bill()
        offer = bills.OfferPledge(
            title_id=bill.title_id,
            pledgee=self.stage.deployment["Financing"],
            financing_id=financing_id,
            deliver_to=who(deliver_to),
        )
        self._tell("Titles", possessor, offer)
        bill.offer(financing_id, who(deliver_to))

    def _issue_bill(self) -> Bill:
        """The carrier's, blank, in the exporter's hands."""
        key, titles_at = self._number(), self.stage.deployment["Titles"]
        issue = bills.Issue(
            order_id=self.stage.order_id,
            reference_key=key,
            bill=bills.Bill(
                form=TitleForm.BLANK,
                shipper=who("exporter"),
                endorsee=ParticipantId(bytes(20)),
                commitment=key,
            ),
        )
        self._tell("Titles", "carrier", issue)
        title_id = ids.title_id(CHAIN_ID, titles_at, who("carrier"), key)
        bill = self.model.around.bills[title_id] = Bill(
            title_id=title_id, possessor=who("exporter")
        )
        return bill

    # Acts

    def ask_for(self, slot: int, asked: FinancingTerms) -> None:
        if self._request(asked) is None:
            self.terms[slot] = asked

    def approve(self, slot: int, *signed: tuple[str, LocalSigner, int]) -> None:
        """Sign-offs: for which lender, by which key, until when."""
        known = self.terms[slot]
        signatures = [
            Signature(lender=who(name), key_id=ids.key_id(key.address), deadline=deadline)
            for name, key, deadline in signed
        ]
        sign_offs = tuple(self._sign_off(slot, *one) for one in signed)
        self._play(
            STRANGER,
            financing.Approve(terms=known, sign_offs=sign_offs),
            lambda at: self.model.approve(known, signatures, at),
        )

    def _sign_off(self, slot: int, name: str, key: LocalSigner, deadline: int) -> SignOff:
        record = self._record(slot)
        digest = ids.approval_digest(
            CHAIN_ID,
            self.stage.deployment["Financing"],
            record.financing_id,
            record.f.terms_hash,
            record.f.document_root,
            who(name),
            deadline,
        )
        return SignOff(signer=key.address, deadline=deadline, signature=key.sign_digest(digest))

    def decline(self, slot: int, actor: str) -> None:
        known = self.terms[slot]
        verb = financing.Decline(terms=known)
        self._play(actor, verb, lambda _: self.model.decline(who(actor), known))

    def fund(self, slot: int, name: str) -> None:
        known = self.terms[slot]
        verb = financing.Fund(terms=known, lender=who(name))
        self._play(STRANGER, verb, lambda _: self.model.fund(known, who(name)))

    def release(self, slot: int, tranche: int) -> None:
        known = self.terms[slot]
        verb = financing.Release(terms=known, tranche=tranche)
        self._play(STRANGER, verb, lambda at: self.model.release(known, tranche, at))

    def lapse(self, slot: int, tranche: int) -> None:
        known = self.terms[slot]
        verb = financing.Lapse(terms=known, tranche=tranche)
        self._play(STRANGER, verb, lambda at: self.model.lapse(known, tranche, at))

    def mark_overdue(self, slot: int) -> None:
        known = self.terms[slot]
        verb = financing.MarkOverdue(terms=known)
        self._play(STRANGER, verb, lambda at: self.model.mark_overdue(known, at))

    def declare_default(self, slot: int, actor: str) -> None:
        known = self.terms[slot]
        verb = financing.DeclareDefault(terms=known)
        self._play(actor, verb, lambda at: self.model.declare_default(who(actor), known, at))

    def claim_recourse(self, slot: int, actor: str) -> None:
        known = self.terms[slot]
        verb = financing.ClaimRecourse(terms=known)
        self._play(actor, verb, lambda _: self.model.claim_recourse(who(actor), known))

    def enforce_title(self, slot: int, actor: str) -> None:
        known = self.terms[slot]
        verb = financing.EnforceTitle(terms=known)
        self._play(actor, verb, lambda _: self.model.enforce_title(who(actor), known))

    def write_off(self, slot: int, actor: str) -> None:
        known = self.terms[slot]
        verb = financing.WriteOff(terms=known)
        self._play(actor, verb, lambda at: self.model.write_off(who(actor), known, at))

    def claim_credit(self, slot: int, name: str) -> None:
        known = self.terms[slot]
        verb = financing.ClaimCredit(terms=known, participant=who(name))
        self._play(STRANGER, verb, lambda _: self.model.claim_credit(known, who(name)))

    def hand_over_title(self, slot: int) -> None:
        known = self.terms[slot]
        verb = financing.HandOverTitle(terms=known)
        self._play(STRANGER, verb, lambda _: self.model.hand_over_title(known))

    def pay(self, slot: int, payer: str, amount: int, reference: int | None = None) -> None:
        known = self.terms[slot]
        key = self._number() if reference is None else reference.to_bytes(32, "big")
        self._play(
            payer,
            financing.Repay(terms=known, amount=amount, payment_reference=key),
            lambda at: self.model.repay(who(payer), known, amount, key, at),
        )

    def pay_units(self, slot: int, payer: str, count: int, per_block: int) -> None:
        """So many payments of one unit, many in a block, looked at only by who does this."""
        known, at = self.terms[slot], self.stage.deployment["Financing"]
        for start in range(0, count, per_block):
            keys = [self._number() for _ in range(min(per_block, count - start))]
            calls = [financing.Repay(terms=known, amount=1, payment_reference=key) for key in keys]
            self.stage.act_all([(signer(payer), at, call) for call in calls])
            for key in keys:
                self.model.repay(who(payer), known, 1, key, self.stage.now)

    def say(self, name: str, kind: EvidenceKind) -> None:
        if self._is_active(name):
            number = int.from_bytes(self._number(), "big")
            self._tell("Evidence", name, self.stage.saying(kind, number))
            fact = self.stage.fact(name, kind, number)
            self.model.around.facts[fact.evidence_id] = fact

    def _request(self, asked: FinancingTerms, name: str = "exporter") -> Revert | None:
        key = ids.key_id(signer(name).address)
        return self._play(
            name,
            financing.Request(terms=asked),
            lambda at: self.model.request(who(name), key, asked, at),
        )

    def _play(
        self, by: str | LocalSigner, call: Call, verb: Callable[[int], Payouts]
    ) -> Revert | None:
        """The call on both sides; answers the refusal, if it is one."""
        payouts: Payouts = ()
        expected = refused = None
        events: list[Event] = []
        at = self._tick()
        try:
            payouts = verb(at)
        except Refused as refusal:
            expected = refusal.revert
        try:
            key = signer(by) if isinstance(by, str) else by
            events = self.stage.act(key, self.stage.deployment["Financing"], call, at)
        except CallReverted as refusal:
            refused = refusal.revert
        assert refused == expected, (refused, expected, call)
        assert paid_out(events) == payouts
        self.compare()
        return refused

    def _tell(self, contract: str, by: str, call: Call) -> None:
        """What the model only takes note of: on the chain it goes through."""
        self.stage.act(signer(by), self.stage.deployment[contract], call, self._tick())

    def _tick(self) -> int:
        self.due = max(self.due, self.stage.now + 1)
        return self.due

    # Looking

    def compare(self) -> None:
        """Everything that can be seen, on both sides."""
        pairs = [*self._of_members(), *self._of_goods()]
        for known in self.terms.values():
            pairs += self._of_facility(known)
        at = self.stage.deployment
        places = {"SettlementToken": self.stage.token, **at.contracts}
        asks = [(places[view.abi.contract], view) for view, _ in pairs]
        for (view, expected), seen in zip(pairs, self.stage.ask(asks), strict=True):
            assert seen == expected, view
        cash = sum(self.model.balances.values()) + self.model.held
        assert cash == CASH * len(ROLES)

    def _of_facility(self, known: FinancingTerms) -> list[tuple[View[Any], Any]]:
        record, at = self.model.known(known), self.stage.now
        financing_id = record.financing_id
        pairs: list[tuple[View[Any], Any]] = [
            (financing.FacilityView(financing_id=financing_id), record.f),
            (financing.OwedView(terms=known), record.owed(at)),
            (
                encumbrances.HoldingView(financing_id=financing_id),
                self.model.register.holding(financing_id),
            ),
        ]
        for tranche in range(len(known.tranches)):
            view = financing.ConditionsView(terms=known, tranche=tranche)
            pairs.append((view, self.model.conditions(known, tranche, at)))
        for name in ROLES:
            view = financing.CreditOfView(financing_id=financing_id, participant=who(name))
            pairs.append((view, self.model.credits.get((financing_id, who(name)), 0)))
        bill = self.model.around.bill_for(financing_id)
        view = bills.TitleForView(order_id=known.order_id, financing_id=financing_id)
        pairs.append((view, bill.title_id if bill else bytes(32)))
        return pairs

    def _of_members(self) -> list[tuple[View[Any], Any]]:
        around, model = self.model.around, self.model
        accounts = {signer(name).address: model.balances[who(name)] for name in ROLES}
        accounts[around.vault] = model.held
        pairs: list[tuple[View[Any], Any]] = [
            (settlement_token.BalanceOfView(account=account), balance)
            for account, balance in accounts.items()
        ]
        for name in LENDERS:
            view = financing.LimitOfView(
                lender=who(name), exporter=who("exporter"), currency=CURRENCY
            )
            line = financing.LimitOfResult(
                limit=around.limits[who(name)], used=model.used(who(name))
            )
            pairs.append((view, line))
        sandbox = financing.SandboxOfResult(
            cap=around.sandbox_cap, used=model.outstanding(), ends_at=around.sandbox_ends_at
        )
        view = financing.SandboxOfView(corridor=CORRIDOR, currency=CURRENCY)
        recourse = financing.IsUnderRecourseView(exporter=who("exporter"))
        return [*pairs, (view, sandbox), (recourse, model.is_under_recourse())]

    def _of_goods(self) -> list[tuple[View[Any], Any]]:
        register, pairs = self.model.register, list[tuple[View[Any], Any]]()
        for key in GOODS:
            pairs.append((encumbrances.FamilyOfView(key=key), register.family_of(key)))
            pairs.append((encumbrances.StatusOfView(key=key), register.status_of(key)))
        return pairs

    # Helpers of the rules

    def states(self) -> dict[int, FinancingState]:
        """Of each facility that has been asked for."""
        return {slot: self._record(slot).state for slot in self.terms}

    def _record(self, slot: int) -> Record:
        return self.model.known(self.terms[slot])

    def _some_amount(self, slot: int) -> st.SearchStrategy[int]:
        """A part, a unit, all that is owed, a unit off that or off one claim, or too much."""
        claims = self.claims(slot)
        owed = sum(claims)
        edges = [end + off for end in accumulate(claims) for off in (-1, 0, 1) if end + off > 0]
        return st.one_of(
            st.just(max(1, owed)),
            st.sampled_from([1, *edges]),
            st.integers(1, owed + 100),
            st.integers(1, max(1, owed // 10)),
            st.integers(owed + 1, owed + 2 * PRICE),
        )

    def claims(self, slot: int) -> list[int]:
        """What is owed when the next block is mined, in the order in which it is paid."""
        due = self._record(slot).owed(self._tick())
        return [getattr(due, claim.name) for claim in due.abi.fields]

    def _actor(self, slot: int, data: st.DataObject) -> str:
        """One of the facility's lenders, most often."""
        lenders = [name_of(share.lender) for share in self.terms[slot].lenders]
        return data.draw(st.sampled_from([*lenders, *lenders, *LENDERS, "importer"]))

    def _is_active(self, name: str) -> bool:
        return self.model.around.members[who(name)].active

    def _number(self) -> bytes:
        self.numbers += 1
        return self.numbers.to_bytes(32, "big")

    def simple_terms(self, shares: Sequence[tuple[int, int]], amount: int) -> FinancingTerms:
        """Of facility 1; funding and loss share of each lender."""
        return simple_terms(self.stage.order_id, self.stage.token, self._basis(), shares, amount)

    def some_terms(self, number: int) -> st.SearchStrategy[FinancingTerms]:
        return terms(self.stage.order_id, self.stage.token, self._basis(), number)

    def _basis(self) -> EvidenceKey:
        said = self.stage.fact(*SAID[0], 0)
        return EvidenceKey(attester=said.attester, kind=said.kind, source_key=said.source_key)


def name_of(member: ParticipantId) -> str:
    return next(name for name in ROLES if who(name) == member)


def paid_out(events: list[Event]) -> Payouts:
    """All payouts that the events tell of, in their order."""
    payouts: Payouts = ()
    for event in events:
        if isinstance(event, financing.Repaid | financing.FinancingDefaulted):
            payouts += event.payouts
        elif isinstance(event, financing.FinancingRepaid | financing.FinancingLapsed):
            payouts += event.returned
    return payouts


def dates_of(known: FinancingTerms) -> tuple[int, ...]:
    """When something changes by itself."""
    begin = (t.not_before for t in known.tranches)
    end = (t.expires_at for t in known.tranches)
    return (*begin, *end, known.matures_at, *deadlines(known))
