"""Judges the waiting tranches that a block has touched, once for each new head."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any, cast

import msgspec

from entrepot.bindings.financings import Condition
from entrepot.domain.terms import Facts, Outcome, evaluate
from entrepot.kit import tracing
from entrepot.steps import World
from entrepot.steps.conditions import breaches, repository
from entrepot.steps.conditions.repository import Head
from entrepot.store import spans
from entrepot.store.facts import gather_all
from entrepot.store.outbox import release_operation
from entrepot.store.session import Session
from entrepot.store.tables import Facility, Tranche

RULES_HASH = hashlib.sha256((files("entrepot.domain") / "terms.py").read_bytes()).digest()
"""Which rules decided: the hash of the very text of them."""


SHARED = {Condition.LIMIT.name, Condition.SANDBOX.name, Condition.RECOURSE.name}
"""What hangs on other facilities of the same exporter or corridor."""


def run(world: World, limit: int) -> int:
    """Judges every waiting tranche that the blocks since the last time may have changed, writes a
    decision for each whose outcome is another, and answers how many of them are met now.

    limit: facilities in one transaction.
    """
    met = 0
    touched: list[bytes] | None = None
    first: Head | None = None
    while True:
        with world.store.transaction() as session:
            due = repository.due(session)
            if due is None:
                return met
            if touched is None or first is None:
                first, touched = due.head, repository.touched(session, due)
            page, touched = touched[:limit], touched[limit:]
            if page:
                met += _judge(world, session, page, due.head)
            if not touched:
                repository.mark(session, first)
                return met


def _judge(world: World, session: Session, page: list[bytes], block: Head) -> int:
    if not repository.hold(session, block):
        return 0
    began = tracing.now()
    decisions: list[dict[str, object]] = []
    standings: list[dict[str, object]] = []
    waiting, before = repository.waiting(session, page)
    for _, pairs in groupby(waiting, key=lambda pair: pair[0].financing_id):
        facility, tranches = _split(list(pairs))
        at = world.deployment["Financing"]
        gathered = gather_all(session, facility, tranches, block, at)
        for tranche, known in zip(tranches, gathered, strict=True):
            outcome = evaluate(known.facts)
            told = to_json(outcome)
            if before.get((facility.financing_id, tranche.position)) != told:
                decisions.append(_decision(facility, tranche, block, known.facts, outcome))
            standings.append(_standing(facility, tranche, block, outcome, known.changes_at))
    repository.keep(session, page, decisions, standings, block.number)
    breaches.note(session, page, block, world.deployment["Financing"])
    met = [row for row in standings if row["met"]]
    for row in met if tracing.is_on() else ():
        name = f"{cast('bytes', row['financing_id']).hex()}:{row['tranche']}"
        judged = _Judged(release_operation("release", name), block.number)
        spans.note(session, "judge", judged, began)
    return len(met)


@dataclass(frozen=True, slots=True)
class _Judged:
    """For the trace of the release that follows."""

    operation_id: str
    block_number: int


def _split(pairs: list[tuple[Any, Any]]) -> tuple[Any, list[Any]]:
    return pairs[0][0], [tranche for _, tranche in pairs]


def _decision(
    facility: Facility, tranche: Tranche, block: Head, facts: Facts, outcome: Outcome
) -> dict[str, object]:
    return {
        "financing_id": facility.financing_id,
        "tranche": tranche.position,
        "block_number": block.number,
        "block_hash": block.hash,
        "rules_hash": RULES_HASH,
        "met": outcome.met,
        "facts": msgspec.json.encode(facts).decode(),
        "outcome": msgspec.json.encode(outcome).decode(),
    }


def _standing(
    facility: Facility, tranche: Tranche, block: Head, outcome: Outcome, changes: int | None
) -> dict[str, object]:
    return {
        "financing_id": facility.financing_id,
        "tranche": tranche.position,
        "block_number": block.number,
        "met": outcome.met,
        "shared": outcome.met or not SHARED.isdisjoint(outcome.unmet),
        "next_at": changes,
    }


def to_json(value: Facts | Outcome) -> dict[str, Any]:
    """As the decision stores it: plain JSON, so that what is read back compares equal."""
    return cast("dict[str, Any]", msgspec.json.decode(msgspec.json.encode(value)))


def decide_again(facts: Mapping[str, Any], outcome: Mapping[str, Any]) -> bool:
    """Makes a stored decision again from its own facts; False when it comes out different, which
    is expected only when the rules have changed since (`rules_hash`)."""
    return to_json(evaluate(msgspec.convert(facts, Facts))) == outcome
