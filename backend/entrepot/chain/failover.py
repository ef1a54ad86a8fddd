"""Several nodes of one network as one: the next is asked when one does not answer.

Only nodes of our chain take part. One that is behind what another has shown already is passed over
until it has caught up, so that a node that lags never looks like a fork. That a block was taken
back is shown by another one in its place, or by its absence from every node.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from entrepot.chain.answers import Block
from entrepot.chain.errors import ChainError, NodeLied, NodeUnavailable, WrongChain
from entrepot.chain.node import HttpNode
from entrepot.chain.questions import At
from entrepot.chain.rpc import Question, Rpc, T
from entrepot.kit.logs import Log

R = TypeVar("R")

log = Log(__name__)


class Failover:
    """An Rpc over several, in the order of preference; safe among threads.

    chain_id, genesis_hash: of the chain that all of them must be on.
    """

    def __init__(self, rpcs: Sequence[Rpc], chain_id: int, genesis_hash: bytes) -> None:
        if not rpcs:
            raise ValueError("at least one node")
        self._rpcs = list(rpcs)
        self._pinned = (chain_id, genesis_hash)
        self._lock = threading.Lock()
        self._current: Rpc | None = None
        self._highest = -1

    def ask(self, method: str, *params: Any, into: type[T]) -> T:
        """As Rpc.ask."""
        return self.ask_all([(method, params)], into=into)[0]

    def ask_all(self, questions: Sequence[Question], *, into: type[T]) -> list[T]:
        """As Rpc.ask_all, all of one node. NodeUnavailable when none can answer, WrongChain when
        those that can are of another chain."""
        return self._of_one(lambda rpc: rpc.ask_all(questions, into=into))

    def ask_each(self, questions: Sequence[Question], *, into: type[T]) -> list[T | ChainError]:
        """As Rpc.ask_each, all of one node; raises as `ask_all` does."""
        return self._of_one(lambda rpc: rpc.ask_each(questions, into=into))

    def shown(self, height: int) -> None:
        """A block of that height has been seen: who has less is behind."""
        self._highest = max(self._highest, height)

    def known_nowhere(self, number: int, block_hash: bytes) -> bool:
        """Whether no node that answers has this block; then how high they are is looked at anew."""
        heights: list[int] = []
        for rpc in self._rpcs:
            node = HttpNode(rpc)
            try:
                if node.knows(number, block_hash):
                    return False
                heights.append(node.block("latest").number)
            except (NodeUnavailable, NodeLied) as error:
                log.warning("node_not_asked", reason=str(error))
        self._highest = max(heights, default=self._highest)
        return True

    def close(self) -> None:
        for rpc in self._rpcs:
            rpc.close()

    def _of_one(self, asked: Callable[[Rpc], R]) -> R:
        current = self._current
        if current is not None:
            try:
                return asked(current)
            except NodeUnavailable as error:
                log.warning("node_given_up", reason=str(error))
        return asked(self._next(current))

    def _next(self, failed: Rpc | None) -> Rpc:
        """Another node than the one that failed, or that one again when it is the only one."""
        with self._lock:
            if self._current is not failed and self._current is not None:
                return self._current  # another thread has found one meanwhile
            others = [rpc for rpc in self._rpcs if rpc is not failed]
            self._current = None
            self._current = self._fit(others if failed is None else [*others, failed])
            return self._current

    def _fit(self, candidates: Sequence[Rpc]) -> Rpc:
        refusals: list[NodeUnavailable | WrongChain] = []
        for rpc in candidates:
            try:
                self._check(HttpNode(rpc))
                return rpc
            except (NodeUnavailable, WrongChain) as error:
                log.warning("node_passed_over", reason=str(error))
                refusals.append(error)
        if all(isinstance(refusal, WrongChain) for refusal in refusals):
            raise WrongChain(str(refusals[0]))
        raise NodeUnavailable("; ".join(str(refusal) for refusal in refusals))

    def _check(self, node: HttpNode) -> None:
        chain = (node.chain_id(), node.genesis_hash())
        if chain != self._pinned:
            raise WrongChain(f"a node of chain {chain[0]} with genesis 0x{chain[1].hex()}")
        height = node.block("latest").number
        if height < self._highest:
            raise NodeUnavailable(f"a node that is behind: at {height}, not yet at {self._highest}")


class FailoverNode(HttpNode):
    """A Node over several HTTP endpoints."""

    def __init__(self, rpc: Failover) -> None:
        super().__init__(rpc)
        self._several = rpc

    def ends(self) -> tuple[Block, Block]:
        genesis, latest = super().ends()
        self._several.shown(latest.number)
        return genesis, latest

    def knows(self, number: int, block_hash: bytes) -> bool:
        return not self._several.known_nowhere(number, block_hash)

    def block(self, at: At = "latest") -> Block:
        block = super().block(at)
        if at == "latest":
            self._several.shown(block.number)
        return block
