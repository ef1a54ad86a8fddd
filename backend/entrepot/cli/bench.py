"""`entrepot bench`: what this machine does, as figures and as ratios."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json

ROOT = Path(__file__).parents[3]
SCENARIO = ROOT / "hardhat-free-devnet/scenarios/straight-walk.toml"
PARTIES = ROOT / "hardhat-free-devnet/scenarios/parties.toml"
PAGE = ROOT / "contracts/README.md"
CHAINS = ROOT / "build/bench"
STYLESHEETS = ROOT / ".tools/ingest"


@click.group()
def bench() -> None:
    """Measure this machine, beside the least that the same work could take."""


@bench.command()
@click.option("--walks", type=click.IntRange(1, 1000), default=10, show_default=True)
@json_option
def walk(walks: int, as_json: bool) -> None:
    """Measure straight walks: walks per second, and last needed event mined to release mined.

    A devnet of its own is started. In the same run, a bare loop sends transactions and waits for
    their receipts; the ratios to it hold on another machine too.
    """
    from entrepot.devnet.benching import lines, measure
    from entrepot.devnet.scenario import load

    tell = _progress(as_json)

    def tell_walk(number: int, took_s: float) -> None:
        tell(f"walk {number}: {took_s:.2f} s")

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(load(SCENARIO), Path(folder), walks, tell_walk)
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option("--runs", type=click.IntRange(1, 100), default=5, show_default=True)
@json_option
def replay(runs: int, as_json: bool) -> None:
    """Measure replayed blocks per second, as a ratio to anvil mining the same blocks alone.

    A straight walk is recorded once. Each run mines it with a bare node, replays it with its
    tables, and replays it comparing every row.
    """
    from entrepot.devnet.replay_bench import lines, measure

    measured = measure(SCENARIO, runs, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option("--releases", type=click.IntRange(8, 100_000), default=2_000, show_default=True)
@json_option
def send(releases: int, as_json: bool) -> None:
    """Measure releases through one signer, beside what the node can take of the same calls.

    So many tranches that are due are built first; then each is checked, signed, sent and settled
    through the outbox, one by one and many in a transaction.
    """
    from entrepot.devnet.send_bench import lines, measure

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(PARTIES, Path(folder), releases, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option("--requests", type=click.IntRange(8, 2_000), default=400, show_default=True)
@json_option
def api(requests: int, as_json: bool) -> None:
    """Measure reads and commands a second through one process of the API on one core.

    In the same run, in turn: a bare FastAPI route that answers the same order to anybody, and
    PostgreSQL asked the same by itself. --requests is how many of each in a round.
    """
    from entrepot.devnet.api_bench import lines, measure

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(PARTIES, Path(folder), requests, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option("--instant", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--interval", type=click.IntRange(5, 10_000), default=100, show_default=True)
@json_option
def release(instant: int, interval: int, as_json: bool) -> None:
    """Measure from the block that completes a tranche's conditions to the block that releases it.

    So many on instant blocks, beside a bare loop that sends transactions and waits for their
    receipts; and so many on blocks of a second.
    """
    from entrepot.devnet.release_bench import lines, measure

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(PARTIES, Path(folder), instant, interval, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option(
    "--tradetrust",
    "package",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with TradeTrust's npm package, to measure beside ours (scripts/bench fetches it).",
)
@click.option("--markdown", is_flag=True, help="Print the tables for a page.")
@click.option("--write", is_flag=True, help="Put the tables into contracts/README.md.")
@json_option
def gas(package: Path | None, markdown: bool, write: bool, as_json: bool) -> None:
    """Measure what each verb of the straight walk costs, and the walk as a whole.

    The figures are the same on every run and machine.
    """
    from entrepot.devnet import gas_report
    from entrepot.devnet.metering import meter

    if package and not (package / "package.json").exists():
        click.echo("TradeTrust's package is not there: its registry is left out.", err=True)
        package = None
    measured = meter(SCENARIO, package)
    if write:
        if measured.tradetrust is None:
            raise click.UsageError("the page compares with TradeTrust: its package is needed")
        gas_report.write(PAGE, measured)
    if as_json or not write:
        told = gas_report.markdown(measured) if markdown else gas_report.lines(measured)
        _show(measured, told, as_json)


@bench.command()
@click.option(
    "--blocks",
    type=click.IntRange(100, 100_000),
    default=2_000,
    show_default=True,
    help="Of the dense chain, of 120 events each; the sparse one has twice as many, of 12.",
)
@click.option("--forks", type=click.IntRange(1, 1_000), default=40, show_default=True)
@click.option("--heads", type=click.IntRange(1, 1_000), default=40, show_default=True)
@json_option
def sync(blocks: int, forks: int, heads: int, as_json: bool) -> None:
    """Measure how fast the chain is read: from zero, after forks, and at the head.

    The chains are made once and kept below build/bench. In the same run, bare loops ask the same
    node for the same logs; the ratios to them hold on another machine too.
    """
    from entrepot.devnet.syncing import lines, measure

    measured = measure(CHAINS, blocks, forks, heads, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option(
    "--among", type=click.IntRange(2_000, 10_000_000), default=1_000_000, show_default=True
)
@json_option
def block(among: int, as_json: bool) -> None:
    """Measure a block that touches ten orders, among a thousand orders and among so many.

    A million need some six gigabytes of disk for a while.
    """
    from entrepot.devnet.many_orders import lines, measure

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(PARTIES, Path(folder), among, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option(
    "--facilities", type=click.IntRange(100, 1_000_000), default=100_000, show_default=True
)
@click.option("--requests", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def console(facilities: int, requests: int, as_json: bool) -> None:
    """Measure the console's pages among many facilities, each beside its longest query alone."""
    from entrepot.devnet.console_bench import lines, measure

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(PARTIES, Path(folder), facilities, requests, _progress(as_json))
    _show(measured, lines(measured), as_json)


@bench.command()
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with UBL invoices to read, in place of the straight walk's one.",
)
@click.option(
    "--xslt",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The norm's stylesheet for UBL, in place of the one that scripts/bench installs.",
)
@click.option("--ledger", type=click.IntRange(0, 1_000), default=100, show_default=True)
@json_option
def ingest(files: Path | None, xslt: Path | None, ledger: int, as_json: bool) -> None:
    """Measure invoices: read and checked, and through the API to a fact on the ledger.

    In the same run the same files are parsed by lxml alone and judged by the official XSLT, both
    installed by scripts/bench. --ledger is how many invoices are sent to a devnet of its own; 0
    leaves it out.
    """
    from entrepot.devnet.ingest_bench import lines, measure, to_the_ledger
    from entrepot.devnet.scenario import load

    tell = _progress(as_json)
    scenario = load(SCENARIO)
    contents = [scenario.read("inputs/straight-walk/invoice.xml")]
    if files is not None:
        paths = sorted(path for path in files.rglob("*") if path.suffix.lower() == ".xml")
        contents = [path.read_bytes() for path in paths if "CreditNote" not in path.name]
        if not contents:
            raise click.BadParameter("no XML file below it", param_hint="--files")
    found = xslt or next(iter(sorted(STYLESHEETS.rglob("EN16931-UBL-validation.xsl"))), None)
    if found is None:
        tell("no XSLT: scripts/bench ingest installs it; or give --xslt")
    rate = None
    if ledger:
        with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
            rate = to_the_ledger(scenario, Path(folder), ledger, tell)
    measured = measure(contents, found, rate, tell)
    _show(measured, lines(measured), as_json)


def _progress(as_json: bool) -> Callable[[str], None]:
    """Tells a person how far it is; nothing to a program."""
    return (lambda _: None) if as_json else (lambda what: click.echo(what, err=True))


def _show(measured: object, lines: Iterable[str], as_json: bool) -> None:
    if as_json:
        print_json(measured)
    else:
        for line in lines:
            click.echo(line)
