"""The statement in words."""

from collections.abc import Iterator

import click

from entrepot.cli import decision
from entrepot.cli.stopping import breaches_in_words, matches_in_words, stops_in_words
from entrepot.cli.words import Words, short, when
from entrepot.devnet.scenario import Expectation
from entrepot.devnet.statement import HeldUp, Met, Release, Statement
from entrepot.views.values import Party


def print_statement(statement: Statement, lang: str) -> None:
    """Prints it for people, to stdout."""
    for line in in_words(statement, lang):
        click.echo(line)


def in_words(statement: Statement, lang: str) -> Iterator[str]:
    """Its lines, for people."""
    words = Words(lang)
    for part in (_head, _releases, _stopped, _balances, _decision, _proof):
        yield from part(statement, words)


def unsaid(expect: Expectation, statement: Statement) -> list[str]:
    """What it should say in either language, and does not."""
    english, chinese = ("\n".join(in_words(statement, lang)) for lang in ("en", "zh"))
    wanted = [(english, text) for text in expect.says] + [(chinese, t) for t in expect.says_zh]
    return [f"the statement does not say “{text}”" for told, text in wanted if text not in told]


def _head(statement: Statement, words: Words) -> Iterator[str]:
    yield f"{words('Statement').upper()}  {statement.scenario}"
    order = f"{statement.order_reference}  {words.state(statement.order_state)}"
    yield f"  {words('Order')}     {order}  {short(statement.order_id)}"
    facility = f"{words.state(statement.facility_state)}  {short(statement.facility_id)}"
    yield f"  {words('Facility')}  {facility}"
    if statement.title:
        holder = f"{words('in possession of')} {words.party(statement.title.possessor)}"
        yield f"  {words('Title')}     {short(statement.title.title_id)}  {holder}"


def _releases(statement: Statement, words: Words) -> Iterator[str]:
    yield ""
    yield words("Released").upper()
    for release in statement.releases:
        yield from _release(release, statement.currency, words)


def _release(release: Release, currency: str, words: Words) -> Iterator[str]:
    amount = words.money(release.amount_minor, currency)
    place = f"{words('block')} {release.block}  {short(release.tx_hash)}"
    yield f"  {release.tranche + 1}  {when(release.at)} UTC  {amount}  {place}"
    for held in release.held_up:
        yield from _held_up(held, words)
    twice = {one.evidence_id for one in release.evidence if one.rule == "EVIDENCE_TWICE"}
    for one in dict.fromkeys(one for one in release.evidence if one.rule == "EVIDENCE"):
        more = f"  ({words('two unrelated')})" if one.evidence_id in twice else ""
        yield f"     ✓ {_fact(one, words)}{more}"
    yield f"     ✓ {len(release.other_rules)} {words('other rules, as in the decision below')}"
    blocks = words("block after" if release.blocks_to_money == 1 else "blocks after")
    took = "" if release.ms_to_money is None else f", {release.ms_to_money:.0f} ms"
    what = words.event(release.needed_event)
    if release.needed_withdrawn:
        what = f"{what}: {words('withdrawn')}"
    needed = f"“{what}” ({words('block')} {release.needed_block})"
    yield f"     {words('paid')} {release.blocks_to_money} {blocks} {needed}{took}"


def _held_up(held: HeldUp, words: Words) -> Iterator[str]:
    for one in held.by:
        yield f"     ✗ {words('waited, though all the rest was there')}: {_fact(one, words)}"


def _fact(one: Met, words: Words) -> str:
    attester = words.party(one.attester)
    place = f"{words('block')} {one.block}  {short(one.evidence_id)}"
    return f"{words.kind(one.kind)}: {attester}, {place}"


def _stopped(statement: Statement, words: Words) -> Iterator[str]:
    for title, lines in (
        ("Stopped", stops_in_words(statement.stopped, words)),
        ("Nobody signs", matches_in_words(statement.alike, words)),
        ("Breaches", breaches_in_words(statement.breaches, words)),
    ):
        told = list(lines)
        if told:
            yield ""
            yield words(title).upper()
            yield from told


def _balances(statement: Statement, words: Words) -> Iterator[str]:
    yield ""
    yield words("Balances, in minor units").upper()
    for balance in statement.balances:
        name = words.party(Party(balance.holder, balance.name, balance.name_zh))
        yield f"  {balance.amount_minor:>14}  {balance.currency}  {name}"
    yield f"  {statement.sum_minor:>14}  {statement.currency}  {words('Sum')}"


def _decision(statement: Statement, words: Words) -> Iterator[str]:
    if statement.decision is None:
        return
    yield ""
    met = [one for release in statement.releases for one in release.evidence]
    held = [one for release in statement.releases for h in release.held_up for one in h.by]
    names = {one.attester.lei: one.attester for one in (*met, *held)}
    first, *rest = decision.in_words(statement.decision, names, words)
    yield first.upper()
    yield from rest


def _proof(statement: Statement, words: Words) -> Iterator[str]:
    audit = statement.audit
    compared = words("answers compared with the contracts at block")
    found = f"{len(audit.differences)} {words('differences')}"
    yield ""
    yield f"{words('Audit').upper()}   {audit.compared} {compared} {audit.block}: {found}"
    yield f"{words('Digest').upper()}  {statement.digest}"
