"""The keys that sign access tokens: one for each period, derived and never stored.

Every process of the API that has the secret has the same keys, so there is nothing to hand over;
another secret is a new line of keys, and every token of the old line has ended.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from joserfc.jwk import ECKey

from entrepot.kit.clock import to_unix
from entrepot.kit.deriving import derived_key

PERIOD_S: Final = 30 * 24 * 60 * 60


class TokenKeys:
    """The keys of one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._made: dict[int, ECKey] = {}

    def current(self, now: datetime) -> ECKey:
        """The key that signs now."""
        return self._key(_period(now))

    def published(self, now: datetime) -> list[ECKey]:
        """The keys of the period before, of this one and of the next, which is known in advance."""
        return [self._key(_period(now) + step) for step in (-1, 0, 1)]

    def find(self, kid: str, now: datetime) -> ECKey | None:
        """The published key of that id."""
        return next((key for key in self.published(now) if key.kid == kid), None)

    def named(self, kid: str) -> ECKey:
        """A key that was found before; it must have been."""
        return next(key for key in list(self._made.values()) if key.kid == kid)

    def jwks(self, now: datetime) -> dict[str, Any]:
        """The public halves, as a JWK set."""
        keys = [key.as_dict(private=False) for key in self.published(now)]
        return {"keys": [{**key, "use": "sig", "alg": "ES256"} for key in keys]}

    def _key(self, period: int) -> ECKey:
        if period not in self._made:
            self._made[period] = derived_key(self._secret, f"entrepot token key {period}")
        return self._made[period]


def _period(now: datetime) -> int:
    return to_unix(now) // PERIOD_S
