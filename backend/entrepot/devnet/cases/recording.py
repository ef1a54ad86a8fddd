"""A running devnet, or a scenario that was played, as a case.

What is taken from the source is what happened: blocks, transactions, requests, documents. What it
led to, events, rows and decisions, is taken from playing that again on a fresh stage: no case is
written that does not replay, and its digest must be the source's own.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from typing import cast as taken_for

import msgspec

from entrepot import __version__
from entrepot.chain.rpc import Rpc
from entrepot.devnet import cast
from entrepot.devnet.cases.case import (
    FORMAT,
    SEEDS,
    Account,
    Block,
    Case,
    CaseError,
    Document,
    End,
    Fault,
    Head,
    Party,
    Request,
    Step,
)
from entrepot.devnet.cases.faults import drawn
from entrepot.devnet.cases.playing import play
from entrepot.devnet.cases.source import Ask, deployed_at, names_of, read_blocks
from entrepot.devnet.cases.stage import open_stage
from entrepot.devnet.replay import Told, open_replay
from entrepot.steps import World
from entrepot.steps.conditions.service import RULES_HASH
from entrepot.store.session import Session
from entrepot.views import recorded as views
from entrepot.views.digest import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of a devnet. part: the beginning of an order's or a facility's id, 0x-hex;
    from_block, to_block: None for the first and the last. with_documents: their bytes as well.
    faults: the seed of what is to go wrong whenever the case is played; None for nothing."""

    name: str
    part: str = ""
    from_block: int | None = None
    to_block: int | None = None
    with_documents: bool = False
    faults: int | None = None


def record_scenario(path: Path, wanted: Wanted, tell: Callable[[Told], None]) -> Case:
    """Plays a scenario on a devnet in memory and records it. Raises as `record`, and ScenarioError
    when the file is no scenario."""
    with open_replay(path) as playing:
        told: list[Told] = []
        for step in playing.steps():
            told.append(step)
            tell(step)
        if told and wanted.from_block is None and not wanted.part:
            wanted = replace(wanted, from_block=told[0].first_block)
        case = record(playing.stage.world, playing.stage.ground.members, wanted)
        title, title_zh = playing.scenario.title, playing.scenario.title_zh
    steps = tuple(_step(step) for step in told if step.first_block <= case.last)
    return replace(case, head=_titled(case.head, title, title_zh), steps=steps)


def record(world: World, members: Sequence[cast.Member], wanted: Wanted) -> Case:
    """What a devnet's node and database have, as a case. CaseError when there is no such part, or
    when what its tables have is not what its blocks lead to."""
    with closing(Rpc(world.settings.rpc_urls[0])) as rpc:
        ask = partial(rpc.ask, into=taken_for("type[Any]", Any))
        with world.store.reading() as session:
            part = _part(session, wanted)
            known = digest(session) if part.last == views.head_of(session) else None
            requests = views.requests(session)
            documents = views.documents(session, part.order)
            kept = documents if wanted.with_documents else ()
            contents = {each.document: world.vault.get(session, each.sha256) for each in kept}
        blocks = read_blocks(ask, part.last, names_of(members), world.deployment)
        head = _head(world, ask, members, wanted, blocks, part)
    times = [block.time for block in blocks]
    case = fill(
        Case(
            head=head,
            blocks=blocks,
            faults=_faults(head),
            requests=tuple(_requests(requests, times, blocks, head)),
            documents=tuple(
                _document(each, times, contents.get(each.document))
                for each in documents
                if bisect_right(times, each.stored_at) <= part.last
            ),
        )
    )
    if head.order:
        case = replace(case, requests=_of_order(case))
    if known is not None and case.end is not None and case.end.digest != known:
        raise CaseError(
            f"the tables of this devnet ({known}) are not what its blocks lead to "
            f"({case.end.digest}): the worker may be at work, then try again; otherwise see "
            "`entrepot audit` and `entrepot reindex`"
        )
    return case


def fill(case: Case) -> Case:
    """The case with all that its blocks lead to, by playing them on a fresh stage. CaseError when
    a block comes out other than it was."""
    blocks = list(case.blocks)
    with open_stage(case) as stage:
        for block in play(stage):
            if block.hash != case.block(block.number).hash:
                raise CaseError(f"block {block.number} does not come out the same on a fresh node")
            blocks[block.number - 1] = block
        end = End(block=stage.block, block_hash=stage.chain.hash, digest=stage.digest())
    return replace(case, blocks=tuple(blocks), end=end)


def _part(session: Session, wanted: Wanted) -> views.Part:
    if wanted.part:
        found = views.parts(session, wanted.part)
        if len(found) != 1:
            raise CaseError(f"{len(found)} orders or facilities begin with {wanted.part}")
        return found[0]
    head = views.head_of(session)
    first, last = wanted.from_block or 0, head if wanted.to_block is None else wanted.to_block
    if not first <= last <= head:
        raise CaseError(f"blocks {first} to {last}: the chain has {head}")
    return views.Part("", first, last)


def _head(
    world: World,
    ask: Ask,
    members: Sequence[cast.Member],
    wanted: Wanted,
    blocks: Sequence[Block],
    part: views.Part,
) -> Head:
    genesis = ask("eth_getBlockByNumber", "0x0", False)
    deployed = deployed_at(blocks)
    if part.last < deployed:
        raise CaseError(f"the contracts stand from block {deployed} on: nothing happens before")
    return Head(
        format=FORMAT,
        made_by=__version__,
        rules_hash="0x" + RULES_HASH.hex(),
        name=wanted.name,
        chain_id=world.deployment.chain_id,
        genesis_time=int(genesis["timestamp"], 16),
        genesis_hash=genesis["hash"],
        seeds=SEEDS,
        accounts=tuple(
            Account(name, "0x" + address.hex()) for address, name in names_of(members).items()
        ),
        members=tuple(
            Party(m.alias, m.lei, m.name, m.name_zh, m.jurisdiction, m.roles) for m in members
        ),
        deployment=json.loads(world.settings.deployment_path.read_text()),
        deployed=deployed,
        first=max(part.first, deployed),
        last=part.last,
        order=part.order,
        fault_seed=wanted.faults,
    )


def _faults(head: Head) -> tuple[Fault, ...]:
    if head.fault_seed is None:
        return ()
    return tuple(drawn(head.fault_seed, head.deployed, head.first, head.last))


def _titled(head: Head, title: str, title_zh: str) -> Head:
    return msgspec.structs.replace(head, title=title, title_zh=title_zh)


def _requests(
    requests: Sequence[views.RequestView], times: Sequence[int], blocks: Sequence[Block], head: Head
) -> list[Request]:
    """Those of the case's own blocks, by the block of their first transaction."""
    kept: list[Request] = []
    mined = {t.hash: b.number for b in blocks for t in b.transactions}
    for each in requests:
        own = tuple(t for t in each.transactions if t in mined)
        block = min((mined[t] for t in own), default=bisect_right(times, each.asked_at))
        if head.first <= block <= head.last and (own or each.refused):
            kept.append(
                Request(
                    block=block,
                    operation=each.operation,
                    verb=each.verb,
                    by=each.by,
                    transactions=own,
                    refused=each.refused,
                )
            )
    return kept


def _of_order(case: Case) -> tuple[Request, ...]:
    """The requests that the order's events come of. What was refused names no order: it is left
    out."""
    own = {e.transaction for b in case.blocks for e in b.events if e.subject == case.head.order}
    return tuple(each for each in case.requests if own.intersection(each.transactions))


def _document(each: views.DocumentView, times: Sequence[int], content: bytes | None) -> Document:
    return Document(
        block=bisect_right(times, each.stored_at),
        document=each.document,
        order=each.order,
        owner=each.owner,
        kind=each.kind,
        format=each.format,
        commitment=each.commitment,
        size_bytes=each.size_bytes,
        content=content,
    )


def _step(told: Told) -> Step:
    step = told.played.step
    return Step(
        number=told.number,
        say=step.say,
        say_zh=step.say_zh,
        actor=step.actor,
        request=f"POST {step.post}" if step.post else f"until GET {step.until}",
        status=told.played.status,
        refused=step.refused,
        first_block=told.first_block,
        last_block=told.last_block,
    )
