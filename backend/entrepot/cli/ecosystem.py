"""`entrepot simulate ecosystem`: a synthetic year of many firms, and what it came to."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrepot.cli.options import json_option, lang_option, print_json

if TYPE_CHECKING:
    from entrepot.devnet.ecosystem.running import Outcome
    from entrepot.devnet.ecosystem.tally import Tally
    from entrepot.devnet.ecosystem.year import Size

PARTIES = Path(__file__).parents[3] / "hardhat-free-devnet/scenarios/parties.toml"


@click.command()
@click.option("--firms", type=click.IntRange(2), default=50_000, show_default=True)
@click.option("--days", type=click.IntRange(1, 1_000), default=365, show_default=True)
@click.option(
    "--scale",
    "scales",
    type=click.FloatRange(0, 1, min_open=True),
    multiple=True,
    default=(0.001,),
    show_default=True,
    help="The part of the firms that is played; may be given several times.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the report.")
@click.option(
    "--kept",
    type=click.Path(path_type=Path, file_okay=False),
    default="build/ecosystem",
    show_default=True,
    help="Where years that have been played are kept, so that they need not be again.",
)
@click.option("--again", is_flag=True, help="Play also what is kept.")
@lang_option
@json_option
def ecosystem(
    firms: int,
    days: int,
    scales: tuple[float, ...],
    seed: int,
    html: Path | None,
    kept: Path,
    again: bool,
    lang: str,
    as_json: bool,
) -> None:
    """Play a synthetic year of orders, voyages, customs and repayments on the real contracts.

    Real: anvil, the contracts, the engine and its PostgreSQL, on a devnet that is gone afterwards.
    Made up: the firms, after figures that the report names with their sources. The same seed, firms
    and days give the same tables. A year that was broken off is begun again; those before it are
    kept.
    """
    from entrepot.devnet.ecosystem.reporting import lines
    from entrepot.devnet.ecosystem.year import Size

    outcomes: list[Outcome] = []
    for scale in sorted(set(scales)):
        size = Size(seed=seed, firms=max(round(firms * scale), 2), days=days)
        outcomes.append(_outcome(size, scale, kept, again=again, quiet=as_json))
    if html:
        from entrepot.devnet.ecosystem.page import page

        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(outcomes, lang), encoding="utf-8")
    if as_json:
        print_json(outcomes)
    else:
        click.echo("\n".join(lines(outcomes, lang)))


def _outcome(size: "Size", scale: float, kept: Path, *, again: bool, quiet: bool) -> "Outcome":
    """The year as it was kept, or as it is played now."""
    from entrepot.devnet.ecosystem.running import Outcome, Took, play

    file = kept / f"{size.seed}-{size.firms}-{size.days}.json"
    if file.exists() and not again:
        raw: dict[str, Any] = json.loads(file.read_text())
        raw["seconds"] = {int(after): n for after, n in raw["seconds"].items()}
        return Outcome(**{**raw, "scale": scale, "took": Took(**raw["took"])})

    def tell(day: int, tally: "Tally") -> None:
        if not quiet:
            done = f"day {day + 1} of {size.days}, {tally.counts['orders']} of {size.orders} orders"
            click.echo(f"\r{size.firms} firms: {done}", nl=False, err=True)

    outcome = play(PARTIES, size, scale, tell)
    if not quiet:
        click.echo(err=True)
    kept.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(outcome), indent=2))
    return outcome
