"""A client of the API in Python: who calls, with which keys, and every verb with its types.

with Client(url, Credentials.load(path)) as client:
    for order in client.orders.list(state="PLACED"):
        client.orders.accept(order.order_id)
"""

from entrepot.client.calling import Client
from entrepot.client.credentials import Credentials
from entrepot.client.dpop import DpopAuth, TokenRefused, TokenUnavailable
from entrepot.client.generated import types
from entrepot.client.problems import (
    Conflict,
    Fault,
    Gone,
    Invalid,
    NotFound,
    NotPermitted,
    Problem,
    RateLimited,
    Unauthenticated,
    Unreachable,
)

__all__ = [
    "Client",
    "Conflict",
    "Credentials",
    "DpopAuth",
    "Fault",
    "Gone",
    "Invalid",
    "NotFound",
    "NotPermitted",
    "Problem",
    "RateLimited",
    "TokenRefused",
    "TokenUnavailable",
    "Unauthenticated",
    "Unreachable",
    "types",
]
