"""Why a tranche's money waits: which condition does not hold, and what would make it hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entrepot.devnet.cases.case import Head
from entrepot.devnet.cases.facts import facility_of
from entrepot.views.changes import Snapshot
from entrepot.views.decisions import DecisionView

ATTEST, ATTEST_TWICE, WITHDRAW = "attest", "attest_twice", "withdraw"
EVIDENCE = ("EVIDENCE", "EVIDENCE_TWICE", "BLOCKED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What would satisfy one condition. deed: ATTEST, ATTEST_TWICE or WITHDRAW a fact of that kind,
    by one of `who` (LEIs); or, without a kind, whatever makes the condition hold."""

    condition: str
    deed: str = ""
    kind: str = ""
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One tranche, from 0, as it stands. decision: the newest; None when nothing was decided yet,
    for a facility is not judged before its lenders have paid in."""

    tranche: int
    state: str
    released_block: int | None
    decision: DecisionView | None
    remedies: tuple[Remedy, ...]


def why(state: Snapshot, head: Head) -> tuple[Why, ...]:
    """Every tranche of the case's facility; empty before there is one."""
    financing_id = facility_of(state, head).get("financing_id", "")
    rows = [r for r in state.get("tranche", {}).values() if r["financing_id"] == financing_id]
    decisions = _decisions(state, financing_id)
    return tuple(
        _why(row, decisions.get(int(row["position"])))
        for row in sorted(rows, key=lambda row: int(row["position"]))
    )


def remedies(decision: DecisionView) -> Iterator[Remedy]:
    """What would satisfy each condition that this decision found unmet."""
    facts, outcome = decision.facts, decision.outcome
    for kind in outcome["missing"]:
        who = tuple(each["participant"] for each in _attesters(facts, kind))
        yield Remedy(condition="EVIDENCE", deed=ATTEST, kind=kind, who=who)
    for kind in outcome["missing_twice"]:
        yield Remedy(
            condition="EVIDENCE_TWICE",
            deed=ATTEST_TWICE,
            kind=kind,
            who=tuple(_others(facts, kind)),
        )
    for kind in outcome["blocking"]:
        who = tuple(
            dict.fromkeys(a["attester"] for a in facts["attestations"] if a["kind"] == kind)
        )
        yield Remedy(condition="BLOCKED", deed=WITHDRAW, kind=kind, who=who)
    for condition in outcome["unmet"]:
        if condition not in EVIDENCE:
            yield Remedy(condition=condition)


def _why(row: Mapping[str, str], decision: DecisionView | None) -> Why:
    released = row["released_block"]
    waits = row["state"] == "PENDING" and decision is not None and not decision.met
    return Why(
        tranche=int(row["position"]),
        state=row["state"],
        released_block=None if released == "None" else int(released),
        decision=decision,
        remedies=tuple(remedies(decision)) if waits and decision is not None else (),
    )


def _decisions(state: Snapshot, financing_id: str) -> dict[int, DecisionView]:
    """The newest of each tranche."""
    found: dict[int, DecisionView] = {}
    for row in state.get("decision", {}).values():
        tranche, block = int(row["tranche"]), int(row["block_number"])
        if row["financing_id"] == financing_id and (
            tranche not in found or found[tranche].block < block
        ):
            found[tranche] = DecisionView(
                facility_id=financing_id,
                tranche=tranche,
                block=block,
                block_hash=row["block_hash"],
                rules_hash=row["rules_hash"],
                met=row["met"] == "True",
                facts=json.loads(row["facts"]),
                outcome=json.loads(row["outcome"]),
            )
    return found


def _attesters(facts: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    """Whom the order names for that kind."""
    return (each for each in facts["attesters"] if kind in each["kinds"])


def _others(facts: Mapping[str, Any], kind: str) -> Iterator[str]:
    """Those named who are of another group than all that have attested it."""
    spoken = {a["attester"] for a in facts["attestations"] if a["kind"] == kind}
    groups = {each["group"] for each in facts["attesters"] if each["participant"] in spoken}
    for each in _attesters(facts, kind):
        if each["group"] not in groups:
            yield str(each["participant"])
