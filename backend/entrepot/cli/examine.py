"""`entrepot examine`: documents on disk under the terms of a credit, without a network."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, lang_option, print_json

if TYPE_CHECKING:
    from entrepot.domain.examination.case import Presentation


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--credit",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Terms of the credit, JSON of documentType "credit-terms".',
)
@click.option(
    "--presented-on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day of presentation, 2026-11-16.",
)
@lang_option
@json_option
def examine(folder: Path, credit: Path, presented_on: datetime, lang: str, as_json: bool) -> None:
    """Examine the documents of FOLDER by UCP 600 and eUCP 2.1. Exit code 1 when they do not comply.

    Files that are no document which an examination reads are named and left out.
    """
    from entrepot.domain.documents.json_source import parse_json
    from entrepot.domain.examination.credit import read_credit_terms
    from entrepot.domain.examination.examining import RULES_HASH
    from entrepot.domain.examination.examining import examine as apply_rules

    terms = read_credit_terms(parse_json(credit.read_bytes()))
    presentation, left_out = _presented(folder, credit, presented_on)
    notice = apply_rules(terms, presentation)
    if as_json:
        print_json(
            {
                "complies": notice.complies,
                "answer_by": notice.answer_by,
                "findings": notice.findings,
                "documents": len(presentation.documents),
                "left_out": left_out,
                "rules_hash": RULES_HASH,
            }
        )
    else:
        for name, why in left_out.items():
            click.echo(f"left out  {name}: {why}", err=True)
        for one in notice.findings:
            click.echo(f"{one.severity:11}  {one.rule}  {one.article}\n    {one.in_words(lang)}")
            click.echo(f"    {one.asked.by} {one.asked.place}  /  {one.found.by} {one.found.place}")
        verdict = "complies" if notice.complies else "does not comply"
        click.echo(f"the presentation {verdict}; notice is due by {notice.answer_by}")
    if not notice.complies:
        raise click.exceptions.Exit(1)


def _presented(
    folder: Path, credit: Path, presented_on: datetime
) -> "tuple[Presentation, dict[str, str]]":
    from entrepot.domain.documents.reading import read
    from entrepot.domain.errors import InvalidInput
    from entrepot.domain.examination.case import Examined, Presentation

    documents: list[Examined] = []
    left_out: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.resolve() == credit.resolve():
            continue
        try:
            found = read(path.read_bytes())
        except InvalidInput as error:
            left_out[path.name] = str(error)
            continue
        if isinstance(found, Examined):
            documents.append(found)
        else:
            left_out[path.name] = f"a {found.kind}, which no credit asks for"
    return Presentation(tuple(documents), presented_on.date()), left_out
