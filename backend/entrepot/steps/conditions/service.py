"""Evaluates every tranche that waits, once for each new head."""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, cast

import msgspec

from entrepot.domain.terms import Facts, Outcome, evaluate
from entrepot.steps import World
from entrepot.steps.conditions import repository
from entrepot.store.facts import gather
from entrepot.store.session import Session, lead
from entrepot.store.tables import Block, Decision, Facility, Tranche

RULES_HASH = hashlib.sha256((files("entrepot.domain") / "terms.py").read_bytes()).digest()
"""Which rules decided: the hash of the very text of them."""


def run(world: World, limit: int) -> int:
    """Writes a decision for each tranche whose outcome changed; answers how many are met now.

    Goes through all that wait, `limit` of them in a transaction.
    """
    met = 0
    first: Block | None = None
    after: tuple[Facility, Tranche] | None = None
    while True:
        with world.store.transaction() as session:
            block = repository.head(session)
            if block is None or not lead(session, "conditions"):
                return met
            first = first or block
            if first.number <= repository.dealt_with(session):
                return met
            page = repository.waiting(session, after, limit)
            for facility, tranche in page:
                met += _decide(world, session, facility, tranche, block)
            if len(page) < limit:
                repository.mark(session, first.number)
                return met
            after = page[-1]


def _decide(
    world: World, session: Session, facility: Facility, tranche: Tranche, block: Block
) -> bool:
    facts = gather(session, facility, tranche, block, world.deployment["Financing"])
    outcome = evaluate(facts)
    before = repository.latest(session, tranche)
    if before is None or before.outcome != to_json(outcome):
        session.add(
            Decision(
                financing_id=facility.financing_id,
                tranche=tranche.position,
                block_number=block.number,
                block_hash=block.hash,
                rules_hash=RULES_HASH,
                met=outcome.met,
                facts=to_json(facts),
                outcome=to_json(outcome),
            )
        )
    return outcome.met


def to_json(value: Facts | Outcome) -> dict[str, Any]:
    """As the decision stores it: plain JSON, so that what is read back compares equal."""
    return cast("dict[str, Any]", msgspec.json.decode(msgspec.json.encode(value)))


def decide_again(facts: Mapping[str, Any], outcome: Mapping[str, Any]) -> bool:
    """Makes a stored decision again from its own facts; False when it comes out different, which
    is expected only when the rules have changed since (`rules_hash`)."""
    return to_json(evaluate(msgspec.convert(facts, Facts))) == outcome
