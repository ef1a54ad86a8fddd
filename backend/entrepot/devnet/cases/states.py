"""The tables at each block of a case, folded from its changes; and what differs between two."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.devnet.cases.case import Block, Case, Document, Happening
from entrepot.views.changes import Change, Snapshot, changes

KEPT_EVERY = 32

STATES: Mapping[str, tuple[str, ...]] = {
    "trade_order": ("state", "version"),
    "title": ("state", "possessor", "pledged_for"),
    "facility": ("state", "held", "outstanding_minor", "escrow_minor", "reserve_minor"),
    "tranche": ("state",),
    "evidence_item": ("state",),
    "participant": ("state",),
    "holding": ("reserved_minor", "committed_minor"),
}
"""Where each thing stands, of all that is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One line of an entry; amounts in minor units."""

    account: str
    currency: str
    amount_minor: int
    memo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An account's balance then and now, minor units."""

    account: str
    currency: str
    before_minor: int
    after_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """What differs between two states. told: what members, and their webhooks, were told of from
    the one to the other; rows: what each changed thing is, by `TABLE KEY`."""

    rows: Mapping[str, Mapping[str, str]]
    states: tuple[Change, ...]
    balances: tuple[Moved, ...]
    journal: tuple[JournalLine, ...]
    documents: tuple[Document, ...]
    told: tuple[Happening, ...]


class States:
    """Any block's tables; those of every 32nd block are kept."""

    def __init__(self, case: Case) -> None:
        self._case = case
        tables = {change.table for block in case.blocks for change in block.changes}
        self._kept: dict[int, Snapshot] = {0: {table: {} for table in sorted(tables)}}

    def at(self, number: int) -> Snapshot:
        """The tables after block `number`."""
        start = max(kept for kept in self._kept if kept <= number)
        state = copy.deepcopy(self._kept[start])
        for block in self._case.blocks[start:number]:
            _apply(state, block)
            if block.number % KEPT_EVERY == 0 and block.number not in self._kept:
                self._kept[block.number] = copy.deepcopy(state)
        return state


def between(case: Case, states: States, one: int, other: int) -> Between:
    """What differs between the states after two blocks; the later one is `after` either way."""
    first, last = sorted((one, other))
    passed = case.blocks[first:last]
    return compare(
        states.at(first),
        states.at(last),
        documents=tuple(d for d in case.documents if first < d.block <= last),
        told=tuple(event for block in passed for event in block.events),
    )


def compare(
    before: Snapshot,
    after: Snapshot,
    *,
    documents: tuple[Document, ...] = (),
    told: tuple[Happening, ...] = (),
) -> Between:
    """What differs between two states of any origin."""
    every = before.keys() | after.keys()
    then = {table: before.get(table, {}) for table in sorted(every)}
    now = {table: after.get(table, {}) for table in sorted(every)}
    states = tuple(c for c in changes(then, now) if c.field in STATES.get(c.table, ()))
    postings = _lines(now["posting"], then["posting"]) if "posting" in every else ()
    return Between(
        rows={
            f"{c.table} {c.key}": now[c.table].get(c.key) or then[c.table][c.key] for c in states
        },
        states=states,
        balances=_moved(then.get("posting", {}), now.get("posting", {})),
        journal=postings,
        documents=documents,
        told=told,
    )


def balances(postings: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], int]:
    """What each account has, minor units, by account and currency."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in postings.values():
        sums[row["account"], row["currency"]] += int(row["amount_minor"])
    return dict(sums)


def _apply(state: Snapshot, block: Block) -> None:
    for table, key, field, before, after in (
        (c.table, c.key, c.field, c.before, c.after) for c in block.changes
    ):
        row = state[table].setdefault(key, {})
        if after is None and before is not None:
            row.pop(field, None)
            if not row:
                del state[table][key]
        elif after is not None:
            row[field] = after


def _moved(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> tuple[Moved, ...]:
    then, now = balances(before), balances(after)
    return tuple(
        Moved(
            account=account,
            currency=currency,
            before_minor=then.get((account, currency), 0),
            after_minor=now.get((account, currency), 0),
        )
        for account, currency in sorted(then.keys() | now.keys())
        if then.get((account, currency), 0) != now.get((account, currency), 0)
    )


def _lines(
    rows: Mapping[str, Mapping[str, str]], but: Mapping[str, Mapping[str, str]]
) -> tuple[JournalLine, ...]:
    new = sorted((key for key in rows if key not in but), key=_place)
    return tuple(
        JournalLine(
            account=rows[key]["account"],
            currency=rows[key]["currency"],
            amount_minor=int(rows[key]["amount_minor"]),
            memo=rows[key]["memo"],
        )
        for key in new
    )


def _place(key: str) -> tuple[int, ...]:
    return tuple(int(part) for part in key.split("/"))
