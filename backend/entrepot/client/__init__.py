"""A client of the API in Python: who calls, and with which keys.

with open_client(url, Credentials.load(path)) as client:
    client.get("/v1/orders")
"""

import httpx

from entrepot.client.credentials import Credentials
from entrepot.client.dpop import DpopAuth, TokenRefused, TokenUnavailable

__all__ = ["Credentials", "DpopAuth", "TokenRefused", "TokenUnavailable", "open_client"]

TIMEOUT_S = 60.0


def open_client(
    url: str, credentials: Credentials, *, timeout_s: float = TIMEOUT_S
) -> httpx.Client:
    """A client of the API at that address. It fetches tokens as it needs them, and proves each
    request; close it at the end."""
    return httpx.Client(base_url=url, auth=DpopAuth(url, credentials), timeout=timeout_s)
