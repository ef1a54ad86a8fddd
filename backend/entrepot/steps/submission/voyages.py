"""What a carrier's words prove of a voyage and of the orders aboard, with all that it told before.

Everything told is folded (`domain.logistics`), and the ledger is brought to what counts then: an
event that was corrected, taken back, or turned out implausible no longer stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId, VoyageId
from entrepot.domain.customs import CustomsStanding, SeenAtContainer, contradiction
from entrepot.domain.documents.dcsa_events import (
    EquipmentEvent,
    Event,
    TransportCall,
    TransportEvent,
)
from entrepot.domain.documents.facts import KIND_OF_EQUIPMENT, Shipment
from entrepot.domain.errors import OtherVoyage
from entrepot.domain.logistics import Story, Told, story_of
from entrepot.kit.abi import Address
from entrepot.kit.clock import to_unix
from entrepot.steps import World
from entrepot.steps.submission import (
    agreement,
    customs,
    evidence,
    naming,
    repository,
    tracking,
)
from entrepot.steps.submission.agreement import OrderFacts
from entrepot.steps.submission.caller import Caller
from entrepot.steps.submission.claims import Claim, Settled, Slot, settle
from entrepot.steps.submission.intents import Step
from entrepot.steps.submission.tracking import Message
from entrepot.store import correlation
from entrepot.store.session import Session

WAITS = "kept; it counts once it holds for every container of the bill of lading, at its port"
SPENT = "the fact was withdrawn before: tell it again as a later version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where one report is worked on: who reports, for which voyage, and what is known of it."""

    world: World
    session: Session
    caller: Caller
    sender: Address
    voyage_id: VoyageId
    aboard: Sequence[OrderFacts]
    bills: Mapping[bytes, set[str]]
    shipments: Mapping[bytes, Shipment]

    @property
    def now(self) -> datetime:
        """The later of the two clocks: the chain's may stand still while nothing is mined."""
        head = repository.head(self.session)
        mined = datetime.fromtimestamp(head.timestamp if head else 0, UTC)
        return max(mined, self.world.clock.now())


@dataclass(slots=True)
class Outcome:
    """What follows from a report: for the ledger, and for each event by its id."""

    steps: list[Step] = field(default_factory=list[Step])
    recorded: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    withdrawn: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])
    why: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, other: Outcome) -> None:
        keys = {step.key for step in self.steps}
        self.steps += [step for step in other.steps if step.key not in keys]
        for mine, theirs in (
            (self.recorded, other.recorded),
            (self.withdrawn, other.withdrawn),
        ):
            for name, ids in theirs.items():
                mine.setdefault(name, []).extend(ids)
        self.why |= other.why

    def note(self, settled: Settled) -> None:
        self.steps += settled.steps
        for claim in settled.standing:
            self.recorded.setdefault(claim.source, []).append(claim.id)
        for claim in settled.withdrawn:
            self.withdrawn.setdefault(claim.source, []).append(claim.id)
        self.why |= {claim.source: SPENT for claim in settled.spent}


def voyage_key(desk: Desk, event: Event) -> bytes | None:
    """The key of the voyage that the event names; None when it names none.

    OtherVoyage when it is not the one it was sent for.
    """
    call = event.call if isinstance(event, TransportEvent | EquipmentEvent) else None
    if call is None or call.mode != "VESSEL":
        return None
    named = agreement.voyages_of(call)
    for vessel_imo, number in named:
        key = naming.keys(desk.world).voyage(desk.caller.lei, vessel_imo, number)
        if naming.voyage_id(desk.world, desk.caller.participant_id, key) == desk.voyage_id:
            return key
    if not named and isinstance(event, EquipmentEvent):
        _check_vessel(desk, event, call)
        return None
    found = ", ".join(f"IMO {imo} voyage {number}" for imo, number in named) or "none"
    raise OtherVoyage(f"the voyage of event {event.header.id}", "that of this shipment", found)


def _check_vessel(desk: Desk, event: EquipmentEvent, call: TransportCall) -> None:
    """A vessel without a voyage number must be the one that a bill of lading aboard sails with."""
    if call.vessel_imo is None:
        return
    numbers = {shipment.vessel[1] for shipment in desk.shipments.values() if shipment.vessel}
    for number in numbers:
        key = naming.keys(desk.world).voyage(desk.caller.lei, call.vessel_imo, number)
        if naming.voyage_id(desk.world, desk.caller.participant_id, key) == desk.voyage_id:
            return
    found = f"IMO {call.vessel_imo}, on none of the {len(numbers)} voyage(s) that bills name"
    raise OtherVoyage(f"the vessel of event {event.header.id}", "that of this shipment", found)


def settle_voyage(desk: Desk) -> Outcome:
    """Departures from the orders' ports of loading, arrivals at their ports of discharge.

    A call that is so for every order aboard is one fact of the voyage, however many they are.
    """
    messages = _known(desk, desk.voyage_id)
    story = _story(desk, messages, None)
    outcome = Outcome(why=_flags(story))
    slots: list[Slot] = []
    for message in messages:
        event = message.event
        if isinstance(event, TransportEvent) and tracking.counts_never(event) is None:
            counts = event in story.counted
            here = [order for order in desk.aboard if _is_at_port(desk, order, event)]
            if counts and not here:
                place = event.call.location
                outcome.why[message.id] = f"no order aboard begins or ends its voyage at {place}"
            slots += _of_call(desk, message, event, here, counts=counts)
    reason = "the carrier's later word"
    outcome.note(settle(desk.world, desk.session, desk.sender, slots, reason))
    _tie(desk, messages, outcome)
    return outcome


def settle_order(desk: Desk, order: OrderFacts) -> Outcome:
    """What the containers of one order have been through.

    Once there is a bill of lading, a fact stands when it holds for every container on it.
    """
    order_id = OrderId(order.order_id)
    own = _known(desk, order_id)
    shipment = desk.shipments.get(order_id)
    story = _story(desk, [*own, *_known(desk, desk.voyage_id)], shipment)
    outcome = Outcome(why=_flags(story))
    answered = customs.standings(desk.world, desk.session, order_id)
    slots = [
        *_of_boxes(desk, order_id, own, story, answered, outcome),
        _carrier_hold(desk, order_id, own, story, answered, outcome),
    ]
    reason = "the carrier's later word"
    outcome.note(settle(desk.world, desk.session, desk.sender, slots, reason))
    _tie(desk, own, outcome)
    return outcome


def _known(desk: Desk, subject: bytes) -> list[Message]:
    return tracking.known(desk.world, desk.session, desk.caller.participant_id, subject)


def _story(desk: Desk, messages: Iterable[Message], shipment: Shipment | None) -> Story:
    told = [Told(desk.caller.lei, message.what) for message in messages]
    return story_of(told, desk.now, shipment)


def _flags(story: Story) -> dict[str, str]:
    why = {flag.event.header.id: f"kept, but implausible: {flag.why}" for flag in story.flags}
    return why | dict.fromkeys(story.retracted, "its sender has taken it back")


def _of_call(
    desk: Desk,
    message: Message,
    event: TransportEvent,
    here: Sequence[OrderFacts],
    *,
    counts: bool,
) -> list[Slot]:
    key = voyage_key(desk, event)
    if key is None:
        return []
    kind = EvidenceKind[tracking.drafts([event], "")[0].kind]
    whole = _claim(desk, desk.voyage_id, kind, message, key)
    wanted = counts and len(here) == len(desk.aboard)
    of_all = Slot(
        chosen=whole if wanted else None,
        known=(whole,),
        holding=frozenset({whole.id} if counts else ()),
    )
    source_key = whole.recording.fact.source_key
    told = set(correlation.aboard_with_fact(desk.session, desk.voyage_id, source_key))
    some = {order.order_id for order in here} if not wanted else set[bytes]()
    slots: list[Slot] = [of_all]
    for order_id in sorted(told | some):
        claim = _claim(desk, OrderId(order_id), kind, message)
        holds = counts and (order_id in some or wanted)
        slots.append(
            Slot(
                chosen=claim if holds and order_id in some else None,
                known=(claim,),
                holding=frozenset({claim.id} if holds else ()),
            )
        )
    return slots


def _is_at_port(desk: Desk, order: OrderFacts, event: TransportEvent) -> bool:
    """At the port that the bill names, or in the order's country while there is no bill."""
    shipment = desk.shipments.get(order.order_id)
    if shipment is not None:
        return bool(tracking.drafts([event], "", shipment))
    country = order.origin if event.header.code == "DEPA" else order.destination
    return event.call.location is not None and event.call.location[:2] == country


def _of_boxes(
    desk: Desk,
    order_id: OrderId,
    own: Sequence[Message],
    story: Story,
    answered: Sequence[CustomsStanding],
    outcome: Outcome,
) -> list[Slot]:
    """A slot for each kind; while there is no bill, for each event by itself."""
    shipment = desk.shipments.get(order_id)
    named = repository.attested_kinds(desk.session, order_id, desk.caller.participant_id)
    by_event = {message.event: message for message in own if message.event is not None}
    counted = [event for event in story.counted if event in by_event]
    chosen: dict[tuple[str, str], Message] = {}
    for draft in tracking.drafts(counted, desk.caller.lei, shipment):
        event_id = draft.source_id.removeprefix(f"{desk.caller.lei}:")  # ids may have colons
        message = next(by_event[e] for e in counted if e.header.id == event_id)
        why = _why_not(draft.kind, named, answered)
        if why is None:
            chosen[(draft.kind, "" if shipment else event_id)] = message
        else:
            outcome.why |= {e.header.id: why for e in counted if _kind(e) == draft.kind}
    known: dict[tuple[str, str], list[tuple[Claim, bool]]] = {}
    for message in own:
        event = message.event
        if isinstance(event, EquipmentEvent) and (kind := _kind(event)) is not None:
            claim = _claim(desk, order_id, EvidenceKind[kind], message)
            slot = (kind, "" if shipment else event.header.id)
            known.setdefault(slot, []).append((claim, event in counted))
    return [
        Slot(
            chosen=_claim(desk, order_id, EvidenceKind[key[0]], chosen[key])
            if key in chosen
            else None,
            known=tuple(claim for claim, _ in claims),
            holding=frozenset(claim.id for claim, counts in claims if counts and key in chosen),
        )
        for key, claims in sorted(known.items())
    ]


def _kind(event: Event) -> str | None:
    return KIND_OF_EQUIPMENT.get(event.header.code) if isinstance(event, EquipmentEvent) else None


def _why_not(kind: str, named: int, answered: Sequence[CustomsStanding]) -> str | None:
    """Why a kind is not recorded, though the events would prove it."""
    if not named >> EvidenceKind[kind] & 1:
        return f"the order does not name you as an attester of {kind}"
    holds = [hold for standing in answered for hold in standing.holds]
    if kind == "CUSTOMS_RELEASED" and holds:
        last = max(holds, key=lambda hold: hold.issued_at)
        return (
            f"customs themselves say {last.said.name} of {last.mrn} (answer {last.reference}):"
            " their word stands until they take it back"
        )
    return None


def _carrier_hold(
    desk: Desk,
    order_id: OrderId,
    own: Sequence[Message],
    story: Story,
    answered: Sequence[CustomsStanding],
    outcome: Outcome,
) -> Slot:
    """Held where the carrier saw customs pick out goods after they had let them go."""
    picked = [m for m in own if m.event is not None and m.event.header.code in ("CUSS", "CUSI")]
    known = tuple(_claim(desk, order_id, EvidenceKind.CARRIER_HOLD, each) for each in picked)
    seen = [
        SeenAtContainer(container=e.equipment, code=e.header.code, at=e.header.occurred_at)
        for e in story.counted
        if isinstance(e, EquipmentEvent) and e.equipment and e.header.code.startswith("CUS")
    ]
    whys = [why for standing in answered if (why := contradiction(standing, seen)) is not None]
    named = repository.attested_kinds(desk.session, order_id, desk.caller.participant_id)
    counted = [each for each in picked if each.event in story.counted]
    if not whys or not counted or not named >> EvidenceKind.CARRIER_HOLD & 1:
        return Slot(chosen=None, known=known, holding=frozenset())
    outcome.why |= {each.id: f"held: {whys[0]}" for each in counted}
    last = max(counted, key=lambda each: (each.version, each.id))
    return Slot(
        chosen=_claim(desk, order_id, EvidenceKind.CARRIER_HOLD, last),
        known=known,
        holding=frozenset(claim.id for claim in known if claim.source in {m.id for m in counted}),
    )


def _claim(
    desk: Desk,
    subject: OrderId | VoyageId,
    kind: EvidenceKind,
    message: Message,
    key: bytes | None = None,
) -> Claim:
    event = message.event
    if event is None:
        raise AssertionError("a retraction proves nothing")
    source = (f"{desk.caller.lei}:{message.id}", message.version.isoformat())
    recording = evidence.of_subject(
        desk.world,
        desk.caller,
        subject,
        kind,
        naming.keys(desk.world).fact("dcsa", *source),
        message.sha256,
        to_unix(event.header.occurred_at),
    )
    return Claim(subject=subject, recording=recording, source=message.id, voyage_key=key)


def _tie(desk: Desk, messages: Iterable[Message], outcome: Outcome) -> None:
    """Says of each kept event which fact rests on it."""
    for message in messages:
        for evidence_id in outcome.recorded.get(message.id, [])[:1]:
            for document in tracking.known_by_id(desk.session, desk.caller, message):
                if document.sha256 == message.sha256:
                    repository.tie(desk.session, document.document_id, evidence_id)
