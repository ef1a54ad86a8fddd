"""The composition root: from settings to a world, and from a world to the web application."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta

from entrepot.chain.deploying import verify
from entrepot.chain.deployment import Deployment
from entrepot.chain.failover import Failover, FailoverNode
from entrepot.chain.kms_signer import KmsSigners, kms_at
from entrepot.chain.remote_signer import RemoteSigners
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import Keystore, Signers
from entrepot.kit.abi import Address
from entrepot.kit.clock import Clock, SystemClock
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.store.blobs import blobs_at
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.envelope import Keyring
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.vault import Vault


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the database: the one that is set, or our own server's while it is open."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.state_folder / "postgres") as server:
        yield server.url


@contextmanager
def open_world(settings: Settings, *, clock: Clock | None = None) -> Iterator[World]:
    """A world over a running chain and database; closed at the end.

    Raises DeploymentDiffers when the contracts on the chain are not the ones this version knows.
    """
    with ExitStack() as stack:
        url = stack.enter_context(database(settings))
        migrate(url)
        store = Store(url)
        stack.callback(store.close)
        deployment = Deployment.load(settings.deployment_path)
        rpcs = [Rpc(url) for url in settings.rpc_urls]
        several = Failover(rpcs, deployment.chain_id, deployment.genesis_hash)
        stack.callback(several.close)
        node = FailoverNode(several)
        verify(node, deployment)
        yield World(
            settings=settings,
            store=store,
            node=node,
            signers=stack.enter_context(signers(settings)),
            deployment=deployment,
            keeper=Address(bytes.fromhex(settings.keeper_address.removeprefix("0x"))),
            clock=clock or SystemClock(),
            vault=vault(settings),
        )


def vault(settings: Settings) -> Vault:
    """The documents at rest; a former key still opens what was wrapped under it."""
    former = settings.vault_key_former
    secrets = [settings.vault_key, *([former] if former else [])]
    return Vault(
        blobs_at(settings.vault_url, settings.vault_path),
        Keyring(tuple(secret.get_secret_value() for secret in secrets)),
        timedelta(days=settings.document_keep_days),
    )


@contextmanager
def signers(settings: Settings) -> Iterator[Signers]:
    """The keys we sign with, wherever they lie; closed at the end."""
    match settings.signer:
        case "keystore":
            yield keystore(settings)
        case "remote":
            with closing(Rpc(settings.signer_url or "")) as rpc:
                yield RemoteSigners(rpc)
        case "kms":
            yield KmsSigners(kms_at(settings.signer_url), settings.kms_key_ids)


def keystore(settings: Settings) -> Keystore:
    """The keys in files. A devnet's are cheap to open; production's are not."""
    rounds = 1 if settings.environment == "devnet" else None
    file = settings.keystore_password_file
    password = (
        file.read_text().rstrip("\r\n")
        if file is not None
        else settings.keystore_password.get_secret_value().decode()
    )
    return Keystore(settings.keystore_path, password, rounds=rounds)
