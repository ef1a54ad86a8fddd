"""People by their company's own OpenID provider: code flow with PKCE and nonce (OpenID Core 1.0).

The provider says who it is, our table says whether they may come in. It is asked for a login that
is fresh enough for an approval (`max_age`): one passed long ago elsewhere does not do.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.httpx_client import OAuthError as ProviderRefused
from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from entrepot.console.limits import place_of
from entrepot.console.passkeys import NotKnown, origin_of
from entrepot.kit.clock import to_unix
from entrepot.kit.jose import Untrusted, header_of, moment, word
from entrepot.kit.logs import Log
from entrepot.steps import World
from entrepot.store import ceremonies, people

log = Log(__name__)

LIFE: Final = timedelta(minutes=10)
TIMEOUT_S: Final = 10.0
SKEW_S: Final = 60
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Login:
    """A login that is under way. browser: the SHA-256 of the secret that the browser which began it
    keeps."""

    verifier: str
    nonce: str
    browser: str
    next: str


class Oidc:
    """Logins by the provider; each is begun and ended by one browser, once."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def is_set(self) -> bool:
        return self._world.settings.oidc_issuer is not None

    def begin(self, request: Request, wanted: str) -> tuple[str, str]:
        """Where to send the browser, and the secret that it keeps. Raises NotKnown."""
        browser = secrets.token_urlsafe(32)
        login = _Login(
            verifier=secrets.token_urlsafe(48),
            nonce=secrets.token_urlsafe(32),
            browser=_hashed(browser),
            next=wanted,
        )
        described, place = self._described(), place_of(request)
        ends_at = self._world.clock.now() + LIFE
        with self._world.store.transaction() as session:
            state = ceremonies.begin(session, "provider", place, asdict(login), ends_at)
        with self._client(request) as client:
            url, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=state,
                code_verifier=login.verifier,
                nonce=login.nonce,
                max_age=self._world.settings.step_up_s,
            )
        return url, browser

    def end(self, request: Request, browser: str) -> tuple[bytes, str]:
        """Who it is, and the page that was wanted. Raises NotKnown."""
        query = request.query_params
        login = self._ended(query.get("state", ""), browser)
        with self._client(request) as client:
            described = self._described()
            if query.get("iss", described["issuer"]) != described["issuer"]:
                raise _refused("another provider answered")
            try:
                answer = client.fetch_token(
                    described["token_endpoint"],
                    grant_type="authorization_code",
                    code=query.get("code", ""),
                    code_verifier=login.verifier,
                )
                keys = _get(described["jwks_uri"])
                subject = self._subject(str(answer["id_token"]), keys, login.nonce)
            except (ProviderRefused, httpx.HTTPError, JoseError, Untrusted) as error:
                raise _refused(type(error).__name__) from error
            except (KeyError, ValueError, TypeError) as error:
                raise _refused(type(error).__name__) from error
        with self._world.store.reading() as session:
            person = people.of_subject(session, subject)
        if person is None:
            raise _refused("nobody we know")
        return person.person_id, login.next

    def _ended(self, state: str, browser: str) -> _Login:
        """The login of that state, which is over with this, whatever comes of it."""
        with self._world.store.transaction() as session:
            said = ceremonies.end(session, "provider", state, self._world.clock.now())
        if said is None:
            raise _refused("no such login")
        login = _Login(**said)
        if not hmac.compare_digest(login.browser, _hashed(browser)):
            raise _refused("another browser began it")
        return login

    def _client(self, request: Request) -> Any:
        """authlib's client, whose inheritance from httpx's its annotations don't show."""
        settings = self._world.settings
        secret = settings.oidc_client_secret
        base = origin_of(request, self._world) + request.scope.get("root_path", "")
        return OAuth2Client(
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value().decode() if secret else None,
            scope="openid",
            redirect_uri=f"{base}/login/oidc/back",
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
        )

    def _described(self) -> Mapping[str, Any]:
        """The provider's own description of itself. Raises NotKnown."""
        issuer = self._world.settings.oidc_issuer
        if issuer is None:
            raise NotKnown
        try:
            described: dict[str, Any] = _get(f"{issuer}/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError) as error:
            raise _refused("the provider does not answer") from error
        if described.get("issuer") != issuer:
            raise _refused("the provider says it is another")
        return described

    def _subject(self, token: str, keys: Any, nonce: str) -> str:
        settings = self._world.settings
        return subject_of(
            token,
            keys,
            issuer=settings.oidc_issuer or "",
            client_id=settings.oidc_client_id or "",
            nonce=nonce,
            now=to_unix(self._world.clock.now()),
            fresh_s=settings.step_up_s,
        )


def subject_of(
    token: str, keys: Any, *, issuer: str, client_id: str, nonce: str, now: int, fresh_s: int
) -> str:
    """Who an ID token is about (OpenID Core, 3.1.3.7). Raises JoseError, ValueError or Untrusted.

    keys: the provider's JWK set. now: unix seconds. fresh_s: how long ago they may have logged in.
    """
    if header_of(token, ALGORITHMS).get("typ", "JWT").upper() != "JWT":
        raise Untrusted("of another type")
    claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims
    if claims.get("iss") != issuer:
        raise Untrusted("of another provider")
    if claims.get("aud") not in (client_id, [client_id]):
        raise Untrusted("for another client")
    if claims.get("azp", client_id) != client_id:
        raise Untrusted("for another client")
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise Untrusted("of another login")
    if moment(claims, "exp") + SKEW_S <= now or moment(claims, "iat") > now + SKEW_S:
        raise Untrusted("not now")
    if moment(claims, "auth_time") + fresh_s + SKEW_S < now:
        raise Untrusted("logged in too long ago")
    return word(claims, "sub")


def _get(url: str) -> Any:
    response = httpx.get(url, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
    return response.raise_for_status().json()


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _refused(why: str) -> NotKnown:
    log.info("oidc_refused", why=why)
    return NotKnown(why)
