"""One fact to change in a what-if: `customs.import = HOLD`, `evidence.VESSEL_DEPARTED = NEVER`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entrepot.bindings.evidence import Fact, Record, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId
from entrepot.chain.codec import decode_call
from entrepot.chain.errors import Undecodable
from entrepot.devnet import cast
from entrepot.devnet.cases.case import Head
from entrepot.devnet.cases.facts import alias, order_of
from entrepot.kit.abi import Call
from entrepot.kit.hashing import sha256
from entrepot.store.facts import kinds_of
from entrepot.views.changes import Snapshot

RECORDED, WITHDRAWN, NEVER = "RECORDED", "WITHDRAWN", "NEVER"

CUSTOMS: Mapping[str, str] = {"import": "IMPORT_RELEASED", "export": "EXPORT_RELEASED"}
"""Which customs authority is meant: the one that the order names for this."""

VALUES: Mapping[str, str] = {"HOLD": RECORDED, "CLEAR": WITHDRAWN}
HOLD = "CUSTOMS_HOLD"

_SET = re.compile(
    r"(?:set\s+)?(?:customs\.(?P<side>import|export)\s*=\s*(?P<hold>HOLD|CLEAR)"
    r"|evidence\.(?P<kind>[A-Z_]+)\s*=\s*(?P<value>RECORDED|WITHDRAWN|NEVER))"
)


class CannotSet(ValueError):
    """The fact cannot be changed so, or not here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """text: as it was asked for. by: whose key makes the calls, empty without any. never: the kind
    of which nothing is recorded from here on."""

    text: str
    by: str = ""
    calls: tuple[Call, ...] = ()
    never: EvidenceKind | None = None

    def drops(self, contract: str, data: bytes) -> bool:
        """Whether a recorded call of that contract is left out."""
        if self.never is None:
            return False
        try:
            call = decode_call(contract, data)
        except Undecodable:
            return False
        return self.never in _recorded(call)


def alteration(text: str, state: Snapshot, head: Head, time: int) -> Alteration:
    """What `set NAME = VALUE` means after a block. CannotSet when it means nothing there.

    A fact that is recorded so has a commitment to nothing: no document stands behind it.
    """
    match = _SET.fullmatch(text.strip())
    if match is None:
        raise CannotSet(
            "set customs.import|export = HOLD|CLEAR, or evidence.KIND = RECORDED|WITHDRAWN|NEVER"
        )
    order = order_of(state, head).get("order_id", "")
    if not order:
        raise CannotSet("there is no order yet")
    kind, value = match["kind"] or HOLD, match["value"] or VALUES[match["hold"]]
    if kind not in EvidenceKind.__members__:
        raise CannotSet(f"there is no kind of evidence {kind}")
    if value == NEVER:
        return Alteration(text=text.strip(), never=EvidenceKind[kind])
    attester = _attester(state, order, kind, CUSTOMS.get(match["side"] or "", ""))
    desk = f"{alias(head, attester)}.{cast.DESK}"
    if value == RECORDED:
        calls: tuple[Call, ...] = (_record(order, kind, time),)
    else:
        calls = tuple(_withdrawals(state, order, kind, attester))
        if not calls:
            raise CannotSet(f"nothing of {kind} stands that {alias(head, attester)} could withdraw")
    return Alteration(text=text.strip(), by=desk, calls=calls)


def _attester(state: Snapshot, order: str, kind: str, besides: str) -> str:
    """Whom the order names for the kind, and for another one besides."""
    for row in state["order_attester"].values():
        kinds = kinds_of(int(row["kinds"]))
        if row["order_id"] == order and kind in kinds and (not besides or besides in kinds):
            return row["participant_id"]
    raise CannotSet(f"the order names nobody for {kind}")


def _record(order: str, kind: str, time: int) -> Record:
    name = f"what if {kind} {order} {time}".encode()
    return Record(
        order_id=OrderId(bytes.fromhex(order[2:])),
        fact=Fact(
            kind=EvidenceKind[kind],
            source_key=sha256(name),
            commitment=sha256(name + b" without a document"),
            occurred_at=time,
            supersedes=bytes(32),
        ),
    )


def _withdrawals(state: Snapshot, order: str, kind: str, attester: str) -> Iterator[Withdraw]:
    for row in state["evidence_item"].values():
        told = (row["kind"], row["attester"], row["state"], row["on_voyage"])
        if told == (kind, attester, RECORDED, "False"):
            yield Withdraw(
                order_id=OrderId(bytes.fromhex(order[2:])),
                kind=EvidenceKind[kind],
                source_key=bytes.fromhex(row["source_key"][2:]),
                reason=sha256(b"what if"),
            )


def _recorded(call: Call) -> set[EvidenceKind]:
    """The kinds of the facts that a call records."""
    facts: Any = getattr(call, "facts", None) or [getattr(call, "fact", None)]
    return {fact.kind for fact in facts if isinstance(fact, Fact)}
