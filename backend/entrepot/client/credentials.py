"""What a machine keeps to get in: its client id, and a private key that never leaves it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from entrepot.kit.jose import Key, new_key, private_key


@dataclass(frozen=True, slots=True)
class Credentials:
    """client_id: as the API gave it when the machine was registered. key: P-256, Ed25519 or RSA.

    The same key signs assertions and proofs: there is one thing to guard.
    """

    client_id: str
    key: Key = field(repr=False)

    @classmethod
    def new(cls, client_id: str) -> Self:
        """With a new key of P-256."""
        return cls(client_id, new_key())

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a file; ValueError when it is none of ours."""
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        try:
            return cls(str(content["client_id"]), private_key(content["key"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} holds no credentials") from error

    def save(self, path: Path) -> None:
        """Into a file that only this user can read, whole or not at all."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"client_id": self.client_id, "key": self.key.as_dict(private=True)}, file)
        draft.replace(path)

    @property
    def jwks(self) -> dict[str, Any]:
        """The public half, as the API wants it for a registration."""
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.key.thumbprint()}]}
