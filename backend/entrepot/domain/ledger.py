"""The facilities of one order as the contracts together keep them: verbs in, money out, or the
contract's own refusal. It is what the differential test holds the contracts against.

Each verb checks in the contract's order and changes nothing before all is checked. It answers the
payouts that the contract's events tell of. A caller is the participant whose key it is; every key
here may do everything. Amounts are minor units, times unix seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from entrepot.bindings import financing as words
from entrepot.bindings import settlement_token as token
from entrepot.bindings.encumbrances import Reserve
from entrepot.bindings.financings import Conditions, FinancingTerms
from entrepot.bindings.ids import AssetKey, FinancingId, ParticipantId
from entrepot.domain import facility as steps
from entrepot.domain.conditions import (
    NO_SUCH_TRANCHE,
    answer,
    facts_of,
    is_under_recourse,
    outstanding,
    used,
)
from entrepot.domain.contributions import last_expiry, open_total, total
from entrepot.domain.encumbrances import Register
from entrepot.domain.facility import (
    EMPTY,
    NO_TITLE,
    PAYABLE,
    Change,
    Record,
    Signature,
    State,
)
from entrepot.domain.payouts import Payouts, by_recipient
from entrepot.domain.refusals import Refused
from entrepot.domain.requests import first_broken
from entrepot.domain.surroundings import NO_PARTICIPANT, Member, Surroundings
from entrepot.domain.terms import evaluate

APPROVALS_NEEDED = 2
"""Of each lender, as long as it has set no bands."""


class Ledger:
    """balances: of each member, and `held` of the contract; credits: who could not be paid."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.records: dict[FinancingId, Record] = {}
        self.register = Register(around.vault)
        self.balances: dict[ParticipantId, int] = dict.fromkeys(around.members, 0)
        self.credits: dict[tuple[FinancingId, ParticipantId], int] = {}
        self.held = 0

    # What stands

    def known(self, terms: FinancingTerms) -> Record:
        """The record of exactly these terms; TermsDiffer when there is none."""
        financing_id = self.around.hashing.financing_id(terms)
        record, given = self.records.get(financing_id), self.around.hashing.terms_hash(terms)
        current = record.f.terms_hash if record else bytes(32)
        if record is None or current != given:
            differ = words.TermsDiffer(financing_id=financing_id, current=current, given=given)
            raise Refused(differ)
        return record

    def used(self, lender: ParticipantId) -> int:
        """A lender's share of all that is outstanding."""
        return used(self.records.values(), lender)

    def outstanding(self) -> int:
        """All of it: what the sandbox cap is held against."""
        return outstanding(self.records.values())

    def is_under_recourse(self) -> bool:
        """Whether the exporter is called on for a default that has not ended."""
        return is_under_recourse(self.records.values())

    def conditions(self, terms: FinancingTerms, tranche: int, at: int) -> Conditions:
        """What stands between a tranche and its release."""
        record = self.known(terms)
        if tranche >= len(terms.tranches):
            return NO_SUCH_TRANCHE
        records = self.records.values()
        return answer(evaluate(facts_of(record, tranche, records, self.around, self.register, at)))

    # Verbs

    def request(self, actor: ParticipantId, key: bytes, terms: FinancingTerms, at: int) -> Payouts:
        """`key`: the id of the key that asks, which may not approve."""
        self._member(actor).require_active()
        financing_id, order = self.around.hashing.financing_id(terms), self.around.order
        if financing_id in self.records:
            raise Refused(words.AlreadyRequested(financing_id=financing_id))
        self._require_accepted()
        if actor != order.exporter:
            raise Refused(words.NotExporter(order_id=order.order_id, actor=actor))
        for field in self._broken(terms, at):
            raise Refused(words.InvalidTerms(field=field.encode().ljust(32, b"\0")))
        self.records[financing_id] = Record(
            financing_id=financing_id,
            terms=terms,
            maker=key,
            importer=order.importer,
            price=order.amount,
            f=replace(
                EMPTY,
                state=State.REQUESTED,
                exporter=order.exporter,
                terms_hash=self.around.hashing.terms_hash(terms),
                document_root=self.around.document_root(terms.basis),
            ),
        )
        return ()

    def approve(self, terms: FinancingTerms, signatures: Sequence[Signature], at: int) -> Payouts:
        """Valid signatures of lenders' keys; the last needed one reserves the goods."""
        record = self.known(terms)
        record.require(State.REQUESTED)
        self._require_standing(record)
        for signature in signatures:
            self._require_signatory(record, signature, at)
            record = steps.sign(record, signature, APPROVALS_NEEDED)
        if signatures and steps.is_approved(record, APPROVALS_NEEDED):
            record = record.with_(state=State.APPROVED)
            self.register = self.register.reserve(self._reservation(record), at)
        self.records[record.financing_id] = record
        return ()

    def decline(self, actor: ParticipantId, terms: FinancingTerms) -> Payouts:
        record, _ = self._by_lender(actor, terms)
        return self._carry_out(steps.decline(record))

    def fund(self, terms: FinancingTerms, lender: ParticipantId) -> Payouts:
        record = self.known(terms)
        record.require(State.APPROVED)
        index = record.index_of(lender)
        if record.f.funded_set >> index & 1:
            raise Refused(words.AlreadyFunded(financing_id=record.financing_id, lender=lender))
        self._require_standing(record)
        return self._carry_out(steps.fund(record, index), payer=lender)

    def release(self, terms: FinancingTerms, tranche: int, at: int) -> Payouts:
        """Pays a tranche to the exporter iff every condition holds."""
        record = self.known(terms)
        conditions = self.conditions(terms, tranche, at)
        if conditions.unmet:
            raise Refused(
                words.ConditionsNotMet(
                    financing_id=record.financing_id, tranche=tranche, conditions=conditions
                )
            )
        amount, title_id = terms.tranches[tranche].amount, record.f.title_id
        register = self.register.commit(record.financing_id, amount, at)
        bill = self.around.bill_for(record.financing_id)
        if terms.tranches[tranche].title_pledged and bill is not None:
            title_id = bill.title_id
            register = register.link(record.financing_id, AssetKey(title_id))
            bill.take()
        self.register = register
        self.records[record.financing_id] = steps.release(record, tranche, title_id, at)
        self._move(record.f.exporter, amount)
        return ()

    def lapse(self, terms: FinancingTerms, tranche: int, at: int) -> Payouts:
        return self._carry_out(steps.lapse(self.known(terms), tranche, at))

    def repay(
        self, actor: ParticipantId, terms: FinancingTerms, amount: int, reference: bytes, at: int
    ) -> Payouts:
        """The payment that leaves nothing owed also hands the bill over, if it can move."""
        record = self.known(terms)
        record.require(State.RELEASED, *PAYABLE)
        self._member(actor).require_active()
        payouts = self._carry_out(steps.repay(record, actor, amount, reference, at), payer=actor)
        bill = self.around.bill_for(record.financing_id)
        ended = self.records[record.financing_id].state not in PAYABLE
        if ended and bill is not None and record.f.title_id != NO_TITLE:
            receiver = self._member(bill.deliver_to)
            if receiver.active:
                bill.hand(receiver)
        return payouts

    def mark_overdue(self, terms: FinancingTerms, at: int) -> Payouts:
        return self._carry_out(steps.mark_overdue(self.known(terms), at))

    def declare_default(self, actor: ParticipantId, terms: FinancingTerms, at: int) -> Payouts:
        record, _ = self._by_lender(actor, terms)
        return self._carry_out(steps.declare_default(record, at))

    def claim_recourse(self, actor: ParticipantId, terms: FinancingTerms) -> Payouts:
        record, _ = self._by_lender(actor, terms)
        return self._carry_out(steps.claim_recourse(record))

    def enforce_title(self, actor: ParticipantId, terms: FinancingTerms) -> Payouts:
        record, _ = self._by_lender(actor, terms)
        change = steps.enforce_title(record, actor)
        bill = self.around.bill_for(record.financing_id)
        if bill is not None:
            bill.hand(self._member(actor))
        return self._carry_out(change)

    def write_off(self, actor: ParticipantId, terms: FinancingTerms, at: int) -> Payouts:
        record, index = self._by_lender(actor, terms)
        return self._carry_out(steps.write_off(record, index, at))

    def claim_credit(self, terms: FinancingTerms, participant: ParticipantId) -> Payouts:
        record = self.known(terms)
        waiting = (record.financing_id, participant)
        if not self.credits.get(waiting):
            raise Refused(words.NoCredit(financing_id=record.financing_id, participant=participant))
        member = self._member(participant)
        if not member.active:
            raise Refused(token.ERC7943CannotReceive(account=member.account))
        self._move(participant, self.credits.pop(waiting))
        return ()

    def hand_over_title(self, terms: FinancingTerms) -> Payouts:
        record = self.known(terms)
        record.require(State.REPAID, State.RECOVERED)
        bill = self.around.bill_for(record.financing_id)
        if bill is None:
            raise Refused(words.TitleNotPledged(financing_id=record.financing_id))
        bill.hand(self._member(bill.deliver_to))
        return ()

    def hold(self, terms: FinancingTerms, held: bool) -> Payouts:
        """By a regulator: stops releases, or lets them go on."""
        record = self.known(terms)
        if record.f.held == held:
            raise Refused(words.HoldUnchanged(financing_id=record.financing_id, held=held))
        self.records[record.financing_id] = record.with_(held=held)
        return ()

    # Rules that look at more than one facility's record

    def _broken(self, terms: FinancingTerms, at: int) -> Iterator[str]:
        """Fields of the terms that break a rule; the first is the one that is named."""
        order = self.around.order
        if order.version != terms.order_version:
            yield "orderVersion"
        if (field := first_broken(terms, at)) is not None:
            yield field
        if total(terms) > order.amount:
            yield "tranches"
        for share in terms.lenders:
            lender = self._member(share.lender)
            lender.require_active()
            if not lender.lends or share.lender == order.exporter:
                yield "lenders"
        if terms.platform != NO_PARTICIPANT:
            self._member(terms.platform).require_active()
        if not all(self.around.is_recorded(key) for key in terms.basis):
            yield "basis"

    def _require_accepted(self) -> None:
        if self.around.order.state != "ACCEPTED":
            raise Refused(words.OrderNotAccepted(order_id=self.around.order.order_id))

    def _require_standing(self, record: Record) -> None:
        """The approvals hold only for the order and the evidence that they were given on."""
        self._require_accepted()
        if self.around.order.version != record.terms.order_version:
            raise Refused(words.OrderNotAccepted(order_id=self.around.order.order_id))
        requested, current = (
            record.f.document_root,
            self.around.document_root(record.terms.basis),
        )
        if current != requested:
            changed = words.BasisChanged(
                financing_id=record.financing_id, requested=requested, current=current
            )
            raise Refused(changed)

    def _require_signatory(self, record: Record, signature: Signature, at: int) -> None:
        """A key that may sign, in time, and has not signed."""
        financing_id, key_id = record.financing_id, signature.key_id
        if at > signature.deadline:
            raise Refused(
                words.SignatureExpired(financing_id=financing_id, deadline=signature.deadline)
            )
        if key_id == record.maker:
            raise Refused(words.MakerIsChecker(financing_id=financing_id, key_id=key_id))
        if key_id in record.signed:
            raise Refused(words.AlreadyApproved(financing_id=financing_id, key_id=key_id))
        self._member(signature.lender).require_active()

    def _by_lender(self, actor: ParticipantId, terms: FinancingTerms) -> tuple[Record, int]:
        record = self.known(terms)
        self._member(actor).require_active()
        return record, record.index_of(actor)

    def _reservation(self, record: Record) -> Reserve:
        order, terms = self.around.order, record.terms
        return Reserve(
            financing_id=record.financing_id,
            order_id=order.order_id,
            keys=terms.asset_keys,
            currency=order.currency,
            capacity=order.amount,
            amount=open_total(terms, record.f.lapsed_set),
            expires_at=last_expiry(terms),
        )

    # Money

    def _carry_out(self, change: Change, payer: ParticipantId | None = None) -> Payouts:
        """Takes the payer's money, lets go of goods, pays out; credits whoever cannot be paid."""
        financing_id = change.record.financing_id
        if payer is not None:
            self._require_payment(payer, change.paid_in)
            self._move(payer, -change.paid_in)
        if change.freed != (0, 0):
            self.register = self.register.free(financing_id, *change.freed)
        self.records[financing_id] = change.record
        for to, amount in by_recipient(change.payouts).items():
            if self._member(to).active:
                self._move(to, amount)
            else:
                waiting = (financing_id, to)
                self.credits[waiting] = self.credits.get(waiting, 0) + amount
        return change.payouts

    def _require_payment(self, payer: ParticipantId, amount: int) -> None:
        member, balance = self._member(payer), self.balances[payer]
        if not member.active:
            raise Refused(token.ERC7943CannotSend(account=member.account))
        if balance < amount:
            raise Refused(
                token.ERC20InsufficientBalance(
                    sender=member.account, balance=balance, needed=amount
                )
            )

    def _move(self, to: ParticipantId, amount: int) -> None:
        """Between the contract and a member's account; negative the other way."""
        self.held -= amount
        self.balances[to] += amount

    def _member(self, participant: ParticipantId) -> Member:
        return self.around.members[participant]
