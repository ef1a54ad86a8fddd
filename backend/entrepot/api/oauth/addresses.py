"""Where this API is, as its clients see it: issuer and audience of its tokens."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from entrepot.settings import Settings

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 (an address)
JWKS_PATH: Final = "/oauth/jwks"
SERVER_PATH: Final = "/.well-known/oauth-authorization-server"
RESOURCE_PATH: Final = "/.well-known/oauth-protected-resource"


def issuer_of(request: Request, settings: Settings) -> str:
    """As it is set; a devnet goes by the address that it was called at."""
    if settings.public_url:
        return settings.public_url
    return f"{request.url.scheme}://{request.url.netloc}"


def url_of(request: Request, settings: Settings) -> str:
    """The request's own address, byte for byte as it was asked for, without the query."""
    raw = request.scope.get("raw_path") or request.url.path.encode()
    return issuer_of(request, settings) + raw.decode("latin-1").partition("?")[0]
