"""The machines of a participant that may ask for tokens."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from entrepot.store.tables import Client
from entrepot.views.values import lei, maybe_hexed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKeyView:
    """A public key: `kid` as the client names it, its RFC 7638 thumbprint, and its type."""

    kid: str
    thumbprint: str
    kty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """key: the address its calls are sent from. disabled_at: since when it is out, for good."""

    client_id: str
    lei: str
    label: str
    key: str | None
    scopes: tuple[str, ...]
    keys: tuple[ClientKeyView, ...]
    jwks_uri: str | None
    created_at: str
    disabled_at: str | None


def list_clients(session: Session, caller: bytes | None) -> tuple[ClientView, ...]:
    """The caller's own, oldest first."""
    query = select(Client).where(col(Client.participant_id) == caller)
    ordered = query.order_by(col(Client.created_at), col(Client.client_id))
    return tuple(_view(row) for row in session.exec(ordered))


def all_clients(session: Session, participant_id: bytes | None) -> tuple[ClientView, ...]:
    """Everybody's, or one participant's: for whoever runs this node, never for a caller."""
    query = select(Client).order_by(col(Client.created_at), col(Client.client_id))
    if participant_id is not None:
        query = query.where(col(Client.participant_id) == participant_id)
    return tuple(_view(row) for row in session.exec(query))


def get_client(session: Session, caller: bytes | None, client_id: str) -> ClientView | None:
    row = session.get(Client, client_id)
    return _view(row) if row is not None and row.participant_id == caller else None


def _view(row: Client) -> ClientView:
    keys = zip(row.jwks, row.thumbprints, strict=True)
    return ClientView(
        client_id=row.client_id,
        lei=lei(row.participant_id),
        label=row.label,
        key=maybe_hexed(row.key_address),
        scopes=tuple(row.scopes),
        keys=tuple(
            ClientKeyView(kid=str(jwk["kid"]), thumbprint=thumbprint, kty=str(jwk["kty"]))
            for jwk, thumbprint in keys
        ),
        jwks_uri=row.jwks_uri,
        created_at=_told(row.created_at) or "",
        disabled_at=_told(row.disabled_at),
    )


def _told(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
