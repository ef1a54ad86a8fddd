"""The ground of a devnet: a database, a chain with our contracts on it, keys and tokens.

Everything lives in one folder, and opening the same folder again brings the same ground back, with
the same block hashes.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from entrepot.chain.deploying import deploy
from entrepot.chain.deployment import TokenTerms
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.client import Credentials
from entrepot.devnet import cast, introducing
from entrepot.devnet.cast import Member
from entrepot.devnet.miner import Head
from entrepot.devnet.sequencer import Mode, Sequencer
from entrepot.devnet.validators import Validators
from entrepot.domain.money import exponent_of
from entrepot.kit.clock import Clock, SystemClock, to_unix
from entrepot.settings import Settings
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.tokens import Grant, keep, new_token
from entrepot.wiring import keystore

TOKENS_FILE = "tokens.json"
TOKEN_LIFE = timedelta(days=365)
DELAY_S = 1
"""Governance goes the real way here too, announced first; only nobody is kept waiting."""
GOVERNANCE = "GOVERNANCE".ljust(20, "0").encode()
"""Whom the governor's token speaks for: the consortium, which is no participant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is needed to open a world on it: settings; and to play on it: the chain, everybody's
    credentials, and plain tokens for the console and for people with curl."""

    settings: Settings
    chain: Sequencer | Validators
    members: list[Member]
    tokens: dict[str, str]
    credentials: dict[str, Credentials]

    @property
    def sequencer(self) -> Sequencer:
        """The chain of one node, of which more can be asked."""
        if not isinstance(self.chain, Sequencer):
            raise TypeError("this devnet has several nodes")
        return self.chain


@contextmanager
def open_ground(
    folder: Path,
    parties: Path,
    *,
    mode: Mode = Mode.INSTANT,
    start: datetime | None = None,
    clock: Clock | None = None,
    api_port: int = 0,
    durable: bool = True,
    nodes: int = 1,
    finality: str = "",
    on_block: Callable[[Head], None] | None = None,
) -> Iterator[Ground]:
    """Starts or resumes a devnet.

    start: when a new chain begins, if not now; its time runs on from there. clock: what to go by
    instead of the machine's. durable: whether the chain is journaled and the database synced to
    disk, so that both outlive a kill. nodes: more than one are real nodes that can fork
    (validators.py), with a block a second unless the mode is MANUAL. finality: as the settings have
    it, if not the chain's own. on_block: told each new head.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = clock or SystemClock()
    members = cast.load(parties)
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=durable))
        chain = stack.enter_context(
            Validators(
                folder / "nodes",
                count=nodes,
                mode=Mode.INTERVAL if mode is Mode.INSTANT else mode,
                clock=clock,
                genesis_time=to_unix(start or clock.now()),
                on_block=on_block,
            )
            if nodes > 1
            else Sequencer(
                folder / "chain" if durable else None,
                mode=mode,
                clock=clock,
                genesis_time=to_unix(start or clock.now()),
                on_block=on_block,
            )
        )
        if start is not None and chain.head().number == 0:
            chain.move_to(to_unix(start) + 1)
        settings = Settings(
            state_folder=folder,
            database_url=server.url,
            rpc_url=chain.url,
            finality=finality or chain.finality,
            wake_url=chain.wake_url,
            keeper_address="0x" + cast.address_of(cast.KEEPER).hex(),
            api_port=api_port,
            plain_tokens=True,
        )
        migrate(server.url)
        _deploy(settings, members, chain)
        grants = _grants(members)
        yield Ground(
            settings=settings,
            chain=chain,
            members=members,
            tokens=_tokens(settings, grants),
            credentials=introducing.introduce(settings, grants),
        )


def environment(settings: Settings) -> dict[str, str]:
    """The settings for a child process."""
    values = {
        "ENTREPOT_STATE_FOLDER": str(settings.state_folder),
        "ENTREPOT_DATABASE_URL": settings.database_url or "",
        "ENTREPOT_RPC_URL": settings.rpc_url,
        "ENTREPOT_WAKE_URL": settings.wake_url or "",
        "ENTREPOT_KEEPER_ADDRESS": settings.keeper_address,
        "ENTREPOT_API_PORT": str(settings.api_port),
        "ENTREPOT_FINALITY": settings.finality,
        "ENTREPOT_PLAIN_TOKENS": str(settings.plain_tokens),
    }
    return {**os.environ, **values}


def _deploy(settings: Settings, members: list[Member], chain: Sequencer | Validators) -> None:
    keys = keystore(settings)
    cast.fill_keystore(keys, members)
    rpc = Rpc(settings.rpc_urls[0])
    try:
        deployment = deploy(
            HttpNode(rpc),
            keys.signer(cast.address_of(cast.DEPLOYER)),
            governor=cast.address_of(cast.GOVERNOR),
            guardian=cast.address_of(cast.GUARDIAN),
            delay_s=DELAY_S,
            tokens=[
                TokenTerms(issuer=m.participant_id, currency="USD", decimals=exponent_of("USD"))
                for m in members
                if "BANK" in m.roles
            ],
            mine=chain.mine if chain.mode is Mode.MANUAL else lambda: None,
        )
    finally:
        rpc.close()
    deployment.save(settings.deployment_path)


def _tokens(settings: Settings, grants: dict[str, Grant]) -> dict[str, str]:
    """Everybody's token, by name: made once, kept in a file that only this user can read."""
    path = settings.state_folder / TOKENS_FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    tokens = {name: kept.get(name) or new_token() for name in grants}
    if tokens != kept:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(tokens, file, indent=2)
    store = Store(settings.database_url or "")
    try:
        with store.transaction() as session:
            for name, grant in grants.items():
                keep(session, tokens[name], grant)
    finally:
        store.close()
    return tokens


def _grants(members: list[Member]) -> dict[str, Grant]:
    expires_at = SystemClock().now() + TOKEN_LIFE
    governor = Grant(
        participant_id=GOVERNANCE,
        label=cast.GOVERNOR,
        key_address=cast.address_of(cast.GOVERNOR),
        scopes=("read", "govern"),
        expires_at=expires_at,
    )
    people = {
        _name(member, part): Grant(
            participant_id=member.participant_id,
            label=_name(member, part),
            key_address=cast.address_of(f"{member.alias}.{part}"),
            scopes=scopes,
            expires_at=expires_at,
        )
        for member in members
        for part, scopes in cast.SCOPES.items()
    }
    return {cast.GOVERNOR: governor, **people}


def _name(member: Member, part: str) -> str:
    """The desk goes by the member's own name: `exporter`, `bank.officer-1`."""
    return member.alias if part == cast.DESK else f"{member.alias}.{part}"
