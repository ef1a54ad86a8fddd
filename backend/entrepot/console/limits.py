"""How often papers may be verified, so that nobody keeps everybody else from it.

Counted in the database as the API counts requests, so that several processes count as one. Members
are told apart; strangers by a byte of the hash of where they come from. That is enough to keep one
of them from the others, says nothing of anybody, and never makes more than 256 rows.
"""

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from fastapi import Request

from entrepot.console.sessions import Officer
from entrepot.kit.clock import to_unix
from entrepot.steps import World
from entrepot.store import counting

POLICY: Final = "verifications"
SITE_BITS = 64
"""Of an IPv6 address; the rest whoever has it may choose (RFC 6177)."""


def seconds_to_wait(request: Request, world: World, officer: Officer | None) -> int:
    """Counts one verification more; how long to wait before it is done, 0 when it may be now."""
    now = to_unix(world.clock.now())
    who = officer.participant_id if officer else place_of(request)
    used = counting.count(world.store, who, POLICY, now)
    if used <= world.settings.verifications_per_minute:
        return 0
    return counting.WINDOW_S - now % counting.WINDOW_S


def place_of(request: Request) -> bytes:
    """Where it comes from: one of 256."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return hashlib.sha256(host.encode()).digest()[:1]
    if isinstance(address, IPv6Address):
        address = ip_network((address, SITE_BITS), strict=False).network_address
    return hashlib.sha256(address.packed).digest()[:1]
