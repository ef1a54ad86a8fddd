"""EPCIS events in the words of Track & Trace, as far as they say the same.

The Core Business Vocabulary speaks of steps in any business; a fact of ours is about a container,
and of loading and unloading about a vessel too. An event counts where parent and children say so:

| bizStep | type, action | parent | children | code |
|---|---|---|---|---|
| packing | AggregationEvent ADD | container | goods | STUF |
| loading | AggregationEvent ADD | vessel | containers under a bill of lading | LOAD |
| unloading | AggregationEvent DELETE | vessel | containers under a bill of lading | DISC |
| unpacking | AggregationEvent DELETE | container | goods | STRP |

Containers are `urn:epc:id:bic:`, vessels `urn:epc:id:imovn:` (EPC Tag Data Standard), places the
UN/CEFACT vocabulary's URI of a UN/LOCODE. EPCIS does not say whether a container is empty: one that
travels under a bill of lading (business transaction "bol") is not.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

from entrepot.domain.documents.dcsa_model import (
    EquipmentEvent,
    Event,
    EventHeader,
    EventRetraction,
    OtherEvent,
    Reference,
    TransportCall,
)
from entrepot.domain.documents.epcis_events import EpcisEvent
from entrepot.domain.documents.values import parse_identifier
from entrepot.domain.identifiers import (
    ContainerNumber,
    ImoNumber,
    Locode,
    parse_container,
    parse_imo,
    parse_locode,
)

CONTAINER: Final = "urn:epc:id:bic:"
VESSEL: Final = "urn:epc:id:imovn:"
_PLACE: Final = re.compile(r"https?://vocabulary\.uncefact\.org/unlocode#([A-Za-z0-9]{5})")
_TRANSACTION: Final = re.compile(r"urn:epcglobal:cbv:bt:[0-9]+:(.+)")
_TYPE: Final = re.compile(r"(?:urn:epcglobal:cbv:btt:|.*[/:]BTT-)?([a-z]+)")
_CODES: Final = {
    ("packing", "ADD"): "STUF",
    ("loading", "ADD"): "LOAD",
    ("unloading", "DELETE"): "DISC",
    ("unpacking", "DELETE"): "STRP",
}
_OF_VESSEL: Final = frozenset({"LOAD", "DISC"})
_WHY: Final = {
    "departing": "EPCIS has no place for the voyage; send the vessel's DEPA of Track & Trace",
    "arriving": "EPCIS has no place for the voyage; send the vessel's ARRI of Track & Trace",
    "shipping": "shipping is all from staging to departing and names no vessel; send loading",
    "receiving": "it tells of the receiver's stock; the buyer itself records GOODS_RECEIVED",
    "accepting": "it tells of the receiver's stock; the buyer itself records GOODS_RECEIVED",
    "void_shipping": "what was told is taken back by an error declaration on that event",
}
"""Why a step proves nothing, where it might be thought to."""


def tracked(event: EpcisEvent, fallback_id: str) -> Event | EventRetraction:
    """What the event says of one container, or that it was an error; an OtherEvent, with the
    reason, where it proves nothing. fallback_id: its name where it has no eventID.

    MalformedDocument if what stands for a container, a vessel or a place is none. Of several
    containers below a vessel it tells of the first; `one_by_one` takes them apart.
    """
    name = event.id or fallback_id
    code = _CODES.get((event.biz_step or "", event.action or ""))
    own = event.parent or ""
    if code in _OF_VESSEL and own.startswith(VESSEL):
        own = next((each for each in event.epcs if each.startswith(CONTAINER)), "")
        name = f"{name}/{own.removeprefix(CONTAINER)}"
    if event.error is not None:
        return EventRetraction(id=name, updated_at=event.error.declared_at, originator="")
    header = _header(event, name, code)
    why = _why_nothing(event, code, own, header)
    if code is None or why is not None:
        return OtherEvent(header=header, type=event.type, equipment=None, why=why)
    return EquipmentEvent(
        header=header,
        equipment=_container(own),
        is_laden=True,
        location=_place(event),
        call=_call(event) if code in _OF_VESSEL else None,
    )


def one_by_one(event: Any) -> list[Any]:
    """An event in JSON about several containers below a vessel, as one event for each."""
    if not isinstance(event, dict):
        return [event]
    members = cast("dict[str, Any]", event)
    children = members.get("childEPCs")
    if not (isinstance(children, list) and str(members.get("parentID", "")).startswith(VESSEL)):
        return [members]
    epcs = cast("list[Any]", children)
    return [{**members, "childEPCs": [each]} for each in epcs] or [members]


def _header(event: EpcisEvent, name: str, code: str | None) -> EventHeader:
    numbers = [(_word(kind), _number(text)) for kind, text in event.transactions]
    return EventHeader(
        id=name,
        classifier="ACT",
        code=code or event.biz_step or event.type,
        occurred_at=event.occurred_at,
        created_at=event.recorded_at or event.occurred_at,
        documents=tuple(Reference("TRD", text) for kind, text in numbers if kind == "bol"),
        references=tuple(Reference("PO", text) for kind, text in numbers if kind == "po"),
    )


def _why_nothing(
    event: EpcisEvent, code: str | None, container: str, header: EventHeader
) -> str | None:
    step = event.biz_step or "an event without bizStep"
    if code is None or event.type != "AggregationEvent":
        return _WHY.get(step, f"{step} as {event.type} {event.action} is no fact for terms")
    if code in _OF_VESSEL and not (event.parent or "").startswith(VESSEL):
        return f"{step} counts where the parent is a vessel ({VESSEL}...)"
    if not container.startswith(CONTAINER):
        return f"{step} counts for a container ({CONTAINER}...)"
    if code in _OF_VESSEL and not header.documents:
        return "it names no bill of lading (bol), so the container may be empty"
    return None


def _container(epc: str) -> ContainerNumber:
    return parse_identifier(parse_container, epc.removeprefix(CONTAINER), "parentID or childEPCs")


def _call(event: EpcisEvent) -> TransportCall:
    vessel: ImoNumber = parse_identifier(
        parse_imo, (event.parent or "").removeprefix(VESSEL), "parentID"
    )
    return TransportCall(
        mode="VESSEL",
        location=_place(event),
        vessel_imo=vessel,
        vessel_name=None,
        export_voyage=None,
        import_voyage=None,
    )


def _place(event: EpcisEvent) -> Locode | None:
    """Where it was seen (readPoint); else where the goods are from then on (bizLocation)."""
    for uri in (event.read_point, event.biz_location):
        if uri is not None and (match := _PLACE.fullmatch(uri)):
            return parse_identifier(parse_locode, match[1], "readPoint or bizLocation")
    return None


def _word(kind: str) -> str:
    match = _TYPE.fullmatch(kind)
    return match[1] if match else kind


def _number(text: str) -> str:
    match = _TRANSACTION.fullmatch(text)
    return match[1] if match else text
