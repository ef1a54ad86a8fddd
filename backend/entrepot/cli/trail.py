"""`entrepot trail`: an audit trail that the console gave, checked with no network at all."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The thumbprint that its key must have; the page Audit shows it.")
@json_option
def trail(file: Path, key: str | None, as_json: bool) -> None:
    """Check an audit trail: that no entry was changed, left out or added, and who signed it.

    Without --key, compare the thumbprint that is printed with the one on the member's page Audit:
    anybody can sign a trail with a key of their own.

    Exit codes: 0 it holds, 1 it does not, and the first broken line is named.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.domain.audit_trail import TrailBroken, check

    try:
        found = check(file.read_text(encoding="utf-8", errors="strict"))
        if key is not None and key != found.key:
            raise TrailBroken(found.entries + 2, f"it is signed by {found.key}, not by {key}")
    except UnicodeDecodeError as error:
        raise Failed(f"{file}: it is no UTF-8") from error
    except TrailBroken as error:
        if as_json:
            print_json({"holds": False, "line": error.line, "why": error.why})
            click.get_current_context().exit(1)
        raise Failed(f"{file}: {error}") from error
    if as_json:
        print_json({"holds": True} | asdict(found))
    else:
        click.echo(f"{found.entries} entries of {found.participant}, to {found.exported_at}: whole")
        click.echo(f"signed by {found.key}")
