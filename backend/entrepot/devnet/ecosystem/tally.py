"""What a year came to, added up as it goes by: only sums and what is still open are kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.bindings import evidence, financing
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.kit.abi import Event

TOPIC_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One mined transaction; bytes: of its calldata and of its logs."""

    verb: str
    gas: int
    succeeded: bool
    call_bytes: int
    log_bytes: int
    events: tuple[Event, ...]


@dataclass(slots=True)
class Tally:
    """seconds: how many releases came so long after the last evidence about their order.

    stopped: how often money did not move, or not at once, by the reason; amounts in minor units.
    """

    counts: Counter[str] = field(default_factory=Counter[str])
    stopped: Counter[str] = field(default_factory=Counter[str])
    seconds: Counter[int] = field(default_factory=Counter[int])
    gas: Counter[str] = field(default_factory=Counter[str])
    calls: Counter[str] = field(default_factory=Counter[str])
    money: Counter[str] = field(default_factory=Counter[str])
    aboard: dict[bytes, list[bytes]] = field(default_factory=dict[bytes, list[bytes]])
    told_at: dict[bytes, int] = field(default_factory=dict[bytes, int])

    def start(self) -> None:
        """Forgets the founding: what counts begins now."""
        for counter in (self.counts, self.gas, self.calls):
            counter.clear()

    def add(self, seen: Iterable[Seen], timestamp: int) -> None:
        """The transactions of one block."""
        for one in seen:
            self.gas[one.verb] += one.gas
            self.calls[one.verb] += 1
            self.counts["call_bytes"] += one.call_bytes
            self.counts["log_bytes"] += one.log_bytes
            self.counts["failed"] += not one.succeeded
            for event in one.events:
                self._add_event(event, timestamp)

    def forget(self, order_id: bytes) -> None:
        """An order about which nothing more will be said."""
        self.told_at.pop(order_id, None)

    def _add_event(self, event: Event, timestamp: int) -> None:
        match event:
            case evidence.EvidenceRecorded() | evidence.EvidenceWithdrawn():
                self.told_at[bytes(event.order_id)] = timestamp
                self.counts["facts"] += 1
            case evidence.VoyageLinked():
                self.told_at[bytes(event.order_id)] = timestamp
                self.aboard.setdefault(bytes(event.voyage_id), []).append(bytes(event.order_id))
            case evidence.VoyageFactRecorded():
                self._tell_all(bytes(event.voyage_id), event, timestamp)
            case financing.FinancingFunded():
                self.told_at[bytes(event.order_id)] = timestamp
                self.counts["funded"] += 1
            case financing.TrancheReleased():
                self.seconds[timestamp - self.told_at[bytes(event.order_id)]] += 1
                self.money["released"] += event.amount
                self.counts["released"] += 1
            case financing.FinancingRepaid():
                self.counts["repaid"] += 1
            case financing.FinancingOverdue():
                self.counts["overdue"] += 1
            case financing.FinancingDefaulted():
                self.counts["defaulted"] += 1
                self.money["covered"] += event.covered
                self.money["loss"] += event.loss
            case _:
                pass

    def _tell_all(
        self, voyage_id: bytes, event: evidence.VoyageFactRecorded, timestamp: int
    ) -> None:
        arrived = event.fact.kind is EvidenceKind.VESSEL_ARRIVED
        orders = self.aboard.pop(voyage_id, []) if arrived else self.aboard.get(voyage_id, [])
        self.told_at.update(dict.fromkeys(orders, timestamp))
        self.counts["facts"] += 1
