"""A long chain for measuring: orders placed and accepted, then facts about them, block after block.

The logs are byte for byte those of our contracts, but a herald writes them: code that emits the
logs it is given and keeps nothing. anvil computes the root of the whole state for every block, so
that hundreds of thousands of kept facts would take hours to mine, each time.

The chain is made once and journaled in a folder; opened again, its transactions are mined again to
the very same hashes.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from entrepot.bindings.evidence import EvidenceRecorded, Fact
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.bindings.trade_orders import Attester, OrderAccepted, OrderPlaced, OrderTerms
from entrepot.chain import ids
from entrepot.chain.codec import encode_event
from entrepot.chain.deploying import contract_address
from entrepot.chain.deployment import Deployment
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE
from entrepot.chain.signer import LocalSigner, Transaction
from entrepot.devnet import cast
from entrepot.devnet.herald import creation, message
from entrepot.devnet.sequencer import CHAIN_ID, Mode, Sequencer
from entrepot.kit.abi import Address, Event
from entrepot.kit.hashing import sha256

GENESIS_TIME = 1_800_000_000
FOREVER = 2**40
GAS = 15_000_000
HERALDS = ("TradeOrders", "Evidence")
SILENT = ("AccessManager", "Participants", "Titles", "Encumbrances", "Financing")
"""Asked about like the others; they say nothing on this chain."""
KINDS = tuple(EvidenceKind)[:10]
EVENTS_PER_ORDER = 2 + len(KINDS)
EXPORTER, IMPORTER, FORWARDER = (
    ParticipantId(f"LONG{name:0<14}00".encode()) for name in ("EXPORTER", "IMPORTER", "FORWARDER")
)

Tell = Callable[[int, int], None]
"""Told the blocks that are there, and how many it will be."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`blocks` blocks, each with `orders` new orders and ten facts about each order of the block
    before: twelve events for an order."""

    name: str
    orders: int
    blocks: int

    @property
    def events(self) -> int:
        """The first block has no facts."""
        return self.orders * (self.blocks * EVENTS_PER_ORDER - len(KINDS))


@dataclass(frozen=True, slots=True)
class LongChain:
    sequencer: Sequencer
    deployment: Deployment
    shape: Shape
    numbers: Iterator[int]

    @property
    def last(self) -> int:
        return self.sequencer.head().number

    def add_block(self) -> None:
        """One more block of new orders."""
        numbers = [next(self.numbers) for _ in range(self.shape.orders)]
        with _hand(self.sequencer) as hand:
            hand.proclaim(self.deployment, list(_orders(numbers)))


@contextmanager
def open_long_chain(folder: Path | None, shape: Shape, tell: Tell) -> Iterator[LongChain]:
    """The chain of that shape in its folder, made when it is not there; forgotten at the end
    without a folder. Raises ValueError when the folder holds something else."""
    with Sequencer(folder, mode=Mode.MANUAL, genesis_time=GENESIS_TIME, progress=tell) as sequencer:
        with _hand(sequencer) as hand:
            deployment = _deployment(hand.genesis_hash)
        if sequencer.head().number == 0:
            with _hand(sequencer) as hand:
                _make(hand, deployment, shape, tell)
        if sequencer.head().number != shape.blocks + 1:
            raise ValueError(f"{folder} holds another chain, or half of one: remove it")
        yield LongChain(sequencer, deployment, shape, count(shape.orders * shape.blocks))


def _deployment(genesis: bytes) -> Deployment:
    deployer = cast.address_of(cast.DEPLOYER)
    heralds = {name: contract_address(deployer, nonce) for nonce, name in enumerate(HERALDS)}
    silent = {name: Address(sha256(name.encode())[:20]) for name in SILENT}
    return Deployment(
        chain_id=CHAIN_ID,
        genesis_hash=genesis,
        first_block=1,
        contracts={**heralds, **silent},
        libraries={},
        governor=cast.address_of(cast.GOVERNOR),
        guardian=cast.address_of(cast.GUARDIAN),
        delay_s=1,
        tokens=(),
    )


class _Hand:
    """Signs with a key that everybody knows, and mines."""

    def __init__(self, sequencer: Sequencer, rpc: Rpc) -> None:
        self._sequencer, self._rpc = sequencer, rpc
        self.genesis_hash = HttpNode(rpc).genesis_hash()
        self._signer = LocalSigner(cast.secret_of(cast.DEPLOYER))
        self._nonces = count(HttpNode(rpc).nonce(self._signer.address))

    def proclaim(self, deployment: Deployment, events: list[Event]) -> None:
        """A block with these events, one transaction for each contract."""
        by_contract = {name: [e for e in events if e.abi.contract == name] for name in HERALDS}
        self.mine(
            [
                (deployment[name], message([encode_event(event) for event in told]))
                for name, told in by_contract.items()
                if told
            ]
        )

    def mine(self, calls: list[tuple[Address | None, bytes]]) -> None:
        signed = [
            self._signer.sign_transaction(
                Transaction(chain_id=CHAIN_ID, nonce=nonce, to=to, data=data, gas=GAS, fees=FREE)
            ).raw
            for (to, data), nonce in zip(calls, self._nonces, strict=False)
        ]
        self._rpc.ask_all(
            [("eth_sendRawTransaction", ["0x" + raw.hex()]) for raw in signed], into=str
        )
        self._sequencer.mine()


@contextmanager
def _hand(sequencer: Sequencer) -> Iterator[_Hand]:
    rpc = Rpc(sequencer.url, timeout_s=60)
    try:
        yield _Hand(sequencer, rpc)
    finally:
        rpc.close()


def _make(hand: _Hand, deployment: Deployment, shape: Shape, tell: Tell) -> None:
    hand.mine([(None, creation()) for _ in HERALDS])
    before: list[OrderPlaced] = []
    for block in range(shape.blocks):
        first = block * shape.orders
        placed = list(_orders(range(first, first + shape.orders)))
        facts = [_fact(order.order_id, kind) for order in before for kind in KINDS]
        hand.proclaim(deployment, [*placed, *facts])
        before = [event for event in placed if isinstance(event, OrderPlaced)]
        if block % 50 == 0:
            tell(block, shape.blocks)


def _orders(numbers: Iterable[int]) -> Iterator[Event]:
    for number in numbers:
        key = sha256(f"order {number}".encode())
        order = OrderId(sha256(key + b"order"))
        terms = OrderTerms(
            exporter=EXPORTER,
            importer=IMPORTER,
            currency=b"USD",
            amount=1_000_000 + number,
            origin=b"CN",
            destination=b"NL",
            commitment=sha256(key),
            accept_by=FOREVER,
            ship_by=FOREVER,
        )
        named = Attester(participant=FORWARDER, kinds=KindSet(sum(1 << kind for kind in KINDS)))
        yield OrderPlaced(
            order_id=order,
            exporter=EXPORTER,
            importer=IMPORTER,
            terms=terms,
            attesters=(named,),
        )
        yield OrderAccepted(order_id=order, importer=IMPORTER, version=1)


def _fact(order: OrderId, kind: EvidenceKind) -> EvidenceRecorded:
    key = sha256(order + bytes([kind]))
    fact = Fact(
        kind=kind,
        source_key=key,
        commitment=sha256(key),
        occurred_at=GENESIS_TIME,
        supersedes=bytes(32),
    )
    evidence = ids.evidence_id(CHAIN_ID, Address(order[:20]), order, FORWARDER, kind, key)
    return EvidenceRecorded(order_id=order, evidence_id=evidence, attester=FORWARDER, fact=fact)
