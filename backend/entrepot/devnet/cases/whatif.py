"""A second devnet that is as the case was up to a block, and from there on has one fact otherwise.

After the fork, what members sent is sent again, at its time, signed anew for the nonces there; the
worker decides by itself what to release. What does not hold any more reverts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entrepot.chain.codec import encode_call
from entrepot.chain.errors import CallReverted
from entrepot.chain.signer import Fees, LocalSigner, Signed, Transaction, read_transaction
from entrepot.devnet import cast
from entrepot.devnet.cases import states
from entrepot.devnet.cases.altering import Alteration, alteration
from entrepot.devnet.cases.case import Block, Case, CaseError
from entrepot.devnet.cases.case import Transaction as Recorded
from entrepot.devnet.cases.expressions import Facts
from entrepot.devnet.cases.facts import facts_of
from entrepot.devnet.cases.stage import CaseStage, open_stage
from entrepot.devnet.cases.states import Between, States
from entrepot.devnet.cases.why import Why, why
from entrepot.devnet.rehearsal import ROUNDS_MAX, Restless
from entrepot.kit.abi import Address
from entrepot.wiring import keystore
from entrepot.worker import tick

GAS_TIMES = 2
"""What a call was given, times this: on another state it may need more."""

GAS_OF_A_FACT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What went through in the record, and not here. time: unix seconds; reason: the contract's."""

    time: int
    by: str
    call: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Both ends side by side. between: from the record's end to this one's; why: the tranches at
    this one's; was, would_be: the facts by name."""

    block: int
    set: str
    refused: tuple[Refused, ...]
    was: Facts
    would_be: Facts
    between: Between
    why: tuple[Why, ...]


def what_if(case: Case, block: int, text: str) -> WhatIf:
    """Plays the case with one fact changed after `block`. CannotSet when it cannot be; CaseError
    when the case's keys are not a devnet's."""
    recorded = States(case)
    if not case.head.deployed <= block < case.last:
        raise CaseError(f"fork between block {case.head.deployed} and block {case.last - 1}")
    change = alteration(text, recorded.at(block), case.head, case.block(block).time)
    with open_stage(case) as stage:
        stage.go_to(block)
        fork = _Fork(case, stage, change)
        fork.run(block)
        ended, time = stage.state(), stage.chain.time
        was = recorded.at(case.last)
        return WhatIf(
            block=block,
            set=change.text,
            refused=tuple(fork.refused),
            was=facts_of(was, case.head, case.last, case.block(case.last).time),
            would_be=facts_of(ended, case.head, stage.block, time),
            between=states.compare(was, ended),
            why=why(ended, case.head),
        )


class _Fork:
    """The stage from the fork on, where the worker works."""

    def __init__(self, case: Case, stage: CaseStage, change: Alteration) -> None:
        self.case, self.stage, self.change = case, stage, change
        self.refused: list[Refused] = []
        self._addresses = {
            a.name: Address(bytes.fromhex(a.address[2:])) for a in case.head.accounts
        }
        self._nonces: dict[str, int] = {}
        self._sent: dict[str, tuple[Recorded, Transaction]] = {}
        keystore(stage.world.settings).add(cast.secret_of(cast.KEEPER))

    def run(self, block: int) -> None:
        for call in self.change.calls:
            to = self.stage.world.deployment["Evidence"]
            sent, _ = self._signed(self.change.by, to, encode_call(call), GAS_OF_A_FACT)
            self._mine(0, ["0x" + sent.raw.hex()])
        self._settle()
        for recorded in self.case.blocks[block:]:
            self._mine(recorded.time, list(self._sent_again(recorded)))
            self._note_refusals()
            self._settle()

    def _sent_again(self, block: Block) -> Iterator[str]:
        for each in block.transactions:
            was = read_transaction(bytes.fromhex(each.raw[2:]))
            contract = each.call.partition(".")[0]
            if each.by != cast.KEEPER and not self.change.drops(contract, was.data):
                sent, transaction = self._signed(each.by, was.to, was.data, was.gas * GAS_TIMES)
                if each.ok:
                    self._sent["0x" + sent.hash.hex()] = (each, transaction)
                yield "0x" + sent.raw.hex()

    def _signed(
        self, by: str, to: Address | None, data: bytes, gas: int
    ) -> tuple[Signed, Transaction]:
        signer = LocalSigner(cast.secret_of(by))
        if signer.address != self._addresses.get(by):
            raise CaseError(f"the key of {by} is no devnet's: this case cannot be forked")
        nonce = self._nonces.get(by)
        if nonce is None:
            nonce = self.stage.world.node.nonce(signer.address)
        self._nonces[by] = nonce + 1
        transaction = Transaction(
            chain_id=self.case.head.chain_id,
            nonce=nonce,
            to=to,
            data=data,
            gas=gas,
            fees=Fees(price_wei=0),
        )
        return signer.sign_transaction(transaction), transaction

    def _mine(self, time: int, raws: list[str]) -> None:
        """At that time, or a second after the block before where that has passed."""
        self.stage.chain.mine(max(time, self.stage.chain.time + 1), raws)

    def _settle(self) -> None:
        for _ in range(ROUNDS_MAX):
            done = tick(self.stage.world)
            if done.sent.sent:
                self._mine(0, [])
            elif done.idle:
                return
        raise Restless(f"still moving after {ROUNDS_MAX} ticks")

    def _note_refusals(self) -> None:
        """What reverted here and did not in the record, with the contract's own reason."""
        number = self.stage.chain.number
        for receipt in self.stage.chain.ask("eth_getBlockReceipts", hex(number)):
            sent = self._sent.get(receipt["transactionHash"])
            if sent is not None and int(receipt["status"], 16) == 0:
                was, transaction = sent
                reason = self._reason(self._addresses[was.by], transaction, number)
                refused = Refused(
                    time=self.stage.chain.time, by=was.by, call=was.call, reason=reason
                )
                self.refused.append(refused)

    def _reason(self, sender: Address, transaction: Transaction, number: int) -> str:
        node = self.stage.world.node
        try:
            node.simulate(sender, transaction.to, transaction.data, number - 1)
        except CallReverted as error:
            return f"{error.revert.abi.contract}_{error.revert.abi.name}"
        return "after another transaction of its block"
