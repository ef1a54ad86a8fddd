"""What must hold after every step, and what must hold at rest."""

from collections import Counter
from dataclasses import dataclass, field

from entrepot.devnet.simulator.chain import Block, Chain
from entrepot.devnet.simulator.stage import OURS
from entrepot.store.session import Session, Store
from entrepot.store.tables import OutboxState
from entrepot.views import soundness
from entrepot.views.soundness import Row

EQUAL = ("logs", "facilities", "closed", "overdue", "drawn", "outstanding", "released", "payments")
"""Figures of the tables that are figures of the contracts, by the same name."""


Call = tuple[bytes, bytes, bytes]
"""Sender, target, calldata."""


class Broken(Exception):
    """Something that must hold does not."""


@dataclass
class Checks:
    """Holds one database against the chain that it follows.

    since: the first row of the outbox that is looked at again; all before it are done with.
    """

    chain: Chain
    since: int = 0
    _owners: dict[tuple[bytes, int], tuple[int, bytes, bytes]] = field(default_factory=dict)
    _calls: Counter[Call] = field(default_factory=Counter)
    _nonces: dict[int, int] = field(default_factory=dict)

    def after_step(self, store: Store) -> None:
        """Raises Broken with what does not hold, at the cost of a few small queries."""
        with store.reading() as session:
            head = self._check_blocks(session)
            if head is not None:
                steps = soundness.steps(session)
                self._check_figures(session, head, steps)
                self._check_decisions(session, head, steps)
            self._check_outbox(session)

    def at_rest(self, store: Store) -> None:
        """What holds once faults are over and nothing moves any more."""
        self.since = 0
        self.after_step(store)
        with store.reading() as session:
            head = soundness.blocks(session, 2**40)[-1]
            rows = soundness.outbox(session, 0)
        _hold(head[1] == self.chain.head.hash, "the tables stand at another block than the chain")
        _hold(not self.chain.head.met, "a tranche is due, and nobody asks for it any more")
        for row in rows:
            _hold(row.is_settled, f"row {row.id} {row.key} rests as {row.state}")
            if row.state == OutboxState.FAILED:
                _hold(row.nonce is None, f"row {row.id} failed and has a nonce")
            else:
                found = self.chain.find(row.tx_hash or b"", self.chain.blocks)
                _hold(found is not None, f"row {row.id} {row.key} is {row.state}, not on the chain")
        stranded = [tx for tx in self.chain.pool.values() if tx.sender in OURS]
        _hold(not stranded, "a transaction of ours is in the pool for ever")

    def caught_up(self, store: Store) -> bool:
        """Whether the tables stand at the chain's head, and every step has dealt with it."""
        with store.reading() as session:
            rows, steps = soundness.blocks(session, 2**40), soundness.steps(session)
        head = self.chain.head
        at_head = bool(rows) and rows[-1][1] == head.hash
        return at_head and all(steps.get(s) == head.number for s in ("conditions", "repayment"))

    def owes(self, store: Store) -> bool:
        """Whether a row of the outbox is not settled yet."""
        with store.reading() as session:
            return any(not row.is_settled for row in soundness.outbox(session, self.since))

    def restless(self, store: Store) -> str:
        """What of the outbox is not settled yet, and what the pool still has of ours."""
        with store.reading() as session:
            rows = [row for row in soundness.outbox(session, 0) if not row.is_settled]
        waiting = [tx.lane[1] for tx in self.chain.pool.values() if tx.sender in OURS]
        told = [f"{row.key[:40]} is {row.state} with nonce {row.nonce}" for row in rows]
        return f"{told}; nonces in the pool: {waiting}"

    def _check_blocks(self, session: Session) -> Block | None:
        rows = soundness.blocks(session, self.chain.final - 2)
        before: Block | None = None
        for number, own, parent in rows:
            block = self.chain.known.get(own)
            if block is None or (block.number, block.parent_hash) != (number, parent):
                raise Broken(f"block {number} is stored as it never was")
            linked = before is None or parent == before.hash
            _hold(linked, f"block {number} does not follow the one before it")
            before = block
        return before

    def _check_figures(self, session: Session, head: Block, steps: dict[str, int]) -> None:
        found = soundness.figures(session)
        _hold(found["blocks"] == head.number, "blocks are missing among those stored")
        meant = head.totals
        for name in (*EQUAL, "facts"):
            _hold(
                found[name] == meant[name],
                f"{name}: {found[name]} in the tables, {meant[name]} on the chain at {head.number}",
            )
        booked = self._ancestor(head, steps.get("repayment", -1))
        entries = 0 if booked is None else booked.totals["money"]
        _hold(
            found["entries"] == entries, f"{found['entries']} entries of {entries} in the journal"
        )
        drawn = 0 if booked is None else booked.totals["drawn"]
        _hold(found["booked"] == drawn, f"{found['booked']} booked as released, {drawn} were")
        odd = soundness.unbalanced(session, self.chain.final - 2)
        _hold(odd is None, f"the entry of log {odd} does not sum to zero")

    def _ancestor(self, head: Block, number: int) -> Block | None:
        _hold(number <= head.number, "a step is ahead of the blocks")
        block = head
        while block.number > max(number, 0):
            block = self.chain.known[block.parent_hash]
        return block if number > 0 else None

    def _check_decisions(self, session: Session, head: Block, steps: dict[str, int]) -> None:
        if steps.get("conditions") != head.number:
            return
        found = soundness.met(session)
        differ = sorted(found ^ head.met)
        told = [f"{financing.hex()[:8]}:{position}" for financing, position in differ]
        _hold(not differ, f"decided otherwise than the contract at {head.number}: {told}")

    def _check_outbox(self, session: Session) -> None:
        rows = soundness.outbox(session, self.since)
        signed = [(row.sender, row.nonce) for row in rows if row.nonce is not None]
        for row in rows:
            self._check_row(row)
        for sender, nonce in signed:
            whole = nonce == 0 or (sender, nonce - 1) in self._owners
            _hold(whole, f"nonce {nonce - 1} of 0x{sender.hex()[:8]} is nobody's")
        going = [row.id for row in rows if self.may_change(row)]
        self.since = going[0] if going else max([self.since, *(row.id for row in rows)])
        self._check_chain()

    def may_change(self, row: Row) -> bool:
        """Whether the row is looked at again: until it is settled, and while a fork could take back
        the block that reverted it."""
        if row.state == OutboxState.REVERTED:
            return row.block_number is None or row.block_number > self.chain.final
        return not row.is_settled

    def _check_row(self, row: Row) -> None:
        if row.nonce is not None:
            lane, owner = (row.sender, row.nonce), (row.id, row.target, row.calldata)
            if lane not in self._owners:
                self._owners[lane] = owner
                self._calls[row.sender, row.target, row.calldata] += 1
            held = self._owners[lane]
            _hold(held == owner, f"rows {held[0]} and {row.id} share nonce {row.nonce}")
        if row.id in self._nonces:
            kept = row.nonce == self._nonces[row.id]
            _hold(kept, f"row {row.id} had nonce {self._nonces[row.id]}, and now {row.nonce}")
        elif row.nonce is not None:
            self._nonces[row.id] = row.nonce
        if row.state == OutboxState.FINAL:
            found = self.chain.find(row.tx_hash or b"", self.chain.blocks)
            _hold(
                found is not None and found[0].number <= self.chain.final,
                f"row {row.id} {row.key} counts as final and is not",
            )

    def _check_chain(self) -> None:
        """Whatever a node ever got from us was stored before; and is on the chain once at most."""
        for tx in self.chain.taken:
            if tx.sender in OURS and tx.envelope.data:
                owner = self._owners.get(tx.lane)
                _hold(
                    owner is not None and owner[1:] == (tx.envelope.to, tx.envelope.data),
                    f"a node has a call with nonce {tx.lane[1]} of 0x{tx.sender.hex()[:8]} that "
                    "the outbox does not have there",
                )
        for tx in self.chain.executed:
            if tx.sender in OURS and tx.envelope.data:
                call = (tx.sender, tx.envelope.to, tx.envelope.data)
                times = self.chain.state.get(("mined", *call), 0)
                _hold(times <= self._calls[call], "an intent is on the chain twice")
        self.chain.taken.clear()
        self.chain.executed.clear()


def _hold(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)
