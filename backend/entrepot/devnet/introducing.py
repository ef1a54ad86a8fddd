"""How a devnet's API comes to know everybody's credentials."""

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from entrepot.client import Credentials
from entrepot.devnet.credentials import file_of
from entrepot.domain.jwks import checked, thumbprints
from entrepot.kit.clock import SystemClock
from entrepot.settings import Settings
from entrepot.store import clients
from entrepot.store.session import Store
from entrepot.store.tables import Client
from entrepot.store.tokens import Grant


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
