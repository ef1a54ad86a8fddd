"""`entrepot verify`: a file and its disclosure, held against each other with no network at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrepot.cli.options import json_option, lang_option, print_json

if TYPE_CHECKING:
    from entrepot.domain.disclosure import Disclosure
    from entrepot.domain.verification import Verification

NOTHING_TO_COMPARE = 3


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--disclosure",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the holder disclosed of the file, as JSON.",
)
@click.option(
    "--commitment", help="What the ledger has (0x and 64 digits), from whoever you trust to know."
)
@lang_option
@json_option
def verify(
    file: Path, disclosure: Path | None, commitment: str | None, lang: str, as_json: bool
) -> None:
    """Check a document against what was disclosed of it, or a disclosure by itself.

    FILE is the document; or the disclosure, when it comes alone. Nothing is asked of any network,
    so who attested it, whether it still stands and whether it is financed stays open: ask POST
    /v1/documents/verify for that.

    Exit codes: 0 what could be checked holds, 1 something does not, 2 unusable input, 3 there is
    nothing to hold the file against.
    """
    from entrepot.domain.disclosure import read_disclosure
    from entrepot.domain.errors import InvalidInput
    from entrepot.domain.verification import Integrity
    from entrepot.domain.verification import verify as hold

    try:
        shown = read_disclosure(disclosure.read_bytes()) if disclosure else _alone(file)
    except InvalidInput as error:
        raise click.UsageError(f"{disclosure}: {error}") from error
    alone = shown is not None and disclosure is None
    said = hold(None if alone else file.read_bytes(), shown, _root(commitment))
    if as_json:
        print_json(_told(said, shown))
    else:
        _say(said, shown, lang)
    if said.integrity is Integrity.ALTERED:
        click.get_current_context().exit(1)
    if said.integrity is Integrity.UNKNOWN:
        click.get_current_context().exit(NOTHING_TO_COMPARE)


def _alone(file: Path) -> Disclosure | None:
    """The file itself, if it is a disclosure."""
    from entrepot.domain.disclosure import FORMAT, read_disclosure

    data = file.read_bytes()
    return read_disclosure(data) if FORMAT.encode() in data[:200] else None


def _root(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        root = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        root = b""
    if len(root) != 32:
        raise click.UsageError("--commitment: 0x and 64 hexadecimal digits")
    return root


def _open() -> list[str]:
    """What no file can tell."""
    return ["ledger-not-asked", "standing-not-asked"]


def _told(said: Verification, shown: Disclosure | None) -> dict[str, Any]:
    return {
        "integrity": said.integrity,
        "findings": [
            {"code": each.code, "about": each.about, "text": each.text()} for each in said.findings
        ],
        "not_established": _open(),
        "kind": said.kind or None,
        "sha256": None if said.file_sha256 is None else "0x" + said.file_sha256.hex(),
        "fields": said.fields,
        "root": None if shown is None else "0x" + shown.root.hex(),
        "ledger": None if shown is None else shown.told()["ledger"],
    }


def _say(said: Verification, shown: Disclosure | None, lang: str) -> None:
    from entrepot.domain.verification import AGAINST, Finding

    def line(mark: str, text: str) -> None:
        click.echo(f"{mark} {text}")

    for finding in said.findings:
        open_still = finding.code in {"nothing-to-compare", "file-not-covered", "file-unreadable"}
        mark = "✗" if finding.code in AGAINST else "?" if open_still else "✓"
        line(mark, finding.text(lang))
    for code in _open():
        line("?", Finding(code).text(lang))
    if said.file_sha256 is not None:
        click.echo(f"\nsha256  {said.file_sha256.hex()}")
    if shown is not None:
        click.echo(f"root    0x{shown.root.hex()}")
    for name, value in said.fields.items():
        click.echo(f"{name}  {value}")
