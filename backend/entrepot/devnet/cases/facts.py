"""What one can ask of a state by name: in breakpoints, in the stepper's lanes, in a what-if."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from entrepot.devnet.cases.case import Head
from entrepot.devnet.cases.expressions import Value
from entrepot.devnet.cases.states import balances
from entrepot.views.changes import Snapshot

AMOUNTS = ("outstanding", "drawn", "escrow", "reserve")
Row = Mapping[str, str]


def facts_of(state: Snapshot, head: Head, block: int, time: int) -> dict[str, Value]:
    """Names and values; amounts in minor units. What is not there yet is '' or 0.

    They are those of the case's order; of a case about no single order, those of the first one.
    """
    order = order_of(state, head)
    order_id = order.get("order_id", "")
    title = _of_order(state, "title", order_id)
    facility = _of_order(state, "facility", order_id)
    found: dict[str, Value] = {
        "block": block,
        "time": time,
        "order": order.get("state", ""),
        "order.amount": int(order.get("amount_minor", 0)),
        "currency": order.get("currency", "USD"),
        "order.version": int(order.get("version", 0)),
        "title": title.get("state", ""),
        "title.possessor": alias(head, title.get("possessor", "")),
        "facility": facility.get("state", ""),
        "held": facility.get("held") == "True",
        "limit": _limit(state, facility),
    }
    found |= {name: int(facility.get(f"{name}_minor", 0)) for name in AMOUNTS}
    found |= dict(_tranches(state, facility.get("financing_id", "")))
    found |= dict(_evidence(state))
    return found | dict(_deposits(state, head))


def order_of(state: Snapshot, head: Head) -> Row:
    """The order that the facts are about; empty before it is placed."""
    orders = state.get("trade_order", {})
    if head.order:
        return orders.get(head.order, {})
    return min(orders.values(), key=lambda row: int(row["placed_block"]), default={})


def facility_of(state: Snapshot, head: Head) -> Row:
    """The facility of that order which was asked for last; empty before."""
    return _of_order(state, "facility", order_of(state, head).get("order_id", ""))


def alias(head: Head, lei: str) -> str:
    """`exporter` for a member's LEI; what is none as it is."""
    return next((m.alias for m in head.members if m.lei == lei), lei)


def owner(head: Head, address: str) -> str:
    """`exporter` for its account's address, `bank.officer-1` for any other key's, `financing` for a
    contract's; hexadecimal without 0x, as the journal has it."""
    for contract, at in head.deployment["contracts"].items():
        if at == f"0x{address}":
            return str(contract).lower()
    name = next((a.name for a in head.accounts if a.address == f"0x{address}"), address)
    return name.removesuffix(".treasury")


def _of_order(state: Snapshot, table: str, order_id: str) -> Row:
    rows = [row for row in state.get(table, {}).values() if row.get("order_id") == order_id]
    return max(rows, key=_newest, default={})


def _newest(row: Row) -> tuple[int, bool]:
    return int(row.get("requested_block", 0)), row.get("state") != "VOID"


def _limit(state: Snapshot, facility: Row) -> int:
    """Of all lenders for this exporter in the facility's currency."""
    wanted = (facility.get("exporter"), facility.get("currency"))
    rows: list[Any] = list(state.get("lender_limit", {}).values())
    return sum(int(r["limit_minor"]) for r in rows if (r["exporter"], r["currency"]) == wanted)


def _tranches(state: Snapshot, financing_id: str) -> Iterator[tuple[str, Value]]:
    released = 0
    for row in state.get("tranche", {}).values():
        if row["financing_id"] == financing_id:
            number = int(row["position"]) + 1
            yield f"tranche{number}", row["state"]
            yield f"tranche{number}.amount", int(row["amount_minor"])
            released += row["state"] == "RELEASED"
    yield "releases", released


def _evidence(state: Snapshot) -> Iterator[tuple[str, Value]]:
    """How many facts of each kind stand; the kinds that were never recorded have no name."""
    counts: dict[str, int] = {}
    for row in state.get("evidence_item", {}).values():
        counts[row["kind"]] = counts.get(row["kind"], 0) + (row["state"] == "RECORDED")
    yield from ((f"evidence.{kind}", count) for kind, count in counts.items())


def _deposits(state: Snapshot, head: Head) -> Iterator[tuple[str, Value]]:
    sums = {f"deposit.{member.alias}": 0 for member in head.members}
    for (account, _), minor in balances(state.get("posting", {})).items():
        kind, *parts = account.split("/")
        if kind == "deposit":
            name = f"deposit.{owner(head, parts[1])}"
            sums[name] = sums.get(name, 0) + minor
    yield from sums.items()
