"""Who calls: from an access token and its proof to a participant, its key and its scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBase

from entrepot.api.limits import Policy
from entrepot.api.oauth import certificates, proofs
from entrepot.api.oauth.access_tokens import Access
from entrepot.api.oauth.addresses import RESOURCE_PATH, issuer_of, url_of
from entrepot.api.oauth.granting import OAuth
from entrepot.api.oauth.proofs import Proof
from entrepot.api.problems import UNAUTHENTICATED, Refused, missing_scope
from entrepot.bindings.ids import ParticipantId
from entrepot.kit.abi import Address
from entrepot.kit.clock import to_unix
from entrepot.kit.jose import ALGORITHMS, Untrusted
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.steps.submission.caller import Caller
from entrepot.store import clients, tokens
from entrepot.store.counting import counting
from entrepot.store.visibility import is_regulator

SCOPES: Final = ("read", "submit", "attest", "decide", "admin", "govern")

Way = Callable[[Request, str, Policy], Caller]
scheme = HTTPBase(
    scheme="DPoP",
    auto_error=False,
    description="An access token of five minutes, with a proof in the DPoP header (RFC 9449); it"
    " speaks for one key of one participant. From /oauth/token, by a signed client assertion.",
)


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(scheme)]
"""What came in the Authorization header, if anything did."""


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def oauth_of(request: Request) -> OAuth:
    """What issues and verifies tokens: built when it is first needed, then kept."""
    if not hasattr(request.app.state, "oauth"):
        request.app.state.oauth = OAuth.of(world_of(request).settings)
    oauth: OAuth = request.app.state.oauth
    return oauth


def caller_of(
    request: Request, credentials: HTTPAuthorizationCredentials | None, policy: Policy
) -> Caller:
    """The caller, whose request is counted by that policy. Called by what a route depends on, so
    that one thread does both.

    401 when there is no token, it holds no more, or whoever sends it cannot show the key or the
    certificate that it is bound to; when its client is disabled or its participant suspended.
    """
    kind = credentials.scheme.lower() if credentials else ""
    token = credentials.credentials if credentials else ""
    try:
        ways: dict[str, Way] = {"dpop": _by_key, "bearer": _by_bearer}
        if not token or kind not in ways:
            raise _Unauthenticated("", UNAUTHENTICATED.detail)
        caller = ways[kind](request, token, policy)
    except Untrusted as error:
        code = getattr(error, "code", "invalid_token")
        raise refused(request, code, str(error)) from error
    request.state.participant_id = caller.participant_id.decode("ascii", "replace")
    return caller


def require(caller: Caller, scopes: tuple[str, ...]) -> None:
    """403 unless the token has one of the scopes."""
    if not caller.scopes.intersection(scopes):
        raise Refused(missing_scope(scopes))


def refused(request: Request, code: str, why: str) -> Refused:
    """401, and how to do better (RFC 9449, section 7.1; RFC 9728, section 5.1)."""
    settings = world_of(request).settings
    where = issuer_of(request, settings) + RESOURCE_PATH
    error = f'error="{code}", ' if code else ""
    challenge = f'DPoP {error}algs="{" ".join(ALGORITHMS)}", resource_metadata="{where}"'
    if settings.plain_tokens or settings.proxies:
        challenge += ", Bearer" + (f' error="{code}"' if code == "invalid_token" else "")
    problem = replace(UNAUTHENTICATED, detail=why)
    return Refused(problem, {"WWW-Authenticate": challenge})


class _Unauthenticated(Untrusted):
    """`code` goes into the challenge."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def _by_key(request: Request, token: str, policy: Policy) -> Caller:
    """A token that is bound to a key, with a proof made for this very request."""
    world = world_of(request)
    settings, now = world.settings, world.clock.now()
    issuer = issuer_of(request, settings)
    access = oauth_of(request).access_tokens.verify(token, issuer, now)
    found = request.headers.getlist("dpop")
    if len(found) != 1:
        raise _Unauthenticated("invalid_dpop_proof", "one DPoP proof goes with each request")
    try:
        proof = proofs.check(
            found[0],
            method=request.method,
            url=url_of(request, settings),
            now=now,
            access_token=token,
        )
    except Untrusted as error:
        raise _Unauthenticated("invalid_dpop_proof", str(error)) from error
    if proof.jkt != access.jkt:
        raise _Unauthenticated("invalid_token", "the token is bound to another key")
    return _standing(request, access, policy, proof)


def _by_bearer(request: Request, token: str, policy: Policy) -> Caller:
    """A token that is bound to a client's certificate; on a devnet, a plain one."""
    world = world_of(request)
    settings: Settings = world.settings
    if token.count(".") != 2:
        return _by_plain(world, token)
    issuer = issuer_of(request, settings)
    access = oauth_of(request).access_tokens.verify(token, issuer, world.clock.now())
    if access.jkt is not None:
        raise _Unauthenticated("invalid_token", "the token is bound to a key: send a DPoP proof")
    if access.x5t is None or certificates.thumbprint_of(request, settings) != access.x5t:
        raise _Unauthenticated("invalid_token", "the token is bound to another certificate")
    return _standing(request, access, policy)


def _standing(
    request: Request, access: Access, policy: Policy, proof: Proof | None = None
) -> Caller:
    """What the token's client may do now. The token is one thing, the client's row decides."""
    world = world_of(request)
    client = clients.standing(
        world.store,
        access.client_id,
        access.client_key,
        (proof.sha256, proof.expires_at) if proof else None,
        counting(policy, to_unix(world.clock.now())),
    )
    if client is None:
        raise _Unauthenticated("invalid_token", "the client may come in no more")
    if not client.is_first:
        raise _Unauthenticated("invalid_dpop_proof", "this proof was used before")
    request.state.used = client.used
    return Caller(
        participant_id=ParticipantId(client.participant_id),
        key=None if client.key_address is None else Address(client.key_address),
        scopes=access.scopes & client.scopes,
        label=client.label,
        regulates=is_regulator(client.roles),
    )


def _by_plain(world: World, token: str) -> Caller:
    """A devnet's token. It is looked up by its SHA-256: how long that takes tells nothing."""
    if not world.settings.plain_tokens:
        raise _Unauthenticated("invalid_token", "plain tokens are for devnets")
    with world.store.reading() as session:
        found = tokens.find(session, token, world.clock.now())
    if found is None:
        raise _Unauthenticated("invalid_token", UNAUTHENTICATED.detail)
    row, roles = found
    return Caller(
        participant_id=ParticipantId(row.participant_id),
        key=None if row.key_address is None else Address(row.key_address),
        scopes=frozenset(row.scopes),
        label=row.label,
        regulates=is_regulator(roles),
    )
