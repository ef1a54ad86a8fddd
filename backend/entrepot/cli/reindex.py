"""`entrepot reindex`: everything that was learnt from the chain, learnt again."""

from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json, state_option


@click.command()
@state_option
@json_option
def reindex(state: Path, as_json: bool) -> None:
    """Forget blocks, logs, projections and journal, and read the chain again from block 0.

    The digest over all of them must come out as it was: exit code 1 when it does not.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.devnet.waiting import wait_until_caught_up
    from entrepot.steps import World
    from entrepot.steps.indexing.service import reread
    from entrepot.views.chain import as_of
    from entrepot.views.digest import digest

    def now(world: World) -> tuple[int, str]:
        wait_until_caught_up(world)
        with world.store.reading() as session:
            head = as_of(session)
            return (head.block if head else -1), digest(session)

    def tell(done: int, total: int) -> None:
        if not as_json:
            click.echo(f"\rblock {done} of {total}", nl=done == total, err=True)

    with world_of(state) as world:
        before_block, before = now(world)
        reread(world, tell)
        block, after = now(world)
    if as_json:
        print_json({"before": before, "after": after, "block": block})
    else:
        click.echo(f"before  {before}  at block {before_block}")
        click.echo(f"after   {after}  at block {block}")
    if block != before_block:
        raise Failed("the chain has moved meanwhile, so the digests say nothing: run it again")
    if before != after:
        raise Failed("the digest came out different")
