"""`entrepot explain`: a stored decision in plain words."""

from pathlib import Path

import click

from entrepot.cli.options import json_option, lang_option, print_json, state_option


@click.command()
@click.argument("facility")
@click.argument("tranche", type=click.IntRange(1))
@click.option("--block", type=int, help="The decision that stood at this block; else the newest.")
@state_option
@json_option
@lang_option
def explain(
    facility: str, tranche: int, block: int | None, state: Path, as_json: bool, lang: str
) -> None:
    """Say why a tranche was released, or what it waits for.

    FACILITY is its id (0x..., or the first digits of it); TRANCHE counts from 1. What was asked,
    which evidence by whom at which block met it, what is missing or was taken back, by which
    rules; whether deciding again from the stored facts gives the same; and what has come since.
    """
    from entrepot.cli.decision import in_words
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.cli.stopping import breaches_in_words, stops_in_words
    from entrepot.cli.words import Words
    from entrepot.steps.conditions.service import decide_again
    from entrepot.views import breaches, decisions, facilities, participants, stops
    from entrepot.views.paging import Asked
    from entrepot.views.values import unhexed

    with world_of(state) as world, world.store.reading() as session:
        listed = facilities.list_facilities(session, None, asked=Asked(limit=200)).items
        found = [one.facility_id for one in listed if one.facility_id.startswith(facility)]
        if len(found) != 1:
            raise Failed(f"{len(found)} facilities begin with {facility}")
        made = decisions.of_facility(session, None, unhexed(found[0])) or ()
        broken = breaches.of_facility(session, None, unhexed(found[0])) or ()
        waiting = stops.of_facility(session, None, unhexed(found[0])) or ()
        members = participants.list_participants(session, None).items
    broken = tuple(one for one in broken if one.tranche == tranche - 1)
    waiting = tuple(one for one in waiting if one.tranche == tranche - 1)
    names = {one.participant.lei: one.participant for one in members}
    of_it = [one for one in made if one.tranche == tranche - 1]
    stood = [one for one in of_it if block is None or one.block <= block]
    if not stood:
        raise Failed(f"nothing was decided of tranche {tranche} yet: the lenders pay in first")
    if as_json:
        same = decide_again(stood[-1].facts, stood[-1].outcome)
        told = {"decision": stood[-1], "again_the_same": same, "breaches": broken}
        print_json(told | {"holds": waiting[0].holds if waiting else ()})
        return
    words = Words(lang)
    for line in (
        *in_words(stood[-1], names, words),
        *stops_in_words(waiting if block is None else (), words),
        *breaches_in_words(broken, words),
    ):
        click.echo(line)
