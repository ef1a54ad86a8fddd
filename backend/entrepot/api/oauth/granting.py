"""From a signed assertion to an access token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from fastapi import Request

from entrepot.api.oauth import assertions, certificates, fetching, proofs
from entrepot.api.oauth.access_tokens import LIFE_S, Access, AccessTokens
from entrepot.api.oauth.addresses import TOKEN_PATH, issuer_of, url_of
from entrepot.api.oauth.assertions import Assertion
from entrepot.api.oauth.fetching import KeysUnavailable
from entrepot.api.oauth.keys import TokenKeys
from entrepot.kit.jose import Untrusted
from entrepot.kit.logs import Log
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.store import clients, replays
from entrepot.store.session import Session
from entrepot.store.tables import Client

log = Log(__name__)

GRANT: Final = "client_credentials"


class TokenRefused(Exception):
    """No token; `error` is RFC 6749's or RFC 9449's code."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description
        self.status = 401 if error == "invalid_client" else 400


@dataclass(frozen=True, slots=True)
class OAuth:
    """What issues and verifies tokens."""

    keys: TokenKeys
    access_tokens: AccessTokens

    @classmethod
    def of(cls, settings: Settings) -> Self:
        keys = TokenKeys(settings.token_key.get_secret_value())
        return cls(keys, AccessTokens(keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for, and where.

    proof: what stands in its DPoP header. x5t: thumbprint of its certificate.
    """

    form: Mapping[str, str]
    issuer: str
    url: str
    proof: str | None
    x5t: str | None

    @classmethod
    def of(cls, request: Request, form: Mapping[str, str], settings: Settings) -> Self:
        """Raises TokenRefused."""
        found = request.headers.getlist("dpop")
        if len(found) > 1:
            raise TokenRefused("invalid_dpop_proof", "one DPoP proof, please")
        try:
            x5t = certificates.thumbprint_of(request, settings)
        except Untrusted as error:
            raise TokenRefused("invalid_request", str(error)) from error
        return cls(
            form=form,
            issuer=issuer_of(request, settings),
            url=url_of(request, settings),
            proof=found[0] if found else None,
            x5t=x5t,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A token, and what it grants."""

    token: str
    participant_id: bytes
    access: Access

    def told(self) -> dict[str, Any]:
        """The answer, as RFC 6749 and RFC 9449 have it."""
        return {
            "access_token": self.token,
            "token_type": "DPoP" if self.access.jkt else "Bearer",
            "expires_in": LIFE_S,
            "scope": " ".join(sorted(self.access.scopes)),
        }


def grant(world: World, oauth: OAuth, asked: Asked) -> Granted:
    """The token that is asked for. Raises TokenRefused."""
    assertion = _assertion_in(asked)
    jkt, seen = _bound(world, asked)
    try:
        fetching.refresh(world, assertions.claimed_client(assertion), assertions.kid_of(assertion))
    except (Untrusted, KeysUnavailable) as error:
        raise _unknown(error) from error
    with world.store.transaction() as session:
        try:
            client, proven = _authenticated(world, session, asked, assertion)
        except Untrusted as error:
            raise _unknown(error) from error
        replays.sweep(session, world.clock.now())
        if not replays.first_seen(session, proven.sha256, proven.expires_at):
            raise TokenRefused("invalid_client", "this assertion was used before")
        if seen is not None and not replays.first_seen(session, seen.sha256, seen.expires_at):
            raise TokenRefused("invalid_dpop_proof", "this proof was used before")
        access = Access(
            client_id=client.client_id,
            client_key=proven.client_key,
            scopes=_scopes(asked, client),
            jkt=jkt,
            x5t=None if jkt else asked.x5t,
        )
        participant_id = client.participant_id
    token = oauth.access_tokens.issue(asked.issuer, access, world.clock.now())
    return Granted(token=token, participant_id=participant_id, access=access)


def _unknown(error: Exception) -> TokenRefused:
    """Why stands in the log, for whoever runs the service; the answer helps nobody guess."""
    log.info("client_refused", why=str(error))
    return TokenRefused("invalid_client", "the client assertion is not taken")


def _assertion_in(asked: Asked) -> str:
    form = asked.form
    if form.get("grant_type") != GRANT:
        error = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
        raise TokenRefused(error, f"grant_type must be {GRANT}")
    if form.get("client_assertion_type") != assertions.FORM or not form.get("client_assertion"):
        raise TokenRefused("invalid_client", f"send a client_assertion of type {assertions.FORM}")
    if form.get("resource", asked.issuer) != asked.issuer:
        raise TokenRefused("invalid_target", f"tokens are for {asked.issuer} only")
    return form["client_assertion"]


def _bound(world: World, asked: Asked) -> tuple[str | None, proofs.Proof | None]:
    """The key that the token will be bound to; none when it is a certificate."""
    if asked.proof is None:
        if asked.x5t is None:
            raise TokenRefused("invalid_dpop_proof", "send a DPoP proof: tokens are bound to a key")
        return None, None
    try:
        proof = proofs.check(asked.proof, method="POST", url=asked.url, now=world.clock.now())
    except Untrusted as error:
        raise TokenRefused("invalid_dpop_proof", str(error)) from error
    return proof.jkt, proof


def _authenticated(
    world: World, session: Session, asked: Asked, assertion: str
) -> tuple[Client, Assertion]:
    """The client that signed it. One that is unknown and one that signed badly look the same."""
    client = clients.find(session, assertions.claimed_client(assertion))
    if client is None:
        raise Untrusted("no such client")
    if asked.form.get("client_id", client.client_id) != client.client_id:
        raise Untrusted("client_id is another")
    audiences = (asked.issuer, asked.issuer + TOKEN_PATH)
    now = world.clock.now()
    return client, assertions.check(assertion, client.client_id, client.jwks, audiences, now)


def _scopes(asked: Asked, client: Client) -> frozenset[str]:
    allowed = frozenset(client.scopes)
    wanted = frozenset(asked.form.get("scope", "").split()) or allowed
    if not wanted <= allowed:
        raise TokenRefused("invalid_scope", "the client was not registered for all of these")
    return wanted
