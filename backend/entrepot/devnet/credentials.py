"""Everybody's credentials on a devnet: a file each, as a machine of theirs would keep it."""

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from entrepot.client import Credentials
from entrepot.domain.jwks import checked, thumbprints
from entrepot.kit.clock import SystemClock
from entrepot.settings import Settings
from entrepot.store import clients
from entrepot.store.session import Store
from entrepot.store.tables import Client
from entrepot.store.tokens import Grant

FOLDER = "credentials"


def file_of(state: Path, name: str) -> Path:
    """Where the credentials of `exporter` or `bank.officer-1` are."""
    return state / FOLDER / f"{name}.json"


def everybody(state: Path) -> dict[str, Credentials]:
    """The credentials of a devnet that is there, by name."""
    return {file.stem: Credentials.load(file) for file in sorted((state / FOLDER).glob("*.json"))}


def introduce(settings: Settings, grants: Mapping[str, Grant]) -> dict[str, Credentials]:
    """Everybody's credentials, made once, and known to the API; one that was disabled stays so."""
    found = {name: _kept(file_of(settings.state_folder, name)) for name in grants}
    store = Store(settings.database_url or "")
    try:
        with store.transaction() as session:
            for name, grant in grants.items():
                clients.keep(session, _client(found[name], grant))
    finally:
        store.close()
    return found


def _kept(path: Path) -> Credentials:
    if not path.exists():
        Credentials.new(f"client_{uuid4().hex}").save(path)
    return Credentials.load(path)


def _client(credentials: Credentials, grant: Grant) -> Client:
    jwks = checked(credentials.jwks)
    return Client(
        client_id=credentials.client_id,
        participant_id=grant.participant_id,
        label=grant.label,
        key_address=grant.key_address,
        scopes=list(grant.scopes),
        jwks=jwks,
        thumbprints=thumbprints(jwks),
        created_at=SystemClock().now(),
    )
