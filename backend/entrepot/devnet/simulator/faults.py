"""What can go wrong at the two places where the engine meets the world: an answer, and a commit."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from entrepot.chain.errors import NodeUnavailable
from entrepot.chain.rpc import Rpc
from entrepot.devnet.simulator.chain import Json
from entrepot.devnet.simulator.endpoint import Endpoint
from entrepot.store.session import Session, Store, StoreUnavailable

LOCK_TIMEOUT_MS = 25
"""Two workers take turns in one thread: who waits for the other would wait for ever."""


class Fault(StrEnum):
    AWAY = "the node does not answer"
    SILENT = "the node does as it is asked and does not answer"
    LAGGING = "another node answers, which is behind or on a branch that was left"
    FORKED = "the chain forks before the answer"
    GROWN = "a block is mined before the answer"
    MISSING = "a page of logs comes back without those of its last block"
    FOREIGN = "a page of logs has one of another block"
    REMOVED = "a page of logs has one that was removed"
    DIES_ASKING = "the process dies before the node is asked"
    DIES_ASKED = "the process dies before the answer comes"
    DIES_BEFORE = "the process dies before a commit"
    DIES_AFTER = "the process dies after a commit"
    CONFLICT = "the database refuses a commit"
    UNSURE = "the database commits and the connection breaks"
    TURN = "the other worker ticks in the middle of a tick"


AT_ANSWER = (
    Fault.AWAY,
    Fault.SILENT,
    Fault.LAGGING,
    Fault.FORKED,
    Fault.GROWN,
    Fault.DIES_ASKING,
    Fault.DIES_ASKED,
    Fault.TURN,
)
AT_LOGS = (Fault.MISSING, Fault.FOREIGN, Fault.REMOVED)
AT_COMMIT = (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.CONFLICT, Fault.UNSURE, Fault.TURN)
LIES = (Fault.LAGGING, *AT_LOGS)
"""After these the engine may halt, saying why."""


class Killed(BaseException):
    """The process ends here: nothing of it may run on, so nothing may catch this."""


@dataclass(slots=True)
class Planned:
    """A fault, and how many places it could happen at are passed over before."""

    fault: Fault
    skip: int = 0


class Fate:
    """What is to go wrong in one worker. happens: lets what a fault says happen to the chain."""

    def __init__(self, happens: Callable[[Fault], Endpoint]) -> None:
        self.plan: list[Planned] = []
        self.met: Counter[Fault] = Counter()
        self.commits = 0
        self.happens = happens

    def meets(self, possible: tuple[Fault, ...]) -> Fault | None:
        """The fault that is due at a place where any of these can happen."""
        for planned in self.plan:
            if planned.fault in possible:
                planned.skip -= 1
                if planned.skip < 0:
                    self.plan.remove(planned)
                    self.met[planned.fault] += 1
                    return planned.fault
        return None


class Line(Rpc):
    """The way to the node: all of `Rpc`, but for the wire."""

    def __init__(self, endpoint: Callable[[], Endpoint], fate: Fate) -> None:
        super().__init__("http://simulated")
        self._endpoint, self._fate = endpoint, fate

    def _post(self, body: bytes) -> bytes:
        asked = msgspec.json.decode(body)
        is_page = isinstance(asked, dict) and asked["method"] == "eth_getLogs"
        fault = self._fate.meets((*AT_ANSWER, *AT_LOGS) if is_page else AT_ANSWER)
        if fault is Fault.AWAY:
            raise NodeUnavailable("no answer within 10 s")
        if fault is Fault.DIES_ASKING:
            raise Killed(fault)
        moved = fault in (Fault.LAGGING, Fault.FORKED, Fault.GROWN, Fault.TURN)
        endpoint = self._fate.happens(fault) if fault and moved else self._endpoint()
        answer = endpoint.answer(asked)
        if fault is Fault.SILENT:
            raise NodeUnavailable("no answer within 10 s")
        if fault is Fault.DIES_ASKED:
            raise Killed(fault)
        if fault in AT_LOGS and isinstance(answer, dict) and "result" in answer:
            answer = {**answer, "result": _SPOILT[fault](answer["result"])}
        return msgspec.json.encode(answer)


class Disk(Store):
    """The way to the database: all of `Store`, with commits that fail."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url, pool_size=2, lock_timeout_ms=LOCK_TIMEOUT_MS)
        self._fate = fate

    def _commit(self, session: Session) -> None:
        self._fate.commits += 1
        fault = self._fate.meets(AT_COMMIT)
        if fault is Fault.DIES_BEFORE:
            raise Killed(fault)
        if fault is Fault.CONFLICT:
            raise StoreUnavailable("SerializationFailure")
        if fault is Fault.TURN:
            self._fate.happens(fault)
        super()._commit(session)
        if fault is Fault.DIES_AFTER:
            raise Killed(fault)
        if fault is Fault.UNSURE:
            raise StoreUnavailable("OperationalError")


def _without_last_block(logs: list[Json]) -> list[Json]:
    return [log for log in logs if log["blockNumber"] != logs[-1]["blockNumber"]]


def _last_changed(logs: list[Json], **changes: object) -> list[Json]:
    return [*logs[:-1], {**logs[-1], **changes}] if logs else []


_SPOILT: dict[Fault | None, Callable[[list[Json]], list[Json]]] = {
    Fault.MISSING: _without_last_block,
    Fault.FOREIGN: lambda logs: _last_changed(logs, blockHash="0x" + "ab" * 32),
    Fault.REMOVED: lambda logs: _last_changed(logs, removed=True),
}
