"""Follows the chain from our checkpoint; folds what is new, and folds again what a fork touched."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from entrepot.chain.answers import Block as SeenBlock
from entrepot.chain.codec import decode_event
from entrepot.kit.abi import Address, Event
from entrepot.kit.memory import no_collection
from entrepot.steps import Halt, World
from entrepot.steps.indexing import follower, repository
from entrepot.steps.indexing.projections import Place, fold
from entrepot.steps.indexing.repository import Last
from entrepot.store.heights import final_height
from entrepot.store.session import Session
from entrepot.store.spans import Traced, during

REFOLDED_AT_ONCE = 5_000
STREAMS_AT_ONCE = 500
DEEP_PATIENCE_S = 5.0
"""How long a node may be further behind than a fork may go, before that is taken for a loss."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run did: blocks and logs added, and the block it went back to after a fork. head:
    the hash of the node's newest block when it began."""

    blocks: int = 0
    logs: int = 0
    rewound_to: int | None = None
    head: bytes = field(default=b"", compare=False)


class Busy(Exception):
    """Somebody else does this at the moment."""


def pin(world: World) -> None:
    """Ties the database to one chain; raises Halt when the node is on another."""
    chain_id, genesis = world.node.chain_id(), world.node.genesis_hash()
    with world.store.transaction() as session:
        known = repository.network(session)
        if known is None:
            repository.pin(session, chain_id, genesis, world.deployment.first_block)
        elif (known.chain_id, known.genesis_hash) != (chain_id, genesis):
            raise Halt(
                f"this database belongs to chain {known.chain_id} with genesis "
                f"0x{known.genesis_hash.hex()}; the node is on chain {chain_id} with "
                f"0x{genesis.hex()}: mend ENTREPOT_RPC_URL or ENTREPOT_DATABASE_URL"
            )


def run(world: World, limit: int) -> Seen:
    """Deals with up to `limit` new blocks, each batch in one transaction with the checkpoint; goes
    back instead when our last block is no longer on the chain."""
    head = world.node.block("latest")
    with world.store.transaction() as session:
        ours, last = repository.lead(session)
        if not ours:
            return Seen(head=head.hash)
        if last is not None and _has_forked(session, head, last.number):
            return Seen(rewound_to=_go_back(world, session), head=head.hash)
        first = world.deployment.first_block if last is None else last.number + 1
        if first == head.number:
            batch = follower.newest(world.node, head, _addresses(world))
            return _take(world, session, batch, last, Seen(head=head.hash))
    if last is not None and head.number < last.number:
        return _look_again(world, head, last)
    upto = min(head.number, first + limit - 1)
    if upto < first:
        return Seen(head=head.hash)
    return _follow(world, first, upto, head)


def _follow(world: World, first: int, upto: int, head: SeenBlock) -> Seen:
    seen = Seen(head=head.hash)
    reading = follower.following(world.node, first, upto, _addresses(world))
    with reading as batches, no_collection():
        for batch in batches:
            with world.store.transaction() as session:
                ours, last = repository.lead(session)
                if not ours:
                    return seen
                seen = _take(world, session, batch, last, seen)
            if seen.rewound_to is not None:
                return seen
    return seen


def _take(
    world: World, session: Session, batch: follower.Batch, last: Last | None, seen: Seen
) -> Seen:
    """What has been seen with this batch; or the block that it led back to."""
    if last is not None and not _follows(batch, last):
        return replace(seen, rewound_to=_go_back(world, session))
    with during(session, "index", _caused(session, batch)):
        _add(session, batch)
    return replace(seen, blocks=seen.blocks + len(batch.blocks), logs=seen.logs + batch.logs)


def _caused(session: Session, batch: follower.Batch) -> list[Traced]:
    """Calls of ours that are told of in it; not looked for when nobody traces them."""
    if not batch.traced:
        return []
    return [
        _Caused(row.operation_id, row.id, row.verb, batch.traced[row.tx_hash or b""])
        for row in repository.calls_of(session, batch.traced.keys())
    ]


@dataclass(frozen=True, slots=True)
class _Caused:
    """A call of ours and the block that has it, which its row does not know yet."""

    operation_id: str
    id: int | None
    verb: str
    block_number: int


def _follows(batch: follower.Batch, last: Last) -> bool:
    first = batch.blocks[0]
    return first.number == last.number + 1 and first.parent_hash == last.hash


def _look_again(world: World, head: SeenBlock, last: Last) -> Seen:
    """The node is at a block before our last one: it is behind; or, if it stays there and no node
    has our block, it has been taken back with nothing in its place."""
    seen = Seen(head=head.hash)
    if not follower.stays_behind(world.node, last.number, _patience(world, head, last)):
        return seen
    if world.node.knows(last.number, last.hash):
        return seen
    with world.store.transaction() as session:
        ours, now = repository.lead(session)
        if not ours or now != last:
            return seen
        return replace(seen, rewound_to=_go_back(world, session))


def _patience(world: World, head: SeenBlock, last: Last) -> tuple[float, float]:
    """Seconds between two looks, and for how long: longer where to go back would be to halt."""
    pause = world.settings.poll_interval_s
    deep = last.number - head.number > follower.fork_depth_max(world.settings.finality)
    return pause, DEEP_PATIENCE_S if deep else pause


def _has_forked(session: Session, head: SeenBlock, last: int) -> bool:
    """Whether the node's head is where we have another block. A head below ours is no fork by
    itself: see `_look_again`."""
    return head.number <= last and repository.hash_of(session, head.number) != head.hash


def rebuild(world: World) -> int:
    """Folds every projection again from the stored logs; answers how many logs there were."""
    with world.store.transaction() as session:
        repository.forget_streams(session, None)
        count, after = 0, (-1, -1)
        while logs := repository.logs_after(session, after, REFOLDED_AT_ONCE):
            fold(session, [_happened(log) for log in logs])
            count, after = count + len(logs), (logs[-1].block_number, logs[-1].log_index)
        return count


def reread(world: World, tell: Callable[[int, int], None]) -> int:
    """Forgets all that was learnt from the chain and learns it again from the first block, in one
    transaction; answers the last block. `tell` is told how far it is, and how far it will go.

    Decisions are our own record and not the chain's: they stay, if their block is still there.
    """
    with world.store.transaction() as session:
        if not repository.lead(session)[0]:
            raise Busy("the worker is indexing at this moment: try again")
        kept = repository.take_decisions(session)
        repository.forget_streams(session, None)
        repository.forget_blocks(session, 0)
        upto, first = world.node.block("latest").number, world.deployment.first_block
        reading = follower.following(world.node, first, upto, _addresses(world))
        with reading as batches, no_collection():
            for batch in batches:
                _add(session, batch)
                tell(batch.blocks[-1].number, upto)
        repository.put_decisions_back(session, kept)
        return upto


def _addresses(world: World) -> list[Address]:
    return list(world.deployment.addresses())


def _go_back(world: World, session: Session) -> int:
    """Takes back what a fork took away, and folds the streams that it touched again; answers the
    last block that stays."""
    depth_max = follower.fork_depth_max(world.settings.finality)
    stored = repository.newest_blocks(session, depth_max + 1)
    common = follower.last_common(world.node, stored, depth_max)
    final = final_height(session, stored[0][0], world.settings.finality)
    repository.keep_final(session, final)
    _forget(session, common + 1)
    return common


def take_back(world: World, to: int) -> None:
    """Forgets every block after `to`, whatever is final: for a replay, which goes back on purpose.

    The node must have gone back before; Busy when somebody else is indexing.
    """
    with world.store.transaction() as session:
        if not repository.lead(session)[0]:
            raise Busy("the worker is indexing at this moment: try again")
        _forget(session, to + 1)


def _forget(session: Session, first: int) -> None:
    """Deletes block `first` and later, and folds the streams that they touched again."""
    streams = repository.touched_streams(session, first)
    repository.forget_blocks(session, first)
    for start in range(0, len(streams), STREAMS_AT_ONCE):
        some = streams[start : start + STREAMS_AT_ONCE]
        repository.forget_streams(session, some)
        fold(session, [_happened(log) for log in repository.logs_of_streams(session, some)])


def _add(session: Session, batch: follower.Batch) -> None:
    repository.add_blocks(session, batch.blocks)
    repository.add_logs(session, batch.ahead.logs)
    fold(session, batch.ahead.happened, batch.ahead.ready)


def _happened(log: repository.Told) -> tuple[Event, Place]:
    place = Place(
        block_number=log.block_number,
        log_index=log.log_index,
        timestamp=log.timestamp,
        tx_hash=log.tx_hash,
        address=log.address,
        stream=log.stream,
    )
    return decode_event(log.topics, log.data), place
