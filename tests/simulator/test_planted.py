"""Each kind of bug, planted, is found in 500 steps: who finds nothing proves nothing."""

import re
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy.orm import object_session
from sqlmodel import Session, col, delete, update

from entrepot.chain.answers import Block as SeenBlock
from entrepot.chain.errors import NodeUnavailable
from entrepot.chain.signer import Fees, Transaction
from entrepot.devnet.simulator.runs import play
from entrepot.devnet.simulator.simulation import Fresh
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.indexing import follower
from entrepot.steps.indexing import repository as blocks
from entrepot.steps.sending import handing, settling, signing
from entrepot.steps.sending import service as sending
from entrepot.store.tables import Block, Lane, Log, Outbox, OutboxState

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(1_800)]

SEEDS = range(12)
"""Played until one finds it. The rarest, a checkpoint before the commit, shows only when a fault
meets a commit with logs in it: in a third of the seeds, and as the engine changes in others."""

STEPS = 500

Patch = pytest.MonkeyPatch


def the_checkpoint_comes_before_the_commit(patch: Patch) -> None:
    """Blocks are kept at once; their logs and what is folded from them when all is done."""
    add = blocks.add_blocks

    def add_blocks(session: Session, seen: Sequence[SeenBlock]) -> None:
        add(session, seen)
        session.commit()

    patch.setattr(blocks, "add_blocks", add_blocks)


def a_time_out_signs_again(patch: Patch) -> None:
    """Whoever gets no answer takes the call for not sent, and signs it anew."""
    hand_over = handing.hand_over

    def again(world: World, next_time: int, limit: int) -> int:
        try:
            return hand_over(world, next_time, limit)
        except NodeUnavailable:
            with world.store.transaction() as session:
                session.exec(
                    update(Outbox)
                    .where(col(Outbox.state) == OutboxState.SIGNED)
                    .values(state=OutboxState.QUEUED, nonce=None, raw=None, tx_hash=None)
                )
            raise

    patch.setattr(sending, "hand_over", again)


def the_nonce_is_taken_before_the_bytes_are_stored(patch: Patch) -> None:
    store = signing.store

    def sign(world: World, row: Outbox, lane: Lane, gas: int, fees: Fees) -> None:
        nonce = lane.next_nonce
        lane.next_nonce += 1
        session = object_session(lane)
        assert session is not None
        session.commit()
        transaction = Transaction(
            chain_id=world.deployment.chain_id,
            nonce=nonce,
            to=Address(row.target),
            data=row.calldata,
            gas=gas,
            fees=fees,
        )
        store(world, row, transaction)

    patch.setattr(signing, "_sign", sign)


def what_is_mined_counts_as_final(patch: Patch) -> None:
    def head(world: World) -> int:
        return world.node.block("latest").number

    patch.setattr(settling, "final_block", head)


def a_fork_forgets_that_steps_have_gone_too_far(patch: Patch) -> None:
    """Decisions and postings go with their blocks, and nobody makes them anew."""

    def forget_blocks(session: Session, first: int) -> None:
        session.exec(delete(Log).where(col(Log.block_number) >= first))
        session.exec(delete(Block).where(col(Block.number) >= first))
        session.exec(
            update(Outbox)
            .where(col(Outbox.block_number) >= first)
            .values(state=OutboxState.SENT, block_number=None)
        )

    patch.setattr(blocks, "forget_blocks", forget_blocks)


def an_empty_page_is_believed(patch: Patch) -> None:
    patch.setattr(follower, "_miss_nothing", lambda *_: None)


BUGS: list[tuple[Callable[[Patch], None], str]] = [
    (the_checkpoint_comes_before_the_commit, "in the tables"),
    (a_time_out_signs_again, "nonce"),
    (the_nonce_is_taken_before_the_bytes_are_stored, "is nobody's|no rest"),
    (what_is_mined_counts_as_final, "counts as final and is not"),
    (a_fork_forgets_that_steps_have_gone_too_far, "journal|booked|ahead of the blocks|decided"),
    (an_empty_page_is_believed, "in the tables"),
]


@pytest.mark.parametrize(
    ("bug", "told"),
    [*(pytest.param(*bug, marks=pytest.mark.full) for bug in BUGS[:-1]), BUGS[-1]],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_bug_is_found(
    fresh: Fresh, monkeypatch: Patch, bug: Callable[[Patch], None], told: str
) -> None:
    bug(monkeypatch)
    found = next((run.broken for run in (play(s, STEPS, fresh) for s in SEEDS) if run.broken), "")
    assert re.search(told, found or ""), f"found: {found}"
