"""How each request is proven: OAuth 2 with signed assertions (RFC 7523) and DPoP (RFC 9449)."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from entrepot.client.credentials import Credentials
from entrepot.kit.jose import base64url, signed

ASSERTION_LIFE_S: Final = 60
RENEWED_BEFORE_S: Final = 20
FORM: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenRefused(Exception):
    """The server gives this client no token; `code` is OAuth's."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code


class TokenUnavailable(httpx.TransportError):
    """The server could not be asked for a token; later it may be."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    renew_at: float


class DpopAuth(httpx.Auth):
    """Authenticates requests of an httpx client; it may be shared by threads.

    url: where the API is, as it knows itself: issuer and audience. scopes: to ask for fewer than
    the client has. now: unix seconds.
    """

    requires_request_body = True

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        scopes: tuple[str, ...] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self.url = url.rstrip("/")
        self.credentials = credentials
        self._scopes, self._now = scopes, now
        self._token: _Token | None = None
        self._asking = threading.Lock()
        self._public = credentials.key.as_dict(private=False)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Signs the request; asks for a token first when there is none, and once more when the one
        there is has ended."""
        request.read()
        token = yield from self._held(None)
        response = yield self._sign(request, token)
        if response.status_code == httpx.codes.UNAUTHORIZED and _has_ended(response):
            response.read()
            token = yield from self._held(token)
            yield self._sign(request, token)

    @property
    def token(self) -> str:
        """The token it holds; empty before the first request."""
        return self._token.text if self._token else ""

    def log_in(self, client: httpx.Client) -> str:
        """A token, asked for now, without any other request."""
        return self.take(client.send(self.token_request(), auth=None))

    def proof(self, method: str, url: str, token: str | None = None) -> str:
        """A DPoP proof for one request. url: without query and fragment."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(self._now()),
        }
        if token is not None:
            claims["ath"] = base64url(hashlib.sha256(token.encode()).digest())
        return signed({"typ": "dpop+jwt", "jwk": self._public}, claims, self.credentials.key)

    def token_request(self) -> httpx.Request:
        """Asks for a token."""
        endpoint = f"{self.url}/oauth/token"
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": FORM,
            "client_assertion": self._assertion(),
        }
        if self._scopes:
            form["scope"] = " ".join(self._scopes)
        return httpx.Request(
            "POST", endpoint, data=form, headers={"DPoP": self.proof("POST", endpoint)}
        )

    def take(self, response: httpx.Response) -> str:
        """The token in an answer. Raises TokenRefused, or TokenUnavailable when the server has
        trouble of its own."""
        if response.is_success:
            answer = response.json()
            life_s = int(answer.get("expires_in", 0))
            self._token = _Token(answer["access_token"], self._now() + life_s - RENEWED_BEFORE_S)
            return self._token.text
        if response.is_client_error:
            answer = response.json()
            raise TokenRefused(str(answer.get("error")), str(answer.get("error_description")))
        raise TokenUnavailable(f"no token: {response.status_code}")

    def _held(self, ended: str | None) -> Generator[httpx.Request, httpx.Response, str]:
        """The token there is, or a new one; `ended` will not do. One thread asks for all."""
        with self._asking:
            held = self._token
            if held is not None and held.text != ended and self._now() < held.renew_at:
                return held.text
            response = yield self.token_request()
            response.read()
            return self.take(response)

    def _sign(self, request: httpx.Request, token: str) -> httpx.Request:
        url = str(request.url.copy_with(query=None, fragment=None))
        request.headers["Authorization"] = f"DPoP {token}"
        request.headers["DPoP"] = self.proof(request.method, url, token)
        return request

    def _assertion(self) -> str:
        now, key = int(self._now()), self.credentials.key
        claims = {
            "iss": self.credentials.client_id,
            "sub": self.credentials.client_id,
            "aud": self.url,
            "iat": now,
            "exp": now + ASSERTION_LIFE_S,
            "jti": secrets.token_urlsafe(16),
        }
        return signed({"kid": key.thumbprint(), "typ": "client-authentication+jwt"}, claims, key)


def _has_ended(response: httpx.Response) -> bool:
    return 'error="invalid_token"' in response.headers.get("WWW-Authenticate", "")
