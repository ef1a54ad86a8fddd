"""`entrepot migrate`: the database's tables."""

import click

from entrepot.cli.options import json_option, print_json


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database (ENTREPOT_DATABASE_URL) to this version's tables."""
    from entrepot.settings import Settings
    from entrepot.store.migrating import migrate as apply
    from entrepot.store.migrating import version
    from entrepot.wiring import database

    with database(Settings()) as url:
        before, wanted = version(url)
        apply(url)
    if as_json:
        print_json({"before": before, "now": wanted})
    elif before == wanted:
        click.echo(f"The database is at {wanted}: nothing to do.")
    else:
        click.echo(f"The database went from {before or 'nothing'} to {wanted}.")
