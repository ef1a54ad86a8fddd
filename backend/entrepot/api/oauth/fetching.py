"""A client's keys at an address of its own: fetched seldom, briefly, and only from outside.

The name is resolved once and the very address that was looked at is connected to, so that a name
that changes its mind (DNS rebinding) gains nothing; a redirect is an error.
"""

from __future__ import annotations

import socket
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final

import httpx
import orjson

from entrepot.domain.jwks import InvalidKeys, checked, thumbprints
from entrepot.steps import World
from entrepot.store import clients

TIMEOUT_S: Final = 3.0
BYTES_MAX: Final = 64 * 1024
FETCHED_AGAIN_AFTER: Final = timedelta(minutes=5)
FETCHED_AT_MOST_EVERY: Final = timedelta(seconds=30)


class KeysUnavailable(Exception):
    """The keys could not be fetched from there; its text says why."""


def refresh(world: World, client_id: str, kid: str | None) -> None:
    """Fetches a client's keys anew when they are old, or when one is named that is not there.

    Nobody can have them fetched oftener than every FETCHED_AT_MOST_EVERY. Raises KeysUnavailable
    when they are too old to trust and cannot be had.
    """
    now = world.clock.now()
    with world.store.reading() as session:
        client = clients.find(session, client_id)
    if client is None or client.jwks_uri is None:
        return
    is_fresh = client.fetched_at is not None and now - client.fetched_at < FETCHED_AGAIN_AFTER
    is_known = any(kid in (jwk.get("kid"), None) for jwk in client.jwks)
    if is_fresh and is_known:
        return
    if client.tried_at is not None and now - client.tried_at < FETCHED_AT_MOST_EVERY:
        if not is_fresh:
            raise KeysUnavailable("the keys could not be fetched a moment ago")
        return
    with world.store.transaction() as session:
        clients.note_try(session, client_id, now)
    jwks = fetch(client.jwks_uri, private_too=world.settings.environment == "devnet")
    with world.store.transaction() as session:
        clients.use_keys(session, client_id, jwks, thumbprints(jwks), now)


def fetch(uri: str, *, private_too: bool = False) -> list[dict[str, object]]:
    """The JWK set at an https address. private_too: a devnet's may be on this machine.

    Raises KeysUnavailable; also for a set that could not have been registered.
    """
    url = httpx.URL(uri)
    if url.scheme != "https" and not private_too:
        raise KeysUnavailable("keys are fetched over https only")
    port = url.port or (443 if url.scheme == "https" else 80)
    address = _address_of(url.host, port, private_too=private_too)
    try:
        content = _content(url.copy_with(host=address), url)
        return checked(content)
    except (httpx.HTTPError, ValueError, InvalidKeys) as error:
        raise KeysUnavailable(f"no usable keys are there: {type(error).__name__}") from error


def _content(at: httpx.URL, url: httpx.URL) -> Any:
    with (
        httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "GET",
            at,
            headers={"Host": url.netloc.decode("ascii"), "Accept": "application/json"},
            extensions={"sni_hostname": url.host},
        ) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise KeysUnavailable(f"the answer is {response.status_code}")
        content = b""
        for part in response.iter_bytes(8_192):
            content += part
            if len(content) > BYTES_MAX:
                raise KeysUnavailable("there is too much of it")
        return orjson.loads(content)


def _address_of(host: str, port: int, *, private_too: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise KeysUnavailable("its name is not known") from error
    addresses = [str(each[4][0]) for each in found]
    if not private_too and not all(ip_address(each).is_global for each in addresses):
        raise KeysUnavailable("it is not outside: keys are fetched from public addresses only")
    return addresses[0]
