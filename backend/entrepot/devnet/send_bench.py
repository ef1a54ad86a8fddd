"""Measures how many releases a second go through one signer, from queued to mined and settled;
beside it, in the same run on the same node, the most that the node can take: the very same calls,
signed beforehand, in JSON-RPC batches of a hundred, with a block after each."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from entrepot.bindings.financing import Release, ReleaseMany
from entrepot.bindings.financings import FinancingTerms
from entrepot.chain.codec import encode_call
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE
from entrepot.chain.signer import Signed, Transaction
from entrepot.devnet import cast
from entrepot.devnet.crowd import TRANCHES, Crowd
from entrepot.devnet.ground import open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.kit.abi import Call
from entrepot.steps import World
from entrepot.steps.sending import service as sending
from entrepot.store.outbox import RELEASE_PRIORITY, Intent, enqueue_all
from entrepot.views.machinery import has_open_calls
from entrepot.wiring import open_world

START = datetime(2027, 1, 16, tzinfo=UTC)
BATCH = 100
TOGETHER = 25
GAS = 600_000
GAS_TOGETHER = 2**24
LIMIT = 500
PAUSE_S = 0.002
FOREVER = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Releases a second: node, the same calls signed beforehand; sent, through the outbox, checked,
    signed, sent and settled; together, as many in one transaction through the outbox. ratio: sent
    over node; ratio_together: together over node."""

    releases: int
    node: float
    sent: float
    together: float
    ratio: float
    ratio_together: float


def measure(parties: Path, folder: Path, count: int, tell: Callable[[str], None]) -> Measured:
    """count: how many releases, a multiple of what a facility has tranches."""
    with (
        open_ground(folder, parties, mode=Mode.MANUAL, start=START, durable=False) as ground,
        open_world(ground.settings) as world,
    ):
        crowd = Crowd(ground, world)
        crowd.found()
        tell(f"{count // TRANCHES} facilities")
        terms = crowd.build(count // TRANCHES, waiting=False)
        # Past the devnet's door, which is ours: the node alone is what is compared with.
        rpc = Rpc(ground.sequencer.node_url, timeout_s=60)
        world = replace(world, node=HttpNode(rpc))
        asked = [Release(terms=t, tranche=n) for t in terms for n in range(TRANCHES)]
        pairs = [(t, n) for t in terms for n in range(TRANCHES)]
        groups = [_together(pairs[at : at + TOGETHER]) for at in range(0, len(pairs), TOGETHER)]
        rates: list[float] = []
        for what, run in (
            ("node", lambda: _presigned(world, rpc, asked)),
            ("sent", lambda: _through_the_outbox(world, rpc, cast.KEEPER, asked)),
            ("together", lambda: _through_the_outbox(world, rpc, cast.GUARDIAN, groups)),
        ):
            snapshot = rpc.ask("evm_snapshot", into=str)
            took = run()
            rates.append(len(asked) / took)
            tell(f"{what}: {rates[-1]:.0f} a second")
            rpc.ask("evm_revert", snapshot, into=bool)
        rpc.close()
    node, sent, together = rates
    return Measured(
        releases=len(asked),
        node=round(node),
        sent=round(sent),
        together=round(together),
        ratio=round(sent / node, 2),
        ratio_together=round(together / node, 2),
    )


def _together(pairs: list[tuple[FinancingTerms, int]]) -> ReleaseMany:
    return ReleaseMany(terms=tuple(t for t, _ in pairs), tranches=tuple(n for _, n in pairs))


def _presigned(world: World, rpc: Rpc, asked: list[Release]) -> float:
    """Seconds that the node takes for these calls, signed beforehand."""
    signer, first = world.signers.signer(world.keeper), world.node.nonce(world.keeper)
    signed = [
        signer.sign_transaction(
            Transaction(
                chain_id=world.deployment.chain_id,
                nonce=first + place,
                to=world.deployment["Financing"],
                data=encode_call(call),
                gas=GAS,
                fees=FREE,
            )
        )
        for place, call in enumerate(asked)
    ]
    began = time.perf_counter()
    for start in range(0, len(signed), BATCH):
        world.node.send_all([one.raw for one in signed[start : start + BATCH]])
        rpc.ask("evm_mine", into=str)
    took = time.perf_counter() - began
    _check(world, signed)
    return took


def _check(world: World, signed: list[Signed]) -> None:
    receipts = world.node.receipts([one.hash for one in signed])
    if not all(receipt is not None and receipt.succeeded for receipt in receipts):
        raise AssertionError("not all releases were mined")


def _through_the_outbox(world: World, rpc: Rpc, person: str, asked: Sequence[Call]) -> float:
    """Seconds from queued to settled, with a block as soon as something was sent.

    person: whose key signs; one whose lane has not been used, since the chain has gone back.
    """
    intents = [
        Intent(
            key=f"bench:{person}:{place}",
            operation_id=f"bench-{person}-{place}",
            verb=call.abi.path,
            sender=cast.address_of(person),
            target=world.deployment["Financing"],
            calldata=encode_call(call),
            priority=RELEASE_PRIORITY,
        )
        for place, call in enumerate(asked)
    ]
    with world.store.transaction() as session:
        enqueue_all(session, intents, world.clock.now())
    with _Mining(rpc) as mining:
        began = time.perf_counter()
        while _is_open(world):
            done = sending.run(world, LIMIT)
            if done.sent:
                mining.wanted.set()
            if done.refused:
                raise AssertionError(f"{done.refused} releases were refused")
            if done == sending.Sent():
                time.sleep(PAUSE_S)
        return time.perf_counter() - began


def _is_open(world: World) -> bool:
    with world.store.reading() as session:
        return has_open_calls(session, FOREVER)


class _Mining:
    """Mines a block whenever something was sent, beside whoever sends."""

    def __init__(self, rpc: Rpc) -> None:
        self.wanted, self._stopping = threading.Event(), False
        self._rpc, self._thread = rpc, threading.Thread(target=self._mine, daemon=True)

    def __enter__(self) -> "_Mining":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self.wanted.set()
        self._thread.join()

    def _mine(self) -> None:
        while True:
            self.wanted.wait()
            if self._stopping:
                return
            self.wanted.clear()
            while int(self._rpc.ask("txpool_status", into=dict[str, str])["pending"], 16):
                self._rpc.ask("evm_mine", into=str)


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    m = measured
    yield f"{m.releases} releases through one signer, releases a second:"
    yield f"{'the node alone, signed beforehand':<40}{m.node:>8}"
    yield f"{'checked, signed, sent and settled':<40}{m.sent:>8}   ratio {m.ratio}"
    together = f"the same, {TOGETHER} in a transaction"
    yield f"{together:<40}{m.together:>8}   ratio {m.ratio_together}"
