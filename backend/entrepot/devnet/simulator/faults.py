"""What can go wrong at the two places where the engine meets the world: an answer, and a commit."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from entrepot.chain.errors import NodeUnavailable, SignerUnavailable
from entrepot.chain.rpc import Rpc
from entrepot.devnet.simulator.chain import Json
from entrepot.devnet.simulator.endpoint import Endpoint
from entrepot.devnet.simulator.stage import Keys, SimulatedSigner
from entrepot.kit.abi import Address
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
    DOUBLED = "a page of logs has one twice"
    REORDERED = "a page of logs comes back in another order"
    UNRECEIPTED = "receipts are not found, though their transactions are mined"
    UNSIGNED = "what holds the keys does not answer in time"
    DIES_SIGNED = "the process dies when a signed call is stored and nobody has it yet"
    DIES_SENT = "the process dies when a call was handed over, before it notes that"
    DIES_MINED = "the process dies when it learns that a call was mined"
    SLOW = "the database takes a minute for a commit, while the chain goes on"
    FULL = "the disk of the database is full"

    @staticmethod
    def in_turn() -> "tuple[Fault, ...]":
        """All of them, as a history draws from them."""
        return tuple(dict.fromkeys((*AT_ANSWER, *AT_LOGS, *AT_COMMIT, *Fault)))


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
AT_LOGS = (Fault.MISSING, Fault.FOREIGN, Fault.REMOVED, Fault.DOUBLED, Fault.REORDERED)
AT_COMMIT = (
    Fault.DIES_BEFORE,
    Fault.DIES_AFTER,
    Fault.CONFLICT,
    Fault.UNSURE,
    Fault.TURN,
    Fault.SLOW,
    Fault.FULL,
)
AT_METHOD: Mapping[str, tuple[Fault, ...]] = {
    "eth_getLogs": AT_LOGS,
    "eth_getTransactionReceipt": (Fault.UNRECEIPTED, Fault.DIES_MINED),
    "eth_sendRawTransaction": (Fault.DIES_SENT,),
}
"""What can go wrong besides with the answer to these."""

PATIENT = (
    Fault.UNRECEIPTED,
    Fault.UNSIGNED,
    Fault.DIES_SIGNED,
    Fault.DIES_SENT,
    Fault.DIES_MINED,
)
"""They wait for their place over many ticks, for few have it."""

RARE = (*AT_LOGS, *PATIENT)
"""They come at the first place there is."""

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
    """What is to go wrong in one worker. happens: lets what a fault says happen to the chain.

    signed: whether something was signed since the last commit.
    """

    def __init__(self, happens: Callable[[Fault], Endpoint]) -> None:
        self.plan: list[Planned] = []
        self.met: Counter[Fault] = Counter()
        self.commits = 0
        self.signed = False
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
        fault = self._fate.meets((*AT_ANSWER, *_at_methods(asked)))
        if fault is Fault.AWAY:
            raise NodeUnavailable("no answer within 10 s")
        if fault is Fault.DIES_ASKING:
            raise Killed(fault)
        moved = fault in (Fault.LAGGING, Fault.FORKED, Fault.GROWN, Fault.TURN)
        endpoint = self._fate.happens(fault) if fault and moved else self._endpoint()
        answer = endpoint.answer(asked)
        if fault is Fault.SILENT:
            raise NodeUnavailable("no answer within 10 s")
        if fault in (Fault.DIES_ASKED, Fault.DIES_SENT, Fault.DIES_MINED):
            raise Killed(fault)
        return msgspec.json.encode(_all_spoilt(fault, asked, answer))


class Safe:
    """The way to the keys: all of `Keys`, but that it may not answer."""

    def __init__(self, keys: Keys, fate: Fate) -> None:
        self._keys, self._fate = keys, fate

    def addresses(self) -> list[Address]:
        return self._keys.addresses()

    def signer(self, address: Address) -> SimulatedSigner:
        if self._fate.meets((Fault.UNSIGNED,)):
            raise SignerUnavailable("the signer: no answer within 10 s")
        self._fate.signed = True
        return self._keys.signer(address)


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
        if fault and fault in (Fault.TURN, Fault.SLOW):
            self._fate.happens(fault)
        if fault is Fault.FULL:
            session.connection().exec_driver_sql(_DISK_FULL)
        super()._commit(session)
        signed, self._fate.signed = self._fate.signed, False
        if signed and self._fate.meets((Fault.DIES_SIGNED,)):
            raise Killed(Fault.DIES_SIGNED)
        if fault is Fault.DIES_AFTER:
            raise Killed(fault)
        if fault is Fault.UNSURE:
            raise StoreUnavailable("OperationalError")


_DISK_FULL = "DO $$ BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$"
"""PostgreSQL says so in this way, and we get it by the way on which it would come."""


def _at_methods(asked: Json | list[Json]) -> Iterator[Fault]:
    """What can go wrong with one of these answers in particular."""
    for question in asked if isinstance(asked, list) else [asked]:
        yield from AT_METHOD.get(question["method"], ())


def _all_spoilt(
    fault: Fault | None, asked: Json | list[Json], answer: Json | list[Json]
) -> Json | list[Json]:
    if isinstance(asked, list) and isinstance(answer, list):
        return [_spoilt(fault, q, a) for q, a in zip(asked, answer, strict=True)]
    if isinstance(asked, list) or isinstance(answer, list):
        return answer
    return _spoilt(fault, asked, answer)


def _spoilt(fault: Fault | None, asked: Json, answer: Json) -> Json:
    if "result" not in answer:
        return answer
    if fault is Fault.UNRECEIPTED and asked["method"] == "eth_getTransactionReceipt":
        return answer | {"result": None}
    if fault in AT_LOGS and asked["method"] == "eth_getLogs":
        return answer | {"result": _SPOILT[fault](answer["result"])}
    return answer


def _without_last_block(logs: list[Json]) -> list[Json]:
    return [log for log in logs if log["blockNumber"] != logs[-1]["blockNumber"]]


def _last_changed(logs: list[Json], **changes: object) -> list[Json]:
    return [*logs[:-1], {**logs[-1], **changes}] if logs else []


_SPOILT: dict[Fault | None, Callable[[list[Json]], list[Json]]] = {
    Fault.MISSING: _without_last_block,
    Fault.FOREIGN: lambda logs: _last_changed(logs, blockHash="0x" + "ab" * 32),
    Fault.REMOVED: lambda logs: _last_changed(logs, removed=True),
    Fault.DOUBLED: lambda logs: [*logs, *logs[-1:]],
    Fault.REORDERED: lambda logs: logs[::-1],
}
