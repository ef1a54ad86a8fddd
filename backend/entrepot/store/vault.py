"""Documents at rest: content-addressed files, encrypted with a key that only the backend holds."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class VaultDamaged(Exception):
    """A stored document is not what was put in: do not use it, restore it from a copy."""


@dataclass(frozen=True, slots=True)
class Vault:
    """AES-SIV (RFC 5297): the same bytes under the same key give the same file, so putting twice
    is harmless; the content's SHA-256 is bound in as associated data.

    `key` is 64 bytes.
    """

    folder: Path
    key: bytes

    @classmethod
    def of(cls, folder: Path, secret: bytes) -> Self:
        """A vault whose key is derived from a secret of any length (HKDF, RFC 5869)."""
        derivation = HKDF(algorithm=SHA512(), length=64, salt=None, info=b"entrepot vault")
        return cls(folder, derivation.derive(secret))

    def put(self, sha256: bytes, content: bytes) -> None:
        """Stores the content under its own hash; a crash leaves the old file or the new one."""
        path = self._path(sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(AESSIV(self.key).encrypt(content, [sha256]))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    def get(self, sha256: bytes) -> bytes:
        """Raises FileNotFoundError when nothing is stored, VaultDamaged when it was altered."""
        try:
            return AESSIV(self.key).decrypt(self._path(sha256).read_bytes(), [sha256])
        except InvalidTag as error:
            raise VaultDamaged(f"document {sha256.hex()} was altered at rest") from error

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self.folder / name[:2] / name
