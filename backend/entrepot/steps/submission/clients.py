"""Machines of a participant: registered, given other keys, disabled; all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from entrepot.chain.ids import key_id
from entrepot.domain import jwks as key_sets
from entrepot.domain.errors import InvalidInput, NotFound, NotPermitted
from entrepot.domain.jwks import InvalidKeys
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.store import clients
from entrepot.store.session import Session
from entrepot.store.tables import Client

URI_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """A client's public keys: a JWK set (RFC 7517), or where it is found; one of the two."""

    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterClient:
    """key: the address that its calls are sent from; None for one that only reads."""

    label: str
    key: Address | None
    scopes: tuple[str, ...]
    keys: KeySet


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateClient:
    client_id: str
    keys: KeySet


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableClient:
    client_id: str


def register(world: World, session: Session, caller: Caller, command: RegisterClient) -> Accepted:
    """A machine of the caller's own participant; it may not do more than its participant."""
    _may_speak_for(session, caller, command.key)
    if "govern" in command.scopes and "govern" not in caller.scopes:
        raise NotPermitted("govern is the consortium's", "ask whoever governs the network")
    client = Client(
        client_id=f"client_{uuid4().hex}",
        participant_id=caller.participant_id,
        label=command.label,
        key_address=command.key,
        scopes=sorted(set(command.scopes)),
        jwks_uri=_uri(world, command.keys),
        created_at=world.clock.now(),
    )
    client.jwks, client.thumbprints = _keys(command.keys)
    clients.keep(session, client)
    return _done(world, session, caller, "clients:register", client)


def rotate(world: World, session: Session, caller: Caller, command: RotateClient) -> Accepted:
    """Other keys in place of those it has; tokens that were asked for with one that is not among
    them have ended. To change without a gap, send old and new together first."""
    client = _own(session, caller, command.client_id)
    client.jwks_uri = _uri(world, command.keys)
    client.jwks, client.thumbprints = _keys(command.keys)
    client.fetched_at = client.tried_at = None
    return _done(world, session, caller, "clients:rotate", client)


def disable(world: World, session: Session, caller: Caller, command: DisableClient) -> Accepted:
    """For good; every token of it has ended."""
    client = _own(session, caller, command.client_id)
    client.disabled_at = client.disabled_at or world.clock.now()
    return _done(world, session, caller, "clients:disable", client)


def _own(session: Session, caller: Caller, client_id: str) -> Client:
    client = clients.own(session, caller.participant_id, client_id)
    if client is None:
        raise NotFound("client")
    return client


def _may_speak_for(session: Session, caller: Caller, key: Address | None) -> None:
    """A key of the caller's own participant that stands; the caller's own key in any case."""
    if key is None or key == caller.key:
        return
    found = repository.key(session, key_id(key))
    if found is None or found.participant_id != caller.participant_id or found.revoked_at:
        raise InvalidInput("key: it is no key of yours that stands on the ledger")


def _keys(keys: KeySet) -> tuple[list[dict[str, object]], list[str]]:
    if keys.jwks is None:
        return [], []
    try:
        found = key_sets.checked(keys.jwks)
    except InvalidKeys as error:
        raise InvalidInput(f"jwks: {error}") from error
    return found, key_sets.thumbprints(found)


def _uri(world: World, keys: KeySet) -> str | None:
    if (keys.jwks is None) == (keys.jwks_uri is None):
        raise InvalidInput("send jwks or jwks_uri, one of the two")
    if keys.jwks_uri is None:
        return None
    url = urlsplit(keys.jwks_uri)
    taken = ("https", "http") if world.settings.environment == "devnet" else ("https",)
    if url.scheme not in taken or not url.hostname or url.username or url.fragment:
        raise InvalidInput("jwks_uri: an https address without a user or a fragment")
    return keys.jwks_uri


def _done(world: World, session: Session, caller: Caller, verb: str, client: Client) -> Accepted:
    result = {"client_id": client.client_id, "lei": caller.lei}
    return submit(world, session, caller, verb, [], result)
