"""What members ask of the backend, and what others do on the chain beside it."""

from random import Random

from entrepot.bindings.evidence import Fact, Record, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financing import Lapse, Repay
from entrepot.bindings.financings import FinancingState
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.chain.codec import encode_call
from entrepot.devnet.simulator import contracts, stage
from entrepot.devnet.simulator.chain import Chain
from entrepot.devnet.simulator.founding import Facility
from entrepot.kit.abi import Address, Call
from entrepot.steps import World
from entrepot.store.outbox import Intent, enqueue

DEALS_OPEN_MAX = 5


class Members:
    """Asks at random, by name of the effect; knows what it sent itself, to send it again.

    orders: after how many no further one is opened; opened: how many there are.
    """

    def __init__(self, chain: Chain, chance: Random, orders: int | None = None) -> None:
        self._chain, self._chance, self._orders = chain, chance, orders
        self._number, self.opened = 0, 0
        self._sent: list[tuple[Address, int, bytes]] = []
        self._nonces = {stage.NETWORK: 1, stage.SURVEYOR_DESK: 0}

    @property
    def waiting(self) -> bool:
        """Whether something of others is not mined yet."""
        return any(nonce > self._chain.nonce(own) for own, nonce in self._nonces.items())

    @property
    def done(self) -> bool:
        """Whether every order there was to be has come to its end."""
        return self.ended == self._orders and not self.waiting

    @property
    def ended(self) -> int:
        """How many orders have come to their end, as the chain has it now."""
        return self.opened - len(self._chain.state.get("open", ()))

    def insist(self) -> None:
        """Others send again what was lost."""
        for sender, nonce, raw in self._sent:
            if nonce >= self._chain.nonce(sender) and (sender, nonce) not in self._chain.pool:
                self._chain.submit(raw)

    def ask(self, world: World) -> str:
        """One thing more; says what."""
        deals: tuple[bytes, ...] = self._chain.state.get("open", ())
        if self.opened == self._orders:
            if not deals:
                return "nothing: no order is left"
        elif not deals or (len(deals) < DEALS_OPEN_MAX and self._chance.random() < 0.2):
            return f"deal {self.open_deal().seed}"
        facility: Facility = self._chain.state.get(("facility", self._chance.choice(deals)))
        if self._is_dead(facility):
            return self._lapse(facility)
        what = self._chance.choice(("paper", "paper", "cargo", "survey", "hold", "pay", "again"))
        order_id = facility.terms.order_id
        if what == "survey":
            return self._survey(order_id)
        if what == "pay" and facility.outstanding:
            return self.pay(world, facility, self._chance.randint(1, facility.outstanding + 50))
        if what == "hold":
            return self.hold(world, order_id)
        if what == "again" and self._number > 2:
            self._number -= 2
        members = (stage.EXPORTER,) if what == "paper" else (stage.CARRIER, stage.CUSTOMS)
        member = self._chance.choice(members)
        kinds = [kind for kind in stage.KINDS[member] if kind is not EvidenceKind.CUSTOMS_HOLD]
        return self.record(world, order_id, member, self._chance.choice(kinds))

    def record(
        self, world: World, order_id: OrderId, member: ParticipantId, kind: EvidenceKind
    ) -> str:
        """A fact about an order, by one whom it names."""
        self._number += 1
        call = Record(order_id=order_id, fact=self._fact(kind))
        self._enqueue(world, f"fact:{self._number}", member, "Evidence", call)
        return f"{kind.name} of {member.decode().rstrip('0')}"

    def open_deal(self) -> stage.Deal:
        """All that others do before our part of a deal begins."""
        self._number += 1
        self.opened += 1
        deal = stage.Deal(self._number, self._chain.head.timestamp)
        self._send(stage.NETWORK, contracts.opening(deal), bytes(stage.GROUND))
        return deal

    def _is_dead(self, facility: Facility) -> bool:
        late = self._chain.head.timestamp > facility.terms.matures_at
        return late and facility.state is FinancingState.FUNDED

    def _lapse(self, facility: Facility) -> str:
        """What was never paid out ends, so that others can begin."""
        for position in range(len(facility.terms.tranches)):
            call = Lapse(terms=facility.terms, tranche=position)
            self._send(stage.NETWORK, encode_call(call), stage.AT["Financing"])
        return "lapse"

    def _survey(self, order_id: OrderId) -> str:
        self._number += 1
        call = Record(order_id=order_id, fact=self._fact(EvidenceKind.LOADED))
        self._send(stage.SURVEYOR_DESK, encode_call(call), stage.AT["Evidence"])
        return "LOADED of the surveyor, who has a node of its own"

    def _send(self, sender: Address, data: bytes, to: bytes) -> None:
        nonce = self._nonces[sender]
        self._nonces[sender] = nonce + 1
        raw = self._chain.keys.foreign(sender, nonce, to, data)
        self._sent.append((sender, nonce, raw))
        del self._sent[:-50]
        self._chain.submit(raw)

    def pay(self, world: World, facility: Facility, amount: int) -> str:
        """A repayment out of the importer's account."""
        self._number += 1
        call = Repay(
            terms=facility.terms,
            amount=amount,
            payment_reference=stage.digest("payment", self._number),
        )
        self._enqueue(world, f"pay:{self._number}", None, "Financing", call)
        return f"payment of {amount}"

    def hold(
        self, world: World, order_id: OrderId, kind: EvidenceKind = EvidenceKind.CUSTOMS_HOLD
    ) -> str:
        """What customs say and take back: two calls of one operation, of which the second waits for
        the first, and then for a time."""
        self._number += 1
        fact = self._fact(kind)
        lift = Withdraw(
            order_id=order_id, kind=fact.kind, source_key=fact.source_key, reason=bytes(32)
        )
        hold = Record(order_id=order_id, fact=fact)
        operation = f"hold:{self._number}"
        self._enqueue(world, operation, stage.CUSTOMS, "Evidence", hold, operation)
        lifted = f"lift:{self._number}"
        wait_s = self._chance.choice((None, 1, 5))
        self._enqueue(world, lifted, stage.CUSTOMS, "Evidence", lift, operation, wait_s)
        return f"{kind.name}, to be lifted"

    def clear(self, world: World, *, retracted: bool) -> str:
        """Customs clear the goods of some order, and may take that back."""
        deals: tuple[bytes, ...] = self._chain.state.get("open", ())
        if not deals:
            return "nothing: no order is open"
        facility: Facility = self._chain.state.get(("facility", self._chance.choice(deals)))
        order_id, kind = facility.terms.order_id, EvidenceKind.EXPORT_RELEASED
        if retracted:
            return self.hold(world, order_id, kind)
        return self.record(world, order_id, stage.CUSTOMS, kind)

    def _fact(self, kind: EvidenceKind) -> Fact:
        return stage.fact(kind, self._number, self._chain.blocks[0].timestamp)

    def _enqueue(
        self,
        world: World,
        key: str,
        member: bytes | None,
        contract: str,
        call: Call,
        operation: str = "",
        wait_s: int | None = None,
    ) -> None:
        desks = {own: desk for desk, own in stage.DESKS.items()}
        intent = Intent(
            key=key,
            operation_id=operation or key,
            verb=call.abi.path,
            sender=stage.TREASURY if member is None else desks[ParticipantId(member)],
            target=stage.AT[contract],
            calldata=encode_call(call),
            wait_s=wait_s,
        )
        with world.store.transaction() as session:
            enqueue(session, intent, world.clock.now())
