"""`entrepot doctor`: is this machine fit, and is what runs on it well."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, print_json, state_option
from entrepot.kit.abi import Address

if TYPE_CHECKING:
    from entrepot.settings import Settings

PYTHON_MIN = (3, 11)
BOOTSTRAP = "run scripts/bootstrap.py"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ok: None when it is not there and need not be."""

    name: str
    ok: bool | None
    found: str
    mend: str = ""


@click.command()
@state_option
@json_option
def doctor(state: Path, as_json: bool) -> None:
    """Check this machine, and the devnet of a folder if one runs there.

    Exit code 0 when everything that is needed is well, 1 when something is not.
    """
    from entrepot.cli.outcomes import Failed

    findings = [*_machine(), *_devnet(state)]
    if as_json:
        print_json({"well": all(f.ok is not False for f in findings), "findings": findings})
    else:
        for one in findings:
            sign = {True: "✓", False: "✗", None: "·"}[one.ok]
            click.echo(f"{sign} {one.name:<12} {one.found}")
            if one.mend and not one.ok:
                click.echo(f"  {'':<12} {one.mend}")
    if any(one.ok is False for one in findings):
        raise Failed("something is not as it should be")


def _machine() -> Iterator[Finding]:
    version = platform.python_version()
    fit = tuple(map(int, platform.python_version_tuple()[:2])) >= PYTHON_MIN
    yield Finding("python", fit, version, "Python 3.11 or later is needed")
    node = shutil.which("node")
    yield Finding("node", True if node else None, node or "none", f"only for builds: {BOOTSTRAP}")
    yield _tried("anvil", _anvil, BOOTSTRAP)
    yield _tried("postgres", _postgres, BOOTSTRAP)


def _devnet(state: Path) -> Iterator[Finding]:
    from entrepot.cli.running import settings_of
    from entrepot.devnet.whereabouts import Whereabouts
    from entrepot.kit.processes import running

    places = Whereabouts.of(state)
    if places is None:
        yield Finding("devnet", None, f"nothing runs over {state}", "entrepot up")
        return
    yield Finding("devnet", True, f"{places.url}, process {places.pid}")
    up = {name: running(pid) for name, pid in places.pids.items()}
    yield Finding("programs", any(up.values()), ", ".join(name for name in up if up[name]))
    settings = settings_of(state)
    yield _tried("database", lambda: _database(settings.database_url or ""), "entrepot migrate")
    yield _tried("signer", lambda: _signer(settings), "see docs/howto/choose-a-signer.md")
    yield _tried("chain", lambda: _chain(state), "entrepot deploy --verify says more")
    yield _tried("worker", lambda: _worker(state), f"see {state / 'worker.log'}")


def _tried(name: str, look: Callable[[], str], mend: str) -> Finding:
    """What a look finds; whatever it raises is the finding of a fault."""
    try:
        return Finding(name, True, look())
    except Exception as error:
        return Finding(name, False, f"{type(error).__name__}: {error}", mend)


def _anvil() -> str:
    from entrepot.devnet.anvil import find_anvil

    return _version(find_anvil())


def _postgres() -> str:
    from entrepot.store.embedded import find_program

    return _version(find_program("postgres"))


def _version(program: Path) -> str:
    told = subprocess.run(  # noqa: S603 (a program of our own environment)
        [program, "--version"], capture_output=True, text=True, check=True, timeout=20
    )
    return told.stdout.splitlines()[0]


def _database(url: str) -> str:
    from entrepot.store.migrating import version

    has, wanted = version(url)
    if has != wanted:
        raise LookupError(f"its tables are of version {has}, this program's of {wanted}")
    return f"tables of version {has}"


def _signer(settings: Settings) -> str:
    """Asks whatever holds our keys which there are; the keeper's must be among them."""
    from entrepot.wiring import signers

    keeper = Address(bytes.fromhex(settings.keeper_address.removeprefix("0x")))
    with signers(settings) as keys:
        held = keys.addresses()
        if any(keeper):
            keys.signer(keeper)
    return f"{settings.signer}, {len(held)} keys"


def _chain(state: Path) -> str:
    """Opening a world verifies chain, genesis, contracts and rights."""
    from entrepot.cli.running import world_of
    from entrepot.steps.sending.settling import final_block

    with world_of(state) as world:
        head = world.node.block("latest").number
        policy = world.settings.finality
        return (
            f"chain {world.deployment.chain_id}, block {head}, {len(world.deployment.contracts)} "
            f"contracts verified, final by {policy!r} up to block {final_block(world)}"
        )


def _worker(state: Path) -> str:
    from entrepot.cli.running import world_of
    from entrepot.views.chain import as_of

    with world_of(state) as world, world.store.reading() as session:
        indexed = as_of(session, world.settings.finality)
        lag = world.node.block("latest").number - (indexed.block if indexed else -1)
    if lag > 5:
        raise LookupError(f"{lag} blocks behind")
    return f"{lag} blocks behind"
