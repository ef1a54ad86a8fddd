"""Envelope encryption: one random key per document, wrapped for each party that may read it.

The content is encrypted once (AES-256-GCM, NIST SP 800-38D), its SHA-256 bound in as associated
data. Its key is encrypted anew for every party under that party's key-encryption key, with content,
party and key id bound in: a wrap that is moved to another row opens nothing. So to take a party's
wrap away takes its access away, and to change the key-encryption keys touches no content.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entrepot.kit.hashing import sha256

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
KEY_ID_SIZE: Final = 8


class EnvelopeBroken(Exception):
    """The bytes were not sealed or wrapped like this: altered, cut, or another's."""


class KeyEncryptionKeyMissing(Exception):
    """The wrap was made under a secret that this keyring does not hold."""


def seal(content: bytes) -> tuple[bytes, bytes]:
    """(the document's own new key, the sealed content)."""
    key = AESGCM.generate_key(8 * KEY_SIZE)
    return key, _encrypt(key, content, b"entrepot document" + sha256(content))


def unseal(key: bytes, sealed: bytes, content_sha256: bytes) -> bytes:
    """The exact content; EnvelopeBroken unless it is the one of that hash."""
    content = _decrypt(key, sealed, b"entrepot document" + content_sha256)
    if sha256(content) != content_sha256:
        raise EnvelopeBroken("another content was sealed under this hash")
    return content


@dataclass(frozen=True, slots=True)
class Keyring:
    """Key-encryption keys, derived (HKDF, RFC 5869) from a secret per party and never stored.

    secrets: the one in use first, then those before it, while their wraps are being rotated.
    """

    secrets: tuple[bytes, ...]

    def __repr__(self) -> str:
        return "Keyring(***)"

    @property
    def key_id(self) -> bytes:
        """Names the secret in use and tells nothing of it."""
        return _key_id(self.secrets[0])

    def wrap(self, key: bytes, content_sha256: bytes, party: bytes) -> bytes:
        """The document's key for that party, under the secret in use."""
        bound = content_sha256 + party + self.key_id
        return _encrypt(_derived(self.secrets[0], party), key, bound)

    def unwrap(self, wrapped: bytes, content_sha256: bytes, party: bytes, key_id: bytes) -> bytes:
        """The document's key; KeyEncryptionKeyMissing, or EnvelopeBroken if it is no such wrap."""
        for secret in self.secrets:
            if _key_id(secret) == key_id:
                bound = content_sha256 + party + key_id
                return _decrypt(_derived(secret, party), wrapped, bound)
        raise KeyEncryptionKeyMissing(f"no key-encryption key {key_id.hex()} is set here")


def _encrypt(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], bound)
    except (InvalidTag, ValueError) as error:
        raise EnvelopeBroken("it does not open: altered, cut, or another's") from error


def _derived(secret: bytes, party: bytes) -> bytes:
    return _hkdf(secret, b"entrepot vault kek" + party, KEY_SIZE)


def _key_id(secret: bytes) -> bytes:
    return _hkdf(secret, b"entrepot vault kek id", KEY_ID_SIZE)


def _hkdf(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)
