"""Follows the chain from our checkpoint; folds what is new, and folds again what a fork touched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entrepot.chain.codec import decode_event
from entrepot.kit.abi import Address
from entrepot.steps import Halt, World
from entrepot.steps.indexing import follower, repository
from entrepot.steps.indexing.projections import Place, fold
from entrepot.store.session import Session, lead


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run did: blocks and logs added, and the block it went back to after a fork."""

    blocks: int = 0
    logs: int = 0
    rewound_to: int | None = None


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
    """Deals with up to `limit` new blocks, in one transaction with the checkpoint."""
    with world.store.transaction() as session:
        if not lead(session, "indexing"):
            return Seen()
        rewound = _rewind_if_forked(world, session)
        last = repository.last_block(session)
        first = world.deployment.first_block if last is None else last.number + 1
        upto = min(world.node.block("latest").number, first + limit - 1)
        if upto < first:
            return Seen(rewound_to=rewound)
        batch = follower.read(world.node, first, upto, _addresses(world))
        if last is not None and batch.blocks[0].parent_hash != last.hash:
            return Seen(rewound_to=rewound)  # forked meanwhile: the next run goes back
        _add(session, batch)
        return Seen(len(batch.blocks), len(batch.logs), rewound)


def rebuild(world: World) -> int:
    """Folds every projection again from the stored logs; answers how many logs there were."""
    with world.store.transaction() as session:
        repository.forget_streams(session, None)
        return _fold_stored(session, None)


def reread(world: World, tell: Callable[[int, int], None], batch: int = 200) -> int:
    """Forgets all that was learnt from the chain and learns it again from the first block, in one
    transaction; answers the last block. `tell` is told how far it is, and how far it will go.

    Decisions are our own record and not the chain's: they stay, if their block is still there.
    """
    with world.store.transaction() as session:
        if not lead(session, "indexing"):
            raise Busy("the worker is indexing at this moment: try again")
        kept = repository.take_decisions(session)
        repository.forget_streams(session, None)
        repository.forget_blocks(session, 0)
        upto, first = world.node.block("latest").number, world.deployment.first_block
        for start in range(first, upto + 1, batch):
            end = min(start + batch - 1, upto)
            _add(session, follower.read(world.node, start, end, _addresses(world)))
            tell(end, upto)
        repository.put_decisions_back(session, kept)
        return upto


def _addresses(world: World) -> list[Address]:
    return list(world.deployment.addresses())


def _rewind_if_forked(world: World, session: Session) -> int | None:
    last = repository.last_block(session)
    if last is None:
        return None
    depth_max = follower.fork_depth_max(world.settings.finality)
    stored = repository.stored_hashes(session, last.number)
    common = follower.last_common(world.node, stored, depth_max)
    if common == last.number:
        return None
    streams = repository.touched_streams(session, common + 1)
    repository.forget_blocks(session, common + 1)
    repository.forget_streams(session, streams)
    _fold_stored(session, streams)
    return common


def _add(session: Session, batch: follower.Batch) -> None:
    repository.add_blocks(session, batch.blocks)
    times = {block.number: block.timestamp for block in batch.blocks}
    for log in batch.logs:
        event = log.event
        repository.add_log(session, log, event)
        place = Place(
            block_number=log.block_number,
            log_index=log.log_index,
            timestamp=times[log.block_number],
            tx_hash=log.transaction_hash,
            address=log.address,
            stream=repository.stream_of(log.topics),
        )
        fold(session, event, place)


def _fold_stored(session: Session, streams: Sequence[bytes] | None) -> int:
    count = 0
    for log, timestamp in repository.logs_of_streams(session, streams):
        event = decode_event([bytes.fromhex(topic[2:]) for topic in log.topics], log.data)
        place = Place(
            block_number=log.block_number,
            log_index=log.log_index,
            timestamp=timestamp,
            tx_hash=log.tx_hash,
            address=log.address,
            stream=log.stream,
        )
        fold(session, event, place)
        count += 1
    return count
