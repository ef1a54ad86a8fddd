"""Measures gas: what each verb of the straight walk costs, and the walk as a whole.

The walk is the replay of the scenario, so every figure is the same on every run and machine. Gas is
a receipt's `gasUsed`: execution, calldata and the 21,000 of the transaction itself.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from entrepot.bindings.registry import CALLS_BY_PATH
from entrepot.chain.answers import Receipt
from entrepot.chain.deployment import Deployment
from entrepot.chain.errors import UnknownEvent
from entrepot.chain.rpc import Rpc
from entrepot.devnet import cast, tradetrust
from entrepot.devnet.benching import Variant
from entrepot.devnet.player import Player
from entrepot.devnet.replay import Replay, open_replay
from entrepot.devnet.scenario import Step
from entrepot.kit.abi import Address
from entrepot.steps import World

GAS_MAX = 3_000_000
"""What a whole straight walk may cost."""

BILL_RATIO_MAX = 0.5
"""What issue, transfer and surrender of a bill may cost, over TradeTrust's."""

APART = ("/v1/sandbox-caps", "/v1/limits", "/v1/approval-bands", "/v1/deposits")
"""Requests that serve many settlements, or stand for money that comes in over the rails."""

COUNTED = {
    "EvidenceRecorded": "facts",
    "VoyageFactRecorded": "facts",
    "TrancheReleased": "tranches",
    "LenderFunded": "lenders",
}
"""Events that say how large the walk is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb over `calls` transactions."""

    verb: str
    calls: int
    gas_min: int
    gas_max: int
    gas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The same deed here and in TradeTrust's registry; None where that was not measured."""

    deed: str
    ours: int
    theirs: int | None
    ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """walk: from the order that is placed to the order that is fulfilled; the title is in the
    importer's hands one transaction before that. apart: limits, caps and minting. ratio: of
    walk_gas to the limit. tradetrust: version that `bill` is compared with."""

    walk_gas: int
    limit_gas: int
    ratio: float
    transactions: int
    facts: int
    tranches: int
    lenders: int
    walk: tuple[Verb, ...]
    apart: tuple[Verb, ...]
    founding_gas: int
    deployment_gas: int
    bill: tuple[Beside, ...]
    tradetrust: str | None


class _Sent(msgspec.Struct, rename={"sender": "from", "data": "input"}):
    """A transaction, as far as it matters here."""

    hash: str
    sender: str
    data: str
    to: str | None = None


class _Block(msgspec.Struct):
    transactions: list[_Sent]


@dataclass(frozen=True, slots=True)
class _Mined:
    verb: str
    sender: bytes
    receipt: Receipt


def meter(scenario: Path, package: Path | None) -> Metered:
    """Plays the scenario, then one bill of lading by itself.

    package: folder with TradeTrust's npm package, whose registry is then measured on the same node.
    """
    with open_replay(scenario) as replay:
        stage = replay.stage
        rpc = Rpc(stage.ground.settings.rpc_url)
        try:
            founded = _mined(rpc, stage.world, 1, stage.ground.sequencer.head().number)
            apart, walk = _walk(rpc, replay)
            ours = _bill(rpc, replay)
        finally:
            rpc.close()
        theirs = tradetrust.measure(stage, package) if package else None
    return _summed_up(founded, apart, walk, _compared(ours, theirs), theirs)


def _walk(rpc: Rpc, replay: Replay) -> tuple[list[_Mined], list[_Mined]]:
    """The transactions that stand apart, and those of the walk."""
    apart: list[_Mined] = []
    walk: list[_Mined] = []
    for told in replay.steps():
        mined = _mined(rpc, replay.stage.world, told.first_block, told.last_block)
        (apart if told.played.step.post in APART else walk).extend(mined)
    return apart, walk


def _bill(rpc: Rpc, replay: Replay) -> dict[str, int]:
    """Gas of each verb of a second order's bearer bill, from its issue to the goods' delivery."""
    stage, variant = replay.stage, Variant(1)
    first = stage.ground.sequencer.head().number + 1
    player = Player(
        stage, lambda name: _to_bearer(variant.content(replay.scenario.read(name))), "bill"
    )
    try:
        player.play(map(variant.step, _bill_steps(replay.scenario.steps)), lambda _: None)
    finally:
        player.close()
    stage.settle()
    mined = _mined(rpc, stage.world, first, stage.ground.sequencer.head().number)
    return {one.verb: one.receipt.gas_used for one in mined}


def _to_bearer(paper: bytes) -> bytes:
    """The same bill of lading with nobody named: possession suffices."""
    bill = json.loads(paper)
    del bill["documentParties"]["endorsee"]
    return json.dumps(bill).encode()


def _bill_steps(walk: Iterable[Step]) -> list[Step]:
    """The walk's own order, acceptance and bill; then the bill's way to importer and carrier."""
    posts = ("/v1/orders", "/v1/orders/{order}:accept", "/v1/titles")
    steps = [step for step in walk if step.post in posts]
    importer = next(step.body or {} for step in steps if step.post == posts[0])["importer"]
    moves: list[tuple[str, str, dict[str, Any]]] = [
        ("exporter", "transfer", {"to": importer}),
        ("importer", "surrender", {"reason": "DELIVERY"}),
        ("carrier", "accept-surrender", {}),
    ]
    return steps + [
        Step(say=verb, actor=actor, post=f"/v1/titles/{{title}}:{verb}", body=body)
        for actor, verb, body in moves
    ]


def _compared(ours: dict[str, int], theirs: tradetrust.Costs | None) -> tuple[Beside, ...]:
    """A bearer bill moves with possession; in their registry holder and beneficiary move together
    to the same effect."""
    acts = {
        "issue": ("Titles.issue", "mint"),
        "transfer": ("Titles.transfer", "transfer_owners"),
        "surrender": ("Titles.surrender", "return_to_issuer"),
        "accept the surrender": ("Titles.acceptSurrender", "burn"),
    }
    here = {deed: ours[verb] for deed, (verb, _) in acts.items()}
    there = {deed: getattr(theirs, field) for deed, (_, field) in acts.items()} if theirs else None
    sums = {deed: [deed] for deed in acts} | {"the first three": [*acts][:3], "all four": [*acts]}

    def beside(deed: str, parts: list[str]) -> Beside:
        cost = sum(here[part] for part in parts)
        other = sum(there[part] for part in parts) if there else None
        return Beside(
            deed=deed, ours=cost, theirs=other, ratio=round(cost / other, 2) if other else None
        )

    return tuple(beside(deed, parts) for deed, parts in sums.items())


def _summed_up(
    founded: list[_Mined],
    apart: list[_Mined],
    walk: list[_Mined],
    bill: tuple[Beside, ...],
    theirs: tradetrust.Costs | None,
) -> Metered:
    deployer = cast.address_of(cast.DEPLOYER)
    size = Counter(name for one in walk for name in _names(one.receipt))
    walk_gas = _gas(walk)
    return Metered(
        walk_gas=walk_gas,
        limit_gas=GAS_MAX,
        ratio=round(walk_gas / GAS_MAX, 3),
        transactions=len(walk),
        facts=size["facts"],
        tranches=size["tranches"],
        lenders=size["lenders"],
        walk=_verbs(walk),
        apart=_verbs(apart),
        founding_gas=_gas(one for one in founded if one.sender != deployer),
        deployment_gas=_gas(one for one in founded if one.sender == deployer),
        bill=bill,
        tradetrust=theirs and theirs.version,
    )


def _verbs(mined: Iterable[_Mined]) -> tuple[Verb, ...]:
    """By verb, the dearest first."""
    costs: defaultdict[str, list[int]] = defaultdict(list)
    for one in mined:
        costs[one.verb].append(one.receipt.gas_used)
    verbs = [
        Verb(verb=verb, calls=len(gas), gas_min=min(gas), gas_max=max(gas), gas=sum(gas))
        for verb, gas in costs.items()
    ]
    return tuple(sorted(verbs, key=lambda verb: (-verb.gas, verb.verb)))


def _gas(mined: Iterable[_Mined]) -> int:
    return sum(one.receipt.gas_used for one in mined)


def _names(receipt: Receipt) -> Iterable[str]:
    """What of the walk's size its events count; those of OpenZeppelin's contracts are not ours."""
    for log in receipt.logs:
        with suppress(UnknownEvent):
            name = type(log.event).__name__
            if name in COUNTED:
                yield COUNTED[name]


def _mined(rpc: Rpc, world: World, first: int, last: int) -> list[_Mined]:
    """Every transaction of these blocks."""
    questions = [("eth_getBlockByNumber", (hex(n), True)) for n in range(first, last + 1)]
    sent = [one for block in rpc.ask_all(questions, into=_Block) for one in block.transactions]
    receipts = world.node.receipts([bytes.fromhex(one.hash[2:]) for one in sent])
    name = _namer(world.deployment)
    return [
        _Mined(name(one), bytes.fromhex(one.sender[2:]), _good(one, receipt))
        for one, receipt in zip(sent, receipts, strict=True)
    ]


def _good(sent: _Sent, receipt: Receipt | None) -> Receipt:
    if receipt is None or not receipt.succeeded:
        raise ValueError(f"{sent.hash} failed: a walk with a failed transaction is no measure")
    return receipt


def _namer(deployment: Deployment) -> Callable[[_Sent], str]:
    """Says which verb a transaction calls: `Financing.release`, or `creation`."""
    known = {(c.abi.contract, c.abi.selector): c.abi.path for c in CALLS_BY_PATH.values()}

    def name(sent: _Sent) -> str:
        if sent.to is None:
            return "creation"
        contract = deployment.name_of(Address(bytes.fromhex(sent.to[2:]))) or sent.to
        selector = bytes.fromhex(sent.data[2:10])
        return known.get((contract, selector), f"{contract}.0x{selector.hex()}")

    return name
