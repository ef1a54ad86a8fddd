"""Signs what is queued, sends what is signed, and settles what the chain has taken.

Each a transaction of its own and safe to run again: a crash between any two of them leaves rows
that the next run, of this worker or another, picks up where they are.
"""

from dataclasses import dataclass

from entrepot.steps import Halt, World
from entrepot.steps.sending import repository
from entrepot.steps.sending.handing import hand_over, renew
from entrepot.steps.sending.settling import settle
from entrepot.steps.sending.signing import sign


@dataclass(frozen=True, slots=True)
class Sent:
    """How many rows were signed or refused, handed to the node, and settled by a receipt."""

    signed: int = 0
    refused: int = 0
    sent: int = 0
    settled: int = 0


def run(world: World, limit: int) -> Sent:
    """Moves up to `limit` rows along each stretch of the way."""
    with world.store.transaction() as session:
        work = repository.work(session)
    signed = refused = sent = settled = 0
    next_time = _next_time(world) if work.queued or work.in_flight else 0
    if work.queued:
        signed, refused = sign(world, next_time, limit, in_flight=work.in_flight)
    if work.unwanted or (work.in_flight and world.settings.fee_policy != "free"):
        renew(world, limit)
    if work.in_flight or signed:
        sent = hand_over(world, next_time, limit)
    if work.in_flight or work.mined:
        settled = settle(world, limit)
    return Sent(signed, refused, sent, settled)


def _next_time(world: World) -> int:
    """The least that the next block's time can be. Nothing of ours is handed to a node of another
    chain: Halt is raised, for the ids of the two may be the same."""
    genesis, latest = world.node.ends()
    if genesis.hash != world.deployment.genesis_hash:
        told = genesis.hash.hex()
        raise Halt(f"the node follows another chain, with genesis 0x{told}: nothing sent")
    return latest.timestamp + 1
