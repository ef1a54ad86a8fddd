"""Client certificates (RFC 8705), as a trusted proxy passes them on (RFC 9440).

The header of anybody else is not looked at: only the settings say whose word counts.
"""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from fastapi import Request

from entrepot.kit.jose import Untrusted, base64url
from entrepot.settings import Settings

HEADER: Final = "client-cert"
BYTES_MAX: Final = 8_192


def thumbprint_of(request: Request, settings: Settings) -> str | None:
    """x5t#S256 of the certificate that the client showed to the proxy; None without one.

    Untrusted when the header is there and did not come from the proxy, or is no certificate.
    """
    found = request.headers.getlist(HEADER)
    if not settings.proxies or not found:
        return None
    if not _is_proxy(request, settings):
        raise Untrusted("a client certificate is taken from the proxy only")
    if len(found) > 1 or len(found[0]) > BYTES_MAX:
        raise Untrusted("one client certificate, please")
    text = found[0]
    if len(text) < 2 or (text[0], text[-1]) != (":", ":"):
        raise Untrusted("a client certificate stands between colons, in base64")
    try:
        der = base64.b64decode(text[1:-1], validate=True)
        return base64url(x509.load_der_x509_certificate(der).fingerprint(SHA256()))
    except (ValueError, binascii.Error) as error:
        raise Untrusted("it is no certificate") from error


def _is_proxy(request: Request, settings: Settings) -> bool:
    try:
        peer = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(peer in network for network in settings.proxies)
