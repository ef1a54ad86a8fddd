"""What happened, as CloudEvents 1.0 (structured JSON): one shape for every way out.

A type is `entrepot.GROUP.WHAT`, spelled small. An event of a contract has a type of its own; a
fact has the type of its kind, so that whoever waits for `entrepot.customs.import_released` need not
look into any data. An event's id and source name it for good: whoever has seen them has seen it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, cast

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.registry import EVENTS_BY_TOPIC
from entrepot.domain.kinds import DOCUMENTS
from entrepot.kit.abi import Event, Field, Struct

MEDIA_TYPE: Final = "application/cloudevents+json"
ROOT: Final = "entrepot"

CONDITIONS_MET: Final = "entrepot.facility.conditions_met"
CONDITIONS_WAIT: Final = "entrepot.facility.conditions_wait"
BREACH_NOTED: Final = "entrepot.facility.breach_noted"
BREACH_MENDED: Final = "entrepot.facility.breach_mended"
WEBHOOK_DISABLED: Final = "entrepot.webhook.disabled"
WEBHOOK_PING: Final = "entrepot.webhook.ping"

OURS: Final[Mapping[str, str]] = {
    CONDITIONS_MET: "all that a tranche's release needs is there",
    CONDITIONS_WAIT: "a tranche's release waits, now for what `missing` and `unmet` say",
    BREACH_NOTED: "something no longer holds of what a tranche went out on",
    BREACH_MENDED: "all that a tranche went out on holds again, or other evidence does",
    WEBHOOK_DISABLED: "one of your endpoints was switched off, since it did not answer",
    WEBHOOK_PING: "you asked for it; it stands in no list",
}
"""What this node knows by itself, and the ledger doesn't tell."""

GROUPS: Final[Mapping[str, str]] = {
    "AccessManager": "governance",
    "Encumbrances": "goods",
    "Financing": "facility",
    "Participants": "participant",
    "SettlementToken": "deposit",
    "Titles": "title",
    "TradeOrders": "order",
}
NOUNS: Final = ("participant", "order", "title", "financing", "asset", "assets", "encumbrance")
"""What a type leaves away at the front: its group says it already."""

NAMES: Final[Mapping[str, str]] = {
    "Evidence.ConflictRaised": "entrepot.evidence.conflict_raised",
    "Evidence.VoyageLinked": "entrepot.shipment.voyage_linked",
    "Evidence.VoyageUnlinked": "entrepot.shipment.voyage_unlinked",
    "Financing.Repaid": "entrepot.facility.repayment_received",
    "Financing.LimitSet": "entrepot.policy.limit_set",
    "Financing.BandsSet": "entrepot.policy.approval_bands_set",
    "Financing.SandboxCapSet": "entrepot.policy.sandbox_cap_set",
}
"""Where the rule would mislead."""

RECORDED: Final = ("EvidenceRecorded", "VoyageFactRecorded")
WITHDRAWN: Final = ("EvidenceWithdrawn", "VoyageFactWithdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """CloudEvents 1.0 with extension attributes of our own after `data`.

    source: the contract that wrote it (CAIP-10), or the resource of this node that it is about.
    subject: the order wherever there is one, else the voyage, member or facility. data: the event's
    own fields: ids as 0x-hex, members by LEI, whole numbers as decimal strings, money in minor
    units.
    blocknumber: as of which block it is true; finality: final once no fork can take it back, head
    before. cursor: its place in the list, where the next one goes on.
    """

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: str | None
    datacontenttype: str = "application/json"
    data: dict[str, Any]
    blocknumber: int
    blockhash: str | None
    txhash: str | None
    ledgerevent: str | None
    finality: str
    cursor: str


def type_of(event: Event) -> str:
    """The type of an event of the ledger."""
    name = event.abi.name
    if name in RECORDED:
        return type_of_kind(cast("Any", event).fact.kind)
    if name in WITHDRAWN:
        return type_of_kind(cast("Any", event).kind) + ".withdrawn"
    return type_of_name(event.abi.contract, name)


def type_of_name(contract: str, name: str) -> str:
    """The type of a contract's event that is no fact."""
    if (known := NAMES.get(f"{contract}.{name}")) is not None:
        return known
    words = list(_words(name))
    if words[0] in NOUNS and len(words) > 1:
        words = words[1:]
    return f"{ROOT}.{GROUPS[contract]}.{'_'.join(words)}"


def type_of_kind(kind: EvidenceKind) -> str:
    """The type of a fact of that kind when it is recorded."""
    group, name = _group(kind), kind.name.lower()
    return f"{ROOT}.{group}.{name.removeprefix(group + '_')}"


def _group(kind: EvidenceKind) -> str:
    first = kind.name.partition("_")[0]
    if first in ("EXPORT", "IMPORT", "CUSTOMS"):
        return "customs"
    if first == "EXAMINATION":
        return "examination"
    if kind in (
        EvidenceKind.DISPUTED,
        EvidenceKind.SANCTIONS_HOLD,
        EvidenceKind.FRAUD_ALERT,
        EvidenceKind.EVIDENCE_CONFLICT,
    ):
        return "flag"
    return "document" if kind in DOCUMENTS else "shipment"


def _words(name: str) -> Iterator[str]:
    """`TrancheNotReleased` as tranche, not, released."""
    start = 0
    for at in [*(i for i, letter in enumerate(name) if letter.isupper() and i), len(name)]:
        yield name[start:at].lower()
        start = at


def _all_types() -> dict[str, tuple[str, str] | None]:
    found: dict[str, tuple[str, str] | None] = {}
    for cls in EVENTS_BY_TOPIC.values():
        place = (cls.abi.contract, cls.abi.name)
        if cls.abi.name in RECORDED or cls.abi.name in WITHDRAWN:
            continue
        found[type_of_name(*place)] = place
    for kind in EvidenceKind:
        found[type_of_kind(kind)] = None
        found[type_of_kind(kind) + ".withdrawn"] = None
    return found | dict.fromkeys(OURS)


TYPES: Final = _all_types()
"""Every type; with the contract and the name of the event that alone has it, None for facts and for
what is ours."""


def chosen(patterns: tuple[str, ...]) -> frozenset[str]:
    """The types that are asked for, each by its name or as `entrepot.customs.*`; all for none.

    ValueError when one of them means no type: it would wait for ever.
    """
    if not patterns:
        return frozenset(TYPES)
    found: set[str] = set()
    for pattern in patterns:
        start = pattern.removesuffix("*") if pattern.endswith(".*") else None
        meant = {t for t in TYPES if (t == pattern if start is None else t.startswith(start))}
        if not meant:
            raise ValueError(f"type: {pattern[:80]!r} is no type of event; see the reference")
        found |= meant
    return frozenset(found)


def data_of(word: Event | Struct) -> dict[str, Any]:
    """The fields as JSON: as `to_plain` has them, with LEIs, currencies and countries as text."""
    return {
        field.name.rstrip("_"): _told(field, getattr(word, field.name)) for field in word.abi.fields
    }


def _told(field: Field, value: Any) -> Any:
    match value:
        case IntEnum():
            return value.name
        case bool() | str():
            return value
        case int():
            return str(value)
        case bytes():
            return _text(field, value)
        case Struct():
            return data_of(value)
        case _:
            return [_told(field, each) for each in value]


def _text(field: Field, value: bytes) -> str | None:
    """Only LEIs are 20 bytes that are no address; 3 are a currency, 2 a country."""
    spelled = field.type.partition("[")[0] in ("bytes20", "bytes3", "bytes2")
    if spelled or field.name == "corridor":
        return value.decode("ascii", "replace") if any(value) else None
    return "0x" + value.hex()
