"""A stored decision in plain words: what was asked, what met it, and what is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from entrepot.cli.words import Words, short, when
from entrepot.kit.clock import from_unix
from entrepot.steps.conditions.service import decide_again
from entrepot.views.decisions import DecisionView
from entrepot.views.values import Party

PLAIN = (
    *("STATE", "TRANCHE", "DATES", "HOLD", "ORDER", "APPROVALS", "TITLE"),
    *("PARTIES", "LIMIT", "SANDBOX", "RESERVE", "ENCUMBRANCE"),
)


def in_words(decision: DecisionView, names: Mapping[str, Party], words: Words) -> Iterator[str]:
    """The lines. names: of participants, by LEI."""
    facts, outcome = decision.facts, decision.outcome
    verdict = words("met") if decision.met else words("not met")
    at = when(from_unix(int(facts["at"])).isoformat().replace("+00:00", "Z"))
    yield f"{words('Decision')}, {words('Tranche')} {decision.tranche + 1}: {verdict}"
    yield f"  {words('decided at block')} {decision.block} ({at} UTC), {short(decision.block_hash)}"
    same = decide_again(facts, outcome)
    again = "deciding again gives the same" if same else "deciding again gives another answer"
    yield f"  {words('by rules')} {short(decision.rules_hash)}; {words(again)}"
    yield from _evidence(facts, outcome, names, words)
    yield from _rest(facts, outcome, words)


def _evidence(
    facts: Mapping[str, Any], outcome: Mapping[str, Any], names: Mapping[str, Party], words: Words
) -> Iterator[str]:
    given = {str(fact["evidence_id"]): fact for fact in facts["attestations"]}

    def line(sign: str, fact: Mapping[str, Any], more: str = "") -> str:
        attester = words.party(names.get(fact["attester"]))
        place = f"{words('block')} {fact['block']}, {short(str(fact['evidence_id']))}"
        return f"  {sign} {words.kind(fact['kind'])}: {attester}, {place}{more}"

    for kind in dict.fromkeys((*facts["required"], *facts["required_twice"])):
        if kind in outcome["missing"]:
            yield f"  ○ {words.kind(kind)}: {words('missing')}"
        for evidence_id in outcome["proofs"].get(kind, ()):
            yield line("✓", given[evidence_id])
        if kind in outcome["missing_twice"]:
            yield f"  ○ {words.kind(kind)}: {words('missing a second, unrelated attester')}"
    for fact in facts["attestations"]:
        if fact["kind"] in outcome["blocking"]:
            yield line("✗", fact, f": {words('stands against it until it is withdrawn')}")


def _rest(facts: Mapping[str, Any], outcome: Mapping[str, Any], words: Words) -> Iterator[str]:
    for condition in PLAIN:
        if condition != "TITLE" or facts["title_pledged"]:
            sign = "○" if condition in outcome["unmet"] else "✓"
            yield f"  {sign} {words.condition(condition)}"
    if not outcome["blocking"]:
        yield f"  ✓ {words.condition('BLOCKED')}"
