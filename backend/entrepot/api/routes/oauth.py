"""Where machines get their tokens, and what others need to know to ask for one.

Refusals of the token endpoint are as RFC 6749 has them (section 5.2): its clients know no other.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, Request, Response

from entrepot.api.auth import SCOPES, oauth_of, world_of
from entrepot.api.oauth import granting
from entrepot.api.oauth.addresses import (
    JWKS_PATH,
    RESOURCE_PATH,
    SERVER_PATH,
    TOKEN_PATH,
    issuer_of,
)
from entrepot.api.oauth.granting import Asked, TokenRefused
from entrepot.api.routes.paths import raw_body
from entrepot.kit.jose import ALGORITHMS

FORM: Final = "application/x-www-form-urlencoded"
BODY_BYTES_MAX: Final = 16 * 1024
FIELDS_MAX: Final = 16
CACHED: Final = {"Cache-Control": "public, max-age=300"}

api = APIRouter(include_in_schema=False)


@api.post(TOKEN_PATH, summary="Get an access token")
def grant_token(request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Response:
    """Client credentials, proven by a signed assertion; the token is bound to a key."""
    try:
        asked = Asked.of(request, _form(request, body), world_of(request).settings)
        granted = granting.grant(world_of(request), oauth_of(request), asked)
    except TokenRefused as refusal:
        request.state.code = refusal.error
        told = {"error": refusal.error, "error_description": refusal.description}
        return _answer(told, refusal.status, {"Cache-Control": "no-store"})
    request.state.participant_id = granted.participant_id.decode("ascii", "replace")
    return _answer(granted.told(), 200, {"Cache-Control": "no-store"})


@api.get(JWKS_PATH, summary="The keys that sign tokens")
def show_keys(request: Request) -> Response:
    """The public keys that tokens are signed with."""
    return _answer(oauth_of(request).keys.jwks(world_of(request).clock.now()), 200, CACHED)


@api.get(SERVER_PATH, summary="Where and how to get a token")
def describe_server(request: Request) -> Response:
    """RFC 8414."""
    settings = world_of(request).settings
    issuer = issuer_of(request, settings)
    told = {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "scopes_supported": SCOPES,
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "tls_client_certificate_bound_access_tokens": bool(settings.proxies),
        "protected_resources": [issuer],
    }
    return _answer(told, 200, CACHED)


@api.get(RESOURCE_PATH, summary="What the API wants with each request")
def describe_resource(request: Request) -> Response:
    """RFC 9728."""
    settings = world_of(request).settings
    issuer = issuer_of(request, settings)
    told = {
        "resource": issuer,
        "resource_name": "Entrepot",
        "authorization_servers": [issuer],
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "dpop_bound_access_tokens_required": not settings.proxies and not settings.plain_tokens,
        "tls_client_certificate_bound_access_tokens": bool(settings.proxies),
    }
    return _answer(told, 200, CACHED)


def _form(request: Request, body: bytes) -> dict[str, str]:
    """The parameters of the request, each of them once. Raises TokenRefused."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise TokenRefused("invalid_request", f"send {FORM}")
    if len(body) > BODY_BYTES_MAX:
        raise TokenRefused("invalid_request", "it is too long")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=FIELDS_MAX,
            errors="strict",
        )
    except ValueError as error:
        raise TokenRefused("invalid_request", "it cannot be read") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise TokenRefused("invalid_request", "a parameter is there twice")
    return form


def _answer(told: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(told), status, headers, media_type="application/json")
