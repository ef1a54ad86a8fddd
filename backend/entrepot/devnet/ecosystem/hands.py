"""The hands of everybody: signs, sends, mines, lets the engine work, and looks at every block."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec

from entrepot.bindings.registry import CALLS_BY_PATH
from entrepot.chain import governance
from entrepot.chain.answers import Receipt
from entrepot.chain.errors import UnknownEvent
from entrepot.chain.rpc import Rpc
from entrepot.devnet import cast
from entrepot.devnet.by_hand import Act, Pens
from entrepot.devnet.ecosystem.tally import TOPIC_BYTES, Seen, Tally
from entrepot.devnet.sequencer import Sequencer
from entrepot.kit.abi import Address, Call, Event
from entrepot.kit.clock import ManualClock, from_unix
from entrepot.steps import World
from entrepot.worker import tick

BATCH = 100
TICKS_MAX = 10_000


class _Sent(msgspec.Struct, rename={"data": "input"}):
    hash: str
    data: str
    to: str | None = None


class _Block(msgspec.Struct):
    timestamp: str
    transactions: list[_Sent]


class Hands:
    """engine_s, chain_s: seconds that the engine worked, and that we signed and the node mined.

    All that grows here are the keys and nonces of those who ever acted.
    """

    def __init__(self, world: World, chain: Sequencer, clock: ManualClock, rpc: Rpc) -> None:
        self.world, self.tally = world, Tally()
        self.engine_s, self.chain_s = 0.0, 0.0
        self._chain, self._clock, self._rpc = chain, clock, rpc
        self._pens = Pens(world)
        self._looked_at = chain.head().number
        known = {(c.abi.contract, c.abi.selector): c.abi.path for c in CALLS_BY_PATH.values()}
        self._verbs = known

    def act(self, acts: Sequence[Act]) -> None:
        """All the calls, in this order, a hundred to a block; after each block the engine works.
        AssertionError when one of them was refused."""
        for start in range(0, len(acts), BATCH):
            began = time.monotonic()
            batch = acts[start : start + BATCH]
            hashes = self._pens.send(batch)
            self._mine()
            receipts = self.world.node.receipts(hashes)
            self.chain_s += time.monotonic() - began
            self._pens.check(batch, receipts)
            self._settle()
            self._look()

    def govern(self, to: Address, calls: Sequence[Call]) -> None:
        """What only governance may do, announced first."""
        manager = self.world.deployment["AccessManager"]
        self.act([(cast.GOVERNOR, manager, governance.scheduled(to, call)) for call in calls])
        self.open_day(self._chain.head().timestamp + 2)
        self.act([(cast.GOVERNOR, to, call) for call in calls])

    def open_day(self, timestamp: int) -> None:
        """Lets the chain's clock and the engine's go on from that time, in a block of its own; the
        engine does what has become due."""
        self._chain.mine(max(timestamp, self._chain.head().timestamp + 1))
        self._move_clock()
        self._settle()
        self._look()

    def _settle(self) -> None:
        """Ticks and mines until nothing moves any more."""
        began = time.monotonic()
        for _ in range(TICKS_MAX):
            done = tick(self.world)
            if done.sent.sent:
                self._mine()
            elif done.idle:
                self.engine_s += time.monotonic() - began
                return
        raise AssertionError(f"still moving after {TICKS_MAX} ticks")

    def _mine(self) -> None:
        self._chain.mine(self._chain.head().timestamp + 1)
        self._move_clock()

    def _move_clock(self) -> None:
        self._clock.move_to(from_unix(self._chain.head().timestamp))

    def _look(self) -> None:
        """Adds up the blocks that have come since."""
        head = self._chain.head().number
        numbers = range(self._looked_at + 1, head + 1)
        questions = [("eth_getBlockByNumber", (hex(n), True)) for n in numbers]
        for block in self._rpc.ask_all(questions, into=_Block):
            hashes = [bytes.fromhex(one.hash[2:]) for one in block.transactions]
            receipts = self.world.node.receipts(hashes) if hashes else []
            seen = [
                self._seen(one, receipt)
                for one, receipt in zip(block.transactions, receipts, strict=True)
                if receipt is not None
            ]
            self.tally.add(seen, int(block.timestamp, 16))
        self.tally.counts["blocks"] += len(numbers)
        self._looked_at = head

    def _seen(self, sent: _Sent, receipt: Receipt) -> Seen:
        to = Address(bytes.fromhex((sent.to or "0x")[2:]))
        contract = self.world.deployment.name_of(to) or "other"
        data = bytes.fromhex(sent.data[2:])
        return Seen(
            verb=self._verbs.get((contract, data[:4]), contract),
            gas=receipt.gas_used,
            succeeded=receipt.succeeded,
            call_bytes=len(data),
            log_bytes=sum(len(log.data) + TOPIC_BYTES * len(log.topics) for log in receipt.logs),
            events=tuple(_events(receipt)),
        )


def _events(receipt: Receipt) -> Iterator[Event]:
    for log in receipt.logs:
        with suppress(UnknownEvent):
            yield log.event
