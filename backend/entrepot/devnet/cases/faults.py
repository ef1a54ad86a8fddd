"""What goes wrong while a case is played: drawn from a seed when it is recorded, and part of it.

    fork        the node takes blocks back for a longer branch of empty ones, and comes back to ours
    crash       the worker ends when it has indexed and not yet judged; another one goes on
    node_down   the node does not answer when the worker asks

None of them may leave a trace: the digest is that of the case without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from entrepot.chain.errors import NodeUnavailable
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.cases.case import Block, Case, Fault
from entrepot.devnet.cases.chain import CaseChain
from entrepot.kit.hashing import sha256
from entrepot.kit.processes import free_port
from entrepot.steps import World
from entrepot.steps.indexing import service as indexing

DEPTH_MAX = 8
FINALITY = f"depth:{4 * DEPTH_MAX}"
"""Of a stage on which things go wrong: a chain that can fork is not final at once."""

ONE_IN = 6
"""So many blocks for one with a fault."""


def drawn(seed: int, deployed: int, first: int, last: int) -> Iterator[Fault]:
    """The faults of a seed in blocks `first` to `last`: the same on any machine, since they come of
    a hash. deployed: the block that no fork goes below."""
    for block in range(max(first, deployed + 1), last + 1):
        lot = sha256(f"fault {seed} {block}".encode())
        if lot[0] % ONE_IN == 0:
            match lot[1] % 4:
                case 0:
                    yield Fault(block=block, kind="crash")
                case 1:
                    yield Fault(block=block, kind="node_down")
                case _:
                    depth = min(1 + lot[2] % DEPTH_MAX, block - deployed)
                    yield Fault(block=block, kind="fork", depth=depth)


def suffer(
    fault: Fault, case: Case, chain: CaseChain, world: World, follow: Callable[[], None]
) -> None:
    """Has it go wrong after the block was mined. follow: lets the worker deal with what is there;
    to deal with what this leaves behind is the caller's."""
    if fault.kind == "fork":
        follow()
        _fork(fault, case.blocks, chain, follow)
    elif fault.kind == "crash":
        indexing.run(world, limit=1)
    else:
        _ask_a_node_that_is_down(world)


def _fork(
    fault: Fault, blocks: tuple[Block, ...], chain: CaseChain, follow: Callable[[], None]
) -> None:
    root = fault.block - fault.depth
    chain.back_to(root, blocks)
    for _ in range(fault.depth + 1):
        chain.mine(chain.time + 1, ())
    follow()
    chain.back_to(root, blocks)
    chain.mine_again(blocks[root : fault.block])


def _ask_a_node_that_is_down(world: World) -> None:
    rpc = Rpc(f"http://127.0.0.1:{free_port()}")
    try:
        indexing.run(replace(world, node=HttpNode(rpc)), limit=1)
    except NodeUnavailable:
        return
    finally:
        rpc.close()
    raise AssertionError("a node answered where none is")
